"""Without any monitoring the admins hear what is wrong with the desk: once when it begins, once when it is over."""

import shutil
from pathlib import Path

import pytest

from bot.delivery import jobs, watch
from bot.delivery.backups import TOO_OLD
from bot.playground.faults import Fault
from tests.flows.conftest import Office, office_at
from tests.flows.trouble import becomes_true

AT_NIGHT = {"backup": {"at": "03:30"}}
OVER = {
    "alarm_outbox": "antrean kembali lancar",
    "alarm_poll": "Telegram menjawab kembali",
    "alarm_backup": "Salinan basis data yang baru sudah ada",
    "alarm_disk": "Ruang disk sudah cukup",
}


async def _look(office: Office) -> None:
    """Twice: what is known is not said again."""
    assert office.app is not None
    for _ in range(2):
        await office.app.watch.look()


def _times(office: Office, words: str) -> int:
    return sum(words in message.text for message in office.admin.chat)


async def _begins_and_ends(office: Office, begun: str, over: str) -> None:
    """The two are said once each."""
    await office.admin.sees(over)
    await office.settled()
    assert (_times(office, begun), _times(office, over)) == (1, 1)


async def test_posts_that_do_not_get_out(office: Office) -> None:
    await office.admin.say("/bantuan")
    await office.register()
    office.telegram.break_with(Fault("sendMessage", chat_id=office.user.id, status=500, times=10_000))
    await office.user.say("/status")
    await becomes_true(lambda: office.telegram.faults.hits > 0)
    await _look(office)
    office.jump(minutes=6)
    await _look(office)
    await office.admin.sees("menunggu dikirim sejak Senin, 23 November 2026 pukul 10.00 WIB")
    office.telegram.faults.clear()
    await office.move(minutes=2)
    await office.settled()
    await _look(office)
    await _begins_and_ends(office, "menunggu dikirim", OVER["alarm_outbox"])


async def test_a_look_at_everything_due_that_fails_is_noted_once_for_each_kind_of_fault(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And what is due is done all the same."""
    fault: type[Exception] = ValueError

    async def fails(*_: object) -> frozenset[str]:
        raise fault("siti@contoh.go.id")

    _, topic = await office.ticket()
    await office.answer(topic)
    await office.settled()
    monkeypatch.setattr(jobs, "_with_nothing", fails)
    for days, fault in ((5, ValueError), (1, ValueError), (1, KeyError), (1, ValueError)):  # noqa: B007 (`fails` reads it)
        await office.move(days=days, minutes=1)
        await office.settled()
    await office.user.sees("ditutup karena belum ada balasan")
    noted = [record for record in caplog.records if "looked at together" in record.message]
    assert [(record.levelname, vars(record)["error"]) for record in noted] == [
        ("WARNING", "ValueError"),
        ("WARNING", "KeyError"),
    ]
    assert not [record for record in noted if "siti@" in record.getMessage() or record.exc_info]


async def test_no_poll_for_minutes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.admin.say("/bantuan")
    await office.admin.sees("/bantuan")
    with monkeypatch.context() as impatient:
        impatient.setattr(watch, "LONGEST_SILENCE", -watch.LONGEST_SILENCE)
        await _look(office)
    await office.admin.sees("Telegram tidak menjawab sejak")
    await _look(office)
    await _begins_and_ends(office, "Telegram tidak menjawab", OVER["alarm_poll"])


async def test_a_backup_that_does_not_work(tmp_path: Path) -> None:
    blocked = tmp_path / "backups"
    blocked.write_text("where a folder should be")
    async with office_at(tmp_path / "meja.db", **AT_NIGHT) as office, office.open() as app:
        await office.admin.say("/bantuan")
        office.jump(seconds=TOO_OLD.total_seconds() + 1)
        await app.backups.look()
        await _look(office)
        await office.admin.sees("Belum ada salinan basis data")
        blocked.unlink()
        office.jump(minutes=16)
        await app.backups.look()
        await _look(office)
        await _begins_and_ends(office, "Pencadangan malam tidak berjalan", OVER["alarm_backup"])


async def test_little_room_on_the_disk(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.admin.say("/bantuan")
    whole = 100_000_000_000
    for percent in (50, 9, 8, 11, 50):
        usage = shutil.disk_usage("/")._replace(total=whole, free=whole * percent // 100)
        monkeypatch.setattr(shutil, "disk_usage", lambda path, usage=usage: usage)
        await _look(office)
        await office.settled()
        assert _times(office, OVER["alarm_disk"]) == (percent == 50 and _times(office, "tersisa") == 1)
    await _begins_and_ends(office, "tersisa 9 %", OVER["alarm_disk"])
    assert _times(office, "tersisa") == 1
