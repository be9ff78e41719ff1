"""One office with an open ticket, a sender and the other side, and what can be seen of each act."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.playground.chats import Topic
from bot.playground.messages import KINDS, SERVICE, Message
from bot.playground.people import Person
from bot.playground.phone import Where
from bot.playground.replies import Json
from bot.playground.world import Sender
from tests.fidelity.table import field_of
from tests.flows.conftest import Office

DETAILS: dict[str, Json] = {"location (live)": {"live_period": 600}, "poll (quiz)": {"type": "quiz"}}
# What the sender must read when something is not passed on: the user English, the officers Indonesian.
REFUSALS = {"user": ("passed on to the officers", "cannot be passed on", "are not passed on"), "officer": ("TIDAK",)}
EMOJI, OTHER = "👍", "🔥"
MARK = "👌"


@dataclass
class Side:
    """One side of the talk: who writes and where they read."""

    name: str
    person: Person
    where: Where
    read: Callable[[], list[Message]]

    def by_bot(self) -> dict[int, Json]:
        """What the desk wrote there, as it stands."""
        return {message.id: message.body for message in self.read() if message.by_bot}


@dataclass
class Stage:
    """The sender and the receiver of one direction."""

    office: Office
    sender: Side
    receiver: Side
    said: int = 0
    before: dict[str, dict[int, Json]] = field(default_factory=dict)

    def word(self) -> str:
        """A word nobody has written yet."""
        self.said += 1
        return f"kata{self.said}"

    async def done(self) -> None:
        await self.office.settled()

    def look(self) -> None:
        """Remember what stands on both sides."""
        self.before = {side.name: side.by_bot() for side in (self.sender, self.receiver)}

    def fresh(self, side: Side) -> list[Message]:
        """What the desk wrote or changed there since the last look."""
        known = self.before[side.name]
        return [message for message in side.read() if message.by_bot and known.get(message.id) != message.body]

    def is_told(self, about: Message) -> bool:
        """Whether the sender was told, beside the message and in their language, that it is not passed on."""
        refusals = REFUSALS[self.sender.name]
        told = (message for message in self.sender.read() if message.by_bot and message.reply_to == about.id)
        return any(refusal in message.text for message in told for refusal in refusals)


async def walk(stage: Stage, kind: str) -> dict[str, str]:
    """Do everything with one message of that kind; what came of each act: M, a, or - for nothing."""
    outcome: dict[str, str] = {}
    await stage.office.move(minutes=1)  # the user's chat takes so many messages a minute
    first = await _send(stage, kind)
    copies = stage.fresh(stage.receiver) if _shows(stage, kind, first) else []
    outcome["new"] = _told_or_not(stage, first, bool(copies))
    outcome["reply"] = await _reply(stage, kind)
    copy = copies[0] if copies else None
    outcome["reaction on"] = await _react(stage, first, copy, on=True)
    outcome["reaction off"] = await _react(stage, first, copy, on=False)
    for act, edit in EDITS.items():
        outcome[act] = await _edited(stage, kind, edit)
    return outcome


async def _send(stage: Stage, kind: str, **how: object) -> Message:
    """The message, sent by the sender, with everything settled."""
    stage.look()
    message = await _post(stage, kind, **how)
    await stage.done()
    return message


async def _post(stage: Stage, kind: str, **how: object) -> Message:
    person, where, name = stage.sender.person, stage.sender.where, field_of(kind)
    options = {"topic": where, **how}
    if name == "text":
        return await person.say(stage.word(), **options)  # type: ignore[arg-type]
    if name == "hologram":
        return _unheard_of(stage, name)
    return await person.send(name, **options, **DETAILS.get(kind, {}))  # type: ignore[arg-type]


def _unheard_of(stage: Stage, name: str) -> Message:
    """A content that no phone of today can send."""
    side, world = stage.sender, stage.office.telegram.world
    topic = side.where if isinstance(side.where, Topic) else None
    chat = stage.office.telegram.staff if topic else world.chats[side.person.id]
    return world.post(chat, {name: {"depth": 3}}, topic=topic, sender=Sender(side.person.account))


def _shows(stage: Stage, kind: str, sent: Message) -> bool:
    """Whether the other side sees what was sent as what it is."""
    name = field_of(kind)
    for copy in stage.fresh(stage.receiver):
        if name == "text" and copy.kind == "text" and sent.text in copy.text:
            return True
        if name == "dice" and copy.text == f"🎲 {sent.body['dice']['value']}":
            return True
        if name != "text" and name in copy.body and copy.file_id == sent.file_id:
            return "live_period" not in copy.body.get("location", {})
    return False


def _told_or_not(stage: Stage, message: Message, mirrored: bool) -> str:
    if mirrored:
        return "M"
    return "a" if stage.is_told(message) else "-"


async def _reply(stage: Stage, kind: str) -> str:
    """The same kind in answer to a part of what the other side wrote."""
    receiver, word = stage.receiver, stage.word()
    theirs = await receiver.person.say(f"Angka {word} 2025", topic=receiver.where)
    await stage.done()
    ours = next(message for message in stage.sender.read() if message.by_bot and word in message.text)
    sent = await _send(stage, kind, reply_to=ours, quote=word)
    if not _shows(stage, kind, sent):
        return _told_or_not(stage, sent, False)
    quoting = [copy for copy in stage.fresh(receiver) if (copy.reply_to, copy.quote) == (theirs.id, word)]
    return "M" if quoting else "-"


async def _react(stage: Stage, own: Message, copy: Message | None, *, on: bool) -> str:
    """The sender's on their own message shows on the copy, the other side's on the copy shows on the original."""
    bot = stage.office.telegram.world.bot.id
    await stage.sender.person.react(own, EMOJI if on else None, topic=stage.sender.where)
    if copy is not None:
        await stage.receiver.person.react(copy, OTHER if on else None, topic=stage.receiver.where)
    await stage.done()
    if copy is None:
        return "a" if stage.is_told(own) else "-"
    rest = MARK if stage.sender.name == "officer" else None  # an answer that arrived keeps its mark
    wanted = (EMOJI, OTHER) if on else (None, rest)
    return "M" if (copy.reactions.get(bot), own.reactions.get(bot)) == wanted else "-"


Edit = Callable[[Stage, str, Message, str], Awaitable[Message]]


async def _edited(stage: Stage, kind: str, edit: Edit) -> str:
    """A message of its own, sent and then changed."""
    message, word = await _send(stage, kind), stage.word()
    stage.look()
    told = sum(1 for seen in stage.sender.read() if seen.by_bot and seen.reply_to == message.id)
    after = await edit(stage, kind, message, word)
    await stage.done()
    seen = stage.fresh(stage.receiver)
    if any(word in copy.text or (after.file_id is not None and copy.file_id == after.file_id) for copy in seen):
        return "M"
    again = sum(1 for seen in stage.sender.read() if seen.by_bot and seen.reply_to == message.id) > told
    return "a" if again and stage.is_told(message) else "-"


async def _to_text(stage: Stage, kind: str, message: Message, word: str) -> Message:
    return await _change(stage, message, {"text": word})


async def _to_caption(stage: Stage, kind: str, message: Message, word: str) -> Message:
    """Other words under it; a text gets a picture above its words, as Telegram lets one do."""
    if field_of(kind) == "text":
        return await stage.sender.person.edit(message, kind="photo", caption=word, topic=stage.sender.where)
    if kind == "location (live)":  # it moves
        place = message.body["location"] | {"latitude": 2.2}
        return await _change(stage, message, {"location": place})
    return await _change(stage, message, _content(message) | {"caption": word})


async def _to_media(stage: Stage, kind: str, message: Message, word: str) -> Message:
    other = "photo" if field_of(kind) == "document" else "document"
    return await stage.sender.person.edit(message, kind=other, topic=stage.sender.where)


def _content(message: Message) -> Json:
    names = {*KINDS, *SERVICE, "hologram"}
    return {key: value for key, value in message.body.items() if key in names}


async def _change(stage: Stage, message: Message, content: Json) -> Message:
    """The message with another content, as its update says."""
    kept = {key: value for key, value in message.body.items() if key not in _content(message)}
    world = stage.office.telegram.world
    world.replace(message, kept | content)
    world.tell("edited_message", message.body)
    return message


EDITS: dict[str, Edit] = {"edit text": _to_text, "edit caption": _to_caption, "edit media": _to_media}


def sides(office: Office, topic: Topic) -> tuple[Side, Side]:
    """The user and the officer."""
    user = Side("user", office.user, "private", lambda: office.user.chat)
    return user, Side("officer", office.officer, topic, lambda: topic.messages)
