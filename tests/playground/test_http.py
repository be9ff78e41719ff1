"""The stand-in over real HTTP, driven by python-telegram-bot and by a plain client."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import telegram as ptb

from bot.playground.faults import Fault
from bot.playground.people import Person
from bot.playground.server import serve
from bot.playground.telegram import Telegram


@pytest.fixture
async def url(telegram: Telegram) -> AsyncIterator[str]:
    async with serve(telegram) as address:
        yield address


@pytest.fixture
async def library(url: str, telegram: Telegram) -> AsyncIterator[ptb.Bot]:
    bot = ptb.Bot(telegram.token, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot")
    async with bot:
        yield bot


async def test_the_library_talks_to_it_as_to_telegram(library: ptb.Bot, user: Person, telegram: Telegram) -> None:
    assert library.username == "meja_demo_bot"
    await user.say("Halo, <dunia>")
    (update,) = await library.get_updates(timeout=0)
    assert update.effective_user is not None
    assert update.effective_user.first_name == "Siti"
    keyboard = ptb.InlineKeyboardMarkup([[ptb.InlineKeyboardButton("Ya", callback_data="1")]])
    sent = await library.send_message(501, "<b>Tebal</b>", parse_mode="HTML", reply_markup=keyboard)
    assert sent.entities[0].type == "bold"
    await user.press("Ya")
    (pressed,) = await library.get_updates(offset=update.update_id + 1, timeout=0)
    assert pressed.callback_query is not None
    await pressed.callback_query.answer("Baik")
    await user.sees_answer("Baik")
    topic = await library.create_forum_topic(telegram.staff.id, "1207-2611-0001")
    await library.send_message(telegram.staff.id, "Kartu", message_thread_id=topic.message_thread_id)
    assert [message.text for message in telegram.topic("0001").messages] == ["", "Kartu"]
    assert telegram.violations == []


async def test_files_go_up_and_come_down(library: ptb.Bot, user: Person) -> None:
    await user.say("Halo")
    sent = await library.send_document(501, b"isi", filename="tabel.csv", caption="Ini")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size) == ("tabel.csv", 3)
    file = await library.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"isi"
    album = await library.send_media_group(501, [ptb.InputMediaPhoto(b"a"), ptb.InputMediaPhoto(b"b")])
    assert len({message.media_group_id for message in album}) == 1


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
async def test_errors_become_the_librarys_errors(library: ptb.Bot, user: Person, telegram: Telegram) -> None:
    with pytest.raises(ptb.error.BadRequest, match="Chat not found"):
        await library.send_message(999, "x")
    with pytest.raises(ptb.error.Forbidden):
        await library.send_message(501, "x")
    telegram.break_with(Fault("sendMessage", "flood", retry_after=7))
    with pytest.raises(ptb.error.RetryAfter):
        await library.send_message(501, "x")
    telegram.break_with(Fault("sendMessage", "bad gateway"))
    with pytest.raises(ptb.error.NetworkError):
        await library.send_message(501, "x")


async def test_a_cut_connection_is_really_cut(url: str, user: Person, telegram: Telegram) -> None:
    await user.say("Halo")
    telegram.break_with(Fault("sendMessage", "cut", "after"))
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await session.post(f"{url}/bot{telegram.token}/sendMessage", json={"chat_id": 501, "text": "x"})
    assert user.chat[-1].text == "x", "the message had been sent before the line went dead"


async def test_a_query_string_a_wrong_token_and_an_unknown_method(url: str, telegram: Telegram) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/bot{telegram.token}/getChat?chat_id={telegram.staff.id}") as answer:
            assert (await answer.json())["result"]["is_forum"] is True
        async with session.get(f"{url}/bot42:WRONG/getMe") as answer:
            assert (answer.status, await answer.json()) == (
                401,
                {"ok": False, "error_code": 401, "description": "Unauthorized"},
            )
        async with session.get(f"{url}/bot{telegram.token}/getCoffee") as answer:
            assert answer.status == 404
        async with session.post(
            f"{url}/bot{telegram.token}/getMe", data="{", headers={"Content-Type": "application/json"}
        ) as answer:
            assert answer.status == 400
