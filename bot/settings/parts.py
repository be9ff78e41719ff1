"""The parts of a configuration, one for each table of the file."""

from datetime import time
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from bot.settings.values import (
    Address,
    Clock,
    Day,
    Days,
    ExistingFile,
    Morning,
    OneOrMore,
    Periods,
    PublicUrl,
    Quiet,
    Token,
    Url,
    WebhookSecret,
    Zone,
    is_loopback,
)


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
    timezone: Zone = "Asia/Jakarta"
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
            raise ValueError("open_at_all")
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
    quiet_hours: Quiet = "20:00-08:00"
    max_open_tickets: int = Field(1, ge=1, le=5)
    survey: bool = True
    officer_names: Literal["name", "number"] = "number"
    email_in_card: bool = False
    file_types: tuple[str, ...] = ()  # endings of files that are passed on to officers; empty: all, with warnings
    reminder_at: Morning = "08:15"
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
            raise ValueError("warnings")
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
    token: Token = SecretStr("")
    token_file: str = ""
    staff_chat_id: int = Field(0, le=0)  # 0: not known yet, `meja check` finds it
    admin_ids: tuple[int, ...] = ()
    api_url: Url = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: PublicUrl = ""
    webhook_secret: WebhookSecret = SecretStr("")
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
    graph_url: Url = "https://graph.facebook.com/v26.0"
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
    ca_file: ExistingFile = ""
    codes_per_hour: int = Field(100, ge=1)
    codes_per_domain_per_hour: int = Field(30, ge=1)

    @model_validator(mode="after")
    def _plain_only_on_loopback(self) -> "Mail":
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError("plain_mail")
        return self


class Storage(Part):
    url: str = Field("sqlite:///var/meja.db", pattern="^(sqlite:///|postgresql://).+")
    url_file: str = ""


class Web(Part):
    """Where the web server listens (port 0: there is none), and how it is reached from outside, through a proxy."""

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65535)
    public_url: PublicUrl = ""


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
    url: Url = "https://webapi.bps.go.id/v1/api"
    domain: str = Field("", pattern=r"^(\d{4})?$")
    languages: tuple[Literal["ind", "eng"], ...] = ("ind",)


class Catalogue(Part):
    """What is offered before a ticket: the program's own questions, the office's files, the mirror of BPS's WebAPI."""

    offer: bool = True
    starter: bool = True
    file: OneOrMore = ()
    webapi: Webapi = Webapi()


class Backup(Part):
    """The nightly copy of a SQLite database."""

    folder: str = ""
    at: Clock = "03:30"
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
