"""A mail box that receives real SMTP in the running event loop, and misbehaves on request."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from typing import Any, Literal, cast, get_args

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.clock import Clock
from bot.playground.bell import PATIENCE, Bell

Fault = Literal["refuse", "drop", "slow banner", "421", "450", "550"]
_ANSWERS = {
    "421": "421 4.3.2 Service not available, closing transmission channel",
    "450": "450 4.2.0 Greylisted, try again later",
    "550": "550 5.1.1 No such user here",
}
_CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")


@dataclass(frozen=True, slots=True)
class Mail:
    """A received mail; `at` aware UTC, `text` its plain part, `headers` in order of appearance, `files` by name."""

    at: datetime
    sender: str
    rcpt: list[str]
    subject: str
    text: str
    headers: list[tuple[str, str]]
    files: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The first group of six digits; LookupError when there is none."""
        match = _CODE.search(self.text)
        if match is None:
            raise LookupError(f"no code in {self.text!r}")
        return match.group(1)


@dataclass(slots=True)
class Mailbox:
    """All mail of everybody. Use as `async with Mailbox(clock) as mailbox`; then `host` and `port` tell where.

    Faults: `break_with("450", times=2)`; "drop" accepts a mail and loses it; "refuse" closes the port.
    """

    clock: Clock
    host: str = "127.0.0.1"
    port: int = 0
    banner_delay: float = 5.0
    mails: list[Mail] = field(default_factory=list)
    bell: Bell = field(default_factory=Bell)
    connections: int = 0
    _faults: list[list[Any]] = field(default_factory=list)
    _read: set[int] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _transports: set[asyncio.Transport] = field(default_factory=set)

    async def __aenter__(self) -> "Mailbox":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listens; after a "refuse" on the same port as before."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Closes the port and whatever connections are open."""
        if self._server is None:
            return
        self._server.close()
        for transport in list(self._transports):
            transport.abort()
        await self._server.wait_closed()
        self._server = None

    async def break_with(self, fault: Fault, *, times: int | None = None) -> None:
        """From now on (or for the next `times` mails or connections) behaves badly."""
        if fault not in get_args(Fault):
            raise ValueError(f"there is no mail fault {fault!r}")
        if fault == "refuse":
            await self.stop()
        else:
            self._faults.append([fault, times])

    async def mend(self) -> None:
        """Behaves well again."""
        self._faults.clear()
        if self._server is None:
            await self.start()

    def to(self, address: str) -> list[Mail]:
        """All mail to an address, oldest first."""
        return [mail for mail in self.mails if address in mail.rcpt]

    async def mail_to(self, address: str, *, within: float = PATIENCE) -> Mail:
        """The newest mail to this address, once it is one nobody read; AssertionError after `within` seconds."""
        position = await self.bell.until(lambda: self._newest_unread(address), within=within)
        if position is None:
            raise AssertionError(f"no new mail to {address} within {within} s; all mail: {self.mails}")
        self._read.update(place for place, mail in enumerate(self.mails) if address in mail.rcpt)
        return self.mails[position - 1]

    def _newest_unread(self, address: str) -> int | None:
        """One more than the mail's place, so that the first is true too."""
        for place in range(len(self.mails) - 1, -1, -1):
            if address in self.mails[place].rcpt:
                return place + 1 if place not in self._read else None
        return None

    def _connection(self) -> asyncio.Protocol:
        self.connections += 1
        delay = self.banner_delay if self._strikes("slow banner") else 0.0
        return cast(asyncio.Protocol, _Connection(self, delay))

    def _strikes(self, *faults: Fault) -> Fault | None:
        for armed in self._faults:
            if armed[0] in faults and armed[1] != 0:
                armed[1] = None if armed[1] is None else armed[1] - 1
                return cast(Fault, armed[0])
        return None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """aiosmtpd's hook for RCPT TO."""
        fault = self._strikes("421", "450", "550")
        if fault is not None:
            return _ANSWERS[fault]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """aiosmtpd's hook for a whole mail."""
        if not self._strikes("drop"):
            self.mails.append(_parse(envelope, self.clock.now()))
            self.bell.ring()
        return "250 OK"


class _Connection(SMTP):
    """One SMTP connection; its greeting can be late."""

    def __init__(self, mailbox: Mailbox, delay: float) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(mailbox, enable_SMTPUTF8=True, hostname="mailbox.test", ident="Mailbox", loop=loop)
        self._mailbox, self._delay = mailbox, delay
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        self._mailbox._transports.add(transport)
        if self._delay:
            self._late = asyncio.get_running_loop().call_later(self._delay, super().connection_made, transport)
        else:
            super().connection_made(transport)
        self._opened = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._mailbox._transports.discard(self._opened)
        if self._late is not None:
            self._late.cancel()
        if self.session is not None:
            super().connection_lost(error)


def _parse(envelope: Envelope, at: datetime) -> Mail:
    content = envelope.content
    raw = content if isinstance(content, bytes) else str(content).encode()
    message: EmailMessage = message_from_bytes(raw, policy=default_policy)
    body = message.get_body(preferencelist=("plain", "html"))
    text = ""
    if body is not None:
        with suppress(LookupError):
            text = str(body.get_content())
    headers = [(name, str(value)) for name, value in message.items()]
    files = tuple(part.get_filename() or "" for part in message.iter_attachments())
    recipients, subject = list(envelope.rcpt_tos), str(message["subject"] or "")
    return Mail(at, str(envelope.mail_from), recipients, subject, text, headers, files)
