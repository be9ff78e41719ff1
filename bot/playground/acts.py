"""What a page or a script can have people do, as orders in JSON; control.py describes them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot.playground.people import NoSuchButton, NotAllowed, Person
from bot.playground.phone import Where
from bot.playground.replies import Json
from bot.playground.telegram import Telegram

REFUSALS = (NotAllowed, NoSuchButton, KeyError, ValueError, TypeError)
"""What `act` raises for an order that cannot be carried out or read."""


@dataclass(slots=True)
class Stage:
    """Where orders are carried out: a stand-in, the people who can be played, and the way to move the clock."""

    telegram: Telegram
    move_clock: Callable[[float], None]
    people: dict[int, Person] = field(default_factory=dict)

    def add(self, person: Person) -> Person:
        """Makes a person playable."""
        self.people[person.id] = person
        self.telegram.bell.ring()
        return person


Act = Callable[[Stage, Json], Awaitable[Any]]


async def act(stage: Stage, order: Json) -> Any:
    """Carries out one order, `{act: name, …}`; the result can go into JSON."""
    return await _ACTS[order["act"]](stage, order)


def _where(order: Json) -> Where:
    """Absent is the private chat, null is General."""
    topic: Where = order.get("topic", "private")
    return topic


def _given(order: Json, *names: str) -> Json:
    return {name: order[name] for name in names if order.get(name) is not None}


async def _say(stage: Stage, order: Json) -> int:
    options = _given(order, "reply_to", "quote", "anonymous")
    return (await _who(stage, order).say(order["text"], topic=_where(order), **options)).id


async def _send(stage: Stage, order: Json) -> int:
    options = _given(order, "caption", "reply_to", "quote", "anonymous")
    return (await _who(stage, order).send(order["kind"], topic=_where(order), **options)).id


async def _album(stage: Stage, order: Json) -> list[int]:
    options = _given(order, "caption", "anonymous")
    parts = await _who(stage, order).album(order["kinds"], topic=_where(order), **options)
    return [part.id for part in parts]


async def _edit(stage: Stage, order: Json) -> None:
    await _who(stage, order).edit(order["message"], topic=_where(order), **_given(order, "text", "caption"))


async def _delete(stage: Stage, order: Json) -> None:
    await _who(stage, order).delete(order["message"], topic=_where(order))


async def _react(stage: Stage, order: Json) -> None:
    await _who(stage, order).react(order["message"], order.get("emoji"), topic=_where(order))


async def _press(stage: Stage, order: Json) -> None:
    person, where = _who(stage, order), _where(order)
    message = person.message(order["message"], where) if order.get("message") is not None else None
    await person.press(order["label"], topic=where, message=message)


async def _press_data(stage: Stage, order: Json) -> None:
    person = _who(stage, order)
    await person.press_data(person.message(order["message"], _where(order)), order["data"])


async def _rename_topic(stage: Stage, order: Json) -> None:
    await _who(stage, order).rename_topic(order["topic"], order["name"])


async def _create_topic(stage: Stage, order: Json) -> int:
    return (await _who(stage, order).create_topic(order["name"])).id


async def _add_person(stage: Stage, order: Json) -> int:
    taken = stage.telegram.world.accounts
    options = _given(order, "last_name", "username", "language_code", "staff")
    person = Person(stage.telegram, id=max(taken) + 1, first_name=order["first_name"], **options)
    return stage.add(person).id


async def _clock(stage: Stage, order: Json) -> str:
    stage.move_clock(float(order["seconds"]))
    stage.telegram.bell.ring()
    return stage.telegram.clock.now().isoformat()


def _who(stage: Stage, order: Json) -> Person:
    return stage.people[order["person"]]


def _plain(name: str, *names: str) -> Act:
    """An act that is a method of the person, called with these fields of the order."""

    async def act(stage: Stage, order: Json) -> None:
        await getattr(_who(stage, order), name)(*(order[field] for field in names))

    return act


_ACTS: dict[str, Act] = {
    "say": _say,
    "send": _send,
    "album": _album,
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "press": _press,
    "press_data": _press_data,
    "block": _plain("block"),
    "unblock": _plain("unblock"),
    "join": _plain("join"),
    "leave": _plain("leave"),
    "create_topic": _create_topic,
    "rename_topic": _rename_topic,
    "close_topic": _plain("close_topic", "topic"),
    "reopen_topic": _plain("reopen_topic", "topic"),
    "delete_topic": _plain("delete_topic", "topic"),
    "add_person": _add_person,
    "clock": _clock,
}
