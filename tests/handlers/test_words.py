"""Every sentence the code says exists in both languages and gets what it needs; every command has its words."""

import ast
import inspect
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeGuard

import pytest
from jinja2 import Environment, meta

import bot
import handlers
from bot.desk import complaints, say
from bot.domain.ids import IdentityId
from bot.texts import Texts, languages, packaged
from handlers import admin, admin_buttons, buttons, commands, menus, officer, staff, staff_buttons
from storage.dialogues import Dialogue
from tests.templates.samples import OFFICE

SAYERS = ("to_user", "to_topic", "to_chat", "to_admins", "to_supervisor", "by_mail", "toast", "words", "tell_owner")
# What these functions take for themselves; the rest are parameters of the text.
OWN = {
    name
    for function in (say.to_user, say.to_topic, say.to_chat, say.to_admins, say.to_supervisor, say.by_mail, say.toast)
    for name, parameter in inspect.signature(function).parameters.items()
    if parameter.kind is not parameter.VAR_KEYWORD
}
GLOBALS = {"office", "retention"}
FILTERS = ("day", "date", "clock", "moment", "part_of_day", "decimal", "duration", "days", "label", "named", "cut")
# What a caller adds besides what stands in the call: tell_owner names the ticket, a code is drawn when it is mailed.
ADDED = {"tell_owner": {"number"}, "by_mail": {"code"}}


@dataclass(frozen=True)
class Saying:
    """One call that says something: where it stands, the text's key, the parameters in sight (None: not all are)."""

    where: str
    by: str
    key: str
    params: frozenset[str] | None

    def __str__(self) -> str:
        return f"{self.where}:{self.key}"


def _sources() -> Iterator[Path]:
    for package in (bot, handlers):
        yield from sorted(Path(str(package.__path__[0])).rglob("*.py"))


def _sayings() -> Iterator[Saying]:
    for path in _sources():
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and _name(call) in SAYERS:
                yield from _of_call(call, f"{path.parent.name}/{path.name}:{call.lineno}")


def _name(call: ast.Call) -> str:
    target = call.func
    return target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""


def _of_call(call: ast.Call, where: str) -> Iterator[Saying]:
    """The keys among the plain arguments: words of ours are lower case with underscores."""
    names = {keyword.arg for keyword in call.keywords}
    params = None if None in names else frozenset(str(name) for name in names if name not in OWN)
    for argument in call.args:
        for node in ast.walk(argument) if isinstance(argument, ast.IfExp) else (argument,):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
                yield Saying(where, _name(call), node.value, params)


def _file(saying: Saying, lang: str) -> Path:
    if saying.by == "by_mail":
        return packaged() / lang / "mail" / f"{saying.key}.txt"
    kind = "txt" if saying.key.startswith("toast_") else "html"
    return packaged() / lang / "messages" / f"{saying.key}.{kind}"


def _variables(path: Path) -> set[str]:
    environment = Environment()
    environment.filters |= dict.fromkeys(FILTERS, str)
    return meta.find_undeclared_variables(environment.parse(path.read_text("utf-8"))) - GLOBALS


SAYINGS = [saying for saying in _sayings() if saying.key != "staff"]


def test_the_reading_of_the_sources_finds_what_is_said() -> None:
    keys = {saying.key for saying in SAYINGS}
    assert len(SAYINGS) > 90
    assert {"consent", "opened", "staff_taken", "toast_stale", "code", "supervisor_late", "warn6", "warn5"} <= keys


@pytest.mark.parametrize("lang", sorted(languages()))
def test_every_key_that_is_said_exists_and_gets_its_parameters(lang: str) -> None:
    for saying in SAYINGS:
        path = _file(saying, lang)
        assert path.is_file(), saying
        if saying.params is not None:
            missing = _variables(path) - saying.params - ADDED.get(saying.by, set()) - _optional(saying)
            assert not missing, f"{saying} lacks {missing}"


def _optional(saying: Saying) -> set[str]:
    """What a text tests for before it shows it."""
    return {"retention"} if saying.key == "consent" else set()


@pytest.mark.parametrize("lang", sorted(languages()))
def test_every_text_is_said_somewhere(lang: str) -> None:
    """A text nobody says is a promise nobody keeps; keys made of parts are found by their beginning or their end."""
    code = "\n".join(path.read_text("utf-8") for path in _sources())
    texts = {path.stem for path in (packaged() / lang / "messages").iterdir() if not path.name.startswith("_")}
    silent = {key for key in texts if f'"{key}"' not in code and not _is_made_of_parts(key, code)}
    assert silent <= SPARE


def _is_made_of_parts(key: str, code: str) -> bool:
    head, _, tail = key.rpartition("_")
    return f'f"{head}_{{' in code or (tail == "over" and f'"{head}"' in code)


# Written ahead of their use.
SPARE = {
    "alarm_clock",
    "bad_type",
    "edited",
    "free",
    "not_delivered_kind",
    "staff_queue_slow",
    "staff_resent",
    "toast_done",
    "waiting",
}


def _labelled() -> set[str]:
    """The Indonesian names of all commands, the aliases aside."""
    public = [names[0] for names in _by_function(commands.PUBLIC)]
    admins = [names[0] for names in _by_function(admin.COMMANDS)]
    return {*public, *admins, *officer.COMMANDS, staff.NOTE_COMMANDS[0]}


def _by_function(table: dict[str, commands.Command] | dict[str, admin.Command]) -> list[list[str]]:
    names: dict[int, list[str]] = {}
    for name, function in table.items():
        names.setdefault(id(function), []).append(name)
    return list(names.values())


@pytest.mark.parametrize("lang", sorted(languages()))
def test_every_command_has_its_words(lang: str) -> None:
    texts = Texts(OFFICE)
    assert {name for name in _labelled() if texts.label(f"command.{name}", lang)} == _labelled()


def _recorded() -> Iterator[str]:
    """The kinds of events that are written down, where they are plain words."""
    for path in _sources():
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(call, ast.Call)
                and _name(call) == "record"
                and isinstance(kind := call.args[3], ast.Constant)
            ):
                yield str(kind.value)


@pytest.mark.parametrize("lang", sorted(languages()))
def test_every_recorded_event_has_its_words_in_the_history(lang: str) -> None:
    kinds = {*_recorded(), "asked", "delivered"}
    assert len(kinds) > 15
    assert {kind for kind in kinds if Texts(OFFICE).label(f"event.{kind}", lang)} == kinds


def test_help_lists_the_public_commands_by_the_names_of_each_language() -> None:
    for lang, place in (("id", 0), ("en", -1)):
        text = (packaged() / lang / "messages" / "help.html").read_text("utf-8")
        for names in _by_function(commands.PUBLIC):
            assert f"/{names[place]}:" in text, names


@pytest.mark.parametrize("lang", sorted(languages()))
def test_the_officers_help_has_a_line_for_each_of_their_commands(lang: str) -> None:
    texts = Texts(OFFICE)
    lines = texts.render("staff_help", lang, commands=menus.STAFF, admin=()).splitlines()
    listed = [line.partition(":")[0].removeprefix("/") for line in lines if line.startswith("/")]
    assert listed == [*officer.COMMANDS, "catatan", "piket", "bantuan"]
    more = texts.render("staff_help", lang, commands=menus.STAFF, admin=menus.ADMIN)
    assert all(f"/{names[0]}:" in more for names in _by_function(admin.COMMANDS))


def _buttons_in_code() -> Iterator[tuple[str, str, str]]:
    """Where a button is made of plain words: the place, its label's key, its action."""
    for path in _sources():
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and _name(call) == "Button" and len(call.args) > 1:
                words = [arg.value if isinstance(arg, ast.Constant) else "" for arg in call.args[:2]]
                yield f"{path.name}:{call.lineno}", str(words[0]), str(words[1])


def test_every_button_has_an_action_and_a_label() -> None:
    known = {*buttons.ACTIONS, *staff_buttons.ACTIONS, *admin_buttons.ACTIONS}
    labels = {lang: _button_labels(lang) for lang in languages()}
    for where, key, action in _buttons_in_code():
        assert not action or action in known, where
        assert not key or all(key in found for found in labels.values()), (where, key)


def test_words_of_its_own_on_a_button_of_the_public_are_a_number() -> None:
    """What is typed is held against the buttons only when it is a label or a number (`labels.typed`)."""
    calls = [call for path in _sources() for call in ast.walk(ast.parse(path.read_text("utf-8"))) if _has_own(call)]
    own = {
        action.value: words for words, action in (call.args[:2] for call in calls) if isinstance(action, ast.Constant)
    }
    theirs = {action: ast.unparse(words) for action, words in own.items() if action in buttons.ACTIONS}
    assert theirs == {"switch": "f'={ticket.number}'"}


def _has_own(call: ast.AST) -> TypeGuard[ast.Call]:
    if not (isinstance(call, ast.Call) and _name(call) == "Button" and len(call.args) > 1):
        return False
    words = call.args[0]
    return (
        isinstance(words, ast.JoinedStr)
        and isinstance(words.values[0], ast.Constant)
        and words.values[0].value[0] == "="
    )


def _button_labels(lang: str) -> set[str]:
    """Labels of buttons, and those of other tables by their whole name."""
    tables = tomllib.loads((packaged() / lang / "labels.toml").read_text("utf-8"))
    return {*tables["button"], *(f"{table}.{key}" for table, texts in tables.items() for key in texts)}


def test_the_overlay_of_a_complaint_reads_back_what_it_wrote() -> None:
    moment = datetime(2026, 11, 23, 3, tzinfo=UTC)
    for overlay in (complaints.Overlay(False, "", moment), complaints.Overlay(True, "P-1207-2611-0001", moment)):
        dialogue = Dialogue(IdentityId(1), "1207", "idle", {}, str(overlay), None, None, moment, "1")
        assert complaints.Overlay.of(dialogue, moment + timedelta(minutes=5)) == overlay
        assert complaints.Overlay.of(dialogue, moment + timedelta(minutes=61)) is None
