"""Kinds of values in a configuration.

What a check raises, and the check itself, are called as what is expected is: a row of [expected] in ``check.toml``.
"""

import re
from datetime import date, time
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.domain.addresses import is_plain
from bot.domain.calendar import BadHours, parse_periods
from bot.domain.silence import QuietHours

TOKEN = re.compile(r"\d+:[\w-]+")
WEBHOOK_SECRET = re.compile(r"[\w-]{43,256}", re.ASCII)


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("zone")
    return name


def _periods(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else value
    try:
        parse_periods(text if isinstance(text, str) else "?")
    except BadHours:
        raise ValueError("periods") from None
    return str(text)


def _quiet(value: str) -> str:
    try:
        QuietHours.parse(value)
    except BadHours:
        raise ValueError("quiet") from None
    return value


def _morning(value: str) -> str:
    try:
        if not value or time.fromisoformat(value) < time(12):
            return value
    except ValueError:
        pass
    raise ValueError("morning")


def _token(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("token")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    """256 bit, as 43 of the 64 characters that Telegram takes."""
    if value.get_secret_value() and not WEBHOOK_SECRET.fullmatch(value.get_secret_value()):
        raise ValueError("webhook_secret")
    return value


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("url")
    return text.rstrip("/")


def _public(text: str) -> str:
    url = _url(text) if text else ""
    if url.startswith("http:") and not is_loopback(urlsplit(url).hostname or ""):
        raise ValueError("public")
    return url


def _address(text: str) -> str:
    if text and not is_plain(text):
        raise ValueError("address")
    return text


def _file(name: str) -> str:
    if name and not Path(name).is_file():
        raise ValueError("file")
    return name


def _day(text: str) -> str:
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("day") from None
    return text.strip()


def _days(text: str) -> str:
    """A day, or a range with two dots."""
    first, _, last = text.partition("..")
    if _day(first) > _day(last or first):
        raise ValueError("days")
    return text


def _moment(value: str) -> str:
    try:
        return value and time.fromisoformat(value).isoformat("minutes")
    except ValueError:
        raise ValueError("moment") from None


Periods = Annotated[str, BeforeValidator(_periods)]
Address = Annotated[str, AfterValidator(_address)]
Day = Annotated[str, AfterValidator(_day)]
Days = Annotated[str, AfterValidator(_days)]
Zone = Annotated[str, AfterValidator(_zone)]
Quiet = Annotated[str, AfterValidator(_quiet)]
Morning = Annotated[str, AfterValidator(_morning)]
Token = Annotated[SecretStr, AfterValidator(_token)]
Url = Annotated[str, AfterValidator(_url)]
PublicUrl = Annotated[str, AfterValidator(_public)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
ExistingFile = Annotated[str, AfterValidator(_file)]
OneOrMore = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
Clock = Annotated[str, AfterValidator(_moment)]
