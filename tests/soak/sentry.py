"""The hard stop: while the traffic runs, no message may stand where it does not belong (QUALITY.md T26, T27)."""

from bot.playground.ledger import Request
from tests.checker import TOKEN, Database
from tests.simulation.book import Role, Said
from tests.simulation.world import SUPERVISOR
from tests.soak.crowd import Crowd
from tests.soak.ground import Ground


class Sentry:
    """`look` reads what was sent since the last look and names what went to the wrong place."""

    def __init__(self, ground: Ground, crowd: Crowd) -> None:
        self._ground = ground
        self._book = crowd.book
        self._read = self._noted = 0
        self._said: dict[str, Said] = {}
        self._owners: dict[str, int] = {}

    def look(self) -> list[str]:
        self._note_what_was_said()
        requests = self._ground.telegram.ledger.requests
        fresh, self._read = requests[self._read :], len(requests)
        return [
            fault for request in fresh if request.method.startswith(("send", "edit")) for fault in self._astray(request)
        ]

    def _note_what_was_said(self) -> None:
        self._said.update((said.token, said) for said in self._book.said[self._noted :])
        self._noted = len(self._book.said)

    def _astray(self, request: Request) -> list[str]:
        words = " ".join(str(request.params.get(name, "")) for name in ("text", "caption", "media"))
        said = [self._said[token] for token in TOKEN.findall(words) if token in self._said]
        return [f"{each} went to {request.chat_id} {request.topic}" for each in said if not self._may_go(each, request)]

    def _may_go(self, said: Said, request: Request) -> bool:
        chat = request.chat_id
        if chat == SUPERVISOR:
            return said.role in (Role.COMPLAINT, Role.TALK)
        if chat != self._ground.telegram.staff.id:
            home = said.topic.id if said.topic is not None else None
            return said.person == chat or (said.role is Role.ANSWER and self._owner_of(home) == chat)
        topic = self._topic_of(request)
        own = said.person == self._owner_of(topic) or (said.topic is not None and said.topic.id == topic)
        return said.role is not Role.COMPLAINT and own

    def _topic_of(self, request: Request) -> int | None:
        """Where it stands; of an edit, where the message stands that was edited."""
        if request.topic is not None or "message_id" not in request.params:
            return request.topic
        message = self._ground.telegram.staff.by_id.get(int(request.params["message_id"]))
        return message.topic if message is not None else None

    def _owner_of(self, topic: int | None) -> int | None:
        if topic is None:
            return None
        number = self._ground.telegram.staff.topics[topic].name.split()[0]
        if number not in self._owners:
            self._learn_owners()
        return self._owners.get(number)

    def _learn_owners(self) -> None:
        database = Database(self._ground.path)
        try:
            found = database.rows("SELECT number, sender FROM tickets JOIN identities ON identities.id = identity_id")
        finally:
            database.close()
        self._owners.update((number, int(sender)) for number, sender in found)
