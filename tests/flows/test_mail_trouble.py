"""The mail server down, busy, picky or gone: the chat is never blocked by it, and nobody is left without a word."""

import pytest

from bot.delivery import outbox
from bot.playground.mailbox import Fault
from tests.flows.conftest import Office
from tests.flows.trouble import texts, time_flies

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
