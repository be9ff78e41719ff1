"""config.example.toml documents every key there is, with the default it really has, and works as it stands."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.settings import DatedHours, Settings, load

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
TABLES = ("office.closures", "office.working_days", "office.dated_hours")
"""Shown with example values: their default is that there are none."""


def _whole() -> dict[str, Any]:
    """The example with every "#key = value" and "#[table]" switched on; prose has a space after its "#"."""
    return tomllib.loads(re.sub(r"^#(?=\S)", "", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE))


def _keys(model: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    """Dotted key -> default, of a settings model and the models in it."""
    keys: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys |= _keys(kind, f"{prefix}{name}.")
        else:
            keys[f"{prefix}{name}"] = field.get_default()
    return keys


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted key -> value; the tables with free keys stay whole."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        inner = isinstance(value, dict) and f"{prefix}{key}" not in TABLES
        flat |= _flat(value, f"{prefix}{key}.") if inner else {f"{prefix}{key}": value}
    return flat


def test_the_example_names_every_key_and_no_other() -> None:
    assert _flat(_whole()).keys() == _keys(Settings).keys()


def test_the_example_of_dated_hours_names_every_key_and_no_other() -> None:
    assert [block.keys() for block in _whole()["office"]["dated_hours"]] == [DatedHours.model_fields.keys()]


def test_a_key_that_may_be_left_out_is_shown_with_its_default() -> None:
    """But for the supervisor's chat, which has none to show."""
    defaults, active = _keys(Settings), _flat(tomllib.loads(EXAMPLE.read_text("utf-8")))
    shown = {key: value for key, value in _flat(_whole()).items() if key not in (*active, *TABLES)}
    real = {key: list(value) if isinstance(value := defaults[key], tuple) else value for key in shown}
    assert {key for key in shown if shown[key] != real[key]} == {"supervisor.chat_id"}


def test_the_example_works_as_soon_as_there_is_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEJA_TELEGRAM__TOKEN", "42:STANDIN")
    settings = load(EXAMPLE, without_group=True)
    assert (settings.office.name, settings.office.decree) == ("BPS Kabupaten Labuhanbatu", "107")


def test_everything_in_the_example_switched_on_works_too(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    whole = re.sub(r"^#(?=\S)", "", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)
    path.write_text(whole.replace('token = ""', 'token = "42:STANDIN"', 1), encoding="utf-8")
    settings = load(path, without_group=True)
    assert settings.office.dated_hours[0].fri == "08:00-15:30"
    assert settings.office.closures["2026-10-17"].startswith("Hari jadi")
