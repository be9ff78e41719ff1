"""Killed at every step of a registration and of a change of address: nothing is lost, no mail comes twice unmarked."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.crash.conftest import Scene, scene_at

pytestmark = pytest.mark.crash
ADDRESS, NEW = "siti@contoh.go.id", "siti.baru@contoh.go.id"
PATIENCE = 60  # seconds: a busy machine starts a process slowly


def _value(path: Path, sql: str, *args: object) -> Any:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql, args).fetchone()[0]
    finally:
        connection.close()


async def _dies(scene: Scene, text: str) -> None:
    """The person writes what the desk dies of, while it handles this very message; the next desk handles it again."""
    await scene.office.user.say(text)
    assert await scene.desk.ended() == -9


async def _mail_and_die(scene: Scene, point: str, address: str) -> None:
    await scene.desk.start(point=point, mark=address)
    assert await scene.desk.ended() == -9


async def _code(scene: Scene, address: str) -> str:
    """The code that counts, typed so that it carries the mark."""
    await scene.office.user.sees("Kode sudah dikirim", within=PATIENCE)
    return scene.office.mailbox.to(address)[-1].code + ".."


async def test_killed_at_every_step_of_verification(tmp_path: Path) -> None:
    async with scene_at(tmp_path / "meja.db") as scene:
        user, mailbox, path = scene.office.user, scene.office.mailbox, scene.path
        await scene.desk.start(point="in-a-step", mark="Berapa")
        await _dies(scene, "Berapa inflasi Oktober?")
        await scene.desk.start(point="in-a-step", mark=ADDRESS)
        await user.sees("Setuju? Tekan", within=PATIENCE)
        await user.press("Setuju")
        await user.sees("alamat e-mail", within=PATIENCE)
        await _dies(scene, ADDRESS)
        await _mail_and_die(scene, "before-mail", ADDRESS)
        await _mail_and_die(scene, "after-mail", ADDRESS)
        await scene.desk.start(point="in-a-step", mark="..")
        await _dies(scene, await _code(scene, ADDRESS))
        await scene.desk.start(point="in-a-step", mark="Siti Aminah")
        await user.sees("Siapa nama", within=PATIENCE)
        await _dies(scene, "Siti Aminah")
        await scene.desk.start(point="in-a-step", mark=NEW)
        await user.sees("lembaga apa", within=PATIENCE)
        await user.say("/email")
        await user.sees("alamat yang baru", within=PATIENCE)
        await _dies(scene, NEW)
        await _mail_and_die(scene, "after-mail", NEW)
        await scene.desk.start(point="in-a-step", mark="..")
        await _dies(scene, await _code(scene, NEW))
        await scene.desk.start()
        await user.sees("Alamat e-mail Anda kini", within=PATIENCE)
        while len(mailbox.to(ADDRESS)) < len(("before a kill", "after it", "notice of the change")):
            await mailbox.mail_to(ADDRESS, within=PATIENCE)
        assert await scene.desk.stop() == 0

        assert "diganti" in mailbox.to(ADDRESS)[-1].subject
        assert _value(path, "SELECT email FROM accounts") == NEW
        assert _value(path, "SELECT name FROM identities WHERE sender = ?", str(user.id)) == "Siti Aminah"
        assert _value(path, "SELECT count(*) FROM messages WHERE ticket_id IS NULL") == 1
        assert _value(path, "SELECT count(*) FROM email_codes WHERE state = 'used'") == 2
        assert _value(path, "SELECT count(*) FROM audit WHERE action = 'email_changed'") == 1
        # The one kill after each mail is worth one more copy, and its row says so.
        assert [len(mailbox.to(ADDRESS)), len(mailbox.to(NEW))] == [2 + 1, 2]
        assert _value(path, "SELECT count(*) FROM outbox WHERE kind = 'mail' AND uncertain") == 2
        said = [message.text for message in user.chat if message.by_bot]
        doubled = len(said) - _value(path, "SELECT count(*) FROM outbox WHERE kind = 'text' AND dest = 'user'")
        assert doubled <= _value(path, "SELECT count(*) FROM outbox WHERE kind = 'text' AND uncertain")
