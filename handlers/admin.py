"""What admins ask for, in the staff group or their own private chat. Everybody else is told nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from bot.channels.base import Inbound
from bot.desk import account, blocks, dues, parties, say, verification
from bot.desk.context import Context
from bot.domain.addresses import email_key, is_plain, masked
from bot.domain.discretion import is_discreet
from handlers import adjusting, board, colleagues, reports, stuck
from handlers import roster as rosters
from handlers.days import parse_day
from handlers.stuck import Where
from storage import audit, calendar_overrides, holds, officers, refusals
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.calendar_overrides import Override
from storage.rows import stamp


@dataclass(frozen=True)
class Desk:
    """Where the command was given and its answer goes: "staff" or the id of a private chat; who gave it."""

    chat: str
    sender: str
    thread: str | None = None


Command = Callable[[Tx, Context, str, Desk], Awaitable[None]]


def may(ctx: Context, inbound: Inbound, name: str) -> bool:
    """Whether it is a command of this table, given first-hand by an admin under their own name.

    An id of another platform, such as a telephone number, may look like an admin's.
    """
    sender = inbound.sender
    known = ctx.traits(inbound.channel).staff and sender.id in ctx.admins
    return name in COMMANDS and known and not (sender.anonymous or inbound.secondhand)


def spelled(name: str, rest: str) -> tuple[str, str]:
    """Other spellings: who writes "/blokir daftar" wants the list, and must not block anybody; "/buka-blokir"."""
    if name == "blokir" and rest.casefold() in ("daftar", "list"):
        return "diblokir", ""
    return name.replace("-", ""), rest


async def run(tx: Tx, ctx: Context, name: str, rest: str, desk: Desk) -> None:
    await COMMANDS[name](tx, ctx, rest, desk)


async def report(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    await reports.order(tx, ctx, rest, chat=desk.chat, thread=desk.thread, sender=desk.sender)


async def sla(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    await board.show(tx, ctx, chat=desk.chat, thread=desk.thread)


async def queue(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    await stuck.command(tx, ctx, rest, Where(desk.chat, desk.sender, desk.thread))


async def list_officers(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    """/petugas: who they are, and as whom the public sees them; "3 nama Rina Lubis" gives the third a public name."""
    if rest and not await _name_officer(tx, ctx, rest, desk):
        await say.to_chat(tx, ctx, desk.chat, "staff_usage", thread=desk.thread, command="petugas")
        return
    rows = [
        {
            "name": f"{row.number}. {row.name}",
            "shown": parties.officer_name(ctx, row, say.STAFF_LANG),
            "since": stamp(row.since),
            "role": "admin" if row.sender in ctx.admins else "officer",
        }
        for row in await officers.all_of(tx, ctx.office)
        if row.left_at is None
    ]
    await say.to_chat(tx, ctx, desk.chat, "admin_officers", thread=desk.thread, officers=rows)


async def _name_officer(tx: Tx, ctx: Context, rest: str, desk: Desk) -> bool:
    """Whether the words name an officer and a name that may be shown; without a name, the given one is dropped."""
    who, verb, *words = [*rest.split(), ""]
    name = " ".join(words).strip()
    found = await colleagues.named(tx, ctx, who)
    if verb.lower() not in ("nama", "name") or len(found) != 1 or (name and not is_discreet(name)):
        return False
    await officers.set_display_name(tx, found[0].id, name or None)
    actor = f"admin:{desk.sender}"
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="name", officer=found[0].number, name=name)
    return True


async def roster(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    """/piket: this week's; with a day and officers, who is on duty then."""
    if rest:
        await rosters.assign(tx, ctx, rest, chat=desk.chat, thread=desk.thread, sender=desk.sender)
    else:
        await rosters.show(tx, ctx, chat=desk.chat, thread=desk.thread)


async def close_day(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    await _override(tx, ctx, rest, desk, kind="closed", key="admin_holiday")


async def work_day(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    await _override(tx, ctx, rest, desk, kind="working", key="admin_workday")


async def _override(tx: Tx, ctx: Context, rest: str, desk: Desk, *, kind: str, key: str) -> None:
    """/libur DATE note, /masuk DATE: the calendar changes, and with it the due dates of open tickets."""
    text, _, note = rest.partition(" ")
    day = parse_day(text)
    if day is None or (kind == "closed" and not note.strip()):
        await say.to_chat(tx, ctx, desk.chat, "admin_holiday_bad", thread=desk.thread)
        return
    actor = f"admin:{desk.sender}"
    await calendar_overrides.put(tx, ctx.office, Override(day, kind, note.strip()), actor=actor, at=ctx.now)
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action=kind, day=day.isoformat(), note=note.strip())
    await say.to_chat(tx, ctx, desk.chat, key, thread=desk.thread, day=_noon(ctx, day), note=note.strip())
    await dues.recount(tx, ctx, actor)


def _noon(ctx: Context, day: date) -> str:
    from datetime import datetime, time

    return stamp(datetime.combine(day, time(12), ctx.calendar.zone))


async def refuse(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    """/tolak ADDRESS: its owner wants no codes (QUALITY.md T8). A domain with its @ holds for all of it."""
    first, _, second = rest.partition(" ")
    allow = first == "hapus" and bool(second.strip())
    typed = email_key(second if allow else rest)
    if not is_plain(typed if not typed.startswith("@") else f"a{typed}"):
        found = await refusals.count(tx, ctx.office)
        await say.to_chat(tx, ctx, desk.chat, "admin_refusals", thread=desk.thread, count=found)
        return
    hash, actor = verification.refusal(ctx, typed), f"admin:{desk.sender}"
    key = "admin_refused"
    if allow:
        key = "admin_allowed" if await refusals.remove(tx, ctx.office, hash) else "admin_refusal_unknown"
    else:
        await refusals.add(tx, ctx.office, hash, actor=actor, at=ctx.now)
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="allow" if allow else "refuse")
    shown = typed if typed.startswith("@") else masked(typed)
    await say.to_chat(tx, ctx, desk.chat, key, thread=desk.thread, masked=shown)


async def list_blocked(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    """/diblokir: who is blocked and why; "buka 1207-2611-0042" lets the owner of that ticket in again."""
    verb, _, number = rest.partition(" ")
    if rest and not await _lift(tx, ctx, verb.lower(), number.strip(), desk):
        await say.to_chat(tx, ctx, desk.chat, "staff_usage", thread=desk.thread, command="diblokir")
        return
    people = await blocks.listed(tx, ctx)
    await say.to_chat(tx, ctx, desk.chat, "admin_blocked", thread=desk.thread, people=people)


async def _lift(tx: Tx, ctx: Context, verb: str, number: str, desk: Desk) -> bool:
    ticket = await ticket_rows.of_number(tx, ctx.office, number) if verb in ("buka", "lift") else None
    by = ctx.texts.label("role.admin", say.STAFF_LANG)
    return ticket is not None and await blocks.lift(tx, ctx, ticket, actor=f"admin:{desk.sender}", by=by)


async def retention(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    await say.drawn_later(tx, ctx, desk.chat, "retention", thread=desk.thread)


async def hold(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    """/tahan NUMBER: the ticket's record stays although its person asks for erasure; with "lepas" it may go again."""
    number, _, word = rest.partition(" ")
    ticket = await ticket_rows.of_number(tx, ctx.office, number)
    lifts = word.strip().lower() == "lepas"
    if ticket is None or (word.strip() and not lifts):
        await say.to_chat(tx, ctx, desk.chat, "staff_usage", thread=desk.thread, command="tahan")
        return
    actor = f"admin:{desk.sender}"
    if lifts:
        await holds.lift(tx, ticket.id)
    else:
        await holds.put(tx, ctx.office, ticket.id, actor=actor, at=ctx.now)
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="lift" if lifts else "hold", ticket=ticket.number)
    await say.to_chat(tx, ctx, desk.chat, "admin_hold", thread=desk.thread, number=ticket.number, lifted=lifts)


async def adjust(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    await adjusting.command(tx, ctx, rest, adjusting.Where(desk.chat, desk.sender, desk.thread))


async def channels(tx: Tx, ctx: Context, rest: str, desk: Desk) -> None:
    """/wa: how the office's account stands on a platform with templates and limits, and what this month was billed."""
    found = [name for name, traits in ctx.channels.items() if traits.billed]
    if not found:
        await say.to_chat(tx, ctx, desk.chat, "admin_channel_none", thread=desk.thread)
    for name in found:
        shown = await account.overview(tx, ctx, name)
        await say.to_chat(tx, ctx, desk.chat, "admin_channel", thread=desk.thread, **shown)


COMMANDS: dict[str, Command] = {
    "report": report,
    "laporan": report,
    "sla": sla,
    "petugas": list_officers,
    "piket": roster,
    "libur": close_day,
    "masuk": work_day,
    "antrean": queue,
    "diblokir": list_blocked,
    "tolak": refuse,
    "retensi": retention,
    "tahan": hold,
    "atur": adjust,
    "wa": channels,
}
