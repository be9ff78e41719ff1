"""Mail: one recipient, no user text in any header, encrypted by default (QUALITY.md T9, T10)."""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime

import aiosmtplib

from bot.channels.base import SendError
from bot.clock import Clock
from bot.domain.addresses import is_plain
from bot.settings import Settings
from bot.texts import Mail

# A server may keep newcomers waiting for its greeting, to scare off those who send junk.
TIMEOUT = 60.0
# SMTP's reply codes: the server itself ends its service; from here on it is no use to try again.
SERVER_CLOSING = 421
PERMANENT = 500
FAULTS = (aiosmtplib.SMTPException, OSError, TimeoutError, EOFError, ssl.SSLError)


class Mailer:
    """Hands mails to the office's mail server."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings.mail
        self._reply_to = settings.office.email
        self._clock = clock

    async def send(self, address: str, mail: Mail, *, key: str) -> None:
        """Hand one mail over. Raises SendError: cause "refused" when it is the address, for good if `permanent`; cause
        "mail" when it is the server; `unknown` when the connection broke after the mail's text had gone out.
        """
        if not is_plain(address):
            raise SendError("refused", "not a plain address", permanent=True)
        await self._hand_over(address, self._message(address, mail, key))

    async def _hand_over(self, address: str, message: EmailMessage) -> None:
        smtp = self._client()
        try:
            await self._greet(smtp)
            await self._envelope(smtp, address)
            await self._text(smtp, message)
            with suppress(*FAULTS):  # it has the mail: what happens from here on does not matter
                await smtp.quit()
        finally:
            smtp.close()

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            cert_bundle=settings.ca_file or None,
            username=settings.username or None,
            password=settings.password.get_secret_value() or None,
            timeout=TIMEOUT,
        )

    async def _greet(self, smtp: aiosmtplib.SMTP) -> None:
        """Connection, encryption, login: without a proven certificate nothing goes any further (T10)."""
        try:
            await smtp.connect()
        except FAULTS as error:
            raise SendError("mail", _detail(error)) from None

    async def _envelope(self, smtp: aiosmtplib.SMTP, address: str) -> None:
        try:
            await smtp.mail(self._settings.from_address)
            await smtp.rcpt(address)
        except aiosmtplib.SMTPRecipientRefused as error:
            cause = "mail" if error.code == SERVER_CLOSING else "refused"
            raise SendError(cause, str(error.code), permanent=error.code >= PERMANENT) from None
        except FAULTS as error:
            raise SendError("mail", _detail(error)) from None

    async def _text(self, smtp: aiosmtplib.SMTP, message: EmailMessage) -> None:
        try:
            await smtp.data(message.as_bytes(policy=WIRE.clone(cte_type="7bit")))
        except aiosmtplib.SMTPResponseException as error:
            raise SendError("mail", _detail(error)) from None
        except FAULTS as error:
            raise SendError("mail", _detail(error), unknown=True) from None

    def _message(self, address: str, mail: Mail, key: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._settings.from_address
        message["To"] = address
        if is_plain(self._reply_to):
            message["Reply-To"] = self._reply_to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<meja.{key}.{int(self._clock.now().timestamp())}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body)
        for name, content in mail.files:
            message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        return message

    @property
    def _domain(self) -> str:
        return self._settings.from_address.rpartition("@")[2]


def _detail(error: BaseException) -> str:
    """What an admin can act on, without an address: the server's code, or what went wrong with the encryption."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return str(error.code)
    certificate = next((cause for cause in _chain(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        return f"certificate: {certificate.verify_message}"
    return "no STARTTLS" if "STARTTLS" in str(error) else type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
