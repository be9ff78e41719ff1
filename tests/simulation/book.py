"""What people wrote, as they know it themselves: the truth that chats and database are held against."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.playground.chats import Topic
from bot.playground.messages import Message


class Role(StrEnum):
    """What something was written for; the letter stands in its token."""

    TALK = "u"  # of a user: for the officers
    COMPLAINT = "c"  # of a user: for the supervisor alone
    ANSWER = "o"  # of an officer: for the ticket's owner
    NOTE = "n"  # of an officer: for officers alone
    MUTTER = "x"  # of an officer: a typing error, or without a name; for nobody


@dataclass(eq=False)
class Said:
    """One message. `token` is in its words, if it has any; `topic` is None in a private chat.

    `update` is that of its posting, None where the stand-in made none (the bot was out of the group), and `edits` are
    those of its edits.
    """

    token: str
    role: Role
    person: int
    message: Message
    topic: Topic | None
    at: datetime
    update: int | None
    file_id: str | None = None
    edits: list[int | None] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The newest version, without the command in front."""
        text = self.message.text
        return text[text.index(self.token) :] if self.token in text else ""

    def __str__(self) -> str:
        return f"{self.token} ({self.message.kind} #{self.message.id} in {self.message.chat_id})"


class Book:
    """All that was said, in order."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self._of: defaultdict[int, list[Said]] = defaultdict(list)
        self._counts: dict[int, int] = {}

    def token(self, role: Role, person: int) -> str:
        """A mark that is found again wherever it is copied to (see tests.checker.TOKEN)."""
        self._counts[person] = self._counts.get(person, 0) + 1
        return f"[{role}{person}/{self._counts[person]}]"

    def by(self, *roles: Role) -> Iterator[Said]:
        return (said for said in self.said if said.role in roles)

    def of(self, person: int) -> list[Said]:
        return self._of[person]

    def add(self, said: Said) -> None:
        self.said.append(said)
        self._of[said.person].append(said)
