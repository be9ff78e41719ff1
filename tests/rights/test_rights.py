"""The whole matrix of rights, cell by cell (QUALITY.md T1-T4): role, place, command or button, and form.

It is made of the desk's own tables of commands and buttons; what may be is written here once more, in other words.
A cell that may act must act, so that no cell is right by being broken. tests/flows/test_authorization.py tells single
stories of the same kind on a running desk.
"""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from bot.playground.messages import Message
from bot.playground.people import Person
from handlers import admin, admin_buttons, buttons, officer, staff_buttons
from handlers.commands import PUBLIC
from handlers.staff import ANYWHERE, NOTE_COMMANDS
from tests.flows.conftest import Office
from tests.flows.matrix import Effect, Json, private
from tests.flows.way import ROAD, swift
from tests.rights.ground import STAFF_GROUP, Ground

USER, STRANGER, OFFICER, ADMIN, LEFT = 1001, 7001, 2001, 111, 2009
SUPERVISORS, CHANNEL = -1007777777777, -1008888888888
GROUP = {"id": STAFF_GROUP, "type": "supergroup", "title": "Petugas PST", "is_forum": True}
FOREIGN = {"id": -1009999999999, "type": "supergroup", "title": "Grup lain"}
THEIRS = {"id": SUPERVISORS, "type": "supergroup", "title": "Pimpinan"}

STAFF_ONLY = {*officer.COMMANDS, *NOTE_COMMANDS, *officer.HELP, *ANYWHERE}
COMMANDS = sorted({*PUBLIC, *STAFF_ONLY, *admin.COMMANDS})
PRIVATE_ROLES = {"user": USER, "stranger": STRANGER, "officer": OFFICER, "admin": ADMIN, "left officer": LEFT}
GROUP_ROLES = {
    "officer": OFFICER,
    "admin": ADMIN,
    "left officer": LEFT,
    "anonymous admin": ADMIN,
    "linked channel": ADMIN,
}
NAMELESS: dict[str, Json] = {
    "anonymous admin": {"sender_chat": GROUP},
    "linked channel": {"sender_chat": {"id": CHANNEL, "type": "channel", "title": "Kanal"}},
}
ORIGIN = {"type": "user", "date": 1, "sender_user": {"id": ADMIN, "is_bot": False, "first_name": "X"}}
FORMS: dict[str, Json] = {
    "plain": {},
    "forwarded": {"forward_origin": ORIGIN},
    "via a bot": {"via_bot": {"id": 99, "is_bot": True, "first_name": "B"}},
    "forwarded by a bot": {"forward_origin": ORIGIN, "via_bot": {"id": 99, "is_bot": True, "first_name": "B"}},
}
# Words behind each command that make it act, if it may.
REST = {
    "tutup": "selesai",
    "tanya": "Tahun berapa?",
    "jenis": "metadata",
    "perpanjang": "2026-12-01 menunggu data",
    "blokir": "kasar",
    "libur": "2026-12-01 cuti",
    "masuk": "2026-11-28",
    "pengaduan": "Terlalu lama",
    "complaint": "Terlalu lama",
    "catatan": "intern",
    "note": "intern",
    "pindah": "Joko",
    "piket": "senin 1",
    "atur": "baku salam: Selamat pagi",
    "rujuk": "1202 data di sana",
}


# What has to be said before, by whoever says it, for a command to have anything to do.
FIRST = {"lepas": "/ambil", "bukablokir": "/blokir kasar"}


def _colleagues(office: Office) -> tuple[Person, Person]:
    """Joko, and somebody who is going to leave."""
    joko = Person(office.telegram, id=2002, first_name="Joko", staff="member")
    return joko, Person(office.telegram, id=LEFT, first_name="X2009", staff="member")


async def _desk(office: Office) -> int:
    """An open ticket, a colleague, and somebody who was an officer; the topic's number."""
    joko, leaver = _colleagues(office)
    for step in ROAD:
        await ROAD[step](office, office.user)
        if step == "ticket":
            break
    topic = office.telegram.topics[0]
    for colleague in (leaver, joko):
        await colleague.say("// saya hadir", topic=topic)
    await office.settled()
    await leaver.leave()
    await office.settled()
    office.jump(seconds=5)
    return topic.id


def _spoken(name: str) -> str:
    return f"/{name} {REST.get(name, '')}".strip()


def _may_act(role: str, place: str, name: str, form: str) -> bool:
    """The rules, in other words than the code's."""
    first_hand = form == "plain"
    if place == "private":
        return first_hand and (name in PUBLIC or (name in admin.COMMANDS and role == "admin"))
    if place not in ("topic", "general") or role not in ("officer", "admin"):
        return False
    if name in NOTE_COMMANDS:
        return place == "topic"  # a note says nothing to anybody, whoever wrote it first
    if not first_hand or name in officer.HELP:
        return False  # the list of commands is only a hint
    if name in admin.COMMANDS and role == "admin":
        return True
    return name in ANYWHERE or (place == "topic" and name in officer.COMMANDS)


def _cells() -> list[tuple[str, int, str, Json, str]]:
    """(role, sender, place, chat, form): every combination there can be."""
    cells = [(role, id, "private", private(id), form) for (role, id), form in product(PRIVATE_ROLES.items(), FORMS)]
    for (role, id), form in product(GROUP_ROLES.items(), FORMS):
        cells += [(role, id, place, GROUP, form) for place in ("topic", "general")]
    for (role, id), (place, chat), form in product(
        PRIVATE_ROLES.items(), (("foreign", FOREIGN), ("supervisors", THEIRS)), FORMS
    ):
        cells.append((role, id, place, chat, form))
    return cells


async def test_every_command_acts_where_it_may_and_nowhere_else(tmp_path: Path) -> None:
    async with swift(tmp_path, supervisor={"chat_id": SUPERVISORS}) as office:
        topic = await _desk(office)
        ground = await Ground.of(office)
    wrong, granted = [], set()
    for (role, sender, place, chat, form), name in product(_cells(), COMMANDS):
        thread = topic if place == "topic" else None
        more = {**FORMS[form], **NAMELESS.get(role, {})}
        body = ground.message(sender, chat, _spoken(name), thread=thread, **more)
        before = ground.message(
            OFFICER if sender != ADMIN else ADMIN, GROUP, FIRST.get(name, "// catatan"), thread=topic
        )
        effect = ground.effect("message", body, after=before if name in FIRST else None)
        if effect.acts != _may_act(role, place, name, form):
            wrong.append((role, place, name, form, effect))
        if place in ("foreign", "supervisors") and not effect.is_nothing:
            wrong.append((role, place, name, form, effect))
        granted |= {(place, name)} if effect.acts else set()
    assert wrong == []
    assert {name for _, name in granted} >= set(COMMANDS) - set(officer.HELP)


async def test_no_edit_runs_a_command_for_anybody_anywhere(tmp_path: Path) -> None:
    async with swift(tmp_path, supervisor={"chat_id": SUPERVISORS}) as office:
        topic = await _desk(office)
        ground = await Ground.of(office)
    for (role, sender, place, chat, form), name in product(_cells(), COMMANDS):
        if form == "plain":
            thread = topic if place == "topic" else None
            body = ground.message(sender, chat, _spoken(name), thread=thread, **NAMELESS.get(role, {}))
            effect = ground.effect("edited_message", {**body, "edit_date": body["date"]})
            assert not effect.acts, (role, place, name, effect)


# Buttons.


PLACES: dict[str, Callable[[int], Json]] = {
    "private": private,
    "group": lambda id: GROUP,
    "foreign": lambda id: FOREIGN,
    "supervisors": lambda id: THEIRS,
}


def _may_press(owner: str, sender: int, place: str, gone: set[int]) -> bool:
    if owner == "admins":
        return sender == ADMIN and place in ("private", "group")
    if owner == "officers":
        return sender not in gone and place == "group"  # whoever is in the private group is an officer
    return place == "private" and str(sender) == owner


async def _grounds(office: Office) -> list[Ground]:
    """The desk at every turn of a consultation, with every list and menu there is."""
    user, admin_ = office.user, office.admin
    grounds = []
    for step in ROAD:
        if step == "email":
            await user.say("/bahasa")
        await ROAD[step](office, user)
        if step == "ticket":
            topic = office.telegram.topics[0]
            grounds.append(await Ground.of(office))
            joko, leaver = _colleagues(office)
            for command in ("// hadir", "/ambil"):
                await joko.say(command, topic=topic)
            await leaver.say("// hadir", topic=topic)
            await office.settled()
            await leaver.leave()
            office.jump(seconds=5)
            await office.officer.say("/ambil", topic=topic)
            for command in ("/pindah", "/jenis", "/tutup"):
                await office.officer.say(command, topic=topic)
            for command in ("/batal", "/standar", "/privasi", "/email", "/batal", "/pengaduan", "/batal"):
                await user.say(command)
                grounds += [await Ground.of(office)] if command in ("/email", "/pengaduan") else []
            for command in (
                "/atur",
                "/atur senin",
                "/atur senin 09:00-15:00",
                "/antrean",
                "/sla",
                "/libur 2026-12-01 x",
            ):
                await admin_.say(command)
            await office.settled()
            await admin_.press("Hari libur", message=_last(office, "Semua masih"))
        grounds.append(await Ground.of(office))
    for label in ("5", "Hapus data saya", "Lanjut menghapus", "Tarik persetujuan", "Perbaiki nama"):
        await user.press(label)
        grounds.append(await Ground.of(office))
    await user.say("/batal")
    await user.press("Lewati")
    grounds.append(await Ground.of(office))
    await user.say("Satu hal lagi")
    return [*grounds, await Ground.of(office)]


def _last(office: Office, text: str) -> Message:
    return next(message for message in reversed(office.admin.chat) if text in message.text)


def _fresh(grounds: list[Ground]) -> Iterator[tuple[Ground, Json]]:
    """Each keyboard at the turn at which it came, and all of them at the end."""
    known: set[str] = set()
    for ground in grounds:
        for keyboard in ground.keyboards():
            if ground is grounds[-1] or keyboard["token"] not in known:
                yield ground, keyboard
            known.add(keyboard["token"])


# This button only answers the press.
QUIET = {"keep"}
# Buttons of turns that are not taken here: other stories press them.
ELSEWHERE = {
    *("answered", "still_needed", "ask_officer", "need_officer", "self_answered", "earlier", "switch"),
    *("email", "new_email_resend", "finish", "privacy_menu", "privacy_name_yes", "survey_answer"),
    *("send_again", "show_held", "staff_reopen", "unblock"),
    *("move_here", "move_away"),
    *("refer_send", "refer_leave", "bring_along", "begin_afresh"),
    *("stuck_again", "stuck_drop", "stuck_keep", "stuck_page", "set_drop_snippet"),
}


async def test_every_button_acts_for_its_own_person_in_its_place_and_for_nobody_else(tmp_path: Path) -> None:
    async with swift(tmp_path, supervisor={"chat_id": SUPERVISORS}) as office:
        grounds = await _grounds(office)
    wrong, acted, seen = [], set(), set()
    for ground, keyboard in _fresh(grounds):
        for index, action in enumerate(keyboard["actions"]):
            seen.add(action)
            data = f"{keyboard['token']}:{index}"
            for sender, (place, chat) in product(PRIVATE_ROLES.values(), PLACES.items()):
                effect = ground.effect("callback_query", ground.press(sender, chat(sender), data))
                if effect.acts and not _may_press(keyboard["owner"], sender, place, ground.gone()):
                    wrong.append((action, keyboard["owner"], sender, place, effect))
                acted |= {action} if effect.acts else set()
    assert wrong == [] and LEFT in grounds[-1].gone()
    assert seen - acted <= QUIET
    assert {*buttons.ACTIONS, *staff_buttons.ACTIONS, *admin_buttons.ACTIONS} - seen == ELSEWHERE


async def test_no_press_that_is_forged_bent_or_a_month_old_does_anything(tmp_path: Path) -> None:
    async with swift(tmp_path, supervisor={"chat_id": SUPERVISORS}) as office:
        ground = (await _grounds(office))[-1]
        await office.move(days=30)
        late = await Ground.of(office)
    owners = {"admins": (ADMIN, private(ADMIN)), "officers": (OFFICER, GROUP), str(USER): (USER, private(USER))}
    for keyboard in ground.keyboards():
        sender, chat = owners[keyboard["owner"]]
        token = keyboard["token"]
        bent = [f"{token[:at]}{chr(ord(token[at]) ^ 1)}{token[at + 1 :]}:0" for at in range(0, len(token), 5)]
        for data in (
            *bent,
            token,
            f"{token}:",
            f"{token}:99",
            f"{token}:-1",
            f"{token}:0x0",
            f"{token}:²",
            token[:12],
            "",
        ):
            effect = ground.effect("callback_query", ground.press(sender, chat, data))
            assert effect.is_nothing, (data, effect)
        for index, action in enumerate(keyboard["actions"]):
            effect = late.effect("callback_query", late.press(sender, chat, f"{token}:{index}"))
            told = {"tickets", "ticket_events", "ratings", "messages", "complaints", "bans"} & set(effect.changed)
            assert not told or keyboard["owner"] == "officers", (action, effect)


async def test_ten_presses_do_what_one_does(tmp_path: Path) -> None:
    async with swift(tmp_path, supervisor={"chat_id": SUPERVISORS}) as office:
        grounds = await _grounds(office)
    owners = {"admins": (ADMIN, private(ADMIN)), "officers": (OFFICER, GROUP), str(USER): (USER, private(USER))}
    for ground, keyboard in _fresh(grounds):
        sender, chat = owners[keyboard["owner"]]
        for index, action in enumerate(keyboard["actions"]):
            body = ground.press(sender, chat, f"{keyboard['token']}:{index}")
            once, often = (ground.outcome("callback_query", body, times=times) for times in (1, 10))
            different = {table for table in once if once[table] != often[table]} - {"audit"}
            assert not different, (action, different)


def test_the_matrix_counts_its_own_effects() -> None:
    assert Effect(("tickets",), (), ()).acts and Effect((), ("report",), ()).acts
    assert not Effect((), ("unknown_command",), ()).acts
    with pytest.raises(AssertionError):
        assert Effect((), (), ()).acts
