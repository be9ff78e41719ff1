"""What a library found wrong in a configuration, as findings. Imported only when there is something.

Most of a finding is `expected`: what is to stand there, a row of [expected] in ``templates/*/check.toml``, named after
the key where a key has one of its own, else after the kind of value.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from datetime import date, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from bot.findings import Finding, bad, good
from bot.settings.model import Settings

MOST_LINES = 5
LONGEST = 40
LONGEST_WORD = 16
DEFAULT_LANGUAGE = "id"
# What is said of a key by its own name rather than by the kind of its value.
OF_ITS_OWN = frozenset(
    {
        *("office.code", "office.name", "telegram.token", "telegram.staff_chat_id", "telegram.admin_ids"),
        *("whatsapp.phone_number_id", "whatsapp.waba_id", "whatsapp.access_token", "whatsapp.app_secret"),
        *("whatsapp.verify_token", "web.port", "web.public_url", "mail.host", "mail.from_address", "storage.url"),
        *("catalogue.webapi.domain", "security.secret_file", "service.warn_after_days", "mail.security"),
        *("privacy.keep.updates_days", "supervisor.chat_id"),
    }
)
# A rule for a whole table -> the key of it that breaks the rule.
_RULES = {"warnings": "warn_after_days", "plain_mail": "security"}
_DAYS = {
    "senin": "mon",
    "selasa": "tue",
    "rabu": "wed",
    "kamis": "thu",
    "jumat": "fri",
    "sabtu": "sat",
    "minggu": "sun",
}
_LANGUAGE = re.compile(r"""^\s*(?:office\.)?language\s*=\s*["'](id|en)["']""", re.MULTILINE)
# What may be a token or a password in the wrong place; an address has its own way of hiding.
_SECRETIVE = re.compile(r"\d+:[\w-]*[A-Za-z]|://|(?=\S*\d)(?=\S*[A-Za-z])\S{10,}")
# What the reader of TOML says begins so -> our row of [toml].
_TOML = (
    ("Expected '='", "equals"),
    ("Expected ']", "bracket"),
    ("Unclosed", "bracket"),
    ("Illegal character", "quotes"),
    ("Unterminated string", "quotes"),
    ('Expected "', "quotes"),
    ("Expected '", "quotes"),
    ("Expected newline or end", "rest"),
    ("Invalid value", "value"),
    ("Cannot ", "twice"),
)


class _Place(NamedTuple):
    """A key and what the settings know of it; `field` is None where they do not."""

    key: str
    field: FieldInfo | None


def language_of(path: Path) -> str:
    """The language that a configuration asks for (`office.language`), as far as it can be read; else Indonesian."""
    asked = os.environ.get("MEJA_OFFICE__LANGUAGE", "")
    files = (path, path.parent / "meja.toml", path / "meja.toml")
    return next((lang for lang in (asked, *map(_language_in, files)) if lang in ("id", "en")), DEFAULT_LANGUAGE)


def _language_in(file: Path) -> str:
    """Also of a file that is no TOML any more."""
    try:
        found = _LANGUAGE.search(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    return found[1] if found else ""


def of_toml(path: Path, error: tomllib.TOMLDecodeError, text: str) -> Finding:
    """The line, and what is wrong with it; of what stands there nothing, for it may be a secret."""
    told = str(error)
    found = re.search(r"at line (\d+)", told)
    line = int(found[1]) if found else len(text.splitlines())
    kind = next((kind for begins, kind in _TOML if told.startswith(begins)), "other")
    return bad("config", "toml", path=path, line=line, problem=good("toml", kind), way=good("toml", f"{kind}_way"))


def of_fields(path: Path, error: ValidationError) -> list[Finding]:
    return [_of_field(path, fault) for fault in error.errors(include_url=False)]


def at_a_glance(path: Path, findings: list[Finding]) -> list[Finding]:
    """As many as can be taken in at a glance, a lost heading before the many unknown keys it makes."""
    findings = sorted(findings, key=lambda finding: finding.verdict != "no_table")
    if len(findings) <= MOST_LINES:
        return findings
    told = findings[: MOST_LINES - 1]
    return [*told, bad("config", "more", path=path, count=len(findings) - len(told))]


def missing(path: Path, key: str) -> Finding:
    return bad("config", "missing", **_where(path, key), expected=_expected(_place(key.split("."))))


def hidden(path: Path, key: str) -> Finding:
    """What stands there, or in the file that is named there, cannot be used, and must not be shown."""
    place = _place(key.removesuffix("_file").split("."))
    return bad("config", "hidden", **_where(path, key), expected=_expected(place))


def unusable(path: Path, key: str, found: object) -> Finding:
    return bad("config", "value", **_where(path, key), found=_shown(found), expected=_expected(_place(key.split("."))))


def _where(path: Path, key: str) -> dict[str, Any]:
    """The file, or the variable that goes over it."""
    variable = f"MEJA_{key.replace('.', '__')}".upper()
    return {"path": variable if variable in map(str.upper, os.environ) else path, "key": key}


def _of_field(path: Path, fault: Any) -> Finding:
    found, rule = fault["input"], str(fault["ctx"]["error"]) if fault["type"] == "value_error" else ""
    loc = [str(part) for part in fault["loc"] if part != "[key]"]
    if rule in _RULES:
        loc.append(_RULES[rule])
        found = found.get(loc[-1]) if isinstance(found, dict) else None
    if fault["type"] == "extra_forbidden":
        return _unknown(path, loc)
    place = _place(loc)
    where = _where(path, place.key)
    if fault["type"] == "missing" and _table_of(place.field):
        return bad("config", "no_table", **where)
    wanted = _expected(place, rule)
    if fault["type"] == "missing" or found in ("", None):
        return bad("config", "missing", **where, expected=wanted)
    if _is_secret(place) or not _may_be_shown(found, place):
        return bad("config", "hidden", **where, expected=wanted)
    return bad("config", "value", **where, found=_shown(found), expected=wanted)


def _unknown(path: Path, loc: list[str]) -> Finding:
    """A key nobody knows, and the one that is likely meant."""
    *tables, name = loc
    model, where = _model(tables), _where(path, ".".join(loc))
    known = list(model.model_fields) if model else []
    table = [key.rpartition(".")[0] for key in _keys(Settings) if key.endswith(f".{name}")]
    if name in _DAYS and "mon" in known:
        near = [_DAYS[name]]
    else:
        near = get_close_matches(name, known, 1, 0.8 if len(table) == 1 else 0.6)
    if near:
        return bad("config", "misspelt", **where, near=".".join([*tables, *near]))
    if len(table) == 1:
        return bad("config", "misplaced", **where, table=table[0])
    return bad("config", "unknown", **where)


def _keys(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield above + name
        if table := _table_of(field):
            yield from _keys(table, f"{above}{name}.")


def _table_of(field: FieldInfo | None) -> type[BaseModel] | None:
    """The model of a table, or of each table of a list of them."""
    kind = field.annotation if field else None
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _model(tables: list[str]) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Settings
    for name in tables:
        if not name.isdecimal():  # which of a list of tables
            model = _table_of(model.model_fields.get(name)) if model else None
    return model


def _place(loc: list[str]) -> _Place:
    """The key that is meant: of a list of values the list."""
    for end in range(len(loc), 0, -1):
        model = _model(loc[: end - 1])
        field = model.model_fields.get(loc[end - 1]) if model else None
        if field is not None:
            is_list = all(part.isdecimal() for part in loc[end:])
            return _Place(".".join(loc[:end] if is_list and not _table_of(field) else loc), field)
    return _Place(".".join(loc), None)


def _expected(place: _Place, rule: str = "") -> Finding:
    """What is to stand there. `rule`: the name of what was broken, where a value has a check of its own."""
    if place.key in OF_ITS_OWN:
        return good("expected", place.key)
    if rule:
        return good("expected", rule)
    field = place.field
    if field is None or get_origin(field.annotation) is dict:
        return good("expected", "text")
    kind = field.annotation
    checks = [check.func.__name__.strip("_") for check in field.metadata if hasattr(check, "func")]
    if checks:
        return good("expected", checks[0])
    if _table_of(field):
        return good("expected", "table", key=place.key)
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
        return good("expected", "numbers" if kind is int else "texts")
    if get_origin(kind) is Literal:
        return good("expected", "one_of", values=", ".join(f'"{value}"' for value in get_args(kind)))
    if kind in (int, float):
        return _number(field, "whole" if kind is int else "number")
    return good("expected", "flag" if kind is bool else "text")


def _number(field: FieldInfo, kind: str) -> Finding:
    bounds = {
        name: getattr(bound, name) for bound in field.metadata for name in ("ge", "le", "gt") if hasattr(bound, name)
    }
    if "le" in bounds:
        return good("expected", f"{kind}_between", least=bounds["ge"], most=bounds["le"])
    return good("expected", f"{kind}_above", least=bounds.get("ge", bounds.get("gt")))


def _is_secret(place: _Place) -> bool:
    return place.field is not None and (place.field.annotation is SecretStr or place.key.endswith("url"))


def _may_be_shown(found: object, place: _Place) -> bool:
    """Whether this cannot be a secret in the wrong place: where no text belongs, only a short word cannot."""
    if not isinstance(found, str):
        return True
    takes_text = place.field is not None and (
        place.field.annotation is str or get_origin(place.field.annotation) is dict
    )
    longest = LONGEST if takes_text else LONGEST_WORD
    return len(found) <= longest and not _SECRETIVE.search(found.replace("@", " "))


def _shown(found: object) -> object:
    """As it stands in the file; of lists and tables only that they are such."""
    if isinstance(found, bool | str):
        return json.dumps(found, ensure_ascii=False)
    if isinstance(found, int | float):
        return found
    if isinstance(found, date | time):
        return found.isoformat()
    return good("found", "table" if isinstance(found, dict) else "list")
