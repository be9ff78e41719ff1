"""Mail: one recipient, no user text in any header, encrypted by default (QUALITY.md T9, T10)."""

import asyncio
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from bot.channels.base import SendError
from bot.clock import Clock
from bot.domain.addresses import is_plain
from bot.settings import Mail as MailSettings
from bot.texts import Mail

TIMEOUT = 20.0
# SMTP's reply codes: the server itself ends its service; from here on it is no use to try again.
SERVER_CLOSING = 421
PERMANENT = 500


class Mailer:
    """Hands mails to the office's mail server."""

    def __init__(self, settings: MailSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def send(self, address: str, mail: Mail, *, key: str) -> None:
        """Hand one mail over. Raises SendError: cause "refused" when it is the address, for good if `permanent`; cause
        "mail" when it is the server.
        """
        if not is_plain(address):
            raise SendError("refused", "not a plain address", permanent=True)
        try:
            await self._hand_over(self._message(address, mail, key))
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code
            cause = "mail" if code == SERVER_CLOSING else "refused"
            raise SendError(cause, str(code), permanent=code >= PERMANENT) from None
        except aiosmtplib.SMTPResponseException as error:
            raise SendError("mail", str(error.code), permanent=False) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise SendError("mail", type(error).__name__) from None

    def _message(self, address: str, mail: Mail, key: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._settings.from_address
        message["To"] = address
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<meja.{key}.{int(self._clock.now().timestamp())}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body)
        return message

    @property
    def _domain(self) -> str:
        return self._settings.from_address.rpartition("@")[2]

    async def _hand_over(self, message: EmailMessage) -> None:
        settings = self._settings
        await aiosmtplib.send(
            message,
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=settings.password.get_secret_value() or None,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            timeout=TIMEOUT,
        )
