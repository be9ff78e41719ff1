"""Text between the bot and a person: what arrives, what is refused."""

import pytest

from bot.playground.people import NoSuchButton, NotAllowed, Person
from tests.playground.cast import Caller, StoppedClock


async def test_a_person_writes_and_the_bot_answers(bot: Caller, user: Person) -> None:
    await user.say("/start")
    (message,) = await bot.updates("message")
    assert message["text"] == "/start"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message["chat"] == {"id": 501, "first_name": "Siti", "username": "siti", "type": "private"}
    await bot("sendMessage", chat_id=501, text="Selamat datang")
    assert (await user.sees("Selamat")).text == "Selamat datang"


async def test_a_bot_cannot_speak_first(bot: Caller, user: Person) -> None:
    refusal = await bot.refused("sendMessage", chat_id=501, text="Halo")
    assert refusal == "Forbidden: bot can't initiate conversation with a user"
    assert await bot.refused("sendMessage", chat_id=99, text="Halo") == "Bad Request: chat not found"


async def test_who_blocked_the_bot_gets_nothing_until_unblocking(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    await user.block()
    assert await bot.refused("sendMessage", chat_id=501, text="Halo") == "Forbidden: bot was blocked by the user"
    with pytest.raises(NotAllowed):
        await user.say("Halo?")
    await user.unblock()
    await bot("sendMessage", chat_id=501, text="Halo lagi")
    statuses = [change["new_chat_member"]["status"] for change in await bot.updates("my_chat_member")]
    assert statuses == ["kicked", "member"]


async def test_a_deactivated_account_is_refused(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    user.account.deactivated = True
    assert await bot.refused("sendMessage", chat_id=501, text="Halo") == "Forbidden: user is deactivated"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", "Bad Request: message text is empty"),
        ("  \n", "Bad Request: message text is empty"),
        ("a" * 4097, "Bad Request: message is too long"),
        ("📊" * 2049, "Bad Request: message is too long"),
    ],
)
async def test_texts_that_are_refused(bot: Caller, user: Person, text: str, refusal: str) -> None:
    await user.say("Halo")
    assert await bot.refused("sendMessage", chat_id=501, text=text) == refusal


async def test_an_edit_that_is_too_long_is_refused_in_capitals(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    sent = await bot("sendMessage", chat_id=501, text="x")
    refusal = await bot.refused("editMessageText", chat_id=501, message_id=sent["message_id"], text="a" * 4097)
    assert refusal == "Bad Request: MESSAGE_TOO_LONG"


async def test_edits_show_and_a_second_same_edit_is_not_modified(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    sent = await bot("sendMessage", chat_id=501, text="satu")
    await user.sees("satu")
    await bot("editMessageText", chat_id=501, message_id=sent["message_id"], text="dua")
    assert (await user.sees("dua")).id == sent["message_id"]
    assert [message.text for message in user.chat] == ["Halo", "dua"]
    again = await bot.refused("editMessageText", chat_id=501, message_id=sent["message_id"], text="dua")
    assert again.startswith("Bad Request: message is not modified: specified new message content")
    assert sent["text"] == "satu", "an answer once given does not change"
    gone = await bot.refused("editMessageText", chat_id=501, message_id=999, text="dua")
    assert gone == "Bad Request: message to edit not found"
    theirs = await bot.refused("editMessageText", chat_id=501, message_id=user.chat[0].id, text="dua")
    assert theirs == "Bad Request: message can't be edited"


async def test_replies_carry_the_message_and_the_exact_quote(bot: Caller, user: Person) -> None:
    asked = await user.say("Berapa inflasi bulan ini?")
    reply = {"message_id": asked.id, "quote": "inflasi"}
    sent = await bot("sendMessage", chat_id=501, text="2,1 persen", reply_parameters=reply)
    assert sent["reply_to_message"]["message_id"] == asked.id
    assert sent["quote"] == {"text": "inflasi", "position": 7, "is_manual": True}
    wrong = await bot.refused("sendMessage", chat_id=501, text="x", reply_parameters={**reply, "quote": "deflasi"})
    assert wrong == "Bad Request: QUOTE_TEXT_INVALID"
    gone = await bot.refused("sendMessage", chat_id=501, text="x", reply_parameters={"message_id": 999})
    assert gone == "Bad Request: message to be replied not found"
    lenient = {"message_id": 999, "allow_sending_without_reply": True}
    assert "reply_to_message" not in await bot("sendMessage", chat_id=501, text="x", reply_parameters=lenient)


async def test_a_person_replies_edits_and_deletes(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    sent = await bot("sendMessage", chat_id=501, text="Ada yang bisa dibantu?")
    answer = await user.say("Ya", reply_to=sent["message_id"], quote="dibantu")
    await user.edit(answer, text="Ya, ada")
    await user.delete(answer)
    updates = await bot("getUpdates")
    assert [next(key for key in update if key != "update_id") for update in updates] == [
        "message",
        "message",
        "edited_message",
    ]
    assert updates[1]["message"]["reply_to_message"]["message_id"] == sent["message_id"]
    assert updates[2]["edited_message"]["text"] == "Ya, ada"
    assert [message.text for message in user.chat] == ["Halo", "Ada yang bisa dibantu?"]


async def test_nobody_edits_after_48_hours(user: Person, clock: StoppedClock) -> None:
    message = await user.say("Halo")
    clock.move(hours=49)
    with pytest.raises(NotAllowed):
        await user.edit(message, text="Hai")


async def test_a_press_reaches_the_bot_and_its_answer_the_person(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    keyboard = {
        "inline_keyboard": [[{"text": "Setuju", "callback_data": "a1"}, {"text": "Tolak", "callback_data": "a2"}]]
    }
    await bot("sendMessage", chat_id=501, text="Setuju?", reply_markup=keyboard)
    await user.press("Setuju")
    (query,) = await bot.updates("callback_query")
    assert (query["data"], query["from"]["id"], query["message"]["text"]) == ("a1", 501, "Setuju?")
    await bot("answerCallbackQuery", callback_query_id=query["id"], text="Terima kasih")
    await bot("answerCallbackQuery", callback_query_id=query["id"])
    assert (await user.sees_answer("Terima"))["show_alert"] is False
    with pytest.raises(NoSuchButton, match=r"Setuju.*Tolak"):
        await user.press("Data")


async def test_presses_grow_old(bot: Caller, user: Person, clock: StoppedClock) -> None:
    await user.say("Halo")
    sent = await bot("sendMessage", chat_id=501, text="x")
    assert sent["message_id"] == user.chat[-1].id
    query = await user.press_data(user.chat[-1], "forged")
    clock.move(minutes=16)
    stale = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await bot.refused("answerCallbackQuery", callback_query_id=query.id) == stale
    assert await bot.refused("answerCallbackQuery", callback_query_id="1") == stale


@pytest.mark.parametrize(
    ("button", "refusal"),
    [
        ({"text": "x", "callback_data": "d" * 65}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": "é" * 33}, "Bad Request: BUTTON_DATA_INVALID"),
        ({"text": "x", "url": "nowhere"}, "Bad Request: BUTTON_URL_INVALID"),
        ({"text": " ", "callback_data": "d"}, "Bad Request: BUTTON_TEXT_INVALID"),
    ],
)
async def test_buttons_that_are_refused(bot: Caller, user: Person, button: dict[str, str], refusal: str) -> None:
    await user.say("Halo")
    markup = {"inline_keyboard": [[button]]}
    assert await bot.refused("sendMessage", chat_id=501, text="x", reply_markup=markup) == refusal


async def test_an_edit_without_buttons_takes_them_away(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    markup = {"inline_keyboard": [[{"text": "Ya", "callback_data": "1"}]]}
    sent = await bot("sendMessage", chat_id=501, text="x", reply_markup=markup)
    assert user.chat[-1].buttons == [["Ya"]]
    await bot("editMessageText", chat_id=501, message_id=sent["message_id"], text="x")
    assert user.chat[-1].buttons == []


async def test_a_reply_keyboard_is_typed(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    keyboard = {"keyboard": [[{"text": "Bagikan"}]], "one_time_keyboard": True}
    await bot("sendMessage", chat_id=501, text="x", reply_markup=keyboard)
    assert await user.press("Bagikan") is None
    assert [message["text"] for message in await bot.updates("message")] == ["Halo", "Bagikan"]
    with pytest.raises(NoSuchButton):
        await user.press("Bagikan")


async def test_reactions_go_both_ways(bot: Caller, user: Person) -> None:
    asked = await user.say("Halo")
    await bot("setMessageReaction", chat_id=501, message_id=asked.id, reaction=[{"type": "emoji", "emoji": "👌"}])
    assert asked.reactions == {42: "👌"}
    bad = [{"type": "emoji", "emoji": "✅"}]
    refusal = await bot.refused("setMessageReaction", chat_id=501, message_id=asked.id, reaction=bad)
    assert refusal == "Bad Request: REACTION_INVALID"
    await bot("setMessageReaction", chat_id=501, message_id=asked.id, reaction=[])
    assert asked.reactions == {}
    await bot("getUpdates", allowed_updates=["message", "message_reaction"], offset=-1)
    await user.react(asked, "👍")
    await user.react(asked, None)
    first, second = await bot.updates("message_reaction")
    assert first["new_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert second["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert second["new_reaction"] == []


async def test_somebody_who_waits_in_vain_is_shown_what_came(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    await bot("sendMessage", chat_id=501, text="Selamat pagi")
    with pytest.raises(AssertionError, match="Selamat pagi"):
        await user.sees("Selamat malam", within=0.01)
