"""BPS's WebAPI, read page by page and believed only as far as it can be (DOMAIN.md §7).

The key stands in the address: no error here carries an address, and no redirect is followed with it.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import quote

import aiohttp

from bot.catalogue.files import LONGEST, is_link, made
from storage.catalogue import Entry

MODELS = ("publication", "statictable", "pressrelease")
LANGUAGES = {"ind": "id", "eng": "en"}
MOST_BYTES = 4_000_000
MOST_ROWS = 200  # on a page; ten are usual
MOST_PAGES = 1_000
TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=10)
# The firewall before it turns away some that are unknown to it.
USER_AGENT = "Mozilla/5.0 (compatible; meja-konsultasi)"
SUMMARY = 600
MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")


class WebapiTrouble(Exception):
    """It did not give a page; `cause` is a word for the log, without address and without key."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True)
class Page:
    """One page of a list: its entries, how many pages there are, and how many entries in all, as far as was said."""

    entries: list[Entry]
    pages: int
    total: int


@dataclass(frozen=True)
class _Shape:
    """How the rows of one model become entries."""

    kind: str
    id: str
    summary: str
    link: str
    day: str


SHAPES = {
    "publication": _Shape("publication", "pub_id", "abstract", "pdf", "rl_date"),
    "statictable": _Shape("table", "table_id", "subj", "excel", "updt_date"),
    "pressrelease": _Shape("press", "brs_id", "abstract", "pdf", "rl_date"),
}


class Webapi:
    """A client for one office's domain. `page` raises WebapiTrouble, whatever the other side does."""

    def __init__(self, session: aiohttp.ClientSession, *, url: str, key: str, domain: str) -> None:
        self._session = session
        self._url = url
        self._key = key
        self._domain = domain

    async def page(self, model: str, language: str, number: int) -> Page:
        """Page `number`, from 1, of a model of MODELS in a language of LANGUAGES."""
        body = await self._get(
            f"{self._url}/list/model/{model}/domain/{self._domain}/lang/{language}"
            f"/key/{quote(self._key, safe='')}/?page={number}"
        )
        return _read(body, model, LANGUAGES[language])

    async def _get(self, address: str) -> bytes:
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        try:
            async with self._session.get(address, headers=headers, timeout=TIMEOUT, allow_redirects=False) as answer:
                body = await _at_most(answer, MOST_BYTES)
                if answer.status != 200:
                    raise WebapiTrouble(f"status {answer.status}")
                return body
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise WebapiTrouble(type(error).__name__) from None


async def _at_most(answer: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for part in answer.content.iter_chunked(65_536):
        body += part
        if len(body) > most:
            raise WebapiTrouble("page too large")
    return bytes(body)


def _read(body: bytes, model: str, lang: str) -> Page:
    """Nothing found is `"data": ""`, a string; an error is a status of 200 with another word in it."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise WebapiTrouble("not JSON") from None
    if not isinstance(found, dict) or found.get("status") != "OK":
        raise WebapiTrouble("refused")
    data = found.get("data")
    if not data:
        return Page([], 0, 0)
    if not (isinstance(data, list) and len(data) == 2 and isinstance(data[0], dict) and isinstance(data[1], list)):
        raise WebapiTrouble("not a list")
    if len(data[1]) > MOST_ROWS:
        raise WebapiTrouble("page too long")
    entries = [_entry(row, SHAPES[model], lang) for row in data[1]]
    if data[1] and not any(entries):
        raise WebapiTrouble("no row can be read")
    pages, total = _count(data[0].get("pages")), _count(data[0].get("total"))
    if pages > MOST_PAGES:
        raise WebapiTrouble("too many pages")
    return Page([entry for entry in entries if entry is not None], pages, total)


def _count(value: Any) -> int:
    """A number that may come as text. Raises WebapiTrouble."""
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 8):
        raise WebapiTrouble("no number of pages")
    return int(text)


def _entry(row: Any, shape: _Shape, lang: str) -> Entry | None:
    """None for a row without an id or a title."""
    if not isinstance(row, dict):
        return None
    key, title = _text(row.get(shape.id), 100), _text(row.get("title"), LONGEST["title"])
    if not key or not title:
        return None
    link = _text(row.get(shape.link), LONGEST["link"] + 1)
    usable = is_link(link) and len(link) <= LONGEST["link"]
    return made(
        key=key,
        lang=lang,
        kind=shape.kind,
        title=title,
        summary=_text(row.get(shape.summary), SUMMARY),
        link=link if usable else "",
        dated=_day(row.get(shape.day)),
    )


def _text(value: Any, most: int) -> str:
    """One line of plain text; abstracts come with entities and stray markup."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return ""
    plain = "".join(char if char.isprintable() else " " for char in unescape(MARKUP.sub(" ", value[: 20 * most])))
    return " ".join(plain.split())[:most]


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
