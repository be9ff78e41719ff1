"""README and the other pages name only what exists: paths, pictures, commands, options; and forget no command."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from bot.__main__ import cli
from handlers import admin, commands, officer
from handlers.staff import NOTE_COMMANDS

ROOT = Path(__file__).parents[1]
FOR_PEOPLE = ("docs/petugas.md", "docs/officers.md", "docs/admins.md", "docs/operators.md", "docs/developers.md")
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/decisions.md", "docs/pemasangan.md", *FOR_PEOPLE)
README = (ROOT / "README.md").read_text("utf-8")
FOLDERS = ("bot", "docs", "handlers", "storage", "templates", "tests", ".ci")
HIDDEN = {"help", "note"}
"""English words for /bantuan and /catatan, which the README gives in Indonesian."""


def _code(page: str) -> Iterator[str]:
    """What stands in backticks, inline or as a block."""
    text = (ROOT / page).read_text("utf-8")
    for block, span in re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", text, re.DOTALL):
        yield block or span


@pytest.mark.parametrize("page", PAGES)
def test_every_path_exists(page: str) -> None:
    start = "|".join(map(re.escape, FOLDERS))
    pattern = re.compile(rf"(?<![\w/.-])(?:{start})/[\w./*-]+|(?<![\w/.-])[\w.-]+\.(?:toml|md|txt)(?![\w/])")
    named = {path for code in _code(page) for path in pattern.findall(code)} - {"config.toml", "meja.toml"}
    assert [path for path in named if not _is_there(path.rstrip("/."))] == []


def _is_there(path: str) -> bool:
    """In the project, or (a name alone) beside the texts of each language."""
    return any(ROOT.glob(path)) or ("/" not in path and any(ROOT.glob(f"templates/*/{path}")))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_and_picture_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_exists(page: str) -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {name for code in _code(page) for name in re.findall(r"(?<!\w)make ([a-z0-9]+)", code)} <= targets


def _meja() -> TyperGroup:
    group = typer.main.get_command(cli)
    assert isinstance(group, TyperGroup)
    return group


@pytest.mark.parametrize("page", (*PAGES, "docs/meja.service"))
def test_every_command_and_option_of_meja_exists(page: str) -> None:
    known = _meja().commands
    lines = [*_code(page)] if page.endswith(".md") else [(ROOT / page).read_text("utf-8")]
    for name, rest in re.findall(r"(?<![\w.])(?<!-[gou] )meja ([a-z]+)([^\n;&|]*)", "\n".join(lines)):
        assert name in known, name
        options = {"--help", *(option for parameter in known[name].params for option in parameter.opts)}
        assert set(re.findall(r"--[\w-]+", rest)) <= options, name


def test_the_page_shows_every_command_of_the_chat_and_no_other() -> None:
    shown = set(re.findall(r"(?<![\w/.])/([a-z]+)\b(?!/)", "\n".join(_spans_of_chat())))
    there = {*commands.PUBLIC, *admin.COMMANDS, *officer.COMMANDS, *officer.ALIASES, *NOTE_COMMANDS}
    assert shown - there - {"id", *_botfather()} == set()
    assert there - shown - HIDDEN == set()


def _spans_of_chat() -> Iterator[str]:
    """Inline code that begins with a slash or a note's mark: something one writes in Telegram."""
    pages = ("README.md", *FOR_PEOPLE[:3])
    spans = (code for page in pages for code in _code(page))
    return (code for code in spans if re.match(r"/[a-z]+\b(?!/)|// ", code) and "\n" not in code)


def _botfather() -> set[str]:
    return {"newbot", "setprivacy", "setjoingroups"}


def test_the_page_shows_findings_as_the_doctor_says_them() -> None:
    texts = tomllib.loads((ROOT / "templates/id/check.toml").read_text("utf-8"))
    shown = re.findall(r"^[✓✗] ([^:]+): ", README, re.MULTILINE)
    assert shown and set(shown) <= {table["label"] for table in texts.values() if "label" in table}


def test_every_clause_of_the_standard_is_there() -> None:
    table = README.partition("## The standard, clause by clause")[2].partition("\n## ")[0]
    clauses = [f"Prosedur {part}" for part in ("1", "2a", "2c", "3", "4", "5")]
    clauses += ["Persyaratan 1", "Persyaratan 2", "Waktu Penyelesaian", "Biaya", "Produk", "Pengaduan"]
    assert [clause for clause in clauses if clause not in table] == []


def test_every_direct_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = [project["project"]["dependencies"], *project["project"]["optional-dependencies"].values()]
    groups += project["dependency-groups"].values()
    names = {re.split(r"[<>=!~\[ ;]", requirement)[0] for group in groups for requirement in group}
    reasons = set(re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs/decisions.md").read_text("utf-8"), re.MULTILINE))
    assert names == reasons


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
