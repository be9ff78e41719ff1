"""/sla: the board that keeps the promise, as the parameters of its text (DOMAIN.md §5). No word of the users' own."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from math import ceil
from typing import Any, NamedTuple

from bot.desk.topics import link_to
from bot.domain.calendar import WorkingCalendar
from bot.domain.ids import OfficerId
from bot.domain.lifecycle import Status
from bot.domain.sla import Cycle, Pause, Verdict, due_after_pause, judge
from bot.reports.figures import WAITING_FOR_USER
from bot.reports.material import figures_of
from bot.reports.periods import month_of
from bot.reports.report import share_params
from bot.reports.shares import MonthShares
from storage import figures as rows
from storage import officers, tickets
from storage.base import Reader
from storage.rows import stamp
from storage.tickets import OpenTicket

CLOSING_SOON = timedelta(hours=48)
# So many tickets fit on a page, and a telephone.
PAGE_LINES = 12


class Line(NamedTuple):
    """An open ticket on the board.

    `due_at`, on the office's `due_day`, holds a pause up to now; `verdict` as in sla.judge; `at` is the moment to count
    from: now, or that of the answer, which stopped the clock. `missed`: the answer came after the due moment, or is
    still owed after it.
    """

    ticket: OpenTicket
    verdict: Verdict
    due_at: datetime
    due_day: date
    at: datetime
    answered: bool

    @property
    def missed(self) -> bool:
        return self.at > self.due_at

    @property
    def overdue(self) -> bool:
        """Whether the answer is owed and the due moment has passed."""
        return self.verdict is Verdict.LATE and self.ticket.answered_at is None

    def left(self, calendar: WorkingCalendar) -> int:
        """Working days to the due day; one that has passed is at least one behind, on a weekend too."""
        day = calendar.local_date(self.at)
        left = calendar.working_days_between(day, self.due_day)
        return min(left, -1) if self.due_day < day else left


def lines(open_tickets: Sequence[OpenTicket], calendar: WorkingCalendar, now: datetime) -> list[Line]:
    """The board of these tickets at `now` by due moment; the answered ones, which wait for their users, come last."""
    plain: dict[str, tuple[Verdict, datetime, date]] = {}  # thousands of tickets are due at a few moments
    board = []
    for ticket in open_tickets:
        if not ticket.is_plain:
            board.append(_line(ticket, calendar, now))
            continue
        known = plain.get(ticket.due_at)
        if known is None:
            due = datetime.fromisoformat(ticket.due_at)
            known = plain[ticket.due_at] = judge(Cycle(due_at=due), now), due, calendar.local_date(due)
        board.append(Line(ticket, *known, now, False))
    return sorted(board, key=lambda line: (line.ticket.status == Status.WAITING_USER, line.due_at, line.ticket.number))


def _line(ticket: OpenTicket, calendar: WorkingCalendar, now: datetime) -> Line:
    cycle = Cycle(
        due_at=datetime.fromisoformat(ticket.due_at),
        marked_at=_moment(ticket.answered_at),
        last_answer_at=_moment(ticket.last_answer_at),
        officer_spoke_last=ticket.status == Status.WAITING_USER,
        paused_since=_moment(ticket.paused_at),
    )
    verdict, due = judge(cycle, now), cycle.due_at
    if cycle.paused_since:
        due = due_after_pause(due, Pause(cycle.paused_since), calendar, now=max(now, cycle.paused_since))
    stopped = cycle.marked_at or (cycle.last_answer_at if verdict is Verdict.UNMARKED else None)
    return Line(ticket, verdict, due, calendar.local_date(due), stopped or now, stopped is not None)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def pages_of(open_tickets: int) -> int:
    """How many pages the board of so many tickets has; an empty one has one."""
    return max(1, ceil(open_tickets / PAGE_LINES))


async def board_params(
    reader: Reader,
    *,
    office: str,
    calendar: WorkingCalendar,
    now: datetime,
    staff_chat: str,
    page: int = 0,
    shares: MonthShares | None = None,
) -> dict[str, Any]:
    """The parameters of the text `admin_sla`, JSON-able: no name of a user, no address, no word of a question.

    `page` counts from 0; one that is there no more becomes the last one. `shares` keeps what is costly to count.

    `calendar` is the one in force, overrides included; `staff_chat` is the group's id where its topics are now.
    The share and the median are those of the running month; durations are seconds of working time.
    """
    today = calendar.local_date(now)
    board = lines(await tickets.board(reader, office), calendar, now)
    running = month_of(today)
    count = partial(figures_of, reader, running, office=office, calendar=calendar, now=now)
    month = await (shares or MonthShares()).of(office, running, now, count)
    names = {officer.id: officer.name for officer in await officers.all_of(reader, office)}
    pages = pages_of(len(board))
    page = min(page, pages - 1)
    return (
        {"today": today.isoformat(), "working": calendar.is_working_day(today)}
        | _counts(board, today, calendar.working_day_after(today))
        | share_params(month)
        | {
            "rows": [_row(line, names, staff_chat, calendar) for line in board[page * PAGE_LINES :][:PAGE_LINES]],
            "page": page + 1,
            "pages": pages,
            "closing_soon": _closing_soon(board, now),
            "undelivered": await rows.undelivered(reader, office),
        }
    )


async def morning_params(
    reader: Reader, *, office: str, calendar: WorkingCalendar, now: datetime, staff_chat: str
) -> dict[str, Any]:
    """The parameters of the text `staff_morning` but for the officers on duty: only what waits for an officer."""
    today = calendar.local_date(now)
    board = [
        line
        for line in lines(await tickets.board(reader, office), calendar, now)
        if line.ticket.status == Status.WAITING_OFFICER
    ]
    names = {officer.id: officer.name for officer in await officers.all_of(reader, office)}
    counts = _counts(board, today, calendar.working_day_after(today))
    return {
        "today": today.isoformat(),
        **{name: counts[name] for name in ("overdue", "due_today", "due_tomorrow", "waiting_officer")},
        "rows": [
            _row(line, names, staff_chat, calendar) | {"answered": line.ticket.answered_at is not None}
            for line in board
        ],
    }


def _counts(board: Sequence[Line], today: date, tomorrow: date) -> dict[str, int]:
    statuses = Counter(line.ticket.status for line in board)
    due = Counter(line.due_day for line in board if line.verdict is Verdict.OPEN)
    return {
        "overdue": sum(line.overdue for line in board if line.verdict is Verdict.LATE),
        "due_today": due[today],
        "due_tomorrow": due[tomorrow],
        "waiting_officer": statuses[Status.WAITING_OFFICER],
        "waiting_user": sum(statuses[status] for status in WAITING_FOR_USER),
    }


def _row(line: Line, names: Mapping[OfficerId, str], staff_chat: str, calendar: WorkingCalendar) -> dict[str, Any]:
    ticket = line.ticket
    return {
        "number": ticket.number,
        "type": ticket.type,
        "officer": names.get(ticket.officer_id) if ticket.officer_id else None,
        "left": line.left(calendar),
        "answered": line.answered,
        "missed": line.missed,
        "status": ticket.status,
        "link": link_to(staff_chat, ticket.topic),
    }


def _closing_soon(board: Sequence[Line], now: datetime) -> list[str]:
    """The numbers of those that close by the user's silence within 48 h, the next one first."""
    soon = stamp(now + CLOSING_SOON)
    closing = [(line.ticket.close_at, line.ticket.number) for line in board if line.ticket.close_at]
    return [number for close_at, number in sorted(closing) if close_at <= soon]
