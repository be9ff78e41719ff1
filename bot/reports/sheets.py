"""The sheets of a report, each a function from the material to its tables (DOMAIN.md §5); SHEETS is their order."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bot.domain.lifecycle import CLOSE_REASONS
from bot.domain.skm import band_of
from bot.domain.sla import MANY_PAUSES, Verdict, answered_at, judge
from bot.reports.book import Column, Kind, Row, Sheet, Table
from bot.reports.cycles import TicketCycle, id_of
from bot.reports.figures import RESPONSES, Figures, answer_days, response_class
from bot.reports.indicators import besides, indicators, rounded
from bot.reports.material import Material
from storage.complaints import Complaint
from storage.rows import stamp

# Fewer ratings than this would point at a person.
FEW_RATINGS = 3


def summary(material: Material) -> Sheet:
    """Ringkasan: each figure beside that of the period before."""
    now, before = indicators(material.figures), indicators(material.before)
    rows: list[Row] = [[key, [kind, value], [kind, before[key][1]]] for key, (kind, value) in now.items()]
    rows += [[key, [kind, value], None] for key, (kind, value) in besides(material).items()]
    columns = (
        Column("indicator", Kind.CODE, "indicator"),
        Column("value", Kind.MEASURE),
        Column("before", Kind.MEASURE),
    )
    notes = ("requests", "on_time", "first_response", "answer_days", "rated", "ikm")
    return Sheet("summary", (Table("summary", columns, rows, notes),))


_GROUP = (
    Column("requests", Kind.COUNT),
    Column("closed", Kind.COUNT),
    Column("judged", Kind.COUNT),
    Column("on_time", Kind.COUNT),
    Column("share", Kind.SHARE),
    Column("response_median", Kind.HOURS),
    Column("answer_median", Kind.DAYS),
    Column("rated", Kind.COUNT),
    Column("stars", Kind.STARS),
)


def _group(found: Figures) -> Row:
    stars = found.stars_mean
    return [
        found.opened,
        found.closed,
        found.judged,
        found.on_time,
        found.share,
        rounded(found.first_response.median),
        rounded(found.answer.median),
        found.rated,
        None if stars is None else float(stars),
    ]


def trend(material: Material) -> Sheet:
    months = {month.first.isoformat()[:7]: found for month, found in material.months.items()}
    rows = [[month, *_group(found)] for month, found in months.items()]
    notes = ("requests", "on_time", "first_response", "answer_days")
    by_type: list[Row] = [[month, type, n] for month, found in months.items() for type, n in found.by_type.items()]
    columns = (Column("month", Kind.MONTH), Column("type", Kind.CODE, "type"), Column("requests", Kind.COUNT))
    return Sheet(
        "trend",
        (
            Table("trend", (Column("month", Kind.MONTH), *_GROUP), rows, notes),
            Table("types_by_month", columns, by_type, ("requests",)),
        ),
    )


def _split(material: Material, column: Column, key: Callable[[TicketCycle], str]) -> Table:
    rows = [[value, *_group(part.figures())] for value, part in material.portion.by(key).items()]
    return Table(f"by_{column.key}", (column, *_GROUP), rows, ("requests", "on_time", "first_response", "answer_days"))


def types(material: Material) -> Sheet:
    return Sheet("types", (_split(material, Column("type", Kind.CODE, "type"), lambda cycle: cycle.type),))


def people(material: Material) -> Sheet:
    """Per kategori pengguna: only what people are asked for, and may skip."""

    def origin(cycle: TicketCycle) -> str:
        return material.facts[cycle.ticket_id].origin or "unknown"

    def use(cycle: TicketCycle) -> str:
        return material.facts[cycle.ticket_id].use_for or "unknown"

    def channel(cycle: TicketCycle) -> str:
        return material.facts[cycle.ticket_id].channel

    return Sheet(
        "people",
        (
            _split(material, Column("origin", Kind.CODE, "origin"), origin),
            _split(material, Column("use", Kind.CODE, "use"), use),
            _split(material, Column("channel", Kind.CODE, "means"), channel),
        ),
    )


def officers(material: Material) -> Sheet:
    """Per petugas. Ratings are hidden under three, and shown to the supervisor only (see snapshots)."""
    rows = []
    for officer, part in material.portion.by(lambda cycle: cycle.officer_id).items():
        row = [material.officers.get(officer) if officer else None, *_group(part.figures())]
        rated = row[-2]
        rows.append(row if rated >= FEW_RATINGS else [*row[:-2], None, None])
    table = Table("by_officer", (Column("officer", Kind.TEXT), *_GROUP), rows, ("officers", "on_time"))
    return Sheet("officers", (table,))


def punctuality(material: Material) -> Sheet:
    """Ketepatan waktu: how the due cycles ended, and by name those that were late or need a look."""
    part = material.portion
    verdicts = Counter(judge(cycle.sla, part.at) for cycle in part.cycles)
    counted: list[Row] = [[verdict.value, verdicts[verdict]] for verdict in Verdict]
    classes = Counter(response_class(seconds) for seconds in part.response_seconds)
    responses: list[Row] = [[key, classes[key]] for _, key in RESPONSES]
    late = [cycle for cycle, timely in part.judged if not timely]
    flagged = [cycle for cycle in part.cycles if cycle.hasty or cycle.pauses > MANY_PAUSES]
    return Sheet(
        "punctuality",
        (
            Table(
                "verdicts",
                (Column("verdict", Kind.CODE, "verdict"), Column("count", Kind.COUNT)),
                counted,
                ("on_time",),
            ),
            Table(
                "responses",
                (Column("response", Kind.CODE, "response"), Column("count", Kind.COUNT)),
                responses,
                ("first_response",),
            ),
            _named("late", late, material, ("late",)),
            _named("flagged", flagged, material, ("flagged",)),
        ),
    )


def _named(key: str, cycles: Sequence[TicketCycle], material: Material, notes: tuple[str, ...]) -> Table:
    columns = (
        Column("number", Kind.TEXT),
        Column("type", Kind.CODE, "type"),
        Column("officer", Kind.TEXT),
        Column("opened", Kind.DAY),
        Column("due", Kind.DAY),
        Column("answered", Kind.DAY),
        Column("pauses", Kind.COUNT),
        Column("reopened", Kind.COUNT),
    )
    rows: list[Row] = [
        [
            material.facts[cycle.ticket_id].number,
            cycle.type,
            material.officers.get(cycle.officer_id) if cycle.officer_id else None,
            stamp(cycle.opened_at),
            stamp(cycle.sla.due_at),
            _moment(answered_at(cycle.sla)),
            cycle.pauses,
            cycle.number - 1,
        ]
        for cycle in cycles
    ]
    return Table(key, columns, rows, notes, tuple(map(id_of, cycles)))


def reasons(material: Material) -> Sheet:
    """Every reason to close with its count, so that what is left out of the figures hides no lateness (rule 27)."""
    counts = material.figures.by_reason
    rows: list[Row] = [
        [key, counts.get(key, 0), reason.counts_in_sla, reason.counts_in_rating]
        for key, reason in CLOSE_REASONS.items()
    ]
    columns = (
        Column("reason", Kind.CODE, "reason"),
        Column("count", Kind.COUNT),
        Column("in_sla", Kind.FLAG),
        Column("in_rating", Kind.FLAG),
    )
    return Sheet("reasons", (Table("reasons", columns, rows, ("reasons",)),))


def satisfaction(material: Material) -> Sheet:
    """Kepuasan: stars and the index apart, each with its n."""
    found = material.figures
    stars: list[Row] = [[str(star), n, _part(n, found.rated)] for star, n in found.stars.items()]
    survey = material.survey
    scores: list[Row] = [
        [score.element, score.n, score.total, _ratio(score.nrr), None if score.nrr is None else band_of(25 * score.nrr)]
        for score in survey.scores
    ]
    return Sheet(
        "satisfaction",
        (
            Table(
                "stars",
                (Column("stars", Kind.CODE, "star"), Column("count", Kind.COUNT), Column("share", Kind.SHARE)),
                stars,
                ("stars", "rated"),
            ),
            Table(
                "skm",
                (
                    Column("element", Kind.CODE, "element"),
                    Column("n", Kind.COUNT),
                    Column("total", Kind.COUNT),
                    Column("nrr", Kind.INDEX),
                    Column("grade", Kind.TEXT),
                ),
                scores,
                ("ikm", "ikm_uneven") if survey.is_uneven else ("ikm",),
            ),
        ),
    )


def feedback(material: Material) -> Sheet:
    """Umpan balik: words without a name and without a ticket's number."""
    said = material.feedback
    columns = (
        Column("type", Kind.CODE, "type"),
        Column("stars", Kind.COUNT),
        Column("feedback", Kind.TEXT, free=True),
    )
    rows: list[Row] = [[cycle.type, cycle.stars, None] for cycle in said]
    return Sheet("feedback", (Table("feedback", columns, rows, ("feedback",), tuple(map(id_of, said))),))


def complaints(material: Material) -> Sheet:
    """Pengaduan: that they came and were answered in time; what they say is the supervisor's alone."""
    at = material.portion.at
    columns = (
        Column("number", Kind.TEXT),
        Column("received", Kind.DAY),
        Column("due", Kind.DAY),
        Column("answered", Kind.DAY),
        Column("anonymous", Kind.FLAG),
        Column("state", Kind.CODE, "complaint_state"),
    )
    rows: list[Row] = [
        [
            complaint.number,
            stamp(complaint.at),
            stamp(complaint.due_at),
            _moment(complaint.answered_at if complaint.answered_at and complaint.answered_at < at else None),
            complaint.anonymous,
            _complaint_state(complaint, at),
        ]
        for complaint in material.complaints
    ]
    return Sheet("complaints", (Table("complaints", columns, rows, ("complaints",)),))


def _complaint_state(complaint: Complaint, at: datetime) -> str:
    answered = complaint.answered_at if complaint.answered_at and complaint.answered_at < at else None
    if answered:
        return "answered" if answered <= complaint.due_at else "answered_late"
    return "open" if at <= complaint.due_at else "overdue"


def tickets(material: Material) -> Sheet:
    """Daftar tiket: a row for each cycle that has a part in the figures."""
    columns = (
        Column("number", Kind.TEXT),
        Column("asked_day", Kind.DAY),
        Column("asked_clock", Kind.CLOCK),
        Column("channel", Kind.CODE, "means"),
        Column("type", Kind.CODE, "type"),
        Column("origin", Kind.CODE, "origin"),
        Column("use", Kind.CODE, "use"),
        Column("summary", Kind.TEXT, free=True),
        Column("officer", Kind.TEXT),
        Column("responded", Kind.DAY),
        Column("answered", Kind.DAY),
        Column("due", Kind.DAY),
        Column("closed", Kind.DAY),
        Column("answer_days", Kind.COUNT),
        Column("timely", Kind.FLAG),
        Column("user_days", Kind.DAYS),
        Column("status", Kind.CODE, "status"),
        Column("reason", Kind.CODE, "reason"),
        Column("reopened", Kind.COUNT),
        Column("stars", Kind.COUNT),
        Column("feedback", Kind.TEXT, free=True),
        Column("silastik", Kind.TEXT, free=True),
    )
    cycles = material.portion.cycles
    judged = {id_of(cycle): timely for cycle, timely in material.portion.judged}
    rows = [_ticket(cycle, material, judged.get(id_of(cycle))) for cycle in cycles]
    notes = ("requests", "on_time", "answer_days", "user_days")
    return Sheet("tickets", (Table("tickets", columns, rows, notes, tuple(map(id_of, cycles))),))


def _ticket(cycle: TicketCycle, material: Material, timely: bool | None) -> Row:
    facts, part = material.facts[cycle.ticket_id], material.portion
    opened = stamp(cycle.opened_at)
    return [
        facts.number,
        opened,
        opened,
        facts.channel,
        cycle.type,
        facts.origin or "unknown",
        facts.use_for or "unknown",
        None,
        material.officers.get(cycle.officer_id) if cycle.officer_id else None,
        _moment(cycle.first_response_at),
        _moment(answered_at(cycle.sla)),
        stamp(cycle.sla.due_at),
        _moment(cycle.sla.closed_at),
        answer_days(cycle, part.calendar),
        timely,
        round(cycle.waited_for_user(part.at).total_seconds() / 86_400, 1),
        cycle.status.value,
        cycle.sla.reason.key if cycle.sla.reason else None,
        cycle.number - 1,
        cycle.stars,
        None,
        None,
    ]


SHEETS: tuple[Callable[[Material], Sheet], ...] = (
    summary,
    trend,
    types,
    people,
    officers,
    punctuality,
    reasons,
    satisfaction,
    feedback,
    complaints,
    tickets,
)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def _ratio(value: Any) -> float | None:
    return None if value is None else round(float(value), 4)


def _part(n: int, of: int) -> float | None:
    return round(n / of, 6) if of else None
