"""The configuration: one frozen model from a TOML file and the environment, with errors a clerk can act on."""

import os
import re
import tomllib
from datetime import date, time
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from bot.domain.addresses import is_plain
from bot.domain.calendar import BadHours, parse_periods
from bot.domain.silence import QuietHours

TOKEN = re.compile(r"\d+:[\w-]+")
WEBHOOK_SECRET = re.compile(r"[\w-]{43,256}", re.ASCII)
# Meta repeats a webhook for so long (WHATSAPP.md §1.6): as long must we know what has come already.
LEAST_UPDATES_DAYS = 7


class ConfigError(Exception):
    """The configuration cannot be used. `lines` say file, key, what is expected and how to find it."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("expected an IANA time zone such as Asia/Jakarta, Asia/Makassar or Asia/Jayapura")
    return name


def _periods(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else value
    try:
        parse_periods(text if isinstance(text, str) else "?")
    except BadHours:
        raise ValueError('expected hours such as "08:00-15:30", periods in order, or "" for a closed day') from None
    return str(text)


def _quiet(value: str) -> str:
    try:
        QuietHours.parse(value)
    except BadHours:
        raise ValueError('expected hours such as "20:00-08:00"') from None
    return value


def _morning(value: str) -> str:
    try:
        if not value or time.fromisoformat(value) < time(12):
            return value
    except ValueError:
        pass
    raise ValueError('expected a time before noon such as "08:15", or "" for none')


def _token(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("expected a token of digits, a colon, letters and digits")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    """256 bit, as 43 of the 64 characters that Telegram takes."""
    if value.get_secret_value() and not WEBHOOK_SECRET.fullmatch(value.get_secret_value()):
        raise ValueError("expected 43 to 256 letters, digits, _ and -")
    return value


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("expected an address such as https://api.telegram.org")
    return text.rstrip("/")


def _public(text: str) -> str:
    url = _url(text) if text else ""
    if url.startswith("http:") and not is_loopback(urlsplit(url).hostname or ""):
        raise ValueError("expected an address that begins with https://")
    return url


def _address(text: str) -> str:
    if text and not is_plain(text):
        raise ValueError("expected one plain e-mail address")
    return text


def _file(name: str) -> str:
    if name and not Path(name).is_file():
        raise ValueError("no such file")
    return name


def _day(text: str) -> str:
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("expected a date such as 2026-12-28") from None
    return text.strip()


def _days(text: str) -> str:
    """A day, or a range with two dots."""
    first, _, last = text.partition("..")
    if _day(first) > _day(last or first):
        raise ValueError("the range ends before it begins")
    return text


Periods = Annotated[str, BeforeValidator(_periods)]
Address = Annotated[str, AfterValidator(_address)]
Day = Annotated[str, AfterValidator(_day)]
Days = Annotated[str, AfterValidator(_days)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Hours(Part):
    mon: Periods = "08:00-15:30"
    tue: Periods = "08:00-15:30"
    wed: Periods = "08:00-15:30"
    thu: Periods = "08:00-15:30"
    fri: Periods = "08:00-16:00"
    sat: Periods = ""
    sun: Periods = ""


class DatedHours(Hours):
    """Hours of a stretch of days, such as Ramadan; a weekday left out keeps its ordinary hours."""

    first: Day
    last: Day
    mon: Periods = ""
    tue: Periods = ""
    wed: Periods = ""
    thu: Periods = ""
    fri: Periods = ""


class Office(Part):
    code: str = Field(pattern=r"^\d{4}$")
    name: str = Field(min_length=3)
    name_en: str = ""
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Jakarta"
    language: Literal["id", "en"] = "id"
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    decree: str = ""
    complaint_url: str = ""
    complaint_email: str = ""
    suggestion_box: str = ""
    hours: Hours = Hours()
    dated_hours: tuple[DatedHours, ...] = ()
    closures: dict[Days, str] = {}
    working_days: dict[Days, str] = {}

    @field_validator("hours")
    @classmethod
    def _open_at_all(cls, hours: Hours) -> Hours:
        if not any(dict(hours).values()):
            raise ValueError("at least one day of the week needs service hours")
        return hours

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Service(Part):
    answer_within_working_days: int = Field(3, ge=1, le=60)
    cutoff: bool = False
    silence_days: int = Field(7, ge=2, le=60)
    warn_after_days: tuple[int, ...] = (5, 6)
    reopen_within_days: int = Field(7, ge=1, le=60)
    quiet_hours: Annotated[str, AfterValidator(_quiet)] = "20:00-08:00"
    max_open_tickets: int = Field(1, ge=1, le=5)
    survey: bool = True
    officer_names: Literal["name", "number"] = "number"
    email_in_card: bool = False
    file_types: tuple[str, ...] = ()  # endings of files that are passed on to officers; empty: all, with warnings
    reminder_at: Annotated[str, AfterValidator(_morning)] = "08:15"
    escalate_before_hours: float = Field(4, ge=0, le=80)
    mail_after_hours: float = Field(4, ge=0.1, le=72)

    @property
    def reminder_time(self) -> time | None:
        """When the morning post is due, local time; None: there is none."""
        return time.fromisoformat(self.reminder_at) if self.reminder_at else None

    @model_validator(mode="after")
    def _warnings_before_close(self) -> "Service":
        days = self.warn_after_days
        if not days or list(days) != sorted(set(days)) or not 0 < days[0] <= days[-1] < self.silence_days:
            raise ValueError("warn_after_days must hold days that rise and lie below silence_days")
        return self


class Roster(Part):
    """Who is on duty on each weekday, by the numbers of /petugas."""

    mon: tuple[int, ...] = ()
    tue: tuple[int, ...] = ()
    wed: tuple[int, ...] = ()
    thu: tuple[int, ...] = ()
    fri: tuple[int, ...] = ()
    sat: tuple[int, ...] = ()
    sun: tuple[int, ...] = ()


class Pace(Part):
    """What Telegram takes, as far as it is known (TELEGRAM.md §1). Only for a server with limits of its own."""

    group_messages: int = Field(20, ge=1)
    group_seconds: float = Field(60, gt=0)
    bot_per_second: int = Field(30, ge=1)


class Telegram(Part):
    token: Annotated[SecretStr, AfterValidator(_token)] = SecretStr("")
    token_file: str = ""
    staff_chat_id: int = Field(0, le=0)  # 0: not known yet, `meja check` finds it
    admin_ids: tuple[int, ...] = ()
    api_url: Annotated[str, AfterValidator(_url)] = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: Annotated[str, AfterValidator(_public)] = ""
    webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] = SecretStr("")
    webhook_secret_file: str = ""
    pace: Pace = Pace()

    @property
    def is_local(self) -> bool:
        """Whether the Bot API server is on this machine."""
        return is_loopback(urlsplit(self.api_url).hostname or "")


class WhatsAppTemplates(Part):
    """The names under which Meta approved our templates (docs/whatsapp.md); without one, e-mail stands in for it.

    `language_…`: the language code with which each was registered; without one, the other is used.
    """

    answer_ready: str = ""
    notice: str = ""
    warning: str = ""
    closed_rate: str = ""
    language_id: str = "id"
    language_en: str = "en"

    @property
    def names(self) -> dict[str, str]:
        """What each stands for -> its name, of those there are."""
        every = self.model_dump(exclude={"language_id", "language_en"})
        return {purpose: name for purpose, name in every.items() if name}

    @property
    def languages(self) -> dict[str, str]:
        """Our language -> Meta's code."""
        return {
            "id": self.language_id or self.language_en,
            "en": self.language_en or self.language_id,
        }


class PairPace(Part):
    """What WhatsApp takes, as far as it is known (WHATSAPP.md §2.4). Only for a server with limits of its own."""

    seconds: float = Field(6, gt=0)  # between two messages to a person; a burst is borrowed from the time after it
    burst: int = Field(45, ge=1)
    number_per_second: int = Field(80, ge=1)


class WhatsApp(Part):
    """Meta's Cloud API: one number of the office's WhatsApp Business account."""

    enabled: bool = False
    phone_number_id: str = Field("", pattern=r"^\d*$")
    waba_id: str = Field("", pattern=r"^\d*$")
    access_token: SecretStr = SecretStr("")
    access_token_file: str = ""
    app_secret: SecretStr = SecretStr("")
    app_secret_file: str = ""
    verify_token: SecretStr = SecretStr("")
    verify_token_file: str = ""
    graph_url: Annotated[str, AfterValidator(_url)] = "https://graph.facebook.com/v26.0"
    media_hosts: tuple[str, ...] = ("lookaside.fbsbx.com",)
    templates: WhatsAppTemplates = WhatsAppTemplates()
    pace: PairPace = PairPace()

    @property
    def is_local(self) -> bool:
        """Whether the Graph API server is on this machine."""
        return is_loopback(urlsplit(self.graph_url).hostname or "")


class Mail(Part):
    host: str = Field(min_length=1)
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: str = ""
    from_address: Address = Field(min_length=1)
    ca_file: Annotated[str, AfterValidator(_file)] = ""
    codes_per_hour: int = Field(100, ge=1)
    codes_per_domain_per_hour: int = Field(30, ge=1)

    @model_validator(mode="after")
    def _plain_only_on_loopback(self) -> "Mail":
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError('security = "none" is for a mail server on this machine only; use "starttls" or "tls"')
        return self


class Storage(Part):
    url: str = Field("sqlite:///var/meja.db", pattern="^(sqlite:///|postgresql://).+")
    url_file: str = ""


class Web(Part):
    """Where the web server listens (port 0: there is none), and how it is reached from outside, through a proxy."""

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65535)
    public_url: Annotated[str, AfterValidator(_public)] = ""


class Supervisor(Part):
    chat_id: int | None = None
    email: Address = ""


class Report(Part):
    """Who signs the paper and where, and what it looks like."""

    files: bool = True
    place: str = ""
    signer: str = ""
    signer_nip: str = ""
    template: str = ""
    logo: str = ""
    csv_separator: Literal[";", ","] = ";"
    monthly: Literal["", "staff", "supervisor"] = ""


class Keep(Part):
    """How many days each kind of data is kept (docs/privacy.md); what figures are made of stays."""

    codes_days: int = Field(1, ge=1, le=30)
    updates_days: int = Field(7, ge=2, le=30)  # two at least, to know repeats
    queue_days: int = Field(90, ge=15, le=730)  # ratings are taken for 14 days
    conversation_days: int = Field(730, ge=30, le=3650)
    complaint_days: int = Field(1825, ge=60, le=7300)
    audit_days: int = Field(1825, ge=365, le=7300)


class Privacy(Part):
    version: str = Field("1", min_length=1)
    retention: str = ""
    retention_en: str = ""
    dpo_contact: str = ""
    delete_topics: bool = False
    hold: bool = False
    keep: Keep = Keep()

    def kept(self, lang: str) -> int | str:
        """How long conversations are kept, as people read it: days, or the office's own words."""
        return (self.retention if lang == "id" else self.retention_en) or self.keep.conversation_days


class Webapi(Part):
    key: SecretStr = SecretStr("")
    key_file: str = ""
    url: Annotated[str, AfterValidator(_url)] = "https://webapi.bps.go.id/v1/api"
    domain: str = Field("", pattern=r"^(\d{4})?$")
    languages: tuple[Literal["ind", "eng"], ...] = ("ind",)


class Catalogue(Part):
    """What is offered before a ticket: the program's own questions, the office's files, the mirror of BPS's WebAPI."""

    offer: bool = True
    starter: bool = True
    file: Annotated[tuple[str, ...], BeforeValidator(_one_or_more)] = ()
    webapi: Webapi = Webapi()


def _moment(value: str) -> str:
    try:
        return value and time.fromisoformat(value).isoformat("minutes")
    except ValueError:
        raise ValueError('expected a time such as "03:30", or "" for never') from None


class Backup(Part):
    """The nightly copy of a SQLite database."""

    folder: str = ""
    at: Annotated[str, AfterValidator(_moment)] = "03:30"
    keep: int = Field(14, ge=1, le=400)
    after: tuple[str, ...] = ()

    @property
    def moment(self) -> time:
        """Local time."""
        return time.fromisoformat(self.at)


class Security(Part):
    secret_file: str = ""


class Log(Part):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "human", "json"] = "auto"


class Settings(BaseSettings):
    """Everything an office's desk needs to know. Environment (`MEJA_TELEGRAM__TOKEN`) goes over the file."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="MEJA_", env_nested_delimiter="__", hide_input_in_errors=True
    )

    office: Office
    service: Service = Service()
    roster: Roster = Roster()
    telegram: Telegram
    whatsapp: WhatsApp = WhatsApp()
    mail: Mail
    storage: Storage = Storage()
    web: Web = Web()
    supervisor: Supervisor = Supervisor()
    privacy: Privacy = Privacy()
    report: Report = Report()
    catalogue: Catalogue = Catalogue()
    backup: Backup = Backup()
    security: Security = Security()
    log: Log = Log()

    @property
    def telegram_webhook(self) -> str:
        """What Telegram calls; nothing where it is asked."""
        if self.telegram.mode == "polling":
            return ""
        return self.telegram.webhook_url or f"{self.web.public_url}/telegram/{self.office.code}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load(path: Path, *, without_group: bool = False) -> Settings:
    """Read one office's file. Raises ConfigError, whose lines hold no secret.

    `without_group`: the staff group may still be unknown, which a doctor can live with and a desk cannot.
    """
    settings = checked(path, read(path))
    if not (settings.telegram.staff_chat_id or without_group):
        raise ConfigError([f"{path}: telegram.staff_chat_id: missing; {_HINTS['telegram.staff_chat_id']}"])
    return settings


def checked(path: Path, raw: dict[str, Any], model: type[Settings] = Settings) -> Settings:
    """The settings of one office from what stands in its file at `path`. Raises ConfigError."""
    try:
        settings = model(**raw)
    except ValidationError as error:
        raise ConfigError([_line(path, fault) for fault in error.errors(include_input=False)]) from None
    except SettingsError:
        raise ConfigError(["environment: a MEJA_ variable: expected JSON for a list, such as [111, 222]"]) from None
    _check_webhook(settings, path)
    return _with_secrets(settings, path)


def _check_webhook(settings: Settings, path: Path) -> None:
    if settings.telegram.mode == "polling":
        return
    if not settings.web.port:
        raise ConfigError([f"{path}: web.port: missing; with a webhook the desk is called, and must listen"])
    if not (settings.telegram.webhook_url or settings.web.public_url):
        raise ConfigError([f"{path}: web.public_url: missing; {_HINTS['web.public_url']}"])


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def clock_file() -> Path | None:
    """Where a moved clock is written, if one is asked for (`MEJA_CLOCK_FILE`)."""
    name = os.environ.get("MEJA_CLOCK_FILE", "")
    return Path(name) if name else None


def read(path: Path) -> dict[str, Any]:
    """What stands in a TOML file. Raises ConfigError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError([f"{path}: not found; copy config.example.toml and fill it in"]) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: expected one TOML file"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read ({type(error).__name__})"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: not valid TOML: {error}"]) from None


def _line(path: Path, fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"] if part != "[key]") or "(file)"
    problem = _PROBLEMS.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    hint = _HINTS.get(key, "see config.example.toml")
    return f"{path}: {key}: {problem}; {hint}"


_PROBLEMS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "string_type": "expected text in quotes",
}

_HINTS = {
    "telegram.token": "@BotFather gives it: /mybots, your bot, API Token",
    "telegram.staff_chat_id": "the number of the staff group, such as -1001234567890; `meja check` finds it",
    "telegram.admin_ids": "numeric Telegram ids such as [111, 222]",
    "whatsapp.phone_number_id": "Meta's app dashboard shows it: WhatsApp, API Setup, Phone number ID",
    "whatsapp.waba_id": "Meta's app dashboard shows it: WhatsApp, API Setup, WhatsApp Business Account ID",
    "whatsapp.access_token": "of a system user in Meta's business settings, without an end",
    "whatsapp.app_secret": "Meta's app dashboard shows it: App settings, Basic, App secret",
    "whatsapp.verify_token": "words of your own; the same ones go into Meta's webhook form",
    "office.code": 'the BPS code of the office in four digits, such as "1207"',
    "web.public_url": "how Telegram reaches the desk from outside, such as https://konsultasi.example.go.id",
    "mail.host": "the mail server of the office",
    "mail.from_address": "the address codes are sent from",
}


def _with_secrets(settings: Settings, path: Path) -> Settings:
    """The same settings with secrets read from the files they name. Raises ConfigError."""
    telegram, mail, catalogue, storage = settings.telegram, settings.mail, settings.catalogue, settings.storage
    if storage.url_file:
        url = _secret(path, "storage.url_file", storage.url_file).get_secret_value()
        storage = Storage(url=url, url_file=storage.url_file)
    if storage.url.startswith("postgresql:") and not settings.security.secret_file:
        raise ConfigError([f"{path}: security.secret_file: missing; with PostgreSQL there is no file to lie beside"])
    if telegram.token_file:
        telegram = telegram.model_copy(update={"token": _secret(path, "telegram.token_file", telegram.token_file)})
    if telegram.webhook_secret_file:
        secret = _secret(path, "telegram.webhook_secret_file", telegram.webhook_secret_file)
        if not WEBHOOK_SECRET.fullmatch(secret.get_secret_value()):
            raise ConfigError([f"{path}: telegram.webhook_secret_file: expected 43 to 256 letters, digits, _ and -"])
        telegram = telegram.model_copy(update={"webhook_secret": secret})
    if mail.password_file:
        mail = mail.model_copy(update={"password": _secret(path, "mail.password_file", mail.password_file)})
    if catalogue.webapi.key_file:
        key = _secret(path, "catalogue.webapi.key_file", catalogue.webapi.key_file)
        catalogue = catalogue.model_copy(update={"webapi": catalogue.webapi.model_copy(update={"key": key})})
    whatsapp = _whatsapp_with_secrets(settings, path)
    if not TOKEN.fullmatch(telegram.token.get_secret_value()):
        raise ConfigError([f"{path}: telegram.token: missing or no token; {_HINTS['telegram.token']}"])
    parts = {"telegram": telegram, "whatsapp": whatsapp, "mail": mail, "catalogue": catalogue, "storage": storage}
    return settings.model_copy(update=parts)


def _said(value: str | SecretStr) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _whatsapp_with_secrets(settings: Settings, path: Path) -> WhatsApp:
    """Complete when it is switched on. Raises ConfigError."""
    whatsapp = settings.whatsapp
    for key in ("access_token", "app_secret", "verify_token"):
        if name := getattr(whatsapp, f"{key}_file"):
            whatsapp = whatsapp.model_copy(update={key: _secret(path, f"whatsapp.{key}_file", name)})
    if not whatsapp.enabled:
        return whatsapp
    wanted = ("phone_number_id", "waba_id", "access_token", "app_secret", "verify_token")
    missing = [key for key in wanted if not _said(getattr(whatsapp, key))]
    lines = [f"{path}: whatsapp.{key}: missing; {_HINTS[f'whatsapp.{key}']}" for key in missing]
    if not settings.web.port:
        lines.append(f"{path}: web.port: missing; WhatsApp calls the desk, which must listen")
    if settings.privacy.keep.updates_days < LEAST_UPDATES_DAYS:
        lines.append(
            f"{path}: privacy.keep.updates_days: WhatsApp repeats for 7 days what it got no answer to;"
            f" expected at least {LEAST_UPDATES_DAYS}"
        )
    if lines:
        raise ConfigError(lines)
    return whatsapp


def _secret(path: Path, key: str, name: str) -> SecretStr:
    try:
        # A service manager says where its credentials are: "$CREDENTIALS_DIRECTORY/token".
        return SecretStr(Path(os.path.expandvars(name)).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: {key}: cannot be read ({type(error).__name__})"]) from None
