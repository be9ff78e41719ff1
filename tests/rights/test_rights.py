"""The whole matrix of rights, cell by cell (QUALITY.md T1-T4): role, place, command or button, and form.

It is made of the desk's own tables of commands and buttons; what may be is written here once more, in other words.
A cell that may act must act, so that no cell is right by being broken. tests/flows/test_authorization.py tells single
stories of the same kind on a running desk.
"""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from handlers import admin, admin_buttons, buttons, officer, staff_buttons
from handlers.commands import PUBLIC
from handlers.staff import ANYWHERE, NOTE_COMMANDS
from tests.flows.conftest import Office
from tests.flows.matrix import Effect, Json, private
from tests.flows.way import ROAD, swift
from tests.rights.ground import STAFF_GROUP, Ground
from tests.rights.scenes import ELSEWHERE, KINDS, LEFT, SCENES, SUPERVISORS, colleagues, grounds_of_road

USER, STRANGER, OFFICER, ADMIN = 1001, 7001, 2001, 111
CHANNEL = -1008888888888
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


async def _desk(office: Office) -> int:
    """An open ticket, a colleague, and somebody who was an officer; the topic's number."""
    joko, leaver = colleagues(office)
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


def _may_press(keyboard: Json, sender: str, place: str, gone: set[int]) -> bool:
    if keyboard["channel"] == "whatsapp":
        return place == "whatsapp" and sender == keyboard["owner"]
    if keyboard["owner"] == "admins":
        return sender == str(ADMIN) and place in ("private", "group")
    if keyboard["owner"] == "officers":  # whoever is in the private group is one, but who left it
        return place == "group" and int(sender) not in gone
    return place == "private" and sender == keyboard["owner"]


def _fresh(grounds: list[Ground]) -> Iterator[tuple[Ground, Json]]:
    """Each keyboard at the turn at which it came, and all of them at the end."""
    known: set[str] = set()
    for ground in grounds:
        for keyboard in ground.keyboards():
            if ground is grounds[-1] or keyboard["token"] not in known:
                yield ground, keyboard
            known.add(keyboard["token"])


ACTIONS = {*buttons.ACTIONS, *staff_buttons.ACTIONS, *admin_buttons.ACTIONS}
# This button only answers the press.
QUIET = {"keep"}
# Only many offices on one PostgreSQL have these, and a frozen desk here is a file. That they act for their own person,
# in their place, once, and for nobody else, tests/offices/test_referral.py asks (the two tests `test_rights_of_…`).
ACROSS = {"refer_send", "refer_leave", "bring_along", "begin_afresh"}
# Who has WhatsApp and nothing to do with any of it: a press of theirs is a first message, and greeted like one.
PASSER_BY = "ID.49428014015838"
GREETED = Effect((), ("greet", "consent"), ())


def _presses(ground: Ground, keyboard: Json, index: int) -> Iterator[tuple[str, str, str, Json]]:
    """(sender, place, kind, update) of everybody everywhere who might press it, on both channels."""
    data = f"{keyboard['token']}:{index}"
    owner = {int(keyboard["owner"])} if keyboard["owner"].isdecimal() else set()
    for sender, (place, chat) in product(sorted({*PRIVATE_ROLES.values()} | owner), PLACES.items()):
        yield str(sender), place, "callback_query", ground.press(sender, chat(sender), data)
    for tapping in sorted({PASSER_BY, *(it["owner"] for it in ground.keyboards() if it["channel"] == "whatsapp")}):
        yield tapping, "whatsapp", "whatsapp", ground.tap(tapping, data)


@pytest.mark.parametrize("scene", SCENES)
async def test_every_button_acts_for_its_own_person_in_its_place_and_for_nobody_else(
    tmp_path: Path, scene: str
) -> None:
    grounds = await SCENES[scene](tmp_path)
    _press_all(grounds, KINDS.get(scene, ACTIONS - ELSEWHERE - ACROSS) - QUIET)
    _press_forged(grounds[-1])
    _press_ten_times(grounds)


def _press_all(grounds: list[Ground], kinds: set[str]) -> None:
    """Whoever may not, changes nothing; of `kinds`, each acts for somebody."""
    wrong, acted = [], set()
    for ground, keyboard in _fresh(grounds):
        for index, action in enumerate(keyboard["actions"]):
            for sender, place, kind, update in _presses(ground, keyboard, index):
                effect = ground.effect(kind, update)
                if sender == PASSER_BY:
                    assert effect == GREETED, (action, effect)
                    continue
                unheard = place in ("foreign", "supervisors")
                assert unheard or ground.is_answered(kind, update), (action, sender, place)
                if not (_acts(effect, place) or (action == "show_held" and "held" in effect.changed)):
                    continue
                acted.add(action)
                if not _may_press(keyboard, sender, place, ground.gone()):
                    wrong.append((action, keyboard["owner"], sender, place))
    assert wrong == []
    assert kinds - acted == set()


def _acts(effect: Effect, place: str) -> bool:
    """On WhatsApp what would be a toast is a message, and any word of a person's opens the window: a press too."""
    if place != "whatsapp":
        return effect.acts
    private = tuple(key for key in effect.private if not key.startswith("toast_"))
    staff = tuple(key for key in effect.staff if key != "staff_window_open")
    return Effect(tuple(table for table in effect.changed if table != "held"), private, staff).acts


def _press_forged(ground: Ground) -> None:
    for keyboard in ground.keyboards():
        token = keyboard["token"]
        bent = [f"{token[:at]}{chr(ord(token[at]) ^ 1)}{token[at + 1 :]}:0" for at in range(0, len(token), 5)]
        odd = (token, f"{token}:", f"{token}:99", f"{token}:-1", f"{token}:0x0", f"{token}:²", token[:12], "?")
        for data in (*bent, *odd):
            press = _own_press(ground, keyboard, data)
            effect = ground.effect(*press)
            assert not _acts(effect, keyboard["channel"]), (data, effect)
            assert ground.is_answered(*press), data


def _press_ten_times(grounds: list[Ground]) -> None:
    """Ten presses do what one does."""
    for ground, keyboard in _fresh(grounds):
        for index, action in enumerate(keyboard["actions"]):
            press = _own_press(ground, keyboard, f"{keyboard['token']}:{index}")
            once, often = (ground.outcome(*press, times=times) for times in (1, 10))
            different = {table for table in once if once[table] != often[table]} - {"audit"}
            assert not different, (action, different)


def test_every_kind_of_button_hangs_in_some_scene() -> None:
    assert {*ACTIONS} > ELSEWHERE and KINDS.keys() < SCENES.keys()


def _own_press(ground: Ground, keyboard: Json, data: str) -> tuple[str, Json]:
    """By who may, where they may."""
    if keyboard["channel"] == "whatsapp":
        return "whatsapp", ground.tap(keyboard["owner"], data)
    owners = {"admins": (ADMIN, private(ADMIN)), "officers": (OFFICER, GROUP)}
    sender, chat = owners.get(keyboard["owner"]) or (int(keyboard["owner"]), private(int(keyboard["owner"])))
    return "callback_query", ground.press(sender, chat, data)


async def test_a_month_later_no_press_of_the_public_changes_anything(tmp_path: Path) -> None:
    async with swift(tmp_path, supervisor={"chat_id": SUPERVISORS}) as office:
        ground = (await grounds_of_road(office))[-1]
        await office.move(days=30)
        late = await Ground.of(office)
    for keyboard in ground.keyboards():
        for index, action in enumerate(keyboard["actions"]):
            effect = late.effect(*_own_press(late, keyboard, f"{keyboard['token']}:{index}"))
            told = {"tickets", "ticket_events", "ratings", "messages", "complaints", "bans"} & set(effect.changed)
            assert not told or keyboard["owner"] == "officers", (action, effect)


def test_the_matrix_counts_its_own_effects() -> None:
    assert Effect(("tickets",), (), ()).acts and Effect((), ("report",), ()).acts
    assert not Effect((), ("unknown_command",), ()).acts
    with pytest.raises(AssertionError):
        assert Effect((), (), ()).acts
