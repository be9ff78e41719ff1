"""What became of each cycle of a ticket, folded from its append-only events as they stood at a moment."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.calendar import WorkingCalendar
from bot.domain.ids import OfficerId, TicketId
from bot.domain.lifecycle import CLOSE_REASONS, TRANSITIONS, Event, Status
from bot.domain.sla import Cycle, Pause, due_after_pause
from storage.ticket_events import TicketEvent

OFFICER = "officer:"


@dataclass(frozen=True, kw_only=True)
class TicketCycle:
    """One round of a ticket from its opening or reopening on; moments are aware UTC.

    `number` counts from 1 within the ticket; `type` is the last one given (DOMAIN.md §6 rule 18); `sla` is what
    `bot.domain.sla` judges; `officer_id` is who has it, or had it last; `first_response_at` is the first delivered
    message of a human officer; `stars` is the last rating given; `hasty` flags a reopening within 24 h (rule 9).
    """

    ticket_id: TicketId
    number: int
    type: str
    opened_at: datetime
    sla: Cycle
    status: Status = Status.WAITING_OFFICER
    officer_id: OfficerId | None = None
    first_response_at: datetime | None = None
    stars: int | None = None
    hasty: bool = False

    @property
    def reopened(self) -> bool:
        """Whether it began by a reopening."""
        return self.number > 1


def fold(events: Iterable[TicketEvent], calendar: WorkingCalendar) -> list[TicketCycle]:
    """The cycles of all tickets in `events`, which stand in the order they were recorded.

    For the state at a moment give only what happened before it. Kinds that change no figure are passed over, and so is
    what belongs to a cycle whose beginning is not among the events. `calendar` measures a pause that a close ended.
    """
    cycles: dict[tuple[TicketId, int], TicketCycle] = {}
    for event in events:
        key = event.ticket_id, event.cycle
        if event.kind in _BEGINNINGS:
            before = cycles.get((event.ticket_id, event.cycle - 1))
            cycles[key] = _begin(event, before.officer_id if before else None)
        elif key in cycles:
            cycles[key] = _after(cycles[key], event, calendar)
    return list(cycles.values())


_BEGINNINGS = ("opened", "reopened")
_TURNS = {
    "user_spoke": Event.USER_WROTE,
    "delivered": Event.OFFICER_DELIVERED,
    "handed_back": Event.OFFICER_DELIVERED,
    "asked": Event.QUESTION_DELIVERED,
    "answered": Event.ANSWER_MARKED,
    "closed": Event.CLOSED,
}


def _begin(event: TicketEvent, officer_id: OfficerId | None) -> TicketCycle:
    return TicketCycle(
        ticket_id=event.ticket_id,
        number=event.cycle,
        type=event.data["type"],
        opened_at=event.at,
        sla=Cycle(due_at=_due(event)),
        officer_id=officer_id,
        hasty=bool(event.data.get("hasty")),
    )


def _after(cycle: TicketCycle, event: TicketEvent, calendar: WorkingCalendar) -> TicketCycle:
    """The cycle after one event: first what the event says, then whose turn it is, then what the turn implies."""
    effect = _EFFECTS.get(event.kind)
    cycle = effect(cycle, event) if effect else cycle
    turn = _TURNS.get(event.kind)
    if turn is None or event.data.get("overtaken"):
        return cycle
    # Platform times may cross the border of a period in another order than the events: such a turn changes nothing.
    status = TRANSITIONS.get((cycle.status, turn), cycle.status)
    sla = replace(cycle.sla, officer_spoke_last=status is Status.WAITING_USER)
    if status is Status.PAUSED and sla.paused_since is None:
        sla = replace(sla, paused_since=event.at)
    if event.kind == "closed":
        sla = replace(sla, due_at=_due_when_closed(sla, event, calendar))
    return replace(cycle, status=status, sla=sla)


def _due_when_closed(sla: Cycle, event: TicketEvent, calendar: WorkingCalendar) -> datetime:
    """As recorded, so that no later change of the calendar touches a closed cycle; older events do not tell it."""
    if "due_at" in event.data:
        return _due(event)
    if sla.paused_since is None:
        return sla.due_at
    pause = Pause(sla.paused_since, max(sla.paused_since, event.at))
    return due_after_pause(sla.due_at, pause, calendar, now=event.at)


def _due(event: TicketEvent) -> datetime:
    return datetime.fromisoformat(event.data["due_at"])


def _officer(event: TicketEvent) -> OfficerId | None:
    """The human officer who did it."""
    return OfficerId(int(event.actor.removeprefix(OFFICER))) if event.actor.startswith(OFFICER) else None


def _taken(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    return replace(cycle, officer_id=_officer(event))


def _handed_over(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    return replace(cycle, officer_id=OfficerId(event.data["to"]))


def _released(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    return replace(cycle, officer_id=None)


def _first_response(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    if _officer(event) is None or cycle.first_response_at is not None:
        return cycle
    return replace(cycle, first_response_at=event.at)


def _delivered(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    return _served(replace(cycle, sla=replace(cycle.sla, last_answer_at=event.at)), event)


def _served(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    """Who writes to the user has the ticket, if nobody took it."""
    return cycle if cycle.officer_id else replace(cycle, officer_id=_officer(event))


def _answered(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    """A mark may confirm what was delivered before; older events tell only when it was set."""
    told = event.data.get("answered_at")
    answered = datetime.fromisoformat(told) if told else event.at
    return replace(cycle, sla=replace(cycle.sla, marked_at=cycle.sla.marked_at or answered))


def _resumed(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    return replace(cycle, sla=replace(cycle.sla, due_at=_due(event), paused_since=None))


def _due_moved(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    return replace(cycle, sla=replace(cycle.sla, due_at=_due(event)))


def _type_changed(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    return replace(cycle, type=event.data["after"])


def _closed(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    return replace(cycle, sla=replace(cycle.sla, closed_at=event.at, reason=CLOSE_REASONS[event.data["reason"]]))


def _rated(cycle: TicketCycle, event: TicketEvent) -> TicketCycle:
    return replace(cycle, stars=event.data["stars"])


_EFFECTS: dict[str, Callable[[TicketCycle, TicketEvent], TicketCycle]] = {
    "taken": _taken,
    "handed_over": _handed_over,
    "released": _released,
    "first_response": _first_response,
    "delivered": _delivered,
    "asked": _served,
    "answered": _answered,
    "resumed": _resumed,
    "due_moved": _due_moved,
    "type_changed": _type_changed,
    "closed": _closed,
    "rated": _rated,
}
