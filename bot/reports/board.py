"""/sla: the board that keeps the promise, as the parameters of its text (DOMAIN.md §5). No word of the users' own."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
from storage.tickets import OpenTicket, PlainDue

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


class Standing(NamedTuple):
    """What of a line is counted."""

    status: str
    verdict: Verdict
    due_day: date
    overdue: bool


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
    return sorted(board, key=_place)


def _place(line: Line) -> tuple[bool, datetime, str]:
    return line.ticket.status == Status.WAITING_USER, line.due_at, line.ticket.number


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
    others = lines(await tickets.board_of_others(reader, office), calendar, now)
    standings = _standings(others, await tickets.plain_due(reader, office), calendar, now)
    running = month_of(today)
    count = partial(figures_of, reader, running, office=office, calendar=calendar, now=now)
    month = await (shares or MonthShares()).of(office, running, now, count)
    names = {officer.id: officer.name for officer in await officers.all_of(reader, office)}
    pages = pages_of(standings.total())
    page = min(page, pages - 1)
    shown = await _page(reader, office, others, page * PAGE_LINES, calendar, now)
    return (
        {"today": today.isoformat(), "working": calendar.is_working_day(today)}
        | _counts(standings, today, calendar.working_day_after(today))
        | share_params(month)
        | {
            "rows": [_row(line, names, staff_chat, calendar) for line in shown],
            "page": page + 1,
            "pages": pages,
            "closing_soon": await tickets.closing_by(reader, office, now + CLOSING_SOON),
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
    counts = _counts(_standings(board, (), calendar, now), today, calendar.working_day_after(today))
    return {
        "today": today.isoformat(),
        **{name: counts[name] for name in ("overdue", "due_today", "due_tomorrow", "waiting_officer")},
        "rows": [
            _row(line, names, staff_chat, calendar) | {"answered": line.ticket.answered_at is not None}
            for line in board
        ],
    }


def _standings(
    board: Sequence[Line], plain: Sequence[PlainDue], calendar: WorkingCalendar, now: datetime
) -> Counter[Standing]:
    """How many tickets stand how: the lines, and the plain ones by their due moments."""
    standings = Counter(Standing(line.ticket.status, line.verdict, line.due_day, line.overdue) for line in board)
    for pile in plain:
        due = datetime.fromisoformat(pile.due_at)
        verdict = judge(Cycle(due_at=due), now)
        standing = Standing(pile.status, verdict, calendar.local_date(due), verdict is Verdict.LATE)
        standings[standing] += pile.tickets
    return standings


def _counts(standings: Counter[Standing], today: date, tomorrow: date) -> dict[str, int]:
    def count(wanted: Callable[[Standing], bool]) -> int:
        return sum(tickets for standing, tickets in standings.items() if wanted(standing))

    return {
        "overdue": count(lambda one: one.overdue),
        "due_today": count(lambda one: one.verdict is Verdict.OPEN and one.due_day == today),
        "due_tomorrow": count(lambda one: one.verdict is Verdict.OPEN and one.due_day == tomorrow),
        "waiting_officer": count(lambda one: one.status == Status.WAITING_OFFICER),
        "waiting_user": count(lambda one: one.status in WAITING_FOR_USER),
    }


async def _page(
    reader: Reader, office: str, others: Sequence[Line], first: int, calendar: WorkingCalendar, now: datetime
) -> list[Line]:
    """The lines of one page, from the `first` of the whole board on.

    Of thousands of plain tickets only those are read that can stand on it: each other line puts them one place on.
    """
    offset = max(0, first - len(others))
    plain = await tickets.board_of_plain(reader, office, limit=first + PAGE_LINES - offset, offset=offset)
    found = lines(plain, calendar, now)
    before = [line for line in others if offset and found and _place(line) < _place(found[0])]
    board = sorted([*found, *others[len(before) :]], key=_place)
    return board[first - offset - len(before) :][:PAGE_LINES]


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
