"""The yardstick on stock aiogram: one fixed topic, a dict in memory, no desk, no database.

Run as ``python aiogram_relay.py BASE_URL TOKEN GROUP TOPIC`` with nothing of the desk installed.
"""

import asyncio
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message

BASE, TOKEN, GROUP, TOPIC = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
owners: dict[int, int] = {}


async def relay(message: Message, bot: Bot) -> None:
    """From a person to the topic; a reply in the group goes back to that person."""
    if message.chat.type == "private":
        sent = await bot.send_message(GROUP, message.text or "-", message_thread_id=TOPIC)
        owners[sent.message_id] = message.chat.id
    elif message.reply_to_message and message.reply_to_message.message_id in owners:
        await bot.send_message(owners[message.reply_to_message.message_id], message.text or "-")


async def main() -> None:
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(BASE)))
    dispatcher = Dispatcher()
    dispatcher.message.register(relay)
    await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main())
