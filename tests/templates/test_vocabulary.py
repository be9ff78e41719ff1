"""The texts know every word of the domain, and the words they teach officers are words the domain takes."""

import re

import pytest

from bot.domain.lifecycle import CLOSE_REASONS, Actor, Status, parse_reason
from bot.texts import Texts, languages

LANGUAGES = sorted(languages())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_close_reason_has_its_words(texts: Texts, lang: str) -> None:
    assert {f"reason.{key}" for key in CLOSE_REASONS} == set(texts.label_keys("reason", lang))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("prefix", ["status", "your_status"])
def test_every_status_has_its_words(texts: Texts, lang: str, prefix: str) -> None:
    assert {f"{prefix}.{status}" for status in Status} == set(texts.label_keys(prefix, lang))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_reasons_shown_to_officers_close_with_that_reason(texts: Texts, lang: str) -> None:
    shown = re.findall(r"^<code>(\w+)</code>: (.+)$", texts.render("staff_close_reasons", lang), re.MULTILINE)
    meant = {}
    for word, label in shown:
        parsed = parse_reason(word)
        assert parsed is not None
        meant[parsed[0].key] = label
    by_officers = {key for key, reason in CLOSE_REASONS.items() if reason.by is Actor.OFFICER}
    assert meant == {key: texts.label(f"reason.{key}", lang) for key in by_officers}
