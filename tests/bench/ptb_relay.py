"""The yardstick on stock python-telegram-bot: one fixed topic, a dict in memory, no desk, no database.

Run as ``python ptb_relay.py BASE_URL TOKEN GROUP TOPIC`` with nothing of the desk installed.
"""

import sys

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

BASE, TOKEN, GROUP, TOPIC = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
owners: dict[int, int] = {}


async def relay(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """From a person to the topic; a reply in the group goes back to that person."""
    message = update.effective_message
    if message is None:
        return
    if message.chat.type == "private":
        sent = await context.bot.send_message(GROUP, message.text or "-", message_thread_id=TOPIC)
        owners[sent.message_id] = message.chat.id
    elif message.reply_to_message and message.reply_to_message.message_id in owners:
        await context.bot.send_message(owners[message.reply_to_message.message_id], message.text or "-")


def main() -> None:
    app = Application.builder().token(TOKEN).base_url(f"{BASE}/bot").base_file_url(f"{BASE}/file/bot").build()
    app.add_handler(MessageHandler(filters.ALL, relay))
    app.run_polling()


if __name__ == "__main__":
    main()
