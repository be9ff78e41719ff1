"""getUpdates, as TELEGRAM.md §2 describes it."""

import asyncio

import pytest

from bot.playground.people import Person
from bot.playground.telegram import Telegram
from tests.playground.cast import Caller, StoppedClock


def ids(updates: list[dict[str, int]]) -> list[int]:
    return [update["update_id"] for update in updates]


async def test_updates_stay_until_a_higher_offset_confirms_them(bot: Caller, user: Person, telegram: Telegram) -> None:
    for word in "abc":
        await user.say(word)
    first, second, third = ids(await bot("getUpdates", offset=0))
    assert (second, third) == (first + 1, first + 2)
    assert ids(await bot("getUpdates", offset=second)) == [second, third]
    assert telegram.ledger.updates[first].confirmed is not None
    assert telegram.ledger.updates[second].confirmed is None
    await bot("getUpdates", offset=third + 1, timeout=0)
    assert len(telegram.world.updates) == 0


async def test_an_offset_beyond_the_end_confirms_nothing(bot: Caller, user: Person, telegram: Telegram) -> None:
    await user.say("a")
    (only,) = ids(await bot("getUpdates", offset=telegram.world.updates.next_id + 5))
    assert ids(await bot("getUpdates", offset=only)) == [only]


async def test_a_negative_offset_keeps_the_last_so_many(bot: Caller, user: Person) -> None:
    for word in "abcd":
        await user.say(word)
    assert [message["text"] for message in await bot.updates("message", offset=-2)] == ["c", "d"]


async def test_the_limit_holds_and_a_nonsense_limit_is_a_hundred(bot: Caller, user: Person) -> None:
    for number in range(120):
        await user.say(str(number))
    assert len(await bot("getUpdates", offset=0, limit=7)) == 7
    assert len(await bot("getUpdates", offset=-119, limit=1000)) == 100


async def test_asking_again_with_the_same_offset_gives_one_update_only(bot: Caller, user: Person) -> None:
    for word in "abc":
        await user.say(word)
    assert len(await bot("getUpdates", offset=0)) == 3
    assert len(await bot("getUpdates", offset=0)) == 1


async def test_a_long_poll_answers_as_soon_as_something_comes(bot: Caller, user: Person) -> None:
    poll = asyncio.create_task(bot.updates("message", timeout=50))
    await asyncio.sleep(0)
    await user.say("Halo")
    assert [message["text"] for message in await poll] == ["Halo"]


async def test_the_older_of_two_pollers_gets_a_conflict(bot: Caller, telegram: Telegram) -> None:
    older = asyncio.create_task(bot.refused("getUpdates", timeout=50))
    await asyncio.sleep(0)
    newer = asyncio.create_task(telegram.call(telegram.token, "getUpdates", {"offset": 1, "timeout": 50}))
    assert (await older).startswith("Conflict: terminated by other getUpdates request")
    telegram.close()
    assert (await newer).status == 409


async def test_messages_live_a_day_and_presses_150_seconds(
    bot: Caller, user: Person, clock: StoppedClock, telegram: Telegram
) -> None:
    message = await user.say("Halo")
    await bot("sendMessage", chat_id=501, text="x")
    await user.press_data(user.chat[-1], "1")
    clock.move(seconds=151)
    assert [list(update) for update in await bot("getUpdates", offset=0)] == [["update_id", "message"]]
    clock.move(hours=24)
    assert len(telegram.world.updates) == 0
    assert {life.fate for life in telegram.ledger.updates.values()} == {"expired"}
    assert message in user.chat, "only the news of it is gone"


async def test_reactions_come_only_when_asked_for(bot: Caller, user: Person) -> None:
    asked = await user.say("Halo")
    await user.react(asked, "👍")
    assert await bot.updates("message_reaction", offset=0) == []
    await bot("getUpdates", offset=1, allowed_updates='["message","message_reaction"]')
    await user.react(asked, "🔥")
    await user.block()
    kinds = {kind for update in await bot("getUpdates", offset=-5) for kind in update}
    assert kinds == {"update_id", "message", "message_reaction"}


async def test_an_update_over_64_kib_is_dropped_in_silence(bot: Caller, user: Person, telegram: Telegram) -> None:
    await user.say("a", extra={"rich_message": {"text": "x" * 70_000}})
    assert await bot("getUpdates", offset=0) == []
    assert [life.fate for life in telegram.ledger.updates.values()] == ["dropped"]


async def test_malformed_and_repeated_updates_can_be_served(bot: Caller, user: Person, telegram: Telegram) -> None:
    telegram.world.updates.put_raw({"message": {"message_id": "?"}})
    telegram.world.updates.skip_ids(1000)
    await user.say("Halo")
    poison, good = await bot("getUpdates", offset=0)
    assert good["update_id"] == poison["update_id"] + 1001
    telegram.world.updates.serve_again(good["update_id"])
    assert ids(await bot("getUpdates", offset=good["update_id"])) == [good["update_id"]] * 2
    with pytest.raises(KeyError):
        telegram.world.updates.serve_again(1)


async def test_a_wrong_token_and_an_unknown_method(telegram: Telegram) -> None:
    assert (await telegram.call("42:NO", "getMe", {})).status == 401
    assert (await telegram.call(telegram.token, "getCoffee", {})).status == 404
    assert (await telegram.call(telegram.token, "GETME", {})).status == 200


async def test_deleting_the_webhook_can_drop_what_waits(bot: Caller, user: Person) -> None:
    await user.say("Halo")
    assert (await bot("getWebhookInfo"))["pending_update_count"] == 1
    await bot("deleteWebhook", drop_pending_updates=True)
    assert (await bot("getWebhookInfo"))["pending_update_count"] == 0
