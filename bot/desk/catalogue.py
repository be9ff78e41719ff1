"""What the office has already answered or published: the search, and what a card shows."""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.desk import words
from bot.desk.context import Context
from bot.desk.words import Asked
from bot.settings import Settings
from storage import catalogue
from storage.base import Tx
from storage.catalogue import Entry, Found

CARDS = 3
CANDIDATES = 40
# How much of what was asked an entry must be about, by the weight of the words: less is a chance hit.
ENOUGH = 0.5
# A question of weak words alone ("unduh publikasi") must be met in full, and have two of them.
ENOUGH_OF_WEAK = 0.9
LEAST = 2 * words.WEAK
# Beside an entry that is about all of it, one about half of it is no help.
BESIDE_BEST = 0.7
# A word in the title says what the entry is about; one in the text below may be there by the way.
IN_TITLE, IN_BODY = 1.0, 0.6
# What the index's own ranking (0 to 1) is corrected by.
SAME_YEAR, NEXT_YEAR, OTHER_YEAR, SAME_LANGUAGE = 0.3, 0.15, -0.3, 0.05
OFFICE_WORDS = "bps badan pusat statistik kabupaten kota provinsi"


async def search(tx: Tx, ctx: Context, text: str, lang: str) -> list[Found]:
    """Up to three entries that are about what was asked, the best first; in `lang` where they have it.

    Nothing for nonsense, and nothing when the index cannot be read.
    """
    asked = words.asked(text, besides=place(ctx))
    if sum(asked.terms.values()) < LEAST:
        return []
    # Weak words stand everywhere: they count below, and bring in nothing by themselves.
    strong = [term for term, weight in asked.terms.items() if weight > words.WEAK]
    found = await catalogue.search(tx, ctx.office, strong or asked.terms, CANDIDATES)
    return _best(asked, found, lang)[:CARDS]


def place(ctx: Context) -> frozenset[str]:
    """The stems of the office's own place: they stand in most of its titles, and say little."""
    office = ctx.settings.office
    return words.stems_of(f"{office.name} {office.name_en}") - words.stems_of(OFFICE_WORDS)


def _best(asked: Asked, found: list[Found], lang: str) -> list[Found]:
    """Those about enough of it, each once, in the order in which they are shown."""
    has_topic = max(asked.terms.values()) > words.WEAK
    enough = ENOUGH if has_topic else ENOUGH_OF_WEAK
    about = [entry for entry in found if _is_on_topic(asked, entry) or not has_topic]
    covered = [(entry, _coverage(asked, entry)) for entry in about]
    enough = max(enough, BESIDE_BEST * max((coverage for _, coverage in covered), default=0.0))
    about = [entry for entry, coverage in covered if coverage >= enough]
    top = min((entry.rank for entry in about), default=0.0) or -1.0
    about.sort(key=lambda entry: (-_score(asked, entry, lang, top), -_age_key(entry)))
    once: dict[tuple[str, str], Found] = {}
    for entry in about:
        once.setdefault((entry.source, entry.key), entry)
    return list(once.values())


def _is_on_topic(asked: Asked, entry: Found) -> bool:
    """A question's answer names other subjects as examples; what a publication tells of, it has."""
    title = set(entry.title_stems.split())
    return entry.kind != "faq" or any(term in title for term, weight in asked.terms.items() if weight > words.WEAK)


def _coverage(asked: Asked, entry: Found) -> float:
    """How much of what was asked the entry is about, 0 to 1."""
    title, body = set(entry.title_stems.split()), set(entry.body_stems.split())
    met = sum(
        weight * (IN_TITLE if term in title else IN_BODY if term in body else 0.0)
        for term, weight in asked.terms.items()
    )
    return met / sum(asked.terms.values())


def _score(asked: Asked, entry: Found, lang: str, top: float) -> float:
    own = SAME_LANGUAGE if entry.lang == lang else 0.0
    return entry.rank / top + _coverage(asked, entry) + _year(asked, entry) + own


def _year(asked: Asked, entry: Found) -> float:
    """A publication of the year after holds the figures of the year that is asked for."""
    named = {int(word) for word in entry.title_stems.split() if words.YEAR.fullmatch(word)}
    wanted = {int(year) for year in asked.years}
    if not named or not wanted:
        return 0.0
    if named & wanted:
        return SAME_YEAR
    return NEXT_YEAR if named & {year + 1 for year in wanted} else OTHER_YEAR


def _age_key(entry: Found) -> int:
    return entry.dated.toordinal() if entry.dated else 0


async def cards(tx: Tx, ctx: Context, refs: Iterable[Sequence[str]], lang: str) -> list[dict[str, Any]]:
    """The cards of entries named by source and key, in `lang` where they have it; those gone meanwhile are left out."""
    found = [await catalogue.in_language(tx, ctx.office, source, key, lang) for source, key in refs]
    return [_card(entry) for entry in found if entry is not None]


def _card(entry: Entry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "summary": entry.summary,
        "link": entry.link,
        "kind": entry.kind,
        "dated": entry.dated.isoformat() if entry.dated else None,
    }


def office_values(settings: Settings, lang: str) -> dict[str, str]:
    """The office's facts by the names that catalogue and snippets use for them."""
    office, service = settings.office, settings.service
    return {
        "kantor": office.name if lang == "id" else office.name_en or office.name,
        "website": office.website,
        "alamat": office.address,
        "telepon": office.phone,
        "email": office.email,
        "hari_kerja": str(service.answer_within_working_days),
        "hari_diam": str(service.silence_days),
        "hari_buka": str(service.reopen_within_days),
    }
