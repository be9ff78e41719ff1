"""Every sentence the desk says: messages, mails and labels, drawn from ``templates/<language>/``.

A language is a folder: ``messages/<key>.html`` (Telegram's HTML; ``toast_*.txt`` are plain), ``mail/<key>.txt`` and
``labels.toml``. An office may put a file of the same name into its own directory (``<override_dir>/<language>/…``).
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import FunctionLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

DEFAULT_LANGUAGE = "id"
LABEL_FILES = ("labels.toml", "report.toml")
CARD_QUESTION_LIMIT = 3000
"""UTF-16 units of the question that a `staff_card` shows; a longer question goes into posts of its own."""

# First hour that is no longer this part of the day (DOMAIN.md §4); `late_morning` is where the two languages part.
_PARTS_OF_DAY = ((11, "morning"), (12, "late_morning"), (15, "midday"), (18, "afternoon"), (24, "evening"))
_SECONDS = (("duration-hour", 3600), ("duration-minute", 60), ("duration-second", 1))
_TRAILING = " \t\r\n.,;:!?…"


class UnknownText(LookupError):
    """There is no message, mail or label of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no text is called {name!r}")
        self.name = name


@dataclass(frozen=True)
class OfficeFacts:
    """What texts say about the office; an empty fact is left out of the text that would show it.

    `name_en` falls back to `name`; `decree` follows the words "Nomor SK:" ("107"); `zone_label` is WIB, WITA or WIT;
    `suggestion_box` is where the box stands ("lantai 1 BPS Kabupaten Labuhanbatu"). `answer_days` are working days (SK
    No. 107, Waktu Penyelesaian), `silence_days` and `reopen_days` calendar days (Prosedur 4; DOMAIN.md §6 rule 9).
    """

    code: str
    name: str
    zone: ZoneInfo
    zone_label: str
    name_en: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    decree: str = ""
    complaint_url: str = ""
    complaint_email: str = ""
    suggestion_box: str = ""
    answer_days: int = 3
    silence_days: int = 7
    reopen_days: int = 7


@dataclass(frozen=True)
class Mail:
    """A drawn mail: one subject line and a plain text body; `files` go with it, by name."""

    subject: str
    body: str
    files: tuple[tuple[str, bytes], ...] = ()


class Texts:
    """The texts of one office in every language that has a folder; an unknown language is drawn in Indonesian.

    `retention` is how long personal data is kept: days, or a text of the office's own.
    """

    def __init__(self, office: OfficeFacts, *, retention: int | str = 730, override_dir: Path | None = None) -> None:
        self._office = office
        self._retention = retention
        self._roots = ((override_dir,) if override_dir else ()) + (packaged(),)
        self._drawn: dict[str, Language] = {}

    def render(self, key: str, lang: str, /, **params: object) -> str:
        """The message `key` as Telegram HTML (a `toast_*` as plain text), without space around it.

        Raises UnknownText for an unknown key or label and jinja2.UndefinedError for a missing parameter.
        """
        return self._language(lang).draw(_message_file(key), params)

    def mail(self, key: str, lang: str, /, **params: object) -> Mail:
        """The mail `key`; the first line of its file is the subject. Raises as `render` does."""
        head, _, body = self._language(lang).draw(f"mail/{key}.txt", params).partition("\n")
        return Mail(subject=head.removeprefix("Subject:").strip(), body=body.strip() + "\n")

    def moment(self, value: datetime, lang: str) -> str:
        """Such as "Kamis, 26 November 2026 pukul 15.30 WIB"."""
        return self._language(lang).moment(value)

    def page(self, key: str, lang: str, /, **params: object) -> str:
        """The page `key` as a self-contained HTML document. Raises as `render` does."""
        return self._language(lang).draw(f"pages/{key}.html", params)

    def label(self, key: str, lang: str) -> str:
        """A short plain text by its dotted key, e.g. `button.agree`. Raises UnknownText."""
        return self._language(lang).label(key)

    def label_keys(self, prefix: str, lang: str = DEFAULT_LANGUAGE) -> dict[str, str]:
        """All labels below `prefix` ("origin"): dotted key -> text, in the order of the file."""
        labels = self._language(lang).labels
        return {key: text for key, text in labels.items() if key.startswith(prefix.rstrip(".") + ".")}

    def same(self, text: str, key: str) -> bool:
        """Whether what somebody typed is this label in any language (case, spaces and final punctuation aside)."""
        return _plain(text) in {_plain(self.label(key, lang)) for lang in languages()}

    def is_label(self, text: str) -> bool:
        """Whether what somebody typed is any label at all, as `same` compares them."""
        return _plain(text) in self._plain_labels

    @cached_property
    def _plain_labels(self) -> frozenset[str]:
        return _plain_labels(self._roots)

    def find_label(self, text: str, prefix: str) -> str | None:
        """The first dotted key below `prefix` whose label somebody typed, in any language."""
        return next((key for key in self.label_keys(prefix) if self.same(text, key)), None)

    def speaking(self, lang: str) -> "Language":
        """One language, to draw many values in."""
        return self._language(lang)

    def keys(self) -> frozenset[str]:
        """The keys of all messages."""
        return frozenset(Path(name).stem for name in _names() if name.startswith("messages/"))

    def _language(self, lang: str) -> "Language":
        known = lang if lang in languages() else DEFAULT_LANGUAGE
        if known not in self._drawn:
            self._drawn[known] = Language(known, self._office, roots=self._roots, retention=self._retention)
        return self._drawn[known]


class Language:
    """One language: its labels, its templates and the filters that draw values in it."""

    def __init__(self, code: str, office: OfficeFacts, *, roots: tuple[Path, ...], retention: int | str) -> None:
        self.code = code
        self._office = office
        self._roots = tuple(root / code for root in roots)
        self.labels = _labels(self._roots)
        self._environment = SandboxedEnvironment(
            loader=FunctionLoader(self._source),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._environment.globals["office"] = asdict(office) | {"title": self._title()}
        self._environment.globals["retention"] = retention
        self._environment.filters |= self._filters()

    def _filters(self) -> dict[str, Callable[..., str]]:
        return {
            "day": self.day,
            "date": self.short_date,
            "clock": self.clock,
            "moment": self.moment,
            "part_of_day": self.part_of_day,
            "decimal": self.decimal,
            "duration": self.duration,
            "days": self.days,
            "size": self.size,
            "label": self.label,
            "named": self.named,
            "cut": cut,
        }

    def draw(self, name: str, params: Mapping[str, object]) -> str:
        """The text of one template file of this language."""
        if name not in _names():
            raise UnknownText(name)
        return self._environment.get_template(name).render(params).strip()

    def label(self, key: str) -> str:
        """`{{ ("type." ~ type)|label }}`"""
        try:
            return self.labels[key]
        except KeyError:
            raise UnknownText(key) from None

    def named(self, value: str, prefix: str) -> str:
        """`{{ kind|named("kind") }}`: the label, or the value itself where the platform knows more than we do."""
        return self.labels.get(f"{prefix}.{value}", value)

    def day(self, value: str | date) -> str:
        """Such as "Kamis, 26 November 2026" (office zone); takes a moment or a calendar day."""
        return self._calendar_day(value, "format.day")

    def short_date(self, value: str | date) -> str:
        """Such as "26 Nov 2026" (office zone); takes a moment or a calendar day."""
        return self._calendar_day(value, "format.date")

    def clock(self, value: str | datetime) -> str:
        """Such as "15.30 WIB"."""
        return f"{self._pattern(self._local(value), 'format.clock')} {self._office.zone_label}"

    def moment(self, value: str | datetime) -> str:
        """Such as "Kamis, 26 November 2026 pukul 15.30 WIB"."""
        return self.label("format.moment").format(day=self.day(value), clock=self.clock(value))

    def part_of_day(self, value: str | datetime) -> str:
        """Such as "siang": the word of the greeting (DOMAIN.md §4)."""
        hour = self._local(value).hour
        return self.label(f"part_of_day.{next(name for end, name in _PARTS_OF_DAY if hour < end)}")

    def decimal(self, value: int | float | Decimal | str, digits: int = 1) -> str:
        """Such as "1.234,5": rounded half up to `digits` decimals."""
        from babel.numbers import format_decimal

        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        return format_decimal(rounded, format="#,##0" + ("." + "0" * digits if digits else ""), locale=self.code)

    def duration(self, seconds: int | float) -> str:
        """Such as "2 jam 15 menit": the two largest units; no days, since a working day is no 24 hours."""
        left = max(0, int(seconds))
        parts = []
        for unit, size in _SECONDS:
            count, left = divmod(left, size)
            parts.append(self._unit(count, unit) if count else "")
        return " ".join([part for part in parts if part][:2]) or self._unit(0, "duration-minute")

    def days(self, value: int | str) -> str:
        """Such as "2 tahun" for 730, "30 hari" for 30; a text stays as it is."""
        if isinstance(value, str):
            return value
        years, rest = divmod(value, 365)
        return self._unit(value, "duration-day") if rest or not years else self._unit(years, "duration-year")

    def size(self, count: int) -> str:
        """Such as "1,2 MB" or "40 KB" for a number of bytes."""
        if count < 1_000_000:
            return f"{self.decimal(max(1, count / 1000), 0)} KB"
        return f"{self.decimal(count / 1_000_000)} MB"

    def _title(self) -> str:
        return self._office.name if self.code == DEFAULT_LANGUAGE else self._office.name_en or self._office.name

    def _unit(self, count: int, unit: str) -> str:
        from babel.units import format_unit

        return format_unit(count, unit, locale=self.code)

    def _calendar_day(self, value: str | date, pattern: str) -> str:
        parsed = _parsed(value)
        return self._pattern(self._local(parsed) if isinstance(parsed, datetime) else parsed, pattern)

    def _local(self, value: str | date) -> datetime:
        parsed = _parsed(value)
        if not isinstance(parsed, datetime) or parsed.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        return parsed.astimezone(self._office.zone)

    def _pattern(self, value: date, pattern: str) -> str:
        from babel.dates import format_date, format_datetime

        draw = format_datetime if isinstance(value, datetime) else format_date
        return draw(value, self.label(pattern), locale=self.code)

    def _source(self, name: str) -> str | None:
        return next((path.read_text("utf-8") for path in _inside(self._roots, name)), None)


def packaged() -> Path:
    """The directory of the texts that come with the program."""
    return Path(str(files("templates")))


@cache
def languages() -> frozenset[str]:
    """The codes of the languages that have a folder."""
    return frozenset(path.parent.name for path in packaged().glob("*/labels.toml"))


def cut(text: str, units: int) -> str:
    """At most `units` UTF-16 units of the text, the way Telegram counts; a shortened text ends in "…"."""
    encoded = str(text).encode("utf-16-le", "surrogatepass")
    if len(encoded) <= 2 * units:
        return text
    return encoded[: 2 * (units - 1)].decode("utf-16-le", "ignore").rstrip() + "…"


@cache
def _names() -> frozenset[str]:
    """The files that may be drawn: exactly those that come with the program, so that no name leads elsewhere."""
    root = packaged() / DEFAULT_LANGUAGE
    return frozenset(f"{path.parent.name}/{path.name}" for path in root.glob("*/[a-z]*.*"))


def _parsed(value: str | date) -> date:
    if isinstance(value, date):
        return value
    text = str(value)  # raises for a forgotten parameter
    return date.fromisoformat(text) if len(text) == len("2026-11-26") else datetime.fromisoformat(text)


def _message_file(key: str) -> str:
    return f"messages/{key}.txt" if key.startswith("toast_") else f"messages/{key}.html"


def _inside(roots: tuple[Path, ...], name: str) -> Iterator[Path]:
    """The files of this name that really lie below their root: links out of it do not count (QUALITY.md T18)."""
    for root in roots:
        path = (root / name).resolve()
        if path.is_relative_to(root.resolve()) and path.is_file():
            yield path


@cache
def _labels(roots: tuple[Path, ...]) -> Mapping[str, str]:
    """The same for all offices of a process that have no words of their own."""
    labels: dict[str, str] = {}
    for name in LABEL_FILES:
        for path in reversed(list(_inside(roots, name))):
            for table, entries in tomllib.loads(path.read_text("utf-8")).items():
                labels |= {f"{table}.{key}": text for key, text in entries.items()}
    return labels


@cache
def _plain_labels(roots: tuple[Path, ...]) -> frozenset[str]:
    """Of all languages; the same for all offices that have no words of their own."""
    each = (_labels(tuple(root / lang for root in roots)) for lang in languages())
    return frozenset(_plain(label) for labels in each for label in labels.values())


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.casefold()).strip(_TRAILING)
