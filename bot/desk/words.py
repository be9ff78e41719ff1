"""The words of a search: cut to their stems, with synonyms as one, and without those that say nothing.

The same function reads what is stored and what is asked, in both languages: whoever writes English on an Indonesian
phone finds the same. The lists stand in ``templates/words.toml``.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from bot.texts import packaged

WORD = re.compile(r"[^\W_]+")
YEAR = re.compile(r"(?:19|20)\d\d")
MOST_CHARACTERS = 4000
MOST_TERMS = 40
WEAK = 0.2
STEMMING = b"1"  # to be counted up when stems come out differently


@dataclass(frozen=True)
class Asked:
    """What somebody looks for: each stem with its weight, 0 to 1, and the years that were named."""

    terms: dict[str, float]
    years: frozenset[str]


@dataclass(frozen=True)
class _Lists:
    stop: frozenset[str]
    thanks: frozenset[str]
    courtesy: frozenset[str]
    weak: frozenset[str]
    synonyms: dict[tuple[str, ...], str]  # the stems of a word or phrase -> the stem that stands for its meaning
    longest: int


def kept(text: str) -> str:
    """`text` as an index keeps it: stems with spaces between, synonyms beside the words themselves."""
    stems = _stems(text)
    return " ".join(stem for part, meaning in _read(stems) for stem in dict.fromkeys((*part, meaning)) if _says(stem))


def asked(text: str, *, besides: frozenset[str] = frozenset()) -> Asked:
    """What a question looks for; stems in `besides` (the office's own place) count as weak words."""
    stems = _stems(text[:MOST_CHARACTERS])
    years = frozenset(stem for stem in stems if YEAR.fullmatch(stem))
    weak = _lists().weak | besides
    terms: dict[str, float] = {}
    for _, meaning in _read(stems):
        if _says(meaning) and meaning not in years and len(terms) < MOST_TERMS:
            terms[meaning] = WEAK if meaning in weak else 1.0
    return Asked(terms, years)


def is_thanks(text: str) -> bool:
    """Whether it says thanks and nothing else: no question, not even one of empty words ("ok, bagaimana")."""
    stems, lists = frozenset(_stems(text)), _lists()
    return "?" not in text and bool(stems & lists.thanks) and stems <= lists.thanks | lists.courtesy


def stems_of(text: str) -> frozenset[str]:
    """The bare stems of a name."""
    return frozenset(_stems(text))


@cache
def fingerprint() -> str:
    """Changes with the lists and the stemming: what was indexed with others must be indexed anew."""
    return hashlib.sha256(STEMMING + (packaged() / "words.toml").read_bytes()).hexdigest()


def _says(stem: str) -> bool:
    return len(stem) > 1 and stem not in _lists().stop


def _read(stems: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    """The stems one after the other, phrases that are known together: the part, and what stands for its meaning."""
    lists, at = _lists(), 0
    while at < len(stems):
        for length in range(min(lists.longest, len(stems) - at), 0, -1):
            part = tuple(stems[at : at + length])
            meaning = lists.synonyms.get(part)
            if meaning is not None or length == 1:
                yield part, meaning or part[0]
                at += length
                break


def _stems(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return [_stem(word) for word in WORD.findall(bare)]


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    """Indonesian first, then English: the language of a single word is not known, and need not be."""
    if word.isdigit():
        return word
    indonesian, english = _stemmers()
    return str(english.stemWord(indonesian.stemWord(word)))


@cache
def _stemmers() -> tuple[Any, Any]:
    import snowballstemmer  # not needed by a desk whose catalogue has not changed

    return snowballstemmer.stemmer("indonesian"), snowballstemmer.stemmer("english")


@cache
def _lists() -> _Lists:
    raw = tomllib.loads((packaged() / "words.toml").read_text("utf-8"))
    synonyms = {tuple(_stems(word)): "".join(_stems(row[0])) for row in raw["synonyms"] for word in row}
    taken = {stem for part in synonyms if len(part) == 1 for stem in part}
    stop = frozenset(_stems(raw["stop"])) - taken
    thanks = frozenset(_stems(raw["thanks"]))
    courtesy = frozenset(_stems(raw["courtesy"]))
    weak = frozenset(_stems(raw["weak"])) - taken
    return _Lists(stop | thanks, thanks, courtesy, weak, synonyms, max(map(len, synonyms)))
