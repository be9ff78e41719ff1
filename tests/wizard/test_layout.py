"""The file that `meja init` writes: the commented example, filled in; and its sentences in both languages."""

import string
import tomllib

import pytest

from bot.texts import languages, packaged
from bot.wizard.answers import fits
from bot.wizard.layout import filled
from bot.wizard.wizard import ASKED, STEPS

EXAMPLE = (packaged() / "config.example.toml").read_text("utf-8")


def _flat(tree: dict[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def test_a_key_is_set_where_it_stands_and_everything_else_stays() -> None:
    text = filled(EXAMPLE, {"mail.port": 25, "office.name": 'BPS "Kita" \\ é', "supervisor.chat_id": 5})
    changed = [line for line in text.splitlines() if line not in EXAMPLE.splitlines()]
    assert changed == ['name = "BPS \\"Kita\\" \\\\ é"', "port = 25", "chat_id = 5"]
    assert len(text.splitlines()) == len(EXAMPLE.splitlines())
    assert tomllib.loads(text)["office"]["name"] == 'BPS "Kita" \\ é'


def test_a_key_and_a_table_that_are_not_there_are_added() -> None:
    text = filled("[a]\nx = 1\n#[b]\n#y = 2\n", {"a.z": [1, 2], "b.y": 3, "c.d.e": True})
    assert tomllib.loads(text) == {"a": {"x": 1, "z": [1, 2]}, "b": {"y": 3}, "c": {"d": {"e": True}}}
    assert tomllib.loads(filled("", {"a.x": "é"})) == {"a": {"x": "é"}}


def test_an_array_over_several_lines_is_replaced_as_a_whole() -> None:
    assert filled("[a]\nx = [\n  1, # one\n  2,\n]\ny = 3\n", {"a.x": [4]}) == "[a]\nx = [4]\ny = 3\n"


def test_nothing_of_the_example_s_office_is_left_in_another_s_file() -> None:
    """What the example sets and the wizard does not ask for must be empty."""
    left = {key: value for key, value in _flat(tomllib.loads(EXAMPLE)).items() if key not in ASKED}
    assert {key: value for key, value in left.items() if value} == {}


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("office.code", "1207", "120"),
        ("office.hours.fri", "08:00-11:30, 13:30-16:00", "08.00"),
        ("mail.port", "587", "70000"),
        ("mail.from_address", "a@b.example", "a b@c"),
        ("mail.host", "smtp.example", ""),
        ("supervisor.email", "", "kepala"),
        ("telegram.staff_chat_id", "-100123", "100123"),
        ("storage.url", "sqlite:///x.db", "x.db"),
    ],
)
def test_the_settings_say_what_will_do(key: str, good: str, bad: str) -> None:
    assert fits(key, good) and not fits(key, bad)


def _fields(lang: str) -> dict[str, set[str]]:
    tables = tomllib.loads((packaged() / lang / "init.toml").read_text("utf-8"))
    return {
        f"{table}.{key}": {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for table, texts in tables.items()
        for key, text in texts.items()
    }


def test_both_languages_have_the_same_sentences_with_the_same_values() -> None:
    first, *others = (_fields(lang) for lang in sorted(languages()))
    assert others == [first]
    assert {key.removeprefix("step.") for key in first if key.startswith("step.")} == set(STEPS)
