"""The indicators of a report's first sheet (DOMAIN.md §5)."""

from collections import Counter
from decimal import Decimal
from typing import Any

from bot.domain.lifecycle import CLOSE_REASONS, Actor, CloseReason
from bot.reports.book import Kind
from bot.reports.figures import Figures, Spread
from bot.reports.material import Material
from storage.figures import Referred

ENDS = ("finished", "closed_silent", "cancelled", "not_service")


def indicators(found: Figures) -> dict[str, tuple[Kind, Any]]:
    """What is counted of tickets: for each indicator how it is shown, and its value."""
    ended = Counter(dict.fromkeys(ENDS, 0))
    for reason, n in found.by_reason.items():
        ended[_end_of(CLOSE_REASONS[reason])] += n
    stars = found.stars_mean
    return {
        "requests": (Kind.COUNT, found.opened),
        "reopened": (Kind.COUNT, found.reopened),
        **{end: (Kind.COUNT, ended[end]) for end in ENDS},
        "waiting_officer": (Kind.COUNT, found.waiting_officer),
        "waiting_user": (Kind.COUNT, found.waiting_user),
        "judged": (Kind.COUNT, found.judged),
        "on_time": (Kind.COUNT, found.on_time),
        "late": (Kind.COUNT, found.judged - found.on_time),
        "share": (Kind.SHARE, found.share),
        **_spread("response", Kind.HOURS, found.first_response),
        **_spread("answer", Kind.DAYS, found.answer),
        "closable": (Kind.COUNT, found.closable),
        "rated": (Kind.COUNT, found.rated),
        "stars": (Kind.STARS, None if stars is None else float(stars)),
    }


def besides(material: Material) -> dict[str, tuple[Kind, Any]]:
    """What is counted beside the tickets."""
    survey = material.survey
    return {
        "ikm": (Kind.INDEX, _number(survey.ikm)),
        "grade": (Kind.TEXT, survey.band),
        "respondents": (Kind.COUNT, max(score.n for score in survey.scores)),
        "offered": (Kind.COUNT, material.self_service.made),
        "self_service": (Kind.COUNT, material.self_service.answered),
        "complaints": (Kind.COUNT, len(material.complaints)),
        **{key: (Kind.COUNT, n) for key, n in _referred(material.referred).items() if n},
    }


def _end_of(reason: CloseReason) -> str:
    """Under which of ENDS a close is counted, by what the table of reasons says of it."""
    if reason.by is Actor.SYSTEM:
        return "closed_silent"
    if reason.by is Actor.USER:
        return "cancelled"
    return "finished" if reason.counts_in_sla else "not_service"


def _spread(name: str, kind: Kind, found: Spread) -> dict[str, tuple[Kind, Any]]:
    return {
        f"{name}_mean": (kind, rounded(found.mean)),
        f"{name}_median": (kind, rounded(found.median)),
        f"{name}_p90": (kind, rounded(found.p90)),
    }


def _referred(found: Referred) -> dict[str, int]:
    """Most offices share their database with none."""
    return {"referred_out": found.out, "referred_in": found.came}


def rounded(value: float | None) -> float | None:
    """Means and percentiles, to four places."""
    return None if value is None else round(value, 4)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
