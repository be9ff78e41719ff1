"""Timed acts. The times are columns; a tick only looks which have come. One transaction for each ticket."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.desk import (
    alarms,
    closing,
    complaints,
    dues,
    erasure,
    morning,
    moving,
    offers,
    outcomes,
    parties,
    questions,
    registration,
    reports,
    say,
    silence,
    verification,
    window,
)
from bot.desk.context import Context
from bot.domain.ids import ComplaintId, IdentityId, TicketId
from storage import complaints as complaint_rows
from storage import dialogues, erasures, identities, ratings
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.tickets import Ticket

Find = Callable[[Tx, Context], Awaitable[list[int]]]
Act = Callable[[Tx, Context, int], Awaitable[None]]
Timer = Callable[[Tx, Context, Dialogue], Awaitable[None]]

# What is typed and not sent (DOMAIN.md §6 rule 28): how each state is reminded of, and how it ends by itself. All
# others are registrations that were not finished.
TIMERS: dict[str, tuple[Timer, Timer]] = {
    "type": (questions.nudge, questions.send_by_itself),
    "question": (questions.nudge, questions.send_by_itself),
    "origin": (questions.nudge, questions.send_by_itself),  # this one and the next may be skipped
    "use": (questions.nudge, questions.send_by_itself),
    "offer": (offers.nudge, offers.go_on_by_itself),
    "answered": (offers.nudge, offers.forget_by_itself),  # is never reminded of
    moving.STATE: (moving.nudge, questions.send_by_itself),
    "after_close": (questions.nudge_choice, questions.choose_by_itself),
}
REGISTERING = (registration.nudge, erasure.forget)


@dataclass(frozen=True)
class Sweep:
    """`find` lists what is due now, `act` does one of them, in a transaction of its own, if it is still due.

    `quiet`: what it writes to a person may wait, so it keeps the quiet hours. `drained`: it acts on somebody's silence,
    so everything that waits at the platform is read first. `distant`: it acts after hours or days, so it rests a while
    when the machine's clock has leapt.
    """

    name: str
    find: Find
    act: Act
    quiet: bool = False
    drained: bool = False
    distant: bool = False


def _tickets_by(column: str) -> Find:
    async def find(tx: Tx, ctx: Context) -> list[int]:
        return [ticket.id for ticket in await ticket_rows.due(tx, ctx.office, column, ctx.now)]

    return find


def _ticket_act(column: str, use_case: Callable[[Tx, Context, Ticket], Awaitable[None]]) -> Act:
    async def act(tx: Tx, ctx: Context, ticket_id: int) -> None:
        ticket = await ticket_rows.need(tx, TicketId(ticket_id))
        moment = getattr(ticket, column)
        if moment is not None and moment <= ctx.now:
            await use_case(tx, ctx, ticket)

    return act


async def _remind_rating(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    await ticket_rows.change(tx, ticket.id, rate_at=None)
    if ticket.closed_at is not None and await ratings.get(tx, ticket.id, ticket.cycle) is None:
        await closing.ask_rating(tx, ctx, ticket, await parties.owner(tx, ticket), "rate_reminder")


async def _to_nudge(tx: Tx, ctx: Context) -> list[int]:
    return [dialogue.identity_id for dialogue in await dialogues.to_nudge(tx, ctx.office, ctx.now)]


async def _nudge(tx: Tx, ctx: Context, identity_id: int) -> None:
    dialogue = await dialogues.get(tx, IdentityId(identity_id))
    if dialogue is not None and dialogue.nudge_at is not None and dialogue.nudge_at <= ctx.now:
        remind, _ = TIMERS.get(dialogue.state, REGISTERING)
        await remind(tx, ctx, dialogue)


async def _to_lapse(tx: Tx, ctx: Context) -> list[int]:
    return [dialogue.identity_id for dialogue in await dialogues.to_lapse(tx, ctx.office, ctx.now)]


async def _lapse(tx: Tx, ctx: Context, identity_id: int) -> None:
    dialogue = await dialogues.get(tx, IdentityId(identity_id))
    if dialogue is not None and dialogue.lapse_at is not None and dialogue.lapse_at <= ctx.now:
        _, end = TIMERS.get(dialogue.state, REGISTERING)
        await end(tx, ctx, dialogue)


async def _to_escalate(tx: Tx, ctx: Context) -> list[int]:
    return [ticket.id for ticket in await ticket_rows.to_escalate(tx, ctx.office, ctx.now)]


async def _at_window(tx: Tx, ctx: Context) -> list[int]:
    return [identity.id for identity in await identities.at_window(tx, ctx.office, ctx.now)]


async def _look_at_window(tx: Tx, ctx: Context, identity_id: int) -> None:
    identity = await identities.get(tx, IdentityId(identity_id))
    if identity is not None:
        await window.look_at(tx, ctx, identity)


async def _to_mail(tx: Tx, ctx: Context) -> list[int]:
    return [identity.id for identity in await identities.to_mail(tx, ctx.office, ctx.now)]


async def _mail(tx: Tx, ctx: Context, identity_id: int) -> None:
    identity = await identities.get(tx, IdentityId(identity_id))
    if identity is not None and identity.mail_at is not None and identity.mail_at <= ctx.now:
        await outcomes.mail_what_waits(tx, ctx, identity)


async def _mornings(tx: Tx, ctx: Context) -> list[int]:
    return [0] if await morning.is_due(tx, ctx) else []


async def _greet_morning(tx: Tx, ctx: Context, _: int) -> None:
    await morning.post(tx, ctx)


async def _months_over(tx: Tx, ctx: Context) -> list[int]:
    return [0] if await reports.month_over(tx, ctx) else []


async def _report_month(tx: Tx, ctx: Context, _: int) -> None:
    await reports.monthly(tx, ctx)


async def _late_complaints(tx: Tx, ctx: Context) -> list[int]:
    return [complaint.id for complaint in await complaint_rows.late(tx, ctx.office, ctx.now)]


async def _remind_complaint(tx: Tx, ctx: Context, complaint_id: int) -> None:
    complaint = await complaint_rows.get(tx, ComplaintId(complaint_id))
    if complaint is not None and complaint.alarm_at is not None and complaint.alarm_at <= ctx.now:
        await complaints.remind(tx, ctx, complaint)


async def _changed_calendars(tx: Tx, ctx: Context) -> list[int]:
    return [0] if await dues.has_changed(tx, ctx) else []


async def _recount(tx: Tx, ctx: Context, _: int) -> None:
    await dues.follow(tx, ctx)


async def _always(tx: Tx, ctx: Context) -> list[int]:
    return [0]


async def _late_erasures(tx: Tx, ctx: Context) -> list[int]:
    found = await erasures.unfinished(tx, ctx.office)
    return [row.id for row in found if row.alarm_at is not None and row.alarm_at <= ctx.now]


async def _tell_late_erasure(tx: Tx, ctx: Context, erasure_id: int) -> None:
    found = await erasures.get(tx, erasure_id)
    if found is not None and found.alarm_at is not None and found.clean_at is None:
        await erasure.is_late(tx, ctx, found)


async def _codes(tx: Tx, ctx: Context, _: int) -> None:
    await verification.look_at_cap(tx, ctx)


async def _missing_year(tx: Tx, ctx: Context, _: int) -> None:
    """A year without holiday tables is said from October on, once a month (DOMAIN.md §3)."""
    today = ctx.calendar.local_date(ctx.now)
    year = ctx.calendar.missing_year(today)
    if year is not None:
        await say.to_admins(tx, ctx, "alarm_no_calendar", dedup=f"calendar:{year}:{today:%Y%m}", year=year)


# The order counts: due moments are moved before they are missed, words that wait are sent before anything is closed.
SWEEPS: tuple[Sweep, ...] = (
    Sweep("recount", _changed_calendars, _recount, quiet=True),
    Sweep("lapse", _to_lapse, _lapse),
    Sweep("nudge", _to_nudge, _nudge),
    Sweep("due", _tickets_by("due_alarm_at"), _ticket_act("due_alarm_at", alarms.ring), distant=True),
    Sweep("escalate", _to_escalate, _ticket_act("escalate_at", alarms.escalate), distant=True),
    Sweep("window", _at_window, _look_at_window, drained=True, distant=True),
    Sweep("mail", _to_mail, _mail, drained=True, distant=True),
    Sweep("morning", _mornings, _greet_morning, distant=True),
    Sweep("monthly", _months_over, _report_month, distant=True),
    Sweep(
        "warn", _tickets_by("warn_at"), _ticket_act("warn_at", silence.look_at), quiet=True, drained=True, distant=True
    ),
    Sweep(
        "close",
        _tickets_by("close_at"),
        _ticket_act("close_at", silence.look_at),
        quiet=True,
        drained=True,
        distant=True,
    ),
    Sweep("rate", _tickets_by("rate_at"), _ticket_act("rate_at", _remind_rating), quiet=True, distant=True),
    Sweep("complaint", _late_complaints, _remind_complaint, distant=True),
    Sweep("codes", _always, _codes),
    Sweep("erasure", _late_erasures, _tell_late_erasure, distant=True),
    Sweep("calendar", _always, _missing_year),
)
