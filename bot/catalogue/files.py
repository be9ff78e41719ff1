"""The office's own entries from TOML or CSV files. A row that is wrong is named with its line; the others count."""

import csv
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.desk import words
from storage.catalogue import Entry

KINDS = ("faq", "publication", "table", "press")
LANGUAGES = ("id", "en")
FIELDS = ("id", "lang", "kind", "title", "answer", "link", "words", "date")
LONGEST = {"title": 300, "answer": 2000, "link": 500, "words": 1000}
MOST_BYTES = 20_000_000
BLOCK = re.compile(r"\s*\[\[\s*entry\s*\]\]\s*(?:#.*)?")
PLACEHOLDER = re.compile(r"\{(\w+)\}")

Row = Mapping[str, Any]
Facts = Callable[[str], Mapping[str, str]]
"""What {kantor} … stand for, in a language; an empty fact is one the office did not give."""


class BadRow(ValueError):
    """One row cannot be used; the words say why."""


@dataclass(frozen=True)
class Fault:
    """What is wrong in `line` (1 is the first; 0: the file as a whole)."""

    line: int
    problem: str


@dataclass
class Reading:
    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(data: bytes, name: str, facts: Facts, *, lang: str = "id") -> Reading:
    """The entries of a file's content. `name` tells TOML from CSV, `facts` fill {kantor} …, `lang` is the default.

    An entry that needs a fact which is empty is left out without a word. Never raises for what is in the file.
    """
    reading = Reading()
    seen: set[tuple[str, str]] = set()
    for line, row in _rows(data, name):
        try:
            if isinstance(row, BadRow):
                raise row
            entry = _entry(row, facts, lang, seen)
        except BadRow as problem:
            reading.faults.append(Fault(line, str(problem)))
        else:
            reading.entries += [entry] if entry is not None else []
    return reading


def _rows(data: bytes, name: str) -> Iterator[tuple[int, Row | BadRow]]:
    """Each row with its line, or what is wrong there."""
    if len(data) > MOST_BYTES:
        yield 0, BadRow(f"larger than {MOST_BYTES // 1_000_000} MB")
        return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        yield line, BadRow("not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)")
        return
    yield from _csv(text) if Path(name).suffix.lower() == ".csv" else _toml(text)


def _toml(text: str) -> Iterator[tuple[int, Row | BadRow]]:
    """Block by block, so that a slip in one block is no slip in the next."""
    block: list[str] = []
    start = 1
    for number, line in enumerate([*text.splitlines(), "[[entry]]"], 1):
        if BLOCK.fullmatch(line):
            yield from _toml_block(block, start)
            block, start = [], number
        block.append(line)


def _toml_block(block: list[str], start: int) -> Iterator[tuple[int, Row | BadRow]]:
    try:
        found = tomllib.loads("\n".join(block))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = start + int(at[1]) - 1 if at else start + len(block) - 1
        yield line, BadRow(f"not valid TOML: {re.sub(r' [(]at .*', '', str(error))}")
        return
    rows = found.pop("entry", [])
    if found:
        yield start, BadRow(f"expected [[entry]] before {next(iter(found))}")
    for row in rows:
        yield start, row


def _csv(text: str) -> Iterator[tuple[int, Row | BadRow]]:
    """With commas, or with semicolons as Excel writes it in Indonesian."""
    lines = text.splitlines(keepends=True)
    head = lines[0] if lines else ""
    reader = csv.DictReader(lines, delimiter=";" if head.count(";") > head.count(",") else ",", strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, BadRow(f"not valid CSV: {error}")
            return
        if None in row:
            yield line, BadRow("more fields than the first line names")
        else:
            yield line, {key.strip(): value for key, value in row.items() if value}


def _entry(row: Row, facts: Facts, lang: str, seen: set[tuple[str, str]]) -> Entry | None:
    """The entry of a row; None when the office lacks a fact that it needs. Raises BadRow."""
    unknown = [str(key) for key in row if key not in FIELDS]
    if unknown:
        raise BadRow(f"unknown field {unknown[0]!r}; known are {', '.join(FIELDS)}")
    raw = {name: _text(row, name) for name in FIELDS}
    lang = raw["lang"] or lang
    if lang not in LANGUAGES:
        raise BadRow(f"lang: expected {_any_of(LANGUAGES)}")
    known = facts(lang)
    if not all(known.get(name, "?") for value in raw.values() for name in PLACEHOLDER.findall(value)):
        return None
    values = {name: PLACEHOLDER.sub(lambda it: known.get(it[1], it[0]), value) for name, value in raw.items()}
    _check(values)
    key = values["id"] or values["title"].casefold()
    if (key, lang) in seen:
        raise BadRow(f"id {key!r} stands there twice in this language")
    seen.add((key, lang))
    return made(
        key=key,
        lang=lang,
        kind=values["kind"] or "faq",
        title=values["title"],
        summary=values["answer"],
        link=values["link"],
        found_by=values["words"],
        dated=_day(values["date"]),
    )


def made(
    *, key: str, lang: str, kind: str, title: str, summary: str, link: str, dated: date | None, found_by: str = ""
) -> Entry:
    """An entry with its stems. `found_by`: other words that count as those of the title do."""
    return Entry(key, lang, kind, title, summary, link, dated, words.kept(f"{title} {found_by}"), words.kept(summary))


def _text(row: Row, name: str) -> str:
    value = row.get(name, "")
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        raise BadRow(f"{name}: expected text in quotes")
    return " ".join(value.split()) if name != "answer" else value.strip()


def _check(values: Mapping[str, str]) -> None:
    for name in ("title", "answer"):
        if not values[name]:
            raise BadRow(f"{name}: missing")
    for name, most in LONGEST.items():
        if len(values[name]) > most:
            raise BadRow(f"{name}: longer than {most} characters")
    if values["kind"] and values["kind"] not in KINDS:
        raise BadRow(f"kind: expected {_any_of(KINDS)}")
    if values["link"] and not is_link(values["link"]):
        raise BadRow("link: expected an address such as https://www.bps.go.id")


def _any_of(names: Iterable[str]) -> str:
    return " or ".join(names)


def is_link(text: str) -> bool:
    """An address that a card may show: http or https, a host, no spaces."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable() and " " not in text


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRow("date: expected a day such as 2026-11-30") from None
