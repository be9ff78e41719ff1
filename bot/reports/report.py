"""/report: the figures of a period as the parameters of their text."""

from datetime import datetime
from typing import Any

from bot.domain import skm
from bot.domain.calendar import WorkingCalendar
from bot.reports.figures import Figures
from bot.reports.material import figures_of, survey_of
from bot.reports.periods import Period, parse
from storage import offers
from storage.base import Reader


async def report_params(
    reader: Reader, *, office: str, calendar: WorkingCalendar, now: datetime, period: str
) -> dict[str, Any]:
    """The parameters of the text `admin_report`, JSON-able, for what an admin typed as `period` (see periods.parse).

    `calendar` is the one in force, overrides included. Durations are seconds of working time. Raises BadPeriod.
    """
    asked = parse(period, today=calendar.local_date(now))
    found = await figures_of(reader, asked, office=office, calendar=calendar, now=now)
    survey = await survey_of(reader, asked, office=office, calendar=calendar)
    return _params(asked, found) | _survey_params(survey) | await _self_service(reader, asked, office, calendar)


async def _self_service(reader: Reader, period: Period, office: str, calendar: WorkingCalendar) -> dict[str, Any]:
    """ "Terjawab mandiri": answers offered before a ticket, those that were enough, those that went on."""
    start, end = period.bounds(calendar.zone)
    tally = await offers.tally(reader, office, start=start, end=end)
    return {"offered": tally.made, "self_answered": tally.answered, "went_on": tally.asked}


def _survey_params(survey: skm.Survey) -> dict[str, Any]:
    """`respondents`: answers to the element answered most often; `uneven`: the elements differ in that."""
    return {
        "ikm": None if survey.ikm is None else float(survey.ikm),
        "band": survey.band,
        "respondents": max(score.n for score in survey.scores),
        "uneven": survey.is_uneven,
    }


def share_params(found: Figures) -> dict[str, Any]:
    """What report and board say alike: on time n of N, and the median of the first response in seconds."""
    response = found.first_response_median
    return {
        "on_time": found.on_time,
        "judged": found.judged,
        "share": found.share,
        "first_response_median": None if response is None else int(response.total_seconds()),
    }


def _params(period: Period, found: Figures) -> dict[str, Any]:
    return share_params(found) | {
        "period": period.label or {"first": period.first.isoformat(), "last": period.last.isoformat()},
        "opened": found.opened,
        "reopened": found.reopened,
        "hasty": found.hasty,
        "closed": found.closed,
        "waiting_officer": found.waiting_officer,
        "waiting_user": found.waiting_user,
        "by_type": [{"type": type, "n": n} for type, n in found.by_type.items()],
        "by_reason": [{"reason": reason, "n": n} for reason, n in found.by_reason.items()],
        "stars_mean": None if found.stars_mean is None else float(found.stars_mean),
        "rated": found.rated,
        "closable": found.closable,
    }
