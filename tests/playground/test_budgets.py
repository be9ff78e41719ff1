"""Flood limits and faults on demand, and how both show in the ledger."""

import asyncio
import json

import pytest

from bot.playground.budgets import Limits
from bot.playground.faults import Fault
from bot.playground.people import Person
from bot.playground.telegram import Telegram
from tests.playground.cast import Caller, StoppedClock


@pytest.fixture
def strict(clock: StoppedClock) -> Telegram:
    return Telegram(clock, limits=Limits())


async def test_a_group_takes_twenty_messages_a_minute_topics_and_edits_included(
    strict: Telegram, clock: StoppedClock
) -> None:
    bot, group = Caller(strict), strict.staff.id
    topic = await bot("createForumTopic", chat_id=group, name="x")
    sent = await bot("sendMessage", chat_id=group, text="0")
    for number in range(1, 18):
        await bot("editMessageText", chat_id=group, message_id=sent["message_id"], text=str(number))
    await bot("closeForumTopic", chat_id=group, message_thread_id=topic["message_thread_id"])
    clock.move(seconds=30)
    reply = await strict.call(strict.token, "sendMessage", {"chat_id": group, "text": "zu viel"})
    assert isinstance(reply.body, dict)
    assert (reply.status, reply.body["parameters"]) == (429, {"retry_after": 30})
    assert reply.body["description"] == "Too Many Requests: retry after 30"
    clock.move(seconds=10)
    assert await bot.refused("sendMessage", chat_id=group, text="x") == "Too Many Requests: retry after 20"
    assert [request.inside_penalty for request in strict.ledger.requests[-2:]] == [False, True]
    assert strict.ledger.inside_penalty == 1
    clock.move(seconds=20)
    await bot("sendMessage", chat_id=group, text="wieder frei")


async def test_reading_reacting_answering_and_deleting_cost_nothing(strict: Telegram) -> None:
    bot, group = Caller(strict), strict.staff.id
    sent = [await bot("sendMessage", chat_id=group, text=str(number)) for number in range(20)]
    await bot("getChat", chat_id=group)
    await bot("setMessageReaction", chat_id=group, message_id=sent[0]["message_id"], reaction=[])
    await bot("sendChatAction", chat_id=group, action="typing")
    await bot("deleteMessage", chat_id=group, message_id=sent[0]["message_id"])


async def test_a_private_chat_takes_a_short_burst_then_one_a_second(strict: Telegram, clock: StoppedClock) -> None:
    bot, user = Caller(strict), Person(strict, id=501, first_name="Siti")
    other = Person(strict, id=502, first_name="Ani")
    await user.say("Halo")
    await other.say("Halo")
    for number in range(5):
        await bot("sendMessage", chat_id=501, text=str(number))
    assert await bot.refused("sendMessage", chat_id=501, text="x") == "Too Many Requests: retry after 1"
    await bot("sendMessage", chat_id=502, text="another chat is another budget")
    for _ in range(10):
        clock.move(seconds=1)
        await bot("sendMessage", chat_id=501, text="x")


async def test_an_album_costs_as_many_as_it_holds(strict: Telegram, clock: StoppedClock) -> None:
    bot, user = Caller(strict), Person(strict, id=501, first_name="Siti")
    photo = await user.send("photo")
    media = [{"type": "photo", "media": photo.file_id}] * 10
    await bot("sendMediaGroup", chat_id=strict.staff.id, media=media)
    await bot("sendMediaGroup", chat_id=strict.staff.id, media=media)
    assert "retry after 60" in await bot.refused("sendMessage", chat_id=strict.staff.id, text="x")


async def test_a_refused_request_costs_nothing(strict: Telegram) -> None:
    bot, group = Caller(strict), strict.staff.id
    for _ in range(30):
        await bot.refused("sendMessage", chat_id=group, text="")
    await bot("sendMessage", chat_id=group, text="x")


async def test_before_is_not_applied_and_after_is(telegram: Telegram, user: Person) -> None:
    await user.say("Halo")
    telegram.break_with(Fault("sendMessage", "error", "before", status=500))
    telegram.break_with(Fault("sendMessage", "bad gateway", "after", nth=2))
    params = {"chat_id": 501, "text": "x"}
    statuses = [(await telegram.call(telegram.token, "sendMessage", params)).status for _ in range(3)]
    assert statuses == [500, 502, 200]
    assert [message.text for message in user.chat] == ["Halo", "x", "x"]
    assert [request.phase for request in telegram.ledger.of("sendMessage")] == ["before", "after", "answered"]
    assert len(telegram.ledger.sent(chat_id=501)) == 2


async def test_a_swallowed_message_looks_sent_and_nobody_gets_it(bot: Caller, telegram: Telegram, user: Person) -> None:
    await user.say("Halo")
    telegram.break_with(Fault("sendMessage", phase="swallow", times=None))
    sent = await bot("sendMessage", chat_id=501, text="x")
    assert sent["text"] == "x"
    assert [message.text for message in user.chat] == ["Halo"]
    with pytest.raises(AssertionError):
        await user.sees("x", within=0.01)
    telegram.break_with(Fault("*", phase="swallow", times=None))
    assert len(await bot("getUpdates")) == 1
    await bot("createForumTopic", chat_id=telegram.staff.id, name="x")
    assert len(telegram.topics) == 1, "only what is sent gets lost"


async def test_a_cut_and_a_truncated_answer(telegram: Telegram) -> None:
    telegram.break_with(Fault("getMe", "cut"))
    assert (await telegram.call(telegram.token, "getMe", {})).cut
    telegram.break_with(Fault("getMe", "truncated"))
    reply = await telegram.call(telegram.token, "getMe", {})
    assert isinstance(reply.body, bytes)
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)


async def test_a_flood_on_demand_lasts_its_time_for_that_chat(
    bot: Caller, telegram: Telegram, user: Person, clock: StoppedClock
) -> None:
    await user.say("Halo")
    telegram.break_with(Fault("*", "flood", chat_id=501, retry_after=12))
    assert "retry after 12" in await bot.refused("sendMessage", chat_id=501, text="x")
    assert "retry after 12" in await bot.refused("sendMessage", chat_id=501, text="x")
    await bot("sendMessage", chat_id=telegram.staff.id, text="elsewhere")
    assert telegram.ledger.inside_penalty == 1
    clock.move(seconds=12)
    await bot("sendMessage", chat_id=501, text="x")


async def test_a_flood_over_the_whole_bot(bot: Caller, telegram: Telegram, user: Person) -> None:
    await user.say("Halo")
    telegram.break_with(Fault("sendMessage", "flood", retry_after=12, whole_bot=True))
    await bot.refused("sendMessage", chat_id=501, text="x")
    assert "retry after 12" in await bot.refused("sendMessage", chat_id=telegram.staff.id, text="x")


async def test_a_delay_is_waited_for(telegram: Telegram) -> None:
    telegram.break_with(Fault("getMe", "delay", "after", delay=0.01))
    loop = asyncio.get_running_loop()
    before = loop.time()
    assert (await telegram.call(telegram.token, "getMe", {})).status == 200
    assert loop.time() - before >= 0.01


async def test_chances_are_drawn_from_the_seed(clock: StoppedClock) -> None:
    async def run(seed: int) -> list[int]:
        telegram = Telegram(clock, seed=seed)
        telegram.break_with(Fault("getMe", "bad gateway", times=None, chance=0.5))
        return [(await telegram.call(telegram.token, "getMe", {})).status for _ in range(40)]

    assert await run(1) == await run(1)
    assert await run(1) != await run(2)
    assert {200, 502} == set(await run(1))


async def test_the_ledger_is_json_and_leaves_out_empty_polls(bot: Caller, telegram: Telegram, user: Person) -> None:
    await bot("getUpdates")
    await user.say("Halo")
    await bot("getUpdates", offset=1)
    await bot("sendMessage", chat_id=501, text="x")
    await bot.refused("sendMessage", chat_id=501, text="")
    book = json.loads(json.dumps(telegram.ledger.as_json()))
    assert [request["method"] for request in book["requests"]] == ["getUpdates", "sendMessage", "sendMessage"]
    assert book["requests"][-1]["description"] == "Bad Request: message text is empty"
    assert book["requests"][1]["message_ids"] == [2]
    assert book["updates"][0]["times_served"] == 1
    assert telegram.ledger.of("sendMessage", text="x")[0].n == 3
