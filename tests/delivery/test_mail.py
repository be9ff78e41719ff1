"""Mail on its way out: encrypted to a proven server or not at all (QUALITY.md T10), one recipient, no other headers
(T9), and what is not known for sure is not sent over and over (F18)."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.channels.base import SendError
from bot.delivery.mail import Mailer
from bot.settings import Settings
from bot.texts import Mail
from storage import outbox
from tests.flows.conftest import HandClock, Office, office_at
from tests.flows.trouble import time_flies
from tests.flows.way import QUESTION, address_of, drafts, mail_tried, to, value

CERTIFICATES = Path(__file__).parent / "certificates"
LETTER = Mail(subject="Kode", body="Isi surat: é, 😀 dan baris panjang " + "x" * 300 + "\n")
ADDRESS = "siti@contoh.go.id"


class Server:
    """A mail server with a certificate of its own, or with none. What it took is in `taken`."""

    def __init__(self, certificate: str = "", *, wrapped: bool = False) -> None:
        self.taken: list[Envelope] = []
        self.port = 0
        self.cut_after_text = False
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
        if self._context is not None:
            self._context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
        self._wrapped = wrapped

    @asynccontextmanager
    async def listen(self) -> AsyncIterator["Server"]:
        loop = asyncio.get_running_loop()
        outer = self._context if self._wrapped else None

        def connection() -> SMTP:
            inner = None if self._wrapped else self._context
            return SMTP(self, tls_context=inner, hostname="smtp.test", loop=loop)

        async with await loop.create_server(connection, "127.0.0.1", 0, ssl=outer) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd's hook for a whole mail."""
        self.taken.append(envelope)
        if self.cut_after_text:
            server.transport.abort()
        return "250 OK"


def _mailer(port: int, security: str, *, ca: str = "ca", **mail: Any) -> Mailer:
    raw = {
        "office": {"code": "1207", "name": "BPS Kabupaten Labuhanbatu", "email": "bps1207@bps.go.id"},
        "telegram": {"token": "42:STANDIN", "staff_chat_id": -1},
        "mail": {
            "host": "127.0.0.1",
            "port": port,
            "security": security,
            "from_address": "konsultasi@bps.go.id",
            "ca_file": str(CERTIFICATES / f"{ca}.pem") if ca else "",
        }
        | mail,
    }
    return Mailer(Settings(**raw), HandClock(datetime(2026, 11, 23, tzinfo=UTC)))


@pytest.mark.parametrize(("security", "wrapped"), [("starttls", False), ("tls", True)])
async def test_t10_a_proven_server_gets_the_mail(security: str, wrapped: bool) -> None:
    async with Server("good", wrapped=wrapped).listen() as server:
        await _mailer(server.port, security).send(ADDRESS, LETTER, key="1.1")
    (envelope,) = server.taken
    assert envelope.rcpt_tos == [ADDRESS]


@pytest.mark.parametrize(
    ("certificate", "security", "ca", "why"),
    [
        ("", "starttls", "ca", "no STARTTLS"),
        ("expired", "starttls", "ca", "certificate: certificate has expired"),
        ("elsewhere", "starttls", "ca", "certificate: IP address mismatch"),
        ("unknown", "starttls", "ca", "certificate: unable to get local issuer"),
        ("good", "starttls", "", "certificate: unable to get local issuer"),
        ("expired", "tls", "ca", "certificate: certificate has expired"),
        ("elsewhere", "tls", "ca", "certificate: IP address mismatch"),
        ("unknown", "tls", "ca", "certificate: unable to get local issuer"),
        ("", "tls", "ca", ""),
    ],
)
async def test_t10_any_other_server_gets_nothing(certificate: str, security: str, ca: str, why: str) -> None:
    async with Server(certificate, wrapped=security == "tls" and bool(certificate)).listen() as server:
        with pytest.raises(SendError) as refused:
            await _mailer(server.port, security, ca=ca).send(ADDRESS, LETTER, key="1.1")
        assert not server.taken
    assert refused.value.cause == "mail" and not (refused.value.permanent or refused.value.unknown)
    assert refused.value.detail.startswith(why)


async def test_t10_a_password_never_goes_out_before_the_encryption_stands() -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.test\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(b"250-smtp.test\r\n250 AUTH PLAIN LOGIN\r\n" if line[:4] == b"EHLO" else b"454 no\r\n")
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(SendError):
            await _mailer(port, "starttls", username="meja", password="rahasia").send(ADDRESS, LETTER, key="1.1")
    assert [line[:4] for line in heard if line[:4] not in (b"EHLO", b"QUIT")] == []


async def test_t10_an_office_whose_server_does_not_encrypt_is_alarmed_and_the_question_waits(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", mail={"security": "starttls"}) as office, office.open():
        await office.admin.say("/bantuan")
        user = await to(office, "email")
        await user.say(address_of(user))
        await office.admin.sees("no STARTTLS")
        await user.sees("terkendala")
        await mail_tried(office)
        assert office.mailbox.mails == [] and await drafts(office) == [QUESTION]


async def test_a_mail_that_may_have_arrived_is_said_to_be_unknown() -> None:
    async with Server("good").listen() as server:
        server.cut_after_text = True
        with pytest.raises(SendError) as broken:
            await _mailer(server.port, "starttls").send(ADDRESS, LETTER, key="1.1")
    assert broken.value.unknown and len(server.taken) == 1


@asynccontextmanager
async def _office_of(server: Server, folder: Path) -> AsyncIterator[Office]:
    """An office whose mail server takes each mail and then is gone without a word."""
    server.cut_after_text = True
    async with office_at(folder / "meja.db", mail={"port": server.port}) as office, office.open():
        yield office


async def test_f18_a_code_whose_mail_may_have_arrived_is_not_sent_again_and_holds(tmp_path: Path) -> None:
    server = Server()
    async with server.listen(), _office_of(server, tmp_path) as office:
        user = await to(office, "email")
        await user.say(address_of(user))
        await user.sees("Kode sudah dikirim")
        for _ in range(5):
            await office.move(hours=3)
        await office.settled()
        assert len(server.taken) == 1


async def test_f18_a_letter_that_may_have_arrived_is_sent_once_more_and_marked(tmp_path: Path) -> None:
    server = Server()
    async with server.listen(), _office_of(server, tmp_path) as office:
        assert office.app is not None
        await office.app.store.run(_letter)
        await time_flies(office, lambda: len(server.taken) == 2)
        for _ in range(5):
            await office.move(hours=3)
        await office.settled()
        assert len(server.taken) == 2
        assert await value(office, "SELECT state || ' ' || uncertain FROM outbox WHERE kind = 'mail'") == "failed 1"


async def _letter(tx: Any) -> None:
    payload = {"key": "code_taken", "params": {}, "lang": "id", "code_id": None, "about": None}
    at = datetime(2026, 11, 23, 3, tzinfo=UTC)
    await outbox.add(
        tx, "1207", lane="m:x", dest=f"mail:{ADDRESS}", kind="mail", payload=payload, at=at, rank=outbox.PROMPT
    )
