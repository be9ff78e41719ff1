"""Who may do what where: every role in every place gives every command and presses every button (QUALITY.md T1-T4).

The tables of the desk make the matrix. What a cell did is read from the database: which rows it changed and what was
queued to be said. A cell that is not allowed may only give a hint. Updates go straight into the desk's inbox: forged
ones could come in no other way.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.playground.messages import Message
from bot.playground.people import Person
from handlers import admin, officer, staff_buttons
from handlers import buttons as public_buttons
from handlers.commands import PUBLIC
from handlers.staff import ANYWHERE, NOTE_COMMANDS
from tests.flows.conftest import Office
from tests.flows.matrix import HINTS, Effect, Json, Matrix, private
from tests.flows.way import swift, to

STAFF_GROUP, FOREIGN_GROUP, CHANNEL = -1001234567890, -1009999999999, -1008888888888
# Words behind each command that make it act, if it may.
REST = {
    "tutup": "selesai",
    "tanya": "Tahun berapa?",
    "jenis": "metadata",
    "perpanjang": "2026-12-01 menunggu data",
    "blokir": "kata kasar",
    "libur": "2026-12-01 cuti",
    "masuk": "2026-11-28",
    "pengaduan": "Terlalu lama",
    "complaint": "Terlalu lama",
    "catatan": "intern",
    "note": "intern",
    "pindah": "Joko",
    "piket": "senin 1",
    "atur": "baku salam: Selamat pagi",
}
OFFICERS = {*officer.COMMANDS, *NOTE_COMMANDS, *officer.HELP}
ASKING = set(ANYWHERE) - set(
    officer.HELP
)  # any officer may ask these, in a topic or not; only admins change what they show
ALL = sorted({*PUBLIC, *OFFICERS, *admin.COMMANDS})


GROUP = {"id": STAFF_GROUP, "type": "supergroup", "title": "Petugas PST", "is_forum": True}
FOREIGN = {"id": FOREIGN_GROUP, "type": "supergroup", "title": "Grup lain"}
USER, STRANGER, OFFICER, ADMIN, LEFT = 1001, 7001, 2001, 111, 2009
ROLES = {"stranger": STRANGER, "user": USER, "officer": OFFICER, "admin": ADMIN, "left officer": LEFT}


async def _matrix(office: Office) -> Matrix:
    """The user's open ticket, and an officer who has left."""
    Person(office.telegram, id=LEFT, first_name="X2009", staff="member")
    Person(office.telegram, id=2002, first_name="Joko", staff="member")
    await to(office, "ticket")
    topic = office.telegram.topics[0]
    for account in (LEFT, 2002):
        person = office.telegram.world.accounts[account]
        matrix = Matrix(office)
        await matrix.effect(
            "message", {**matrix.message(account, GROUP, "// saya hadir", thread=topic.id), "from": person.as_json}
        )
    office.telegram.world.tell(
        "chat_member",
        {
            "chat": GROUP,
            "from": {"id": LEFT, "is_bot": False, "first_name": "X2009"},
            "date": int(office.clock.now().timestamp()) - 1,
            "old_chat_member": {"status": "member", "user": {"id": LEFT, "is_bot": False, "first_name": "X2009"}},
            "new_chat_member": {"status": "left", "user": {"id": LEFT, "is_bot": False, "first_name": "X2009"}},
        },
    )
    await office.settled()
    office.jump(seconds=5)
    return Matrix(office)


def _spoken(name: str) -> str:
    return f"/{name} {REST.get(name, '')}".strip()


@pytest.mark.parametrize("role", ["stranger", "user", "officer", "left officer"])
async def test_in_a_private_chat_only_the_public_commands_act(tmp_path: Path, role: str) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        sender = ROLES[role]
        for name in ALL:
            if name in PUBLIC:
                continue
            effect = await matrix.effect("message", matrix.message(sender, private(sender), _spoken(name)))
            assert effect == Effect((), ("unknown_command",), ()), name


async def test_an_admin_gets_the_figures_in_their_own_chat_and_nowhere_else(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        for name in sorted(admin.COMMANDS):
            effect = await matrix.effect("message", matrix.message(ADMIN, private(ADMIN), _spoken(name)))
            assert effect.acts, name
            assert not {*effect.staff} & {"report", "sla", "admin_queue", "admin_officers"}, name
        for name in sorted(OFFICERS - set(PUBLIC) - set(admin.COMMANDS)):
            effect = await matrix.effect("message", matrix.message(ADMIN, private(ADMIN), _spoken(name)))
            assert effect == Effect((), ("unknown_command",), ()), name


@pytest.mark.parametrize("place", ["general", "topic"])
async def test_in_the_staff_group_officers_have_no_admin_commands(tmp_path: Path, place: str) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        thread = office.telegram.topics[0].id if place == "topic" else None
        for name in sorted({*admin.COMMANDS, *PUBLIC} - OFFICERS - ASKING):
            effect = await matrix.effect("message", matrix.message(OFFICER, GROUP, _spoken(name), thread=thread))
            assert effect == Effect((), (), ("staff_unknown_command",)), name


async def test_what_any_officer_may_ask_changes_nothing(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        for name in sorted(ASKING):
            effect = await matrix.effect("message", matrix.message(OFFICER, GROUP, _spoken(name)))
            assert not effect.changed and not effect.private and effect.staff, name


async def test_outside_a_topic_officers_commands_only_give_a_hint(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        for name in sorted(OFFICERS):
            effect = await matrix.effect("message", matrix.message(OFFICER, GROUP, _spoken(name)))
            assert not effect.acts and effect.staff, name


@pytest.mark.parametrize("name", sorted(set(officer.COMMANDS)))
async def test_in_the_topic_every_command_of_the_officers_acts(tmp_path: Path, name: str) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        topic = office.telegram.topics[0]
        if name == "bukablokir":
            await matrix.effect("message", matrix.message(OFFICER, GROUP, "/blokir kasar", thread=topic.id))
        if name == "lepas":
            await matrix.effect("message", matrix.message(OFFICER, GROUP, "/ambil", thread=topic.id))
        effect = await matrix.effect("message", matrix.message(OFFICER, GROUP, _spoken(name), thread=topic.id))
        assert effect.acts, name


async def test_the_figures_in_the_staff_group_are_for_admins(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        for name in sorted(admin.COMMANDS):
            effect = await matrix.effect("message", matrix.message(ADMIN, GROUP, _spoken(name)))
            assert effect.acts and not {*effect.private} & {"report", "sla", "admin_queue", "admin_officers"}, name


NOBODY: dict[str, Callable[[Json], Json]] = {
    "anonymous admin": lambda body: {**body, "sender_chat": GROUP},
    "linked channel": lambda body: {**body, "sender_chat": {"id": CHANNEL, "type": "channel", "title": "Kanal"}},
    "forwarded": lambda body: {
        **body,
        "forward_origin": {"type": "user", "date": body["date"], "sender_user": {"id": ADMIN, "is_bot": False}},
    },
    "made by an inline bot": lambda body: {**body, "via_bot": {"id": 99, "is_bot": True, "first_name": "Bot"}},
}


@pytest.mark.parametrize("disguise", sorted(NOBODY))
@pytest.mark.parametrize("place", ["general", "topic"])
async def test_commands_without_an_identity_of_their_own_do_nothing(tmp_path: Path, disguise: str, place: str) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        thread = office.telegram.topics[0].id if place == "topic" else None
        for name in sorted({*OFFICERS, *admin.COMMANDS} - set(NOTE_COMMANDS)):
            body = NOBODY[disguise](matrix.message(ADMIN, GROUP, _spoken(name), thread=thread))
            effect = await matrix.effect("message", body)
            assert not effect.acts and effect.staff, name


@pytest.mark.parametrize("disguise", ["forwarded", "made by an inline bot"])
async def test_forwarded_commands_give_no_figures_in_private_either(tmp_path: Path, disguise: str) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        for name in ALL:
            body = NOBODY[disguise](matrix.message(ADMIN, private(ADMIN), _spoken(name)))
            assert await matrix.effect("message", body) == Effect((), ("unknown_command",), ()), name


@pytest.mark.parametrize("place", ["general", "topic", "private"])
async def test_an_edit_into_a_command_runs_nothing(tmp_path: Path, place: str) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        topic = office.telegram.topics[0].id
        chat, thread = {"private": (private(ADMIN), None), "general": (GROUP, None), "topic": (GROUP, topic)}[place]
        said = matrix.message(ADMIN, chat, "halo", thread=thread)
        await matrix.effect("message", said)
        await office.settled()
        for name in ALL:
            body = {**said, "text": _spoken(name), "edit_date": said["date"]}
            effect = await matrix.effect("edited_message", body)
            assert not [table for table in effect.changed if table != "messages"], name
            assert not {*effect.private, *effect.staff} - HINTS - {"staff_edit_kept_back", "edit"}, name


@pytest.mark.parametrize("sender", [USER, OFFICER, ADMIN])
async def test_in_a_foreign_group_and_a_channel_the_desk_is_mute(tmp_path: Path, sender: int) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        for name in ALL:
            effect = await matrix.effect("message", matrix.message(sender, FOREIGN, _spoken(name)))
            assert effect.is_nothing, name
        post = matrix.message(sender, {"id": CHANNEL, "type": "channel", "title": "Kanal"}, "/report")
        assert (await matrix.effect("channel_post", post)).is_nothing
        assert (await matrix.effect("message", post)).is_nothing
        added = matrix.message(sender, FOREIGN, "halo semua")
        assert (await matrix.effect("message", added)).is_nothing


@pytest.mark.parametrize(("sender", "chat"), [(ADMIN, GROUP), (ADMIN, FOREIGN), (OFFICER, GROUP), (USER, FOREIGN)])
async def test_the_number_of_a_group_is_told_to_admins_and_nobody_is_scolded_for_asking(
    tmp_path: Path, sender: int, chat: Json
) -> None:
    async with swift(tmp_path) as office:
        effect = await Matrix(office).effect("message", Matrix(office).message(sender, chat, "/id@meja_bot"))
        answers = ("chat_id",) if sender == ADMIN else ()
        assert effect.changed == () and effect.private + effect.staff == answers


async def test_whoever_left_the_group_has_no_rights_left(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        topic = office.telegram.topics[0]
        for name in sorted({*OFFICERS, *admin.COMMANDS}):
            effect = await matrix.effect("message", matrix.message(LEFT, GROUP, _spoken(name), thread=topic.id))
            assert effect == Effect((), (), ("staff_left",)), name
        effect = await matrix.effect("message", matrix.message(LEFT, GROUP, "Jawaban saya", thread=topic.id))
        assert effect == Effect((), (), ("staff_left",))
        for message, data in _staff_data(office):
            assert (await matrix.effect("callback_query", matrix.press(LEFT, message, data))).is_nothing, data


async def test_what_was_written_before_leaving_still_counts(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        early = matrix.message(LEFT, GROUP, "Jawaban sebelum pergi", thread=office.telegram.topics[0].id)
        effect = await matrix.effect("message", {**early, "date": early["date"] - 60})
        assert "messages" in effect.changed
        await office.user.sees("Jawaban sebelum pergi")


async def test_whoever_comes_back_is_an_officer_again(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        person = {"id": LEFT, "is_bot": False, "first_name": "X2009"}
        office.telegram.world.tell(
            "chat_member",
            {
                "chat": GROUP,
                "from": person,
                "date": int(office.clock.now().timestamp()),
                "old_chat_member": {"status": "left", "user": person},
                "new_chat_member": {"status": "member", "user": person},
            },
        )
        await office.settled()
        effect = await matrix.effect(
            "message", matrix.message(LEFT, GROUP, "/ambil", thread=office.telegram.topics[0].id)
        )
        assert effect.acts


def _staff_data(office: Office) -> list[tuple[Message, str]]:
    return [
        _with_message(message, button) for message in office.telegram.staff.messages for button in _buttons(message)
    ]


def _buttons(message: Message) -> list[Json]:
    return [button for row in message.keyboard for button in row]


def _with_message(message: Message, button: Json) -> tuple[Message, str]:
    return message, button["callback_data"]


def _user_data(office: Office) -> list[tuple[Message, str]]:
    return [_with_message(message, button) for message in office.user.chat for button in _buttons(message)]


async def test_no_officer_presses_a_button_of_the_public(tmp_path: Path) -> None:
    """Rating above all: an officer's forged press on the user's stars does nothing, wherever it seems to come from."""
    async with swift(tmp_path) as office:
        await to(office, "after_close")
        matrix = Matrix(office)
        stolen = _user_data(office)
        assert len({data for _, data in stolen}) >= 30
        for sender, place in (
            (OFFICER, private(OFFICER)),
            (OFFICER, GROUP),
            (ADMIN, GROUP),
            (STRANGER, private(STRANGER)),
        ):
            for message, data in stolen:
                body = matrix.press(sender, message, data) | {"message": {**message.body, "chat": place}}
                assert (await matrix.effect("callback_query", body)).is_nothing


async def test_nobody_of_the_public_presses_a_button_of_the_officers(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        matrix = await _matrix(office)
        for sender in (USER, STRANGER):
            for message, data in _staff_data(office):
                body = matrix.press(sender, message, data)
                body["message"] = {**message.body, "chat": private(sender)}
                assert (await matrix.effect("callback_query", body)).is_nothing
                body["message"] = {**message.body, "chat": FOREIGN}
                body["id"] += "1"
                assert (await matrix.effect("callback_query", body)).is_nothing


def test_the_tables_of_buttons_do_not_overlap_where_it_matters() -> None:
    """A token of one side looked up in the other's table must not mean something else."""
    both = set(public_buttons.ACTIONS) & set(staff_buttons.ACTIONS)
    assert both == set()


async def test_a_banned_person_has_no_way_left_but_the_complaint(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        user = await to(office, "closed")
        old = next(message for message in user.chat if "jumlah penduduk" in message.text)
        await user.say("/mulai")
        await user.sees("jenis konsultasi")
        await user.press("Data")
        await user.sees("Tuliskan pertanyaan")
        await user.say("Pertanyaan kedua")
        await user.say("Kirim")
        await user.sees("0002")
        await office.telegram.until(lambda: len(office.telegram.topics) == 2)
        await office.officer.sees("0002", topic=office.telegram.topics[1])
        await office.officer.say("/blokir kasar", topic=office.telegram.topics[1])
        await user.sees("ditutup")
        await office.settled()
        matrix = Matrix(office)
        for message, data in _user_data(office):
            effect = await matrix.effect("callback_query", matrix.press(USER, message, data))
            assert effect.changed == () and effect.staff == (), data
        edit = {**old.body, "text": "Pesan kasar lewat suntingan", "edit_date": old.body["date"]}
        assert (await matrix.effect("edited_message", edit)).is_nothing
        effect = await matrix.effect("message", matrix.message(USER, private(USER), "Buka kembali"))
        assert effect.changed == () and effect.staff == ()
