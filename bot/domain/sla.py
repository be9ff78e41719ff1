"""The promise of 3 working days: when a ticket is due, what a pause moves, and how a cycle is judged.

SK No. 107, "Waktu Penyelesaian: 3 Hari kerja"; the reading of it is DOMAIN.md §0, §3 and its "Settled choices".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.calendar import WorkingCalendar
from bot.domain.lifecycle import CloseReason

ANSWER_DAYS = 3
MANY_PAUSES = 2


@dataclass(frozen=True)
class Pause:
    """The clock rests from an officer's delivered question (/tanya) to the user's reply; `end` None: still resting."""

    start: datetime
    end: datetime | None = None


def due_at(received: datetime, calendar: WorkingCalendar, *, days: int = ANSWER_DAYS, cutoff: bool = False) -> datetime:
    """The end of service hours, UTC, of the `days`-th working day after receipt (DOMAIN.md §0.4, day of receipt = 0).

    With `cutoff`, what arrives after closing or on a closed day counts as received on the next working day.
    """
    day = calendar.local_date(received)
    if cutoff and (not calendar.is_working_day(day) or received > calendar.closing(day)):
        day = calendar.working_day_after(day)
    return calendar.closing(calendar.working_day_after(day, days))


def due_after_pause(due: datetime, pause: Pause, calendar: WorkingCalendar, *, now: datetime) -> datetime:
    """`due` moved by exactly the working time of `pause` (rule 11); a still open pause is counted up to `now`.

    A pause that began when `due` had passed moves nothing: it never repairs a missed due (Settled choices).
    """
    if pause.start > due:
        return due
    return calendar.add_working_time(due, calendar.working_time(pause.start, pause.end or now))


def due_with_pauses(
    received: datetime,
    calendar: WorkingCalendar,
    pauses: Iterable[Pause],
    *,
    now: datetime,
    days: int = ANSWER_DAYS,
    cutoff: bool = False,
) -> datetime:
    """The due moment, UTC, counted anew from receipt and all pauses, as after a change of the calendar.

    Pauses may overlap; what is paused twice counts once.
    """
    due = due_at(received, calendar, days=days, cutoff=cutoff)
    counted = received
    for pause in sorted(pauses, key=lambda pause: pause.start):
        start = max(pause.start, counted)
        end = max(pause.end or now, start)
        due = due_after_pause(due, Pause(start, end), calendar, now=now)
        counted = end
    return due


def has_many_pauses(pauses: Sequence[Pause]) -> bool:
    """Whether the pauses of a ticket are flagged: more than two (rule 11)."""
    return len(pauses) > MANY_PAUSES


class Verdict(StrEnum):
    """How a cycle stands against the promise.

    UNMARKED: open and not marked, but the last word is an officer's delivered message: no alarm, no "late" text.
    UNANSWERED: closed without any answer, counts as late. NO_REPLY: closed while the office waited for the user's
    clarification, outside the denominator but listed. EXCLUDED: not a consultation (see CloseReason), listed too.
    """

    ON_TIME = "on_time"
    LATE = "late"
    OPEN = "open"
    PAUSED = "paused"
    UNMARKED = "unmarked"
    UNANSWERED = "unanswered"
    NO_REPLY = "no_reply"
    EXCLUDED = "excluded"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    """One round of a ticket from receipt or reopening to its close; moments are aware.

    `due_at` holds all finished pauses (an open one up to the answer or the close); `marked_at` is the first answer mark
    (/jawab, its button, or the user's "Sudah terjawab"); `last_answer_at` is the last delivered officer message that is
    not a /tanya; `officer_spoke_last`: no word of the user came after it; `paused_since` is set while the clock rests,
    and stays set when the cycle is closed so.
    """

    due_at: datetime
    marked_at: datetime | None = None
    last_answer_at: datetime | None = None
    officer_spoke_last: bool = False
    paused_since: datetime | None = None
    closed_at: datetime | None = None
    reason: CloseReason | None = None

    @property
    def paused_in_time(self) -> bool:
        """Whether the clock rests and the due moment had not passed before."""
        return self.paused_since is not None and self.paused_since <= self.due_at


def answered_at(cycle: Cycle) -> datetime | None:
    """When the information was delivered (SK No. 107, procedure 3; DOMAIN.md §0.1).

    The first answer mark; unmarked at the close: the last delivered officer message that is not a /tanya; none: the
    close itself if its reason tells the answer (referred, refusals); else None, and None while open and unmarked.
    """
    if cycle.marked_at or not cycle.closed_at:
        return cycle.marked_at
    if cycle.last_answer_at:
        return cycle.last_answer_at
    return cycle.closed_at if cycle.reason and cycle.reason.answers else None


def judge(cycle: Cycle, now: datetime) -> Verdict:
    """How the cycle stands at `now`: on time means answered up to and including the due moment (DOMAIN.md §0.1, §5)."""
    if cycle.closed_at and cycle.reason and not cycle.reason.counts_in_sla:
        return Verdict.EXCLUDED
    if cycle.marked_at:
        return _timely(cycle.marked_at, cycle.due_at)
    return _judge_closed(cycle) if cycle.closed_at else _judge_open(cycle, now)


def _judge_closed(cycle: Cycle) -> Verdict:
    tells = cycle.reason is not None and cycle.reason.answers
    if cycle.paused_in_time and not tells:
        return Verdict.NO_REPLY
    answered = answered_at(cycle)
    return _timely(answered, cycle.due_at) if answered else Verdict.UNANSWERED


def _judge_open(cycle: Cycle, now: datetime) -> Verdict:
    if cycle.paused_in_time:
        return Verdict.PAUSED
    if cycle.officer_spoke_last and cycle.last_answer_at and not cycle.paused_since:
        return Verdict.UNMARKED
    return Verdict.LATE if now > cycle.due_at else Verdict.OPEN


def _timely(answered: datetime, due: datetime) -> Verdict:
    return Verdict.ON_TIME if answered <= due else Verdict.LATE


_SHARE = {Verdict.ON_TIME: True, Verdict.LATE: False, Verdict.UNANSWERED: False}


def counts(cycle: Cycle, now: datetime) -> bool | None:
    """The cycle's part in "% on time": True on time, False late, None outside the denominator (DOMAIN.md §5).

    Open and not yet due is outside, open and overdue is late; an unmarked answer is judged by its own moment once the
    due moment has passed.
    """
    verdict = judge(cycle, now)
    if verdict is Verdict.UNMARKED and cycle.last_answer_at and now > cycle.due_at:
        return cycle.last_answer_at <= cycle.due_at
    return _SHARE.get(verdict)
