"""What officers do in a ticket's topic: COMMANDS is the table. Each returns whether it did something."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from bot.desk import blocks, closing, conversation, parties, say, tickets, withdrawal
from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.desk.questions import TYPES
from bot.desk.say import Button
from bot.domain.lifecycle import CLOSE_REASONS, Actor, Status, parse_reason
from handlers import bookkeeping, colleagues, referring, snippets, splitting
from handlers.days import parse_day
from handlers.turn import BURST_SECONDS, StaffTurn, with_text
from storage import audit, links, messages, officers
from storage.base import Tx
from storage.messages import Message
from storage.officers import Officer
from storage.rows import stamp

Command = Callable[[Tx, Context, StaffTurn, str], Awaitable[bool]]

REASON_ROWS = (
    ("answered", "referred"),
    ("download", "formal_request"),
    ("province_only", "unavailable"),
    ("sectoral", "not_service"),
    ("duplicate", "spam"),
)


async def take(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/ambil: this officer handles the ticket. Of two at once the first one gets it, and the other learns who it is."""
    if turn.here.status == Status.CLOSED or turn.here.officer_id == turn.officer.id:
        return False
    holder = await parties.officer_of(tx, turn.here)
    if holder is None or holder.left_at is not None:
        await tickets.take(tx, ctx, turn.here, turn.officer)
    elif turn.inbound.query:
        await say.toast(tx, ctx, turn.inbound.query, "toast_taken", officer=holder.name)
    else:
        sure = ((Button("take_over", "take_over", f"{holder.id}:{turn.officer.id}"),),)
        dedup = once(ctx, turn, f"ambil:{turn.officer.id}")
        await say.to_topic(tx, ctx, turn.here, "staff_take_over", buttons=sure, dedup=dedup, officer=holder.name)
    return True


async def take_over(tx: Tx, ctx: Context, turn: StaffTurn, holder_id: int) -> bool:
    """The press that takes the ticket from whoever had it when the question was put."""
    if turn.here.status == Status.CLOSED or turn.here.officer_id != holder_id:
        return False
    await tickets.take(tx, ctx, turn.here, turn.officer)
    return True


async def release(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/lepas: back to everybody."""
    if turn.here.officer_id is None or turn.here.status == Status.CLOSED:
        return False
    await tickets.release(tx, ctx, turn.here, turn.officer)
    return True


async def answered(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/jawab: the information is delivered; with a text, that text delivers it. The first mark of a cycle stands."""
    if turn.here.status == Status.CLOSED or (turn.here.answered_at is not None and not rest):
        return False
    if rest:  # the mark is set when that text has arrived
        await _say_on(tx, ctx, turn, rest, follow_up="final_answer")
        return True
    await tickets.mark_answered(tx, ctx, turn.here, actor=f"officer:{turn.officer.id}", at=turn.inbound.at)
    await say.to_topic(tx, ctx, turn.here, "staff_answer_marked", officer=turn.officer.name)
    return True


async def ask(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/tanya: a real question to the user; the clock rests from its delivery to the reply."""
    if not rest:
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="tanya")
        return True
    await _say_on(tx, ctx, turn, rest, follow_up="question")
    return True


async def _say_on(tx: Tx, ctx: Context, turn: StaffTurn, text: str, *, follow_up: str) -> None:
    plain = with_text(turn, text)
    await conversation.officer_wrote(
        tx,
        ctx,
        plain.inbound,
        plain.content,
        inbox_id=turn.inbox_id,
        officer=turn.officer,
        ticket=turn.here,
        follow_up=follow_up,
    )


async def close(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/tutup [reason]: without one, the reasons are offered as buttons."""
    if turn.here.status == Status.CLOSED:
        return False
    found = parse_reason(rest) if rest else None
    reason, detail = found or (CLOSE_REASONS.get(rest), "")
    if reason is None or reason.by is not Actor.OFFICER:
        rows = tuple(tuple(Button(f"reason.{key}", "close", key) for key in row) for row in REASON_ROWS)
        dedup = once(ctx, turn, "tutup")
        await say.to_topic(tx, ctx, turn.here, "staff_close_reasons", buttons=rows, dedup=dedup)
        return True
    actor = f"officer:{turn.officer.id}"
    await closing.close(tx, ctx, turn.here, reason, actor=actor, officer=turn.officer.name, detail=detail)
    return True


async def retype(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/jenis: set the type by its label or key; without one, the types are offered as buttons."""
    type = splitting.type_named(ctx, rest)
    if type is None:
        rows = tuple((Button(key, "retype", key),) for key in TYPES)
        await say.to_topic(tx, ctx, turn.here, "staff_types", buttons=rows, dedup=once(ctx, turn, "jenis"))
    elif type != turn.here.type:
        await tickets.change_type(tx, ctx, turn.here, turn.officer, type)
    return True


async def hand_over(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/pindah: to a colleague, by number or part of a name, or as a reply to something of theirs; else by a button."""
    if turn.here.status == Status.CLOSED:
        return False
    found = await colleagues.named(tx, ctx, rest) if rest else await _author(tx, ctx, turn)
    if len(found) == 1:
        return await give_to(tx, ctx, turn, found[0])
    await _offer_colleagues(tx, ctx, turn, found or await colleagues.present(tx, ctx))
    return True


async def give_to(tx: Tx, ctx: Context, turn: StaffTurn, receiver: Officer) -> bool:
    """To oneself it is taking, with the question that may come before that."""
    if receiver.id == turn.officer.id:
        return await take(tx, ctx, turn, "")
    if turn.here.status == Status.CLOSED or receiver.id == turn.here.officer_id or receiver.left_at is not None:
        return False
    await tickets.hand_over(tx, ctx, turn.here, turn.officer, receiver)
    return True


async def _offer_colleagues(tx: Tx, ctx: Context, turn: StaffTurn, found: list[Officer]) -> None:
    others = [officer for officer in found if officer.id != turn.here.officer_id][:COLLEAGUES_MOST]
    rows = tuple((Button(f"={row.number}. {row.name[:NAME_SHOWN]}", "give_to", str(row.id)),) for row in others)
    await say.to_topic(tx, ctx, turn.here, "staff_colleagues", buttons=rows, dedup=once(ctx, turn, "pindah"))


COLLEAGUES_MOST = 20
NAME_SHOWN = 40


async def _author(tx: Tx, ctx: Context, turn: StaffTurn) -> list[Officer]:
    """Who wrote the message that the command replies to."""
    message = await _replied_to(tx, ctx, turn)
    author = await officers.get(tx, message.officer_id) if message and message.officer_id else None
    return [author] if author is not None and author.left_at is None else []


async def _replied_to(tx: Tx, ctx: Context, turn: StaffTurn) -> Message | None:
    reply_to, inbound = turn.inbound.reply_to, turn.inbound
    if reply_to is None:
        return None
    found = await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=inbound.chat, ref=reply_to)
    message = await messages.get(tx, found[-1].message_id) if found else None
    return message if message is not None and message.ticket_id == turn.here.id else None


async def extend(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/perpanjang DATE reason: a visible promise; the due moment stays what it is."""
    if turn.here.status == Status.CLOSED:
        return False
    day, _, reason = rest.partition(" ")
    until = await _closing_of(tx, ctx, day)
    if until is None or until <= ctx.now or not reason.strip():
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="perpanjang")
    else:
        await tickets.extend(tx, ctx, turn.here, turn.officer, until=until, reason=reason.strip())
    return True


async def _closing_of(tx: Tx, ctx: Context, text: str) -> datetime | None:
    """The end of service hours of a day written as 2026-11-30 or 30-11-2026; None if it is no working day."""
    day = parse_day(text)
    calendar = await of_office(tx, ctx)
    return calendar.closing(day) if day is not None and calendar.is_working_day(day) else None


async def history(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/riwayat: what happened to the ticket; as a reply, the versions of that message."""
    if turn.inbound.reply_to is not None and await _versions(tx, ctx, turn):
        return True
    events = [
        {"at": stamp(event.at), "text": ctx.texts.label(f"event.{event.kind}", say.STAFF_LANG)}
        for event in await conversation.history(tx, turn.here)
    ]
    await _viewed(tx, ctx, turn)
    await say.to_topic(tx, ctx, turn.here, "staff_history", number=turn.here.number, events=events[-HISTORY_MOST:])
    return True


HISTORY_MOST = 40


async def _viewed(tx: Tx, ctx: Context, turn: StaffTurn) -> None:
    actor = f"officer:{turn.officer.id}"
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="view", ticket=turn.here.number)


async def _versions(tx: Tx, ctx: Context, turn: StaffTurn) -> bool:
    message = await _replied_to(tx, ctx, turn)
    if message is None:
        return False
    earlier = await messages.versions(tx, message.id)
    # A version is as old as the end of the one before it.
    began = [message.at, *(version.at for version in earlier)]
    contents = [*(version.content for version in earlier), message.content]
    versions = [{"at": stamp(at), "text": _told(ctx, content)} for at, content in zip(began, contents, strict=True)]
    await _viewed(tx, ctx, turn)
    await say.to_topic(
        tx, ctx, turn.here, "staff_versions", number=turn.here.number, versions=versions, withdrawn=message.withdrawn_at
    )
    return True


def _told(ctx: Context, content: dict[str, Any]) -> str:
    """A version in words: what it was, unless that is a text, and its text."""
    kind, name = content["kind"], content["data"].get("file_name", "")
    what = "" if kind == "text" else f"[{ctx.texts.label(f'kind.{kind}', say.STAFF_LANG)}] {name}"
    return f"{what} {content['text']}".strip()[:VERSION_SHOWN]


VERSION_SHOWN = 300


async def block(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/blokir reason: nothing more of this person is taken; the ticket is closed as spam. Audited."""
    if not rest:
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="blokir")
        return True
    return await blocks.block(tx, ctx, turn.here, turn.officer, rest)


async def unblock(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/bukablokir: the person may write again."""
    return await blocks.lift(tx, ctx, turn.here, actor=f"officer:{turn.officer.id}", by=turn.officer.name)


async def take_back(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/tarik as a reply: what waits never goes out, the user's copies are deleted; what was said is kept. Audited."""
    message = await _replied_to(tx, ctx, turn)
    if message is None or message.side != "officer":
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="tarik")
        return True
    return await withdrawal.take_back(tx, ctx, turn.here, message, turn.officer)


def once(ctx: Context, turn: StaffTurn, what: str) -> str:
    """A key for `dedup`: one such answer to several presses at once."""
    return f"{what}:{turn.here.id}:{int(ctx.now.timestamp()) // BURST_SECONDS}"


# In the order of their use: so they are offered, and listed by /bantuan.
COMMANDS: dict[str, Command] = {
    "ambil": take,
    "tanya": ask,
    "jawab": answered,
    "tutup": close,
    "baku": snippets.use,
    "pindah": hand_over,
    "lepas": release,
    "jenis": retype,
    "pisah": splitting.split,
    "rujuk": referring.refer,
    "riwayat": history,
    "perpanjang": extend,
    "tarik": take_back,
    "ringkas": bookkeeping.summarise,
    "silastik": bookkeeping.refer,
    "blokir": block,
    "bukablokir": unblock,
}
ALIASES = {"refer": "rujuk"}
HELP = ("bantuan", "help")
SPEAKING = ("jawab", "tanya")  # what follows them goes to the user
