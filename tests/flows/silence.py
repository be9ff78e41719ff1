"""What a desk writes into its log while tests play, and the search in it for whatever belongs to a person."""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from bot.log import OURS, Json
from bot.playground.graph.graph import Graph
from bot.playground.mailbox import Mailbox
from bot.playground.telegram import Telegram

SHORTEST = 12  # shorter words of people stand in the program's own too
CODE = re.compile(r"\b\d{6}\b")
WORD = re.compile(r"\w+")


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


def personal(telegram: Telegram, mailbox: Mailbox, graph: Graph | None = None) -> set[str]:
    """Names, accounts, words, addresses, codes: all that people brought in, and what opens the desk's own doors."""
    found = _of_telegram(telegram) | (_of_whatsapp(graph) if graph else set())
    found = {word for word in found if len(word) >= SHORTEST or (word.isdecimal() and len(word) >= 9)}
    if graph:
        found |= {graph.token, graph.app_secret, graph.verify_token}
    for mail in mailbox.mails:
        found |= {*mail.rcpt, *CODE.findall(mail.text)}
    return found


def _of_telegram(telegram: Telegram) -> set[str]:
    found = {telegram.token, telegram.token.partition(":")[2]}
    for chat in telegram.world.chats.values():
        for message in [*chat.log, *(message for topic in chat.topics.values() for message in topic.log)]:
            if not message.by_bot:
                found |= {line.strip() for line in message.text.splitlines()}
        if chat.person is not None:
            found |= {str(chat.id), f"{chat.person.first_name} {chat.person.last_name}".strip(), chat.person.username}
    return found


def _of_whatsapp(graph: Graph) -> set[str]:
    """The ids of messages too: the number of the telephone stands in them, in base64."""
    found: set[str] = set()
    for person in graph.people.values():
        found |= {person.wa_id, person.bsuid, person.parent_bsuid, person.name, person.username}
        for message in person.chat:
            found |= {message.wamid, *(line.strip() for line in message.text.splitlines() if not message.by_business)}
    return found


def slips(lines: list[str], secrets: set[str]) -> list[str]:
    """The lines in which one of them stands; the moment of a line is its own."""
    told = [line.partition('"level"')[2] for line in lines]
    suspects = _suspects(told, secrets)
    if not suspects:
        return []
    pattern = re.compile("|".join(rf"(?<!\d){re.escape(one)}(?!\d)" for one in sorted(suspects)), re.IGNORECASE)
    return [line for line, said in zip(lines, told, strict=True) if pattern.search(said)]


def _suspects(told: list[str], secrets: set[str]) -> set[str]:
    """Those of which every word occurs somewhere: after a long run there are too many to look for each in each line."""
    words = "\n".join({word for line in told for word in WORD.findall(line.lower())})
    return {secret for secret in secrets if all(word in words for word in WORD.findall(secret.lower()))}
