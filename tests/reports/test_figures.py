"""The figures against a second, slow calculation that shares nothing with the first."""

from datetime import timedelta
from random import Random

import pytest

from bot.domain.calendar import WorkingCalendar
from bot.domain.ids import TicketId
from bot.domain.sla import due_at
from bot.reports.cycles import fold
from bot.reports.figures import portion, spread
from bot.reports.periods import parse
from storage.rows import stamp
from storage.ticket_events import TicketEvent
from tests.domain.cast import WIB, WIT, WITA, calendar, local
from tests.reports import slow
from tests.reports.cast import OFFICE

REASONS = ("answered", "answered", "silent", "referred", "cancelled", "spam", "duplicate", "unavailable")


def history(ticket: int, random: Random, office: WorkingCalendar) -> list[TicketEvent]:
    """A random life of a ticket: written, answered or not, paused or not, closed, rated, reopened. Whole minutes."""
    at = local("2026-09-20 08:00", office.zone) + timedelta(minutes=random.randrange(60 * 24 * 60))
    events: list[TicketEvent] = []
    cycle = 0

    def tell(kind: str, actor: str = "officer:1", **data: object) -> None:
        events.append(TicketEvent(len(events), OFFICE, TicketId(ticket), cycle, kind, at, actor, dict(data)))

    for _ in range(1 if random.random() < 0.8 else 2):
        cycle += 1
        tell("reopened" if cycle > 1 else "opened", "user", type="data", due_at=stamp(due_at(at, office)))
        for _ in range(random.randrange(4)):
            at += timedelta(minutes=random.randrange(1, 60 * 30))
            kind = random.choice(("delivered", "delivered", "user_spoke", "answered", "type_changed"))
            if kind == "delivered" and not any(e.cycle == cycle and e.kind == "first_response" for e in events):
                tell("first_response")
            tell(
                kind,
                "user" if kind == "user_spoke" else "officer:1",
                **({"after": "metadata"} if kind == "type_changed" else {}),
            )
        if random.random() < 0.2:
            return events
        at += timedelta(minutes=random.randrange(1, 60 * 72))
        tell("closed", reason=random.choice(REASONS))
        if random.random() < 0.5:
            at += timedelta(minutes=5)
            tell("rated", "user", stars=random.randrange(1, 6))
        at += timedelta(minutes=random.randrange(1, 60 * 24 * 6))
    return events


@pytest.mark.parametrize("zone", [WIB, WITA, WIT])
@pytest.mark.parametrize("typed", ["2026-10", "2026-Q4", "2026-10-12..2026-10-14", "2027-01"])
def test_figures_agree_with_a_slow_calculation(zone: object, typed: str) -> None:
    office = calendar(zone=zone)  # type: ignore[arg-type]
    random = Random(f"{typed} {zone}")
    period = parse(typed, today=local("2026-11-22 08:00").date())
    end = period.bounds(office.zone)[1]
    events = [event for n in range(60) for event in history(n, random, office) if event.at < end]
    found = portion(fold(events, office), period, office, end).figures()
    expected = slow.figures(events, period.first, period.last, office, end)
    assert {
        "opened": found.opened,
        "reopened": found.reopened,
        "closed": found.closed,
        "waiting_officer": found.waiting_officer,
        "waiting_user": found.waiting_user,
        "on_time": found.on_time,
        "judged": found.judged,
        "response": (
            found.first_response.n,
            None if found.first_response.median is None else found.first_response.median / 60,
        ),
    } == {key: expected[key] for key in expected if key not in ("stars", "answer")}
    count, mean = expected["stars"]
    assert found.rated == count
    assert mean is None or float(found.stars_mean or 0) == pytest.approx(mean, abs=0.051)
    assert (found.answer.n, found.answer.p90) == (len(expected["answer"][1]), _nearest(expected["answer"][1]))


def _nearest(days: list[int]) -> int | None:
    """The smallest day under or at which nine of ten lie, found by trying."""
    return next((day for day in days if 10 * sum(other <= day for other in days) >= 9 * len(days)), None)


def test_a_spread_of_nothing_is_nothing() -> None:
    assert (spread([]).n, spread([]).mean, spread([]).median, spread([]).p90) == (0, None, None, None)


def test_a_spread_of_one_is_that_one() -> None:
    assert (spread([3]).mean, spread([3]).median, spread([3]).p90) == (3, 3, 3)


def test_the_percentile_is_one_that_was_measured() -> None:
    assert spread(range(1, 11)).p90 == 9
    assert spread(range(1, 12)).p90 == 10
