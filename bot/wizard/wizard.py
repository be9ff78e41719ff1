"""`meja init`: asks for everything a desk needs, tests each answer at once, and writes the configuration."""

import asyncio
import os
import pwd
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.check import check
from bot.errors import Exit
from bot.log import blot
from bot.settings.faults import of_toml
from bot.texts import packaged
from bot.wizard import data, mail, office, telegram, web, whatsapp
from bot.wizard.answers import Answers, write_private
from bot.wizard.layout import filled
from bot.wizard.sitting import Sitting
from bot.wizard.talk import Missing, Talk

STEPS: dict[str, Callable[[Sitting], None]] = {
    "office": office.ask_facts,
    "bot": telegram.ask_token,
    "group": telegram.ask_group,
    "admins": telegram.ask_admins,
    "mail": mail.ask,
    "supervisor": office.ask_last,
    "data": data.ask,
    "whatsapp": whatsapp.ask,
    "web": web.ask,
}
# What stands for a step when all is read once more; no secret among them.
SHOWN = {
    "office": ("office.code", "office.name", "office.timezone"),
    "bot": (),
    "group": ("telegram.staff_chat_id",),
    "admins": ("telegram.admin_ids",),
    "mail": ("mail.host", "mail.port", "mail.from_address"),
    "supervisor": ("supervisor.email",),
    "data": ("storage.url", "backup.folder"),
    "whatsapp": ("whatsapp.phone_number_id",),
    "web": ("telegram.mode", "web.public_url"),
}
ASKED = (
    *office.FACTS,
    *office.HOURS,
    *("telegram.token", "telegram.staff_chat_id", "telegram.admin_ids", "telegram.api_url"),
    *mail.KEYS,
    *office.LAST,
    *data.KEYS,
    *whatsapp.KEYS,
    *web.KEYS,
    "whatsapp.graph_url",
)
API = "https://api.telegram.org"
LANGUAGES = {"1": "id", "id": "id", "": "id", "2": "en", "en": "en"}


def run(config: Path, lang: str, given: Mapping[str, Any], *, asks: bool) -> Exit:
    """The whole wizard. `given`: answers of the flags, by dotted key; `asks`: whether somebody is there to answer."""
    if not asks or sys.stdin.isatty():
        return _run(config, lang, given, asks=asks)
    Talk(lang or "id").say("no_terminal")
    return Exit.CONFIG


def _run(config: Path, lang: str, given: Mapping[str, Any], *, asks: bool) -> Exit:
    talk = Talk(lang or "id", asks=asks)
    if not os.access(config.absolute().parent, os.W_OK):
        talk.say("unwritable", folder=config.absolute().parent)
        return Exit.CONFIG
    try:
        answers = Answers.begin(config, ASKED, given)
    except tomllib.TOMLDecodeError as error:
        talk.found(of_toml(config, error, config.read_text("utf-8")))
        talk.say("unreadable")
        return Exit.CONFIG
    try:
        talk = _in_language(lang or answers.lang, answers, asks=asks)
        return _walk(Sitting(talk, answers, answers.get("telegram.api_url") or API), config)
    except Missing as missing:
        talk.say("missing", key=missing.key, question=talk.text("ask", missing.key))
        return Exit.CONFIG
    except (KeyboardInterrupt, EOFError):
        talk.tell("")
        talk.say("stopped", draft=answers.draft, command=_command("init", config))
        return Exit.INTERRUPTED


def _in_language(lang: str, answers: Answers, *, asks: bool) -> Talk:
    """The first question, in both languages."""
    if not lang and not asks:
        lang = "id"
    while not lang:
        lang = LANGUAGES.get(input("Bahasa / Language: 1 Indonesia, 2 English [1]: ").strip().lower(), "")
    answers.lang = lang
    answers.keep()
    return Talk(lang, asks=asks)


def _walk(sitting: Sitting, config: Path) -> Exit:
    talk, answers = sitting.talk, sitting.answers
    talk.say("welcome", style="bold")
    if talk.asks:
        talk.say("intro")
    if answers.done:
        talk.say("resumed", steps=", ".join(talk.text("step", step) for step in answers.done))
    for step in STEPS:
        if step not in answers.done or not talk.asks:
            _take(sitting, step)
    while talk.asks and (chosen := _review(sitting)) is not None:
        _take(sitting, chosen)
    _write(sitting, config)
    return _last_look(sitting, config)


def _take(sitting: Sitting, step: str) -> None:
    sitting.talk.step(sitting.talk.text("step", step), list(STEPS).index(step) + 1, len(STEPS))
    STEPS[step](sitting)
    sitting.answers.finish(step)


def _review(sitting: Sitting) -> str | None:
    """All answers at a glance; the step that is to be changed, or None to write them."""
    talk = sitting.talk
    talk.tell("")
    talk.say("review", style="bold")
    for number, step in enumerate(STEPS, start=1):
        talk.say("review_line", number=number, name=talk.text("step", step), summary=_summary(sitting, step))
    while chosen := talk.ask("review"):
        if chosen.isdecimal() and 1 <= int(chosen) <= len(STEPS):
            return list(STEPS)[int(chosen) - 1]
    return None


def _summary(sitting: Sitting, step: str) -> str:
    values = [sitting.answers.get(key) for key in SHOWN[step]]
    if step == "bot" and sitting.username:
        values = [f"@{sitting.username}"]
    shown = (", ".join(map(str, value)) if isinstance(value, list) else str(value) for value in values if value)
    return blot(" · ".join(shown)) if step == "data" else " · ".join(shown)  # a server's address may hold a password


def _write(sitting: Sitting, config: Path) -> None:
    """In the layout of the commented example, or of the file that is there, which is kept beside."""
    values = {key: value for key, value in sitting.answers.values.items() if key in ASKED}
    before = config.read_text("utf-8") if config.exists() else None
    if before is not None:
        old = config.with_name(f"{config.name}.old")
        write_private(old, before)
        sitting.talk.say("kept_old", path=old)
    example = (packaged() / "config.example.toml").read_text("utf-8")
    write_private(config, filled(before or example, values))
    sitting.answers.draft.unlink(missing_ok=True)
    sitting.talk.say("written", path=config)


def _last_look(sitting: Sitting, config: Path) -> Exit:
    talk = sitting.talk
    talk.tell("")
    talk.say("checking", style="bold")
    well = [talk.found(finding) for finding in asyncio.run(check(config))]
    talk.tell("")
    if sitting.username:
        talk.say("next", username=sitting.username, check=_command("check", config), run=_command("run", config))
    return Exit.OK if all(well) else Exit.CHECK_FAILED


def _command(name: str, config: Path) -> str:
    """What to type next: the program as it was called, for it may not be on the path, and as whom."""
    called = Path(sys.argv[0])
    whose = f"sudo -u {pwd.getpwuid(os.geteuid()).pw_name} " if "SUDO_USER" in os.environ else ""
    return f"{whose}{called if called.name == 'meja' else 'meja'} {name} --config {config}"
