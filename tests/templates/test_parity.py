"""Both languages say the same things: same files, same variables, same labels, and a sample for each text."""

import tomllib
from pathlib import Path

import pytest
from jinja2 import Environment, meta

from bot.texts import LABEL_FILES, Texts, languages, packaged
from tests.templates.samples import CASES, MAILS, Params

GLOBALS = {"office"}
FILTERS = ("day", "date", "clock", "moment", "part_of_day", "decimal", "duration", "days", "label", "named", "cut")
FOR_OVERRIDES_ONLY = {"share"}
"""Given to the template so that an office's own file may use it; ours draw it from `on_time` and `judged`."""


def files_of(lang: str) -> set[str]:
    root = packaged() / lang
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def variables_of(path: Path) -> set[str]:
    environment = Environment()
    environment.filters |= dict.fromkeys(FILTERS, str)
    return meta.find_undeclared_variables(environment.parse(path.read_text("utf-8")))


def tables_of(lang: str) -> list[tuple[str, dict[str, str]]]:
    """The tables of labels of a language, from every file of labels."""
    files = ((packaged() / lang / name).read_text("utf-8") for name in LABEL_FILES)
    return [table for file in files for table in tomllib.loads(file).items()]


def label_keys(lang: str) -> list[str]:
    return [f"{table}.{key}" for table, entries in tables_of(lang) for key in entries]


def test_both_languages_have_a_folder() -> None:
    assert languages() == {"id", "en"}


def test_both_languages_have_the_same_files() -> None:
    assert files_of("id") == files_of("en")


@pytest.mark.parametrize("name", sorted(files_of("id") - set(LABEL_FILES)))
def test_a_text_takes_the_same_variables_in_both_languages(name: str) -> None:
    assert variables_of(packaged() / "id" / name) == variables_of(packaged() / "en" / name)


def test_both_languages_have_the_same_labels_in_the_same_order() -> None:
    assert label_keys("id") == label_keys("en")


def test_no_label_is_empty() -> None:
    for lang in languages():
        assert all(text.strip() for _, entries in tables_of(lang) for text in entries.values())


def test_every_message_has_a_sample(texts: Texts) -> None:
    assert set(CASES) == texts.keys()


def test_every_mail_has_a_sample() -> None:
    assert set(MAILS) == {path.stem for path in (packaged() / "id" / "mail").glob("[a-z]*.txt")}


SAMPLED = [("messages", key, params) for key, cases in CASES.items() for params in cases]
SAMPLED += [("mail", key, params) for key, cases in MAILS.items() for params in cases]


@pytest.mark.parametrize(("kind", "key", "params"), SAMPLED)
def test_a_sample_gives_exactly_the_variables_of_its_text(kind: str, key: str, params: Params) -> None:
    path = next((packaged() / "id" / kind).glob(f"{key}.*"))
    assert variables_of(path) - GLOBALS == set(params) - FOR_OVERRIDES_ONLY
