"""The book of a month, every figure computed by hand from the story in test_report."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.lifecycle import CLOSE_REASONS
from bot.reports import snapshots
from bot.reports.book import Book, Kind, as_text, checksum_of, from_text
from bot.reports.periods import parse
from bot.reports.snapshots import Asked
from storage import ratings
from tests.reports.cast import OFFICE, Desk
from tests.reports.test_report import AFTER, a_month_of_work


def asked(desk: Desk, period: str = "2026-11", *, now: str = AFTER, correction: str = "") -> Asked:
    moment = desk.moment(now)
    wanted = parse(period, today=desk.calendar.local_date(moment))
    return Asked(OFFICE, wanted, desk.calendar, moment, actor="admin:1", correction=correction)


async def told(desk: Desk, wanted: Asked) -> Book:
    """The book, frozen if it is to be, as the command does it."""
    async with desk.store.reader() as reader:
        book, new = await snapshots.book_of(reader, wanted)
    if new:
        await desk.store.run(snapshots.keep, new)
    return book


def summary(book: Book) -> dict[str, Any]:
    return {key: value[1] for key, value, _ in book.table("summary").rows if value}


def rows(book: Book, key: str) -> list[dict[str, Any]]:
    table = book.table(key)
    return [dict(zip([column.key for column in table.columns], row, strict=True)) for row in table.rows]


async def test_the_summary_of_a_month_is_as_computed_by_hand(desk: Desk) -> None:
    await a_month_of_work(desk)
    assert summary(await told(desk, asked(desk))) == {
        "requests": 8,
        "reopened": 0,
        "finished": 3,  # 6 closed, without the silent one, the cancelled one and the spam
        "closed_silent": 1,
        "cancelled": 1,
        "not_service": 1,
        "waiting_officer": 1,
        "waiting_user": 1,
        "judged": 5,
        "on_time": 3,
        "late": 2,
        "share": 0.6,
        "response_mean": 46_200,  # 1 h, 7.5 h and 30 h
        "response_median": 27_000,
        "response_p90": 108_000,
        "answer_mean": 1.75,  # 0, 1, 2 and 4 working days
        "answer_median": 1.5,
        "answer_p90": 4,
        "closable": 4,
        "rated": 2,
        "stars": 4.5,
        "ikm": None,
        "grade": None,
        "respondents": 0,
        "offered": 0,
        "self_service": 0,
        "complaints": 0,
    }


async def test_referrals_by_link_are_counted_where_there_are_any(desk: Desk) -> None:
    """Shown on the 4th, due on the 5th, taken on the 9th: in time. Shown on the 6th: late, whenever it was taken."""
    taken = ("2026-11-09 09:00 refer_taken to=1209 brought=True", "2026-11-09 09:00 closed reason=referred")
    for shown in ("2026-11-04 09:00", "2026-11-06 09:00"):
        answered = f"2026-11-09 09:00 answered answered_at={desk.moment(shown).isoformat()}"
        await desk.ticket("2026-11-02 09:00 opened", "2026-11-04 09:00 refer_offered to=1209", answered, *taken)
    await desk.ticket("2026-11-10 09:00 opened referred_from=1209-2611-0001", "2026-11-10 09:00 refer_came origin=1209")
    found = summary(await told(desk, asked(desk)))
    assert (found["referred_out"], found["referred_in"]) == (2, 1)
    assert (found["judged"], found["on_time"], found["finished"]) == (3, 1, 2)
    assert "referred_out" not in summary(await told(desk, asked(desk, "2026-10")))


async def test_the_list_of_tickets_says_for_each_what_became_of_it(desk: Desk) -> None:
    await a_month_of_work(desk)
    found = rows(await told(desk, asked(desk)), "tickets")
    short = [(row["number"][-1], row["type"], row["answer_days"], row["timely"], row["reason"]) for row in found]
    assert short == [
        ("1", "data", 0, True, "answered"),
        ("2", "classification", 1, True, "silent"),
        ("3", "data", 2, True, "referred"),
        ("4", "data", 4, False, "answered"),
        ("5", "data", None, False, None),
        ("6", "unsure", 0, None, "spam"),
        ("7", "unsure", None, None, "cancelled"),
        ("8", "data", None, None, None),
    ]
    assert found[1]["user_days"] == 7.1  # from 10 Nov 09:00 to 17 Nov 12:00
    assert found[1]["stars"] == 4


async def test_every_reason_to_close_falls_under_one_of_the_four_ends(desk: Desk) -> None:
    for reason in CLOSE_REASONS:
        await desk.ticket("2026-11-02 09:00 opened", f"2026-11-02 10:00 closed reason={reason}")
    found = summary(await told(desk, asked(desk)))
    ends = {end: found[end] for end in ("finished", "closed_silent", "cancelled", "not_service")}
    assert ends == {"finished": len(CLOSE_REASONS) - 7, "closed_silent": 1, "cancelled": 2, "not_service": 4}


async def test_every_reason_to_close_is_listed_also_the_ones_that_do_not_count(desk: Desk) -> None:
    await a_month_of_work(desk)
    found = {row["reason"]: (row["count"], row["in_sla"]) for row in rows(await told(desk, asked(desk)), "reasons")}
    assert found["spam"] == (1, False)
    assert found["silent"] == (1, True)
    assert found["duplicate"] == (0, False)
    assert sum(count for count, _ in found.values()) == 6


async def test_how_cycles_stand_against_the_due_date_adds_up(desk: Desk) -> None:
    await a_month_of_work(desk)
    found = {row["verdict"]: row["count"] for row in rows(await told(desk, asked(desk)), "verdicts")}
    assert found == {
        "on_time": 3, "late": 2, "open": 0, "paused": 1, "unmarked": 0, "unanswered": 0, "no_reply": 0, "excluded": 2,
    }  # fmt: skip


async def test_the_late_ones_are_named(desk: Desk) -> None:
    await a_month_of_work(desk)
    assert [row["number"][-1] for row in rows(await told(desk, asked(desk)), "late")] == ["4", "5"]


async def test_ratings_of_an_officer_are_hidden_under_three_and_from_all_but_the_supervisor(desk: Desk) -> None:
    for name, stars in (("Siti", (5, 4, 3)), ("Budi", (1, 1))):
        officer = await desk.officer(name)
        for star in stars:
            await desk.ticket(
                "2026-11-02 09:00 opened",
                f"2026-11-02 10:00 answered by=officer:{officer}",
                f"2026-11-02 10:00 delivered by=officer:{officer}",
                "2026-11-02 11:00 closed reason=answered",
                f"2026-11-02 12:00 rated stars={star}",
            )
    book = await told(desk, asked(desk))
    assert [(row["officer"], row["rated"], row["stars"]) for row in rows(book, "by_officer")] == [
        ("1. Siti", 3, 4.0),
        ("2. Budi", None, None),
    ]
    shown = snapshots.without_ratings_of_officers(book)
    assert [row["stars"] for row in rows(shown, "by_officer")] == [None, None]


async def test_an_empty_month_has_every_table_and_no_invented_figure(desk: Desk) -> None:
    book = await told(desk, asked(desk))
    assert set(summary(book).values()) == {0, None}
    assert len(book.table("trend").rows) == 6
    assert book.table("tickets").rows == []


async def test_a_closed_period_is_told_once(desk: Desk) -> None:
    await a_month_of_work(desk)
    first = await told(desk, asked(desk))
    await desk.ticket("2026-11-03 09:00 opened")  # came to light later
    again = await told(desk, asked(desk, now="2027-03-01 09:00"))
    assert as_text(again) == as_text(first)
    assert (again.version, again.checksum) == (1, checksum_of(as_text(first)))


async def test_a_correction_is_a_new_version_with_its_reason(desk: Desk) -> None:
    await a_month_of_work(desk)
    await told(desk, asked(desk))
    await desk.ticket("2026-11-03 09:00 opened")
    corrected = await told(desk, asked(desk, correction="tiket yang terlewat"))
    assert (corrected.version, corrected.reason, summary(corrected)["requests"]) == (2, "tiket yang terlewat", 9)
    assert (await told(desk, asked(desk))).version == 2
    same = await told(desk, asked(desk, correction="sekali lagi"))
    assert same.version == 2, "what did not change is no correction"


async def test_a_running_period_and_the_first_hour_after_it_are_not_frozen(desk: Desk) -> None:
    await a_month_of_work(desk)
    for now, running in (("2026-11-30 12:00", True), ("2026-12-01 00:59", True), ("2026-12-01 01:00", False)):
        book = await told(desk, asked(desk, now=now))
        assert book.head["running"] is running
        assert bool(book.checksum) is not running


async def test_what_people_wrote_is_never_frozen_and_comes_masked(desk: Desk) -> None:
    number = await desk.ticket("2026-11-02 09:00 opened", "2026-11-02 11:00 closed reason=answered")
    text = "Terima kasih, balas ke siti@contoh.id atau 0812-3456-7890 ya"
    await desk.store.run(_rate, number, desk, text)
    book = await told(desk, asked(desk))
    assert rows(book, "feedback")[0]["feedback"] == "Terima kasih, balas ke •••@••• atau ••• ya"
    assert "Terima" not in as_text(book)
    await desk.store.run(_erase_feedback)
    again = await told(desk, asked(desk))
    assert rows(again, "feedback")[0]["feedback"] is None
    assert again.checksum == book.checksum


async def _rate(tx: Any, number: str, desk: Desk, text: str) -> None:
    from storage import tickets

    ticket = await tickets.of_number(tx, OFFICE, number)
    assert ticket is not None
    await ratings.put(tx, OFFICE, ticket.id, 1, stars=5, at=desk.moment("2026-11-02 12:00"))
    await ratings.add_feedback(tx, ticket.id, 1, text)


async def test_a_book_comes_back_from_its_text_as_it_was(desk: Desk) -> None:
    await a_month_of_work(desk)
    text = as_text(await told(desk, asked(desk)))
    assert as_text(from_text(text)) == text


@pytest.mark.parametrize(
    ("typed", "name", "before", "months"),
    [
        ("2026-10", "2026-10", "2026-09", 1),
        ("2026-01", "2026-01", "2025-12", 1),
        ("2026-Q1", "2026-Q1", "2025-Q4", 3),
        ("2026-S2", "2026-S2", "2026-S1", 6),
        ("2026", "2026", "2025", 12),
        ("2026-02-01..2026-04-30", "2026-02-01..2026-04-30", "2025-11-01..2026-01-31", 3),
        ("2026-10-12..2026-10-14", "2026-10-12..2026-10-14", "2026-10-09..2026-10-11", 1),
        ("2026-10-31..2026-11-01", "2026-10-31..2026-11-01", "2026-10-29..2026-10-30", 2),
    ],
)
def test_the_period_before_is_as_long(desk: Desk, typed: str, name: str, before: str, months: int) -> None:
    period = parse(typed, today=desk.moment(AFTER).date())
    assert (period.name, period.before.name, len(period.months)) == (name, before, months)


async def test_every_cell_is_of_the_kind_of_its_column(desk: Desk) -> None:
    await a_month_of_work(desk)
    book = await told(desk, asked(desk))
    for sheet in book.sheets:
        for table in sheet.tables:
            for column in table.columns:
                assert all(_fits(column.kind, cell) for cell in table.column(column.key)), (table.key, column.key)
    assert replace(book) == book


def _fits(kind: Kind, cell: Any) -> bool:
    if cell is None:
        return True
    if kind is Kind.MEASURE:
        return _fits(Kind(cell[0]), cell[1])
    if kind in (Kind.TEXT, Kind.CODE, Kind.DAY, Kind.CLOCK, Kind.MONTH):
        return isinstance(cell, str)
    return isinstance(cell, bool) if kind is Kind.FLAG else isinstance(cell, int | float)


async def _erase_feedback(tx: Any) -> None:
    await tx.execute("UPDATE ratings SET feedback = NULL")


async def test_the_trend_counts_a_closed_month_once(desk: Desk) -> None:
    await a_month_of_work(desk)
    first = await told(desk, asked(desk))
    await desk.ticket("2026-10-05 09:00 opened", "2026-10-05 10:00 closed reason=answered")  # came to light later
    december = await told(desk, asked(desk, "2026-12", now="2027-01-04 09:00"))
    row = {row["month"]: row for row in rows(december, "trend")}
    assert row["2026-11"] == {row["month"]: row for row in rows(first, "trend")}["2026-11"]
    assert row["2026-10"]["requests"] == 0
    corrected = await told(desk, asked(desk, "2026-12", now="2027-01-04 09:00", correction="Oktober dihitung lagi"))
    assert {row["month"]: row["requests"] for row in rows(corrected, "trend")}["2026-10"] == 1


async def test_the_trend_follows_the_newest_correction_whichever_report_it_was_asked_for(desk: Desk) -> None:
    await a_month_of_work(desk)
    for period in ("2026-10", "2026-12"):
        await told(desk, asked(desk, period, now="2027-01-04 09:00"))
    for period, requests in (("2026-12", 1), ("2026-10", 2)):
        await desk.ticket("2026-10-05 09:00 opened", "2026-10-05 10:00 closed reason=answered")
        await told(desk, asked(desk, period, now="2027-01-04 09:00", correction="tiket terlewat"))
        quarter = await told(desk, asked(desk, f"2026-10-01..2026-12-{30 + requests - 1}", now="2027-01-04 09:00"))
        assert {row["month"]: row["requests"] for row in rows(quarter, "trend")}["2026-10"] == requests
