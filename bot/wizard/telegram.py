"""The bot's token, the staff group, and the admins: each is tried at Telegram before it is kept."""

import asyncio
import time

from bot.channels.telegram import acquaintance
from bot.channels.telegram.acquaintance import Busy, Heard
from bot.channels.telegram.doctor import UNREACHABLE
from bot.findings import Finding, bad
from bot.settings import TOKEN
from bot.wizard.answers import fits
from bot.wizard.sitting import Sitting

GROUP, ADMINS = "telegram.staff_chat_id", "telegram.admin_ids"
# Telegram gives a single update to who asks again within half a second (TELEGRAM.md §2).
PATIENCE = 0.6


def ask_token(sitting: Sitting) -> None:
    sitting.talk.say("botfather")
    key = "telegram.token"
    while True:
        token = sitting.ask(key, sitting.token, secret=True, takes=lambda text: TOKEN.fullmatch(text) is not None)
        if sitting.talk.found(_meet(sitting, token)):
            sitting.answers.put(key, token)
            return
        sitting.talk.once_more(key)


def _meet(sitting: Sitting, token: str) -> Finding:
    finding = asyncio.run(acquaintance.bot(sitting.api_url, token))
    sitting.username = finding.params.get("username", "")
    return finding


def _remember(sitting: Sitting) -> None:
    """In a later sitting the token was kept, but not whose it is."""
    if not sitting.username:
        _meet(sitting, sitting.token)


def ask_group(sitting: Sitting) -> None:
    _remember(sitting)
    sitting.talk.say("group", username=sitting.username)
    chat = sitting.answers.get(GROUP) or None
    while True:
        typed = sitting.ask(GROUP, chat or "", takes=_is_group)
        chat = int(typed) if typed else _who_wrote_id(sitting)
        fit = _fit_for_officers(sitting, chat) if chat is not None else None
        if fit is not None:
            sitting.answers.put(GROUP, fit)
            return
        sitting.talk.once_more(GROUP)
        if chat is not None:
            sitting.talk.say("again")


def _is_group(text: str) -> bool:
    return not text or (text.startswith("-") and fits(GROUP, text))


def _who_wrote_id(sitting: Sitting) -> int | None:
    """The group that did so last."""
    found = next((it for it in _listen(sitting) if it.is_group and it.asked_id), None)
    if found is None:
        sitting.talk.say("group_none", username=sitting.username)
        return None
    sitting.talk.say("group_found", title=found.name, id=found.chat)
    return found.chat


def _listen(sitting: Sitting) -> list[Heard]:
    time.sleep(max(0.0, PATIENCE - (time.monotonic() - sitting.listened)))
    sitting.talk.say("looking")
    try:
        sitting.heard = asyncio.run(acquaintance.heard(sitting.api_url, sitting.token))
    except Busy:
        sitting.talk.say("busy")
    except UNREACHABLE as error:
        sitting.talk.found(_unreachable(sitting, error))
    sitting.listened = time.monotonic()
    return sitting.heard


def _fit_for_officers(sitting: Sitting, chat: int) -> int | None:
    """The group's number, which may be another by now; None where something is to be mended first."""
    try:
        findings = asyncio.run(acquaintance.group(sitting.api_url, sitting.token, chat))
    except UNREACHABLE as error:
        findings = [_unreachable(sitting, error)]
    if findings[0].verdict == "moved":
        new = int(findings[0].params["new"])
        sitting.talk.say("group_moved", id=new)
        return _fit_for_officers(sitting, new)
    well = [sitting.talk.found(finding) for finding in findings]
    return chat if all(well) else None


def _unreachable(sitting: Sitting, error: BaseException) -> Finding:
    return bad("token", "unreachable", url=sitting.api_url, error=type(error).__name__)


def ask_admins(sitting: Sitting) -> None:
    _remember(sitting)
    sitting.talk.say("admins", username=sitting.username)
    people = _people(sitting.heard or _listen(sitting)) if sitting.talk.asks else {}
    if people:
        sitting.talk.say("people", list=", ".join(f"{id} ({name})" for id, name in people.items()))
    default = ", ".join(map(str, sitting.answers.get(ADMINS) or list(people)[:1]))
    while True:
        default = sitting.ask(ADMINS, default, takes=_are_ids)
        ids = [int(part) for part in default.split(",")]
        if sitting.talk.found(_who_is_silent(sitting, ids)):
            sitting.answers.put(ADMINS, ids)
            return
        sitting.talk.once_more(ADMINS)
        sitting.talk.say("again")


def _people(heard: list[Heard]) -> dict[int, str]:
    """Who wrote /id, then everybody who wrote to the bot, by id."""
    asked = [it.sender for it in heard if it.asked_id and it.sender]
    return dict([*asked, *((it.chat, it.name) for it in heard if not it.is_group)])


def _are_ids(text: str) -> bool:
    return all(part.strip().isdecimal() and int(part) > 0 for part in text.split(","))


def _who_is_silent(sitting: Sitting, ids: list[int]) -> Finding:
    try:
        return asyncio.run(acquaintance.admins(sitting.api_url, sitting.token, ids, sitting.username))
    except UNREACHABLE as error:
        return _unreachable(sitting, error)
