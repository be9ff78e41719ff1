"""One turn of a conversation: what came in, and who it is."""

from dataclasses import dataclass, replace

from bot.channels.base import Content, Inbound, Kind
from bot.desk import people, window
from bot.desk.context import Context
from bot.domain.ids import InboxId
from storage import dialogues, identities, officers
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.identities import Identity
from storage.officers import Officer
from storage.tickets import Ticket

# They fill space and show nothing, though Unicode calls them letters or signs.
FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
BURST_SECONDS = 10
# Indonesian, Malay, Javanese, Sundanese.
NEAR_INDONESIAN = ("id", "ms", "jv", "su")


@dataclass(frozen=True)
class Turn:
    """An inbound of the public, with the person and where they stand in the dialogue."""

    inbound: Inbound
    inbox_id: InboxId | None
    lane: str
    identity: Identity
    dialogue: Dialogue | None

    @property
    def content(self) -> Content:
        assert self.inbound.content is not None
        return self.inbound.content

    @property
    def state(self) -> str:
        return self.dialogue.state if self.dialogue else "new"

    @property
    def text(self) -> str:
        return self.content.text if self.content.kind == "text" else ""

    @property
    def typed(self) -> str:
        """The text as a reader sees it, without what does not show; empty for anything but a text."""
        return shown(self.text)

    @property
    def is_blank(self) -> bool:
        """A text in which nothing shows."""
        return self.content.kind == "text" and not self.typed


@dataclass(frozen=True)
class StaffTurn:
    """An inbound of the staff group: the officer, and the ticket whose topic it is in."""

    inbound: Inbound
    inbox_id: InboxId | None
    officer: Officer
    ticket: Ticket | None

    @property
    def content(self) -> Content:
        assert self.inbound.content is not None
        return self.inbound.content

    @property
    def here(self) -> Ticket:
        assert self.ticket is not None
        return self.ticket


async def of_person(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> Turn:
    """Who writes; somebody new gets a row, in the language of their app."""
    found = await known(tx, ctx, inbound, inbox_id, lane)
    if found is not None:
        return found
    lang, sender = language_of(ctx, inbound), inbound.sender.id
    identity_id = await identities.add(
        tx, ctx.office, channel=inbound.channel, sender=sender, chat=inbound.chat, lang=lang, at=ctx.now
    )
    identity = await identities.get(tx, identity_id)
    assert identity is not None
    identity = await people.note_ids(tx, ctx, identity, inbound)
    identity = await window.heard(tx, ctx, identity, inbound.at)
    return Turn(inbound, inbox_id, lane, identity, None)


async def known(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> Turn | None:
    """The same for what says nothing by itself (an edit, a block, a press that is no message): of a stranger nothing is
    noted for it, least of all of somebody who was erased."""
    identity = await people.find(tx, ctx, inbound)
    if identity is None:
        return None
    if inbound.kind in (Kind.MESSAGE, Kind.BUTTON):
        identity = await window.heard(tx, ctx, identity, inbound.at)
    # It may have come under another of the person's ids.
    there = inbound if inbound.chat == identity.chat else replace(inbound, chat=identity.chat)
    return Turn(there, inbox_id, lane, identity, await dialogues.get(tx, identity.id))


def language_of(ctx: Context, inbound: Inbound) -> str:
    """Indonesian for apps in it or in one near it, English for other apps; the office's own where an app is silent."""
    app = inbound.sender.lang
    if not app:
        return ctx.settings.office.language
    return "id" if app[:2] in NEAR_INDONESIAN else "en"


async def of_officer(
    tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, ticket: Ticket | None
) -> StaffTurn:
    """Whoever posts or presses in the staff group is an officer; who left it meanwhile stays gone."""
    sender = inbound.sender
    officer = await officers.of_sender(tx, ctx.office, sender.id)
    username = sender.username.lower() or None
    changed = officer is not None and (officer.name, officer.username) != (sender.name, username)
    if officer is None or (officer.left_at is None and changed):
        officer = await officers.seen(tx, ctx.office, sender=sender.id, name=sender.name, username=username, at=ctx.now)
    return StaffTurn(inbound, inbox_id, officer, ticket)


async def has_left(tx: Tx, ctx: Context, inbound: Inbound) -> bool:
    """Whether this was done after its sender left the group (QUALITY.md T4); what came before still counts."""
    officer = await officers.of_sender(tx, ctx.office, inbound.sender.id)
    return officer is not None and officer.left_at is not None and inbound.at > officer.left_at


def shown(text: str) -> str:
    """`text` without control, zero-width and direction marks and without fillers, trimmed; white space stays."""
    if text.isprintable() and FILLERS.isdisjoint(text):
        return text.strip()
    return "".join(char for char in text if _shows(char)).strip()


def trimmed(text: str) -> str:
    """`text` without white space and what does not show at its ends; what hides within is not forgiven."""
    return text.strip("".join(char for char in set(text) if char.isspace() or not _shows(char)))


def _shows(char: str) -> bool:
    return (char.isprintable() or char.isspace()) and char not in FILLERS


def burst(ctx: Context, identity: Identity, what: str) -> str:
    """A key for `dedup`: one such answer to several messages or presses at once."""
    return f"{what}:{identity.id}:{int(ctx.now.timestamp()) // BURST_SECONDS}"


def with_text(turn: StaffTurn, text: str) -> StaffTurn:
    """The same turn without the command in front; marks in the text are lost with it."""
    content = replace(turn.content, text=text, entities=[])
    return replace(turn, inbound=replace(turn.inbound, content=content))
