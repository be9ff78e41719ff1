"""The texts to register with Meta fit what the desk sends, Meta's rules, and what the stand-in has approved."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.desk.templates import TEMPLATES
from bot.playground.graph import standard
from bot.playground.graph.templates import Templates
from bot.settings import WhatsAppTemplates
from bot.texts import languages

DOCS = Path(__file__).parents[2] / "docs"
REGISTERED: dict[str, Any] = tomllib.loads((DOCS / "whatsapp-templates.toml").read_text("utf-8"))
CASES = [(purpose, lang) for purpose in REGISTERED for lang in sorted(languages())]


def test_every_purpose_of_the_configuration_has_its_text() -> None:
    settings = {name for name in WhatsAppTemplates.model_fields if not name.startswith("language_")}
    assert set(REGISTERED) == settings == {template.purpose for template in TEMPLATES.values()} == set(standard.NAMES)
    assert all(f"| `{purpose}` |" in (DOCS / "whatsapp.md").read_text("utf-8") for purpose in REGISTERED)


@pytest.mark.parametrize(("purpose", "lang"), CASES)
def test_a_text_takes_what_the_desk_fills_in(purpose: str, lang: str) -> None:
    text = REGISTERED[purpose][lang]
    places = re.findall(r"\{\{(\d)\}\}", text["body"])
    for template in TEMPLATES.values():
        if template.purpose == purpose:
            assert places == [str(n + 1) for n in range(len(template.params))]
            assert len(text["buttons"]) == template.buttons
    assert len(REGISTERED[purpose]["samples"]) == len(places)


@pytest.mark.parametrize(("purpose", "lang"), CASES)
def test_a_text_is_one_that_meta_takes(purpose: str, lang: str) -> None:
    """No variable at either end, none beside another, a body of 1024, labels of 25, at most ten buttons."""
    text = REGISTERED[purpose][lang]
    body = text["body"]
    assert len(body) <= 1024 and "\n" not in body and not re.search(r"^\s*\{\{|\}\}\s*$|\}\}\s*\{\{", body)
    assert len(text["buttons"]) <= 10 and all(len(label) <= 25 for label in text["buttons"])


def test_the_stand_in_has_approved_just_these() -> None:
    approved = Templates()
    standard.approve_all(approved)
    there = {(one.name, one.language): (one.body, list(one.buttons)) for one in approved.all()}
    ours = {
        (REGISTERED[p]["name"], lang): (REGISTERED[p][lang]["body"], REGISTERED[p][lang]["buttons"])
        for p, lang in CASES
    }
    assert there == ours
