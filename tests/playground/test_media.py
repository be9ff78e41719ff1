"""Everything that is no plain text, sent, copied, forwarded and edited."""

from typing import Any

import pytest

from bot.playground.arguments import Upload
from bot.playground.content import FILE_KINDS
from bot.playground.people import Person
from bot.playground.telegram import Telegram
from tests.playground.cast import Caller, StoppedClock

EVERYTHING = [*FILE_KINDS, "location", "venue", "contact", "poll", "dice"]
METHODS = {
    "photo": "sendPhoto",
    "document": "sendDocument",
    "video": "sendVideo",
    "video_note": "sendVideoNote",
    "voice": "sendVoice",
    "audio": "sendAudio",
    "animation": "sendAnimation",
    "sticker": "sendSticker",
}


@pytest.mark.parametrize("kind", EVERYTHING)
async def test_a_person_sends_it_and_the_bot_copies_it(
    bot: Caller, telegram: Telegram, user: Person, officer: Person, kind: str
) -> None:
    sent = await user.send(kind, caption="Ini" if kind in ("photo", "voice") else None)
    (message,) = await bot.updates("message")
    assert sent.kind == kind
    assert kind in message
    copy = await bot("copyMessage", chat_id=telegram.staff.id, from_chat_id=501, message_id=message["message_id"])
    assert copy.keys() == {"message_id"}
    seen = await officer.sees(kind=kind, topic=None)
    assert seen.text == sent.text
    assert "forward_origin" not in seen.body


@pytest.mark.parametrize("kind", FILE_KINDS)
async def test_the_bot_uploads_it_and_sends_it_again_by_its_id(bot: Caller, user: Person, kind: str) -> None:
    await user.say("Halo")
    first = await bot(METHODS[kind], files={kind: Upload("nama.bin", b"inhalt")}, chat_id=501)
    seen = await user.sees(kind=kind)
    file_id = seen.file_id
    assert file_id is not None
    params: dict[str, Any] = {"chat_id": 501, kind: file_id}
    again = await bot(METHODS[kind], **params)
    assert again[kind] == first[kind]
    path = (await bot("getFile", file_id=file_id))["file_path"]
    assert path.endswith("nama.bin")


@pytest.mark.parametrize(
    ("method", "params", "kind"),
    [
        ("sendLocation", {"latitude": 2.1, "longitude": "99.8"}, "location"),
        ("sendVenue", {"latitude": 2.1, "longitude": 99.8, "title": "Kantor", "address": "Jalan"}, "venue"),
        ("sendContact", {"phone_number": "+62", "first_name": "Budi"}, "contact"),
        ("sendPoll", {"question": "Setuju?", "options": [{"text": "Ya"}, {"text": "Tidak"}]}, "poll"),
        ("sendDice", {}, "dice"),
    ],
)
async def test_the_bot_sends_what_is_no_file(
    bot: Caller, user: Person, method: str, params: dict[str, Any], kind: str
) -> None:
    await user.say("Halo")
    await bot(method, chat_id=501, **params)
    await user.sees(kind=kind)


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"photo": "nothing"}, "Bad Request: wrong file identifier/HTTP URL specified"),
        ({"photo": "https://contoh.id/a.png"}, "Bad Request: failed to get HTTP URL content"),
        ({"photo": "DOCUMENT"}, "Bad Request: can't use file of type Document as Photo"),
        ({"photo": "PHOTO", "caption": "a" * 1025}, "Bad Request: message caption is too long"),
        (
            {"photo": "PHOTO", "caption": "<b>", "parse_mode": "HTML"},
            "Bad Request: can't parse entities: Can't find end",
        ),
    ],
)
async def test_photos_that_are_refused(bot: Caller, user: Person, params: dict[str, str], refusal: str) -> None:
    known = {"DOCUMENT": (await user.send("document")).file_id, "PHOTO": (await user.send("photo")).file_id}
    params = {key: known.get(value) or value for key, value in params.items()}
    assert (await bot.refused("sendPhoto", chat_id=501, **params)).startswith(refusal)


async def test_a_file_over_20_mb_travels_but_is_not_handed_out(bot: Caller, telegram: Telegram, user: Person) -> None:
    big = await user.send("document", size=21_000_000, file_name="besar.zip", mime="application/zip")
    assert await bot.refused("getFile", file_id=big.file_id) == "Bad Request: file is too big"
    await bot("sendDocument", chat_id=501, document=big.file_id)
    fits = await user.send("document", size=1_000, file_name="../kecil.zip")
    path = (await bot("getFile", file_id=fits.file_id))["file_path"]
    assert ".." not in path.split("/")
    content = telegram.world.files.download(path)
    assert content is not None
    assert len(content) == 1_000


async def test_an_upload_can_be_too_big_or_empty(bot: Caller, telegram: Telegram, user: Person) -> None:
    await user.say("Halo")
    upload = {"document": Upload("leer", b"")}
    reply = await telegram.call(telegram.token, "sendDocument", {"chat_id": 501}, upload)
    assert isinstance(reply.body, dict)
    assert reply.body["description"] == "Bad Request: file must be non-empty"


async def test_an_album_arrives_as_single_updates_of_one_group(bot: Caller, telegram: Telegram, user: Person) -> None:
    parts = await user.album(["photo", "video", "photo"], caption="Tiga")
    updates = await bot.updates("message")
    assert [update.get("caption") for update in updates] == ["Tiga", None, None]
    assert len({update["media_group_id"] for update in updates}) == 1
    ids = [part.id for part in parts]
    copies = await bot("copyMessages", chat_id=telegram.staff.id, from_chat_id=501, message_ids=[*ids, 999])
    assert len(copies) == 3, "what is gone is skipped in silence"
    albums = {telegram.staff.by_id[copy["message_id"]].album for copy in copies}
    assert len(albums) == 1
    assert albums != {parts[0].album}
    backwards = await bot.refused("copyMessages", chat_id=501, from_chat_id=501, message_ids=ids[::-1])
    assert backwards == "Bad Request: message identifiers must be in a strictly increasing order"


async def test_an_album_of_the_bot(bot: Caller, user: Person) -> None:
    photo, text = (await user.send("photo")).file_id, (await user.send("document")).file_id
    good = [
        {"type": "photo", "media": photo, "caption": "<b>A</b>", "parse_mode": "HTML"},
        {"type": "photo", "media": photo},
    ]
    sent = await bot("sendMediaGroup", chat_id=501, media=good)
    assert sent[0]["caption_entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    assert sent[0]["media_group_id"] == sent[1]["media_group_id"]
    alone = await bot.refused("sendMediaGroup", chat_id=501, media=good[:1])
    assert "2-10" in alone
    mixed = [good[0], {"type": "document", "media": text}]
    assert "can't be mixed" in await bot.refused("sendMediaGroup", chat_id=501, media=mixed)


async def test_a_forward_tells_where_it_came_from(bot: Caller, telegram: Telegram, user: Person) -> None:
    asked = await user.say("Halo")
    other = await user.say("Dua")
    group = telegram.staff.id
    sent = await bot("forwardMessage", chat_id=group, from_chat_id=501, message_id=asked.id)
    assert sent["forward_origin"]["sender_user"]["id"] == 501
    both = await bot("forwardMessages", chat_id=group, from_chat_id=501, message_ids=[asked.id, other.id])
    assert len(both) == 2
    gone = await bot.refused("forwardMessage", chat_id=group, from_chat_id=501, message_id=99)
    assert gone == "Bad Request: message to forward not found"
    await bot("createForumTopic", chat_id=group, name="x")
    service = telegram.topics[0].id
    refusal = await bot.refused("copyMessage", chat_id=501, from_chat_id=group, message_id=service)
    assert refusal == "Bad Request: the message can't be copied"


async def test_a_copy_can_have_another_caption_buttons_and_an_answer(bot: Caller, user: Person) -> None:
    photo = await user.send("photo", caption="Lama #tag")
    await bot(
        "copyMessage",
        chat_id=501,
        from_chat_id=501,
        message_id=photo.id,
        caption="Baru",
        reply_markup={"inline_keyboard": [[{"text": "Ya", "callback_data": "1"}]]},
        reply_parameters={"message_id": photo.id},
    )
    seen = await user.sees("Baru", kind="photo")
    assert (seen.entities, seen.buttons, seen.reply_to) == ([], [["Ya"]], photo.id)


async def test_captions_and_files_are_edited(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    document = (await user.send("document")).file_id
    sent = await bot("sendPhoto", files={"photo": Upload("a.png", b"x")}, chat_id=501, caption="satu")
    where = {"chat_id": 501, "message_id": sent["message_id"]}
    assert (await bot("editMessageCaption", **where, caption="dua"))["caption"] == "dua"
    assert (await bot("editMessageCaption", **where)).get("caption") is None
    media = {"type": "document", "media": document, "caption": "tiga"}
    edited = await bot("editMessageMedia", **where, media=media)
    assert (edited["caption"], "photo" in edited) == ("tiga", False)
    assert "no text" in await bot.refused("editMessageText", **where, text="x")
    text = await bot("sendMessage", chat_id=501, text="x")
    refusal = await bot.refused("editMessageCaption", chat_id=501, message_id=text["message_id"], caption="x")
    assert refusal == "Bad Request: there is no caption in the message to edit"


async def test_buttons_live_locations_and_polls_are_edited(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    sent = await bot("sendLocation", chat_id=501, latitude=1, longitude=1, live_period=600)
    where = {"chat_id": 501, "message_id": sent["message_id"]}
    moved = await bot("editMessageLiveLocation", **where, latitude=2, longitude=2)
    assert moved["location"]["latitude"] == 2
    assert "live_period" not in (await bot("stopMessageLiveLocation", **where))["location"]
    assert "can't be edited" in await bot.refused("editMessageLiveLocation", **where, latitude=2, longitude=2)
    markup = {"inline_keyboard": [[{"text": "Ya", "callback_data": "1"}]]}
    await bot("editMessageReplyMarkup", **where, reply_markup=markup)
    assert user.chat[-1].buttons == [["Ya"]]
    poll = await bot("sendPoll", chat_id=501, question="?", options=[{"text": "Ya"}])
    assert (await bot("stopPoll", chat_id=501, message_id=poll["message_id"]))["is_closed"] is True


async def test_a_person_edits_captions_and_files(bot: Caller, user: Person) -> None:
    photo = await user.send("photo", caption="satu")
    await user.edit(photo, caption="dua")
    await user.edit(photo, kind="animation", caption="tiga")
    await user.edit_invisibly(photo)
    edits = await bot.updates("edited_message")
    assert [edit["caption"] for edit in edits] == ["dua", "tiga", "tiga"]
    assert ["photo" in edit for edit in edits] == [True, False, False]


async def test_deleting(bot: Caller, telegram: Telegram, user: Person, clock: StoppedClock) -> None:
    asked = await user.say("Halo")
    sent = await bot("sendMessage", chat_id=501, text="x")
    await bot("deleteMessages", chat_id=501, message_ids=[sent["message_id"], 999])
    gone = await bot.refused("deleteMessage", chat_id=501, message_id=sent["message_id"])
    assert gone == "Bad Request: message to delete not found"
    clock.move(hours=49)
    late = await bot.refused("deleteMessage", chat_id=501, message_id=asked.id)
    assert late == "Bad Request: message can't be deleted for everyone"
    in_group = await bot("sendMessage", chat_id=telegram.staff.id, text="x")
    await bot("deleteMessage", chat_id=telegram.staff.id, message_id=in_group["message_id"])


async def test_commands_are_kept_per_scope_and_language(bot: Caller) -> None:
    commands = [{"command": "mulai", "description": "Mulai"}]
    await bot("setMyCommands", commands=commands, language_code="id", scope={"type": "all_private_chats"})
    assert await bot("getMyCommands", language_code="id", scope={"type": "all_private_chats"}) == commands
    assert await bot("getMyCommands") == []
    await bot("deleteMyCommands", language_code="id", scope={"type": "all_private_chats"})
    bad = await bot.refused("setMyCommands", commands=[{"command": "Mulai!", "description": "x"}])
    assert bad == "Bad Request: BOT_COMMAND_INVALID"
