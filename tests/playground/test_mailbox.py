"""The mail box over real SMTP."""

from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import pytest

from bot.playground.mailbox import Fault, Mailbox
from tests.playground.cast import NOON, StoppedClock


@pytest.fixture
async def mailbox(clock: StoppedClock) -> AsyncIterator[Mailbox]:
    async with Mailbox(clock) as box:
        yield box


async def post(mailbox: Mailbox, text: str = "Kode Anda 123456.", *, to: str = "siti@contoh.id") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "meja@contoh.go.id", to, "Kode: éé"
    message.set_content(text)
    await aiosmtplib.send(message, hostname=mailbox.host, port=mailbox.port, start_tls=False, timeout=5)


async def test_a_mail_arrives_with_its_code(mailbox: Mailbox) -> None:
    await post(mailbox)
    mail = await mailbox.mail_to("siti@contoh.id")
    assert (mail.at, mail.rcpt, mail.sender) == (NOON, ["siti@contoh.id"], "meja@contoh.go.id")
    assert (mail.subject, mail.code) == ("Kode: éé", "123456")
    assert ("To", "siti@contoh.id") in mail.headers


async def test_the_newest_unread_mail_is_given_once(mailbox: Mailbox) -> None:
    await post(mailbox, "111111")
    await post(mailbox, "222222")
    assert (await mailbox.mail_to("siti@contoh.id")).code == "222222"
    with pytest.raises(AssertionError, match="no new mail"):
        await mailbox.mail_to("siti@contoh.id", within=0.01)
    assert len(mailbox.to("siti@contoh.id")) == 2


@pytest.mark.parametrize(("fault", "code"), [("421", 421), ("450", 450), ("550", 550)])
async def test_a_recipient_can_be_refused(mailbox: Mailbox, fault: Fault, code: int) -> None:
    await mailbox.break_with(fault, times=1)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
        await post(mailbox)
    assert refused.value.recipients[0].code == code
    await post(mailbox)
    assert len(mailbox.mails) == 1


async def test_a_mail_can_be_accepted_and_lost(mailbox: Mailbox) -> None:
    await mailbox.break_with("drop", times=1)
    await post(mailbox)
    assert mailbox.mails == []


async def test_connections_can_be_refused_and_come_back_on_the_same_port(mailbox: Mailbox) -> None:
    port = mailbox.port
    await mailbox.break_with("refuse")
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await post(mailbox)
    await mailbox.mend()
    assert mailbox.port == port
    await post(mailbox)
    assert len(mailbox.mails) == 1


async def test_a_banner_can_be_late(mailbox: Mailbox) -> None:
    mailbox.banner_delay = 0.01
    await mailbox.break_with("slow banner", times=1)
    await post(mailbox)
    assert len(mailbox.mails) == 1


async def test_a_client_that_gives_up_on_a_late_banner_leaves_nothing(mailbox: Mailbox) -> None:
    mailbox.banner_delay = 60.0
    await mailbox.break_with("slow banner", times=1)
    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await aiosmtplib.send(
            "x", sender="a@b.id", recipients=["c@d.id"], hostname=mailbox.host, port=mailbox.port, timeout=0.05
        )
    assert mailbox.mails == []
