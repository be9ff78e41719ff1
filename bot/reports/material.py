"""What a report is made of, and how it is collected from a reading connection."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import ParamSpec, TypeVar

from bot.domain import skm
from bot.domain.calendar import WorkingCalendar
from bot.domain.ids import OfficerId, TicketId
from bot.reports.cycles import TicketCycle, fold, id_of
from bot.reports.figures import Figures, Portion, portion
from bot.reports.months import Months
from bot.reports.periods import Period, month_back
from storage import complaints, offers, officers, ratings, survey_answers
from storage import figures as rows
from storage.base import Reader
from storage.complaints import Complaint
from storage.figures import Referred, TicketFacts
from storage.offers import Tally

# The trend of a single month shows it among so many.
TREND_MONTHS = 6
# More events or cycles than that are not counted in the event loop.
MANY = 2_000

P = ParamSpec("P")
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a report is made of. `before` are the figures of the period of the same length that came before; `months`
    the figures of each month of the trend; `officers` their names; `self_service` counts what became of offers.
    `feedback` are the cycles about which somebody left words in the period.
    """

    portion: Portion
    before: Figures
    months: Mapping[Period, Figures]
    facts: Mapping[TicketId, TicketFacts]
    officers: Mapping[OfficerId, str]
    survey: skm.Survey
    complaints: Sequence[Complaint]
    referred: Referred
    self_service: Tally
    feedback: Sequence[TicketCycle] = ()

    @cached_property
    def figures(self) -> Figures:
        return self.portion.figures()


async def beside(size: int, work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """The work's result; a lot of it is done beside the event loop, which has others to serve meanwhile."""
    return await asyncio.to_thread(work, *args, **kwargs) if size > MANY else work(*args, **kwargs)


async def cycles_of(reader: Reader, period: Period, *, office: str, calendar: WorkingCalendar) -> list[TicketCycle]:
    """The cycles that may have a part in the period, as they stood at its end."""
    start, end = period.bounds(calendar.zone)
    events = await rows.events(reader, office, start=start, end=end)
    return await beside(len(events), fold, events, calendar)


async def figures_of(
    reader: Reader, period: Period, *, office: str, calendar: WorkingCalendar, now: datetime
) -> Figures:
    """The figures of `period`, the same however often it is asked for once it is over."""
    cycles = await cycles_of(reader, period, office=office, calendar=calendar)
    return await beside(len(cycles), lambda: portion(cycles, period, calendar, now).figures())


async def survey_of(reader: Reader, period: Period, *, office: str, calendar: WorkingCalendar) -> skm.Survey:
    """The satisfaction survey's answers given in `period`; stars never enter it."""
    answers: dict[tuple[int, int], dict[skm.Element, int]] = {}
    for row in await survey_answers.between(reader, office, *period.bounds(calendar.zone)):
        answers.setdefault((row.ticket_id, row.cycle), {})[skm.Element(row.element)] = row.value
    return skm.survey(answers.values())


async def gather(
    reader: Reader, period: Period, *, office: str, calendar: WorkingCalendar, now: datetime, known: Months
) -> Material:
    """Everything that is told of `period`. `calendar` is the one in force, overrides included."""
    start, end = period.bounds(calendar.zone)
    cycles = await cycles_of(reader, period, office=office, calendar=calendar)
    own = portion(cycles, period, calendar, now)
    said = {
        f"{rating.ticket_id}.{rating.cycle}"
        for rating in await ratings.of_office(reader, office, start, end)
        if rating.feedback
    }

    async def count(other: Period) -> Figures:
        """The figures of another period, or of this one."""
        if (other.first, other.last) == (period.first, period.last):
            return own.figures()
        return known.of(other) or await figures_of(reader, other, office=office, calendar=calendar, now=now)

    return Material(
        portion=own,
        before=await count(period.before),
        months={month: await count(month) for month in trend_of(period)},
        facts={row.ticket_id: row for row in await rows.facts(reader, office, start=start, end=end)},
        officers={row.id: f"{row.number}. {row.name}" for row in await officers.all_of(reader, office)},
        survey=await survey_of(reader, period, office=office, calendar=calendar),
        complaints=await complaints.between(reader, office, start, end),
        referred=await rows.referred(reader, office, start=start, end=end),
        self_service=await offers.tally(reader, office, start=start, end=end),
        feedback=[cycle for cycle in cycles if id_of(cycle) in said],
    )


def trend_of(period: Period) -> list[Period]:
    """The months of the period, or those up to it when it is a single one."""
    months = period.months
    if len(months) > 1:
        return months
    return Period(month_back(months[0].first, TREND_MONTHS - 1), months[0].last).months
