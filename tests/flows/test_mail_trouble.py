"""The mail server down, busy, picky or gone: the chat is never blocked by it, and nobody is left without a word."""

from pathlib import Path
from typing import Any

import pytest

from bot.delivery import outbox
from bot.delivery.letters import AT_ONCE
from bot.desk import say
from bot.playground.mailbox import Fault
from bot.playground.people import Person
from storage import outbox as outbox_rows
from storage.base import Tx
from tests.flows.conftest import Office, office_at
from tests.flows.trouble import becomes_true, row, texts, time_flies

ADDRESS = "user1001@contoh.go.id"


async def _up_to_the_address(office: Office) -> None:
    await office.admin.say("/bantuan")
    await office.user.say("/mulai")
    await office.user.sees("Setuju")
    await office.user.press("Setuju")
    await office.user.sees("alamat e-mail")
    await office.user.say(ADDRESS)


async def _register_with_the_code(office: Office) -> None:
    await office.user.sees("Kode sudah dikirim")
    await office.user.say(office.mailbox.to(ADDRESS)[-1].code)
    await office.user.sees("Siapa nama")


@pytest.mark.parametrize("fault", ["refuse", "421"])
async def test_a_server_that_is_down_is_said_once_and_the_code_comes_when_it_is_back(
    office: Office, fault: Fault
) -> None:
    await office.mailbox.break_with(fault)
    await _up_to_the_address(office)
    await office.admin.sees("E-mail tidak dapat dikirim")
    await office.user.sees("sedang terkendala")
    for _ in range(5):
        await office.move(minutes=1)
    await office.mailbox.mend()
    await time_flies(office, lambda: office.mailbox.to(ADDRESS))
    await _register_with_the_code(office)
    await office.admin.sees("E-mail berfungsi kembali")
    assert len(texts(office.admin, "E-mail tidak dapat")) == len(texts(office.admin, "berfungsi kembali")) == 1


@pytest.mark.postgres
async def test_without_a_mail_server_consultations_go_on_and_newcomers_wait_for_their_code(
    tmp_path: Path, storage: dict[str, Any]
) -> None:
    pace = {"pace": {"group_messages": 1000, "bot_per_second": 1000}}
    async with office_at(tmp_path / "meja.db", telegram=pace, **storage) as office, office.open():
        users = [Person(office.telegram, id=3000 + n, first_name=f"Warga{n}") for n in range(3)]
        for user in users:
            await office.register(user)
            await office.ask(f"Pertanyaan [u{user.id}/0]", user=user)
        await office.telegram.until(lambda: len(office.telegram.topics) == len(users), within=60)
        await office.settled()
        pairs = list(zip(users, office.telegram.topics, strict=True))
        await office.mailbox.break_with("refuse")
        await _up_to_the_address(office)
        for turn in range(1, 6):
            for user, topic in pairs:
                await user.say(f"Kata [u{user.id}/{turn}]")
                await office.officer.say(f"Jawab [o{user.id}/{turn}]", topic=topic)
            for user, topic in pairs:
                await user.sees(f"[o{user.id}/{turn}]", within=60)
                await office.officer.sees(f"[u{user.id}/{turn}]", topic=topic, within=60)
        await office.user.sees("sedang terkendala", within=60)
        await office.mailbox.mend()
        await time_flies(office, lambda: office.mailbox.to(ADDRESS))
        await _register_with_the_code(office)


async def test_greylisting_is_waited_out_without_an_alarm(office: Office) -> None:
    await office.mailbox.break_with("450", times=2)
    await _up_to_the_address(office)
    await time_flies(office, lambda: office.mailbox.to(ADDRESS))
    await _register_with_the_code(office)
    assert not texts(office.admin, "E-mail tidak dapat")


async def test_an_address_the_server_refuses_is_asked_again(office: Office) -> None:
    await office.mailbox.break_with("550", times=1)
    await _up_to_the_address(office)
    await office.user.sees("u***@contoh.go.id")
    await office.move(minutes=2)
    await office.user.say(ADDRESS)
    await time_flies(office, lambda: office.mailbox.to(ADDRESS))
    await _register_with_the_code(office)
    assert not texts(office.admin, "E-mail tidak dapat")


async def test_a_slow_greeting_holds_up_nobody_else(monkeypatch: pytest.MonkeyPatch, office: Office) -> None:
    monkeypatch.setattr(outbox, "STOP_SECONDS", 0.1)
    office.mailbox.banner_delay = 30.0
    await office.mailbox.break_with("slow banner")
    await _up_to_the_address(office)
    await office.supervisor.say("/bantuan")
    await office.supervisor.sees("konsultasi baru", within=20)


async def test_a_mail_the_server_loses_can_be_asked_for_again(office: Office) -> None:
    await office.mailbox.break_with("drop", times=1)
    await _up_to_the_address(office)
    await office.user.sees("Kode sudah dikirim")
    await office.move(seconds=61)
    await office.user.press("Kirim ulang")
    await _register_with_the_code(office)


async def test_what_is_taken_back_while_the_mail_server_is_busy_is_not_sent(office: Office) -> None:
    """The mail waited for room with the row in hand: whether it is still to go is asked when there is room."""
    assert office.app is not None
    work, now = office.app.outbox, office.clock.now()

    async def queue(tx: Tx) -> None:
        assert office.app is not None
        await say.by_mail(tx, office.app.context(), ADDRESS, "email_changed", lang="id", at=now)

    room = work._letters._room
    for _ in range(AT_ONCE):
        await room.acquire()
    await office.app.store.run(queue)
    await becomes_true(lambda: bool(room._waiters))
    mail = await row(office, "kind = 'mail'", "id")
    await office.app.store.run(outbox_rows.end, mail, "dropped", "withdrawn", now)
    for _ in range(AT_ONCE):
        room.release()
    await becomes_true(lambda: not work._lanes)
    assert office.mailbox.to(ADDRESS) == []
    assert await row(office, "kind = 'mail'") == "dropped"
