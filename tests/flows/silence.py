"""What a desk writes into its log while tests play, and the search in it for whatever belongs to a person."""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from bot.log import OURS, Json
from bot.playground.mailbox import Mailbox
from bot.playground.telegram import Telegram

SHORTEST = 12  # shorter words of people stand in the program's own too
CODE = re.compile(r"\b\d{6}\b")


class Written:
    """The lines of the log, at DEBUG."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def of(self, message: str) -> list[dict[str, object]]:
        """The fields of the lines that say this."""
        return [line for line in map(json.loads, self.lines) if line["message"] == message]


@contextmanager
def listening() -> Iterator[Written]:
    """Everything the desk logs is written as it is in service, and from DEBUG on."""
    written = Written()
    handler = logging.StreamHandler(written.stream)
    handler.setFormatter(Json())
    root, levels = logging.getLogger(), {name: logging.getLogger(name).level for name in OURS}
    root.addHandler(handler)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def personal(telegram: Telegram, mailbox: Mailbox) -> set[str]:
    """Names, accounts, words, addresses, codes: all that people brought in, and the bot's token."""
    found = {telegram.token, telegram.token.partition(":")[2]}
    for chat in telegram.world.chats.values():
        for message in [*chat.log, *(message for topic in chat.topics.values() for message in topic.log)]:
            if not message.by_bot:
                found |= {line.strip() for line in message.text.splitlines()}
        if chat.person is not None:
            found |= {str(chat.id), f"{chat.person.first_name} {chat.person.last_name}".strip(), chat.person.username}
    found = {word for word in found if len(word) >= SHORTEST or (word.isdecimal() and len(word) >= 9)}
    for mail in mailbox.mails:
        found |= {*mail.rcpt, *CODE.findall(mail.text)}
    return found


def slips(lines: list[str], secrets: set[str]) -> list[str]:
    """The lines in which one of them stands; the moment of a line is its own."""
    if not secrets:
        return []
    pattern = re.compile("|".join(rf"(?<!\d){re.escape(secret)}(?!\d)" for secret in sorted(secrets)), re.IGNORECASE)
    return [line for line in lines if pattern.search(line.partition('"level"')[2])]
