"""What officers do in a ticket's topic: COMMANDS is the table. Each returns whether it did something."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta

from bot.desk import closing, conversation, parties, say, tickets
from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.desk.questions import TYPES
from bot.desk.say import Button
from bot.domain.lifecycle import CLOSE_REASONS, Actor, Status, parse_reason
from handlers.turn import StaffTurn, with_text
from storage import audit, identities, messages, outbox
from storage.base import Tx
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
    """/ambil: this officer handles the ticket. Of two who press at once the first one gets it."""
    if turn.here.status == Status.CLOSED or turn.here.officer_id == turn.officer.id:
        return False
    holder = await parties.officer_of(tx, turn.here)
    if holder is not None and turn.inbound.query:
        await say.toast(tx, ctx, turn.inbound.query, "toast_taken", officer=holder.name)
        return True
    await tickets.take(tx, ctx, turn.here, turn.officer)
    return True


async def release(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/lepas: back to everybody."""
    if turn.here.officer_id is None:
        return False
    await tickets.release(tx, ctx, turn.here, turn.officer)
    return True


async def answered(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/jawab: the information is delivered; with a text, that text delivers it."""
    if turn.here.status == Status.CLOSED:
        return False
    if rest:
        await _say_on(tx, ctx, turn, rest, question=False)
    await tickets.mark_answered(tx, ctx, turn.here, actor=f"officer:{turn.officer.id}", at=turn.inbound.at)
    await say.to_topic(tx, ctx, turn.here, "staff_answer_marked", officer=turn.officer.name)
    return True


async def ask(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/tanya: a real question to the user; the clock rests from its delivery to the reply."""
    if not rest:
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="tanya")
        return True
    await _say_on(tx, ctx, turn, rest, question=True)
    return True


async def _say_on(tx: Tx, ctx: Context, turn: StaffTurn, text: str, *, question: bool) -> None:
    plain = with_text(turn, text)
    await conversation.officer_wrote(
        tx,
        ctx,
        plain.inbound,
        plain.content,
        inbox_id=turn.inbox_id,
        officer=turn.officer,
        ticket=turn.here,
        question=question,
    )


async def close(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/tutup [reason]: without one, the reasons are offered as buttons."""
    if turn.here.status == Status.CLOSED:
        return False
    found = parse_reason(rest) if rest else None
    reason = CLOSE_REASONS.get(rest) or (found[0] if found else None)
    if reason is None or reason.by is not Actor.OFFICER:
        rows = tuple(tuple(Button(f"reason.{key}", "close", key) for key in row) for row in REASON_ROWS)
        await say.to_topic(tx, ctx, turn.here, "staff_close_reasons", buttons=rows)
        return True
    actor = f"officer:{turn.officer.id}"
    await closing.close(tx, ctx, turn.here, reason, actor=actor, officer=turn.officer.name)
    return True


async def retype(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/jenis: set the type by its label or key."""
    label = ctx.texts.find_label(rest, "type") if rest else None
    type = label.removeprefix("type.") if label else rest.lower()
    if type not in TYPES:
        await say.to_topic(tx, ctx, turn.here, "staff_types")
    elif type != turn.here.type:
        await tickets.change_type(tx, ctx, turn.here, turn.officer, type)
    return True


async def hand_over(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/pindah: to a colleague, by number or name as /petugas lists them."""
    from storage import officers

    wanted = rest.casefold().removeprefix("@").strip()
    colleagues = [row for row in await officers.all_of(tx, ctx.office) if row.left_at is None]
    found = [
        row for row in colleagues if wanted and (wanted == str(row.number) or row.name.casefold().startswith(wanted))
    ]
    if len(found) != 1:
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="pindah")
    else:
        await tickets.take(tx, ctx, turn.here, found[0])
    return True


async def extend(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/perpanjang DATE reason: a visible promise; the due moment stays what it is."""
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


def parse_day(text: str) -> date | None:
    """Read 2026-11-30, 30-11-2026 or 30/11/2026."""
    for pattern in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
    return None


async def history(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/riwayat: what happened to the ticket; as a reply, the versions of that message."""
    if turn.inbound.reply_to is not None and await _versions(tx, ctx, turn):
        return True
    events = [
        {"at": stamp(event.at), "text": ctx.texts.label(f"event.{event.kind}", say.STAFF_LANG)}
        for event in await conversation.history(tx, turn.here)
    ]
    await say.to_topic(tx, ctx, turn.here, "staff_history", number=turn.here.number, events=events[-HISTORY_MOST:])
    return True


HISTORY_MOST = 40


async def _versions(tx: Tx, ctx: Context, turn: StaffTurn) -> bool:
    from storage import links

    reply_to = turn.inbound.reply_to or ""
    found = await links.of_ref(tx, ctx.office, channel=turn.inbound.channel, chat=turn.inbound.chat, ref=reply_to)
    if not found:
        return False
    message = await messages.need(tx, found[-1].message_id)
    versions = [
        {"at": stamp(version.at), "text": version.content["text"][:VERSION_SHOWN]}
        for version in await messages.versions(tx, message.id)
    ]
    versions.append({"at": stamp(message.at), "text": message.content["text"][:VERSION_SHOWN]})
    await say.to_topic(tx, ctx, turn.here, "staff_versions", number=turn.here.number, versions=versions[-10:])
    return True


VERSION_SHOWN = 300


async def block(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/blokir reason: nothing more of this person is taken; the ticket is closed as spam. Audited."""
    if not rest:
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="blokir")
        return True
    actor = f"officer:{turn.officer.id}"
    await identities.set_ban(tx, turn.here.identity_id, at=ctx.now, reason=rest)
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="block", ticket=turn.here.number, reason=rest)
    await tickets.record(tx, ctx, turn.here, "blocked", actor)
    await say.to_topic(tx, ctx, turn.here, "staff_blocked", officer=turn.officer.name, reason=rest)
    if turn.here.status != Status.CLOSED:
        await closing.close(tx, ctx, turn.here, CLOSE_REASONS["spam"], actor=actor, officer=turn.officer.name)
    return True


async def take_back(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/tarik as a reply: delete the user's copy (Telegram allows 48 h); what was said is kept, and audited."""
    from storage import links

    reply_to = turn.inbound.reply_to or ""
    found = await links.of_ref(tx, ctx.office, channel=turn.inbound.channel, chat=turn.inbound.chat, ref=reply_to)
    own = [link for link in found if (await messages.need(tx, link.message_id)).side == "officer"]
    if not own:
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="tarik")
        return True
    message = await messages.need(tx, own[-1].message_id)
    if ctx.now - message.at > DELETE_WITHIN:
        await say.to_topic(tx, ctx, turn.here, "staff_edit_late")
        return True
    actor = f"officer:{turn.officer.id}"
    await audit.add(
        tx, ctx.office, at=ctx.now, actor=actor, action="take_back", ticket=turn.here.number, message=message.id
    )
    await outbox.add(
        tx,
        ctx.office,
        lane=f"u:{turn.here.identity_id}",
        dest="user",
        kind="delete",
        payload={"message": message.id},
        at=ctx.now,
        rank=outbox.RELAY,
        identity_id=turn.here.identity_id,
        ticket_id=turn.here.id,
    )
    return True


DELETE_WITHIN = timedelta(hours=48)


async def help(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    await say.to_topic(tx, ctx, turn.here, "staff_help")
    return True


COMMANDS: dict[str, Command] = {
    "ambil": take,
    "lepas": release,
    "jawab": answered,
    "tanya": ask,
    "tutup": close,
    "jenis": retype,
    "pindah": hand_over,
    "perpanjang": extend,
    "riwayat": history,
    "blokir": block,
    "tarik": take_back,
    "bantuan": help,
    "help": help,
}
