"""A second, slow calculation of the figures, which shares nothing with the first: it walks days and minutes."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import mean, median
from typing import Any

from bot.domain.calendar import WorkingCalendar
from storage.ticket_events import TicketEvent

OUTSIDE = {"cancelled", "not_service", "duplicate", "spam", "test"}
TELLING = {"referred", "download", "formal_request", "province_only", "unavailable", "sectoral"}
MINUTE = timedelta(minutes=1)


@dataclass
class Round:
    """One cycle, told as a story."""

    type: str
    opened: datetime
    due: datetime
    word: str = "officer"
    paused: datetime | None = None
    first: datetime | None = None
    mark: datetime | None = None
    spoken: datetime | None = None
    closed: datetime | None = None
    reason: str = ""
    stars: int | None = None
    again: bool = False
    marks: list[str] = field(default_factory=list)


def rounds(events: list[TicketEvent]) -> list[Round]:
    found: dict[tuple[int, int], Round] = {}
    for event in events:
        key = (event.ticket_id, event.cycle)
        if event.kind in ("opened", "reopened"):
            due = datetime.fromisoformat(event.data["due_at"])
            found[key] = Round(event.data["type"], event.at, due, again=event.kind == "reopened")
            continue
        told = found[key]
        human = event.actor.startswith("officer:")
        if event.kind == "first_response" and human and not told.first:
            told.first = event.at
        elif event.kind == "delivered":
            told.spoken = event.at
            if told.word != "pause":
                told.word = "user"
        elif event.kind == "asked":
            told.paused, told.word = told.paused or event.at, "pause"
        elif event.kind == "user_spoke":
            told.word = "officer"
        elif event.kind == "resumed":
            told.paused, told.due = None, datetime.fromisoformat(event.data["due_at"])
        elif event.kind == "answered":
            told.mark = told.mark or event.at
            if told.word == "pause":
                told.word = "user"
        elif event.kind == "type_changed":
            told.type = event.data["after"]
        elif event.kind == "closed":
            told.closed, told.reason = event.at, event.data["reason"]
        elif event.kind == "rated":
            told.stars = event.data["stars"]
    return list(found.values())


def figures(
    events: list[TicketEvent], first: date, last: date, calendar: WorkingCalendar, now: datetime
) -> dict[str, Any]:
    """The main figures of the days from `first` to `last`, both included."""
    zone = calendar.zone

    def inside(moment: datetime | None) -> bool:
        return moment is not None and first <= moment.astimezone(zone).date() <= last

    every = rounds(events)
    services = [told for told in every if told.reason not in OUTSIDE]
    judged = [told for told in services if inside(told.due)]
    timely = [_on_time(told, now) for told in judged]
    answers = [told for told in services if inside(_answer(told))]
    responses = [_minutes(told.opened, told.first, calendar) for told in services if told.first and inside(told.first)]
    stars = [told.stars for told in services if inside(told.closed) and told.stars]
    return {
        "opened": sum(inside(told.opened) for told in every),
        "reopened": sum(inside(told.opened) and told.again for told in every),
        "closed": sum(inside(told.closed) for told in every),
        "waiting_officer": sum(told.word == "officer" and not told.closed for told in every),
        "waiting_user": sum(told.word != "officer" and not told.closed for told in every),
        "on_time": timely.count(True),
        "judged": len(timely) - timely.count(None),
        "stars": (len(stars), round(mean(stars), 6) if stars else None),
        "response": (len(responses), median(responses) if responses else None),
        "answer": (len(answers), sorted(_days(told, calendar) for told in answers)),
    }


def _answer(told: Round) -> datetime | None:
    if told.mark:
        return told.mark
    if not told.closed:
        return None
    return told.spoken or (told.closed if told.reason in TELLING else None)


def _on_time(told: Round, now: datetime) -> bool | None:
    """None: outside the denominator."""
    if told.mark:
        return told.mark <= told.due
    if told.closed:
        answer = _answer(told)
        return answer is not None and answer <= told.due
    if told.word == "user" and told.spoken:
        return told.spoken <= told.due if now > told.due else None
    return False if now > told.due else None


def _days(told: Round, calendar: WorkingCalendar) -> int:
    """Working days after the day of receipt, counted one by one."""
    answer = _answer(told)
    assert answer is not None
    day, end, count = told.opened.astimezone(calendar.zone).date(), answer.astimezone(calendar.zone).date(), 0
    while day < end:
        day += timedelta(days=1)
        count += calendar.is_working_day(day)
    return count


def _minutes(start: datetime, end: datetime, calendar: WorkingCalendar) -> int:
    """Open minutes between two whole minutes."""
    count, moment = 0, start
    while moment < end:
        count += calendar.is_open(moment)
        moment += MINUTE
    return count
