"""What became of each cycle of a ticket, folded from its append-only events as they stood at a moment."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.calendar import WorkingCalendar
from bot.domain.ids import OfficerId, TicketId
from bot.domain.lifecycle import CLOSE_REASONS, TRANSITIONS, CloseReason, Event, Status
from bot.domain.sla import Cycle, Pause, due_after_pause
from storage.ticket_events import TicketEvent

OFFICER = "officer:"


@dataclass(frozen=True, kw_only=True, slots=True)
class TicketCycle:
    """One round of a ticket from its opening or reopening on; moments are aware UTC.

    `number` counts from 1 within the ticket; `type` is the last one given (DOMAIN.md §6 rule 18); `sla` is what
    `bot.domain.sla` judges; `officer_id` is who has it, or had it last; `first_response_at` is the first delivered
    message of a human officer; `stars` is the last rating given; `hasty` flags a reopening within 24 h (rule 9).
    `pauses` counts the questions that rested the clock; the user had the next word for `user_had` altogether, and has
    it since `user_has_since`.
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
    pauses: int = 0
    user_had: timedelta = timedelta(0)
    user_has_since: datetime | None = None

    @property
    def reopened(self) -> bool:
        """Whether it began by a reopening."""
        return self.number > 1

    def waited_for_user(self, at: datetime) -> timedelta:
        """How long the user had the next word, up to `at`."""
        since = self.user_has_since
        return self.user_had + (max(at - since, timedelta(0)) if since else timedelta(0))


def id_of(cycle: TicketCycle) -> str:
    """How a row names its cycle: "12.1"."""
    return f"{cycle.ticket_id}.{cycle.number}"


def fold(events: Iterable[TicketEvent], calendar: WorkingCalendar) -> list[TicketCycle]:
    """The cycles of all tickets in `events`, which stand in the order they were recorded.

    For the state at a moment give only what happened before it. Kinds that change no figure are passed over, and so is
    what belongs to a cycle whose beginning is not among the events. `calendar` measures a pause that a close ended.
    """
    cycles: dict[tuple[TicketId, int], _Folding] = {}
    for event in events:
        key = event.ticket_id, event.cycle
        if event.kind in _BEGINNINGS:
            before = cycles.get((event.ticket_id, event.cycle - 1))
            cycles[key] = _Folding(event, before.officer_id if before else None)
        elif key in cycles:
            cycles[key].take(event, calendar)
    return [cycle.folded() for cycle in cycles.values()]


_BEGINNINGS = ("opened", "reopened")
_TURNS = {
    "user_spoke": Event.USER_WROTE,
    "delivered": Event.OFFICER_DELIVERED,
    "handed_back": Event.OFFICER_DELIVERED,
    "asked": Event.QUESTION_DELIVERED,
    "answered": Event.ANSWER_MARKED,
    "owed_again": Event.WITHDRAWN,
    "closed": Event.CLOSED,
}


class _Folding:
    """A cycle while its events are read: changed in place, for a year of a country has millions of them."""

    __slots__ = (
        "closed_at", "due_at", "first_response_at", "hasty", "last_answer_at", "marked_at", "number", "officer_id",
        "opened_at", "paused_since", "pauses", "reason", "stars", "status", "ticket_id", "type", "user_had",
        "user_has_since",
    )  # fmt: skip

    def __init__(self, beginning: TicketEvent, officer_id: OfficerId | None) -> None:
        self.ticket_id = beginning.ticket_id
        self.number = beginning.cycle
        self.type: str = beginning.data["type"]
        self.opened_at = beginning.at
        self.hasty = bool(beginning.data.get("hasty"))
        self.due_at = _due(beginning)
        self.officer_id = officer_id
        self.status = Status.WAITING_OFFICER
        self.first_response_at: datetime | None = None
        self.last_answer_at: datetime | None = None
        self.marked_at: datetime | None = None
        self.paused_since: datetime | None = None
        self.closed_at: datetime | None = None
        self.reason: CloseReason | None = None
        self.stars: int | None = None
        self.pauses = 0
        self.user_had = timedelta(0)
        self.user_has_since: datetime | None = None

    def take(self, event: TicketEvent, calendar: WorkingCalendar) -> None:
        """First what the event says, then whose turn it is, then what the turn implies."""
        effect = _EFFECTS.get(event.kind)
        if effect:
            effect(self, event)
        turn = _TURNS.get(event.kind)
        if turn and not event.data.get("overtaken"):
            # Platform times may cross the border of a period in another order than the events: then nothing changes.
            self._turn(TRANSITIONS.get((self.status, turn), self.status), event, calendar)

    def _turn(self, status: Status, event: TicketEvent, calendar: WorkingCalendar) -> None:
        self.status = status
        if status.silence_runs:
            self.user_has_since = self.user_has_since or event.at
        elif self.user_has_since:
            self.user_had += max(event.at - self.user_has_since, timedelta(0))
            self.user_has_since = None
        if status is Status.PAUSED and self.paused_since is None:
            self.paused_since = event.at
            self.pauses += 1
        if event.kind == "closed":
            self.due_at = self._due_when_closed(event, calendar)

    def _due_when_closed(self, event: TicketEvent, calendar: WorkingCalendar) -> datetime:
        """As recorded, so that no later change of the calendar touches a closed cycle; older events do not tell it."""
        if "due_at" in event.data:
            return _due(event)
        if self.paused_since is None:
            return self.due_at
        pause = Pause(self.paused_since, max(self.paused_since, event.at))
        return due_after_pause(self.due_at, pause, calendar, now=event.at)

    def folded(self) -> TicketCycle:
        return TicketCycle(
            ticket_id=self.ticket_id,
            number=self.number,
            type=self.type,
            opened_at=self.opened_at,
            sla=Cycle(
                due_at=self.due_at,
                marked_at=self.marked_at,
                last_answer_at=self.last_answer_at,
                officer_spoke_last=self.status is Status.WAITING_USER,
                paused_since=self.paused_since,
                closed_at=self.closed_at,
                reason=self.reason,
            ),
            status=self.status,
            officer_id=self.officer_id,
            first_response_at=self.first_response_at,
            stars=self.stars,
            hasty=self.hasty,
            pauses=self.pauses,
            user_had=self.user_had,
            user_has_since=self.user_has_since,
        )


def _due(event: TicketEvent) -> datetime:
    return datetime.fromisoformat(event.data["due_at"])


def _officer(event: TicketEvent) -> OfficerId | None:
    """The human officer who did it."""
    return OfficerId(int(event.actor.removeprefix(OFFICER))) if event.actor.startswith(OFFICER) else None


def _taken(cycle: _Folding, event: TicketEvent) -> None:
    cycle.officer_id = _officer(event)


def _handed_over(cycle: _Folding, event: TicketEvent) -> None:
    cycle.officer_id = OfficerId(event.data["to"])


def _released(cycle: _Folding, event: TicketEvent) -> None:
    cycle.officer_id = None


def _first_response(cycle: _Folding, event: TicketEvent) -> None:
    if cycle.first_response_at is None and _officer(event) is not None:
        cycle.first_response_at = event.at


def _delivered(cycle: _Folding, event: TicketEvent) -> None:
    cycle.last_answer_at = event.at
    _served(cycle, event)


def _owed_again(cycle: _Folding, event: TicketEvent) -> None:
    """The answer was taken back: the one before it, if any, is the last."""
    before = event.data["last_answer_at"]
    cycle.last_answer_at = datetime.fromisoformat(before) if before else None


def _served(cycle: _Folding, event: TicketEvent) -> None:
    """Who writes to the user has the ticket, if nobody took it."""
    cycle.officer_id = cycle.officer_id or _officer(event)


def _answered(cycle: _Folding, event: TicketEvent) -> None:
    """A mark may confirm what was delivered before; older events tell only when it was set."""
    told = event.data.get("answered_at")
    cycle.marked_at = cycle.marked_at or (datetime.fromisoformat(told) if told else event.at)


def _resumed(cycle: _Folding, event: TicketEvent) -> None:
    cycle.due_at = _due(event)
    cycle.paused_since = None


def _due_moved(cycle: _Folding, event: TicketEvent) -> None:
    cycle.due_at = _due(event)


def _type_changed(cycle: _Folding, event: TicketEvent) -> None:
    cycle.type = event.data["after"]


def _closed(cycle: _Folding, event: TicketEvent) -> None:
    cycle.closed_at = event.at
    cycle.reason = CLOSE_REASONS[event.data["reason"]]


def _rated(cycle: _Folding, event: TicketEvent) -> None:
    cycle.stars = event.data["stars"]


_EFFECTS: dict[str, Callable[[_Folding, TicketEvent], None]] = {
    "taken": _taken,
    "handed_over": _handed_over,
    "released": _released,
    "first_response": _first_response,
    "delivered": _delivered,
    "owed_again": _owed_again,
    "asked": _served,
    "answered": _answered,
    "resumed": _resumed,
    "due_moved": _due_moved,
    "type_changed": _type_changed,
    "closed": _closed,
    "rated": _rated,
}
