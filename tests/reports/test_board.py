"""/sla: the board on Wednesday 25 November 2026, 10:00, and on days when the office rests."""

import json
import random
from typing import Any

import pytest

from bot.desk.topics import link_to
from bot.reports.board import lines
from bot.texts import Texts
from storage import tickets
from tests.reports.cast import OFFICE, Desk

NOW = "2026-11-25 10:00"
FOUR_LINES = ["2026-11-19 09:00", "2026-11-20 09:00", "2026-11-23 09:00", "2026-11-24 09:00"]
"""Opened so that they were due yesterday, are due today, tomorrow, and on Friday."""


async def four_waiting(desk: Desk) -> list[str]:
    return [await desk.ticket(f"{opened} opened") for opened in FOUR_LINES]


async def test_an_empty_desk_has_an_empty_board(desk: Desk) -> None:
    assert await desk.board(now=NOW) == {
        "today": "2026-11-25",
        "working": True,
        "overdue": 0,
        "due_today": 0,
        "due_tomorrow": 0,
        "waiting_officer": 0,
        "waiting_user": 0,
        "on_time": 0,
        "judged": 0,
        "share": None,
        "first_response_median": None,
        "rows": [],
        "page": 1,
        "pages": 1,
        "closing_soon": [],
        "undelivered": 0,
    }


async def test_what_is_owed_is_counted_and_listed_by_its_due_day(desk: Desk) -> None:
    numbers = await four_waiting(desk)
    board = await desk.board(now=NOW)
    assert (board["overdue"], board["due_today"], board["due_tomorrow"], board["waiting_officer"]) == (1, 1, 1, 4)
    assert [(row["number"], row["left"]) for row in board["rows"]] == list(zip(numbers, (-1, 0, 1, 2), strict=True))


async def test_after_closing_time_what_was_due_today_is_overdue(desk: Desk) -> None:
    await four_waiting(desk)
    board = await desk.board(now="2026-11-25 15:31")
    assert (board["overdue"], board["due_today"], board["due_tomorrow"]) == (2, 0, 1)


async def test_on_a_weekend_tomorrow_is_the_next_working_day(desk: Desk) -> None:
    await desk.ticket("2026-11-25 09:00 opened")
    saturday = await desk.board(now="2026-11-28 10:00")
    assert (saturday["today"], saturday["working"]) == ("2026-11-28", False)
    assert (saturday["due_today"], saturday["due_tomorrow"], saturday["rows"][0]["left"]) == (0, 1, 1)


async def test_overdue_since_friday_is_overdue_by_a_day_on_saturday_and_on_monday(desk: Desk) -> None:
    await desk.ticket("2026-11-24 09:00 opened")
    for now in ("2026-11-28 10:00", "2026-11-30 10:00"):
        board = await desk.board(now=now)
        assert (board["overdue"], board["rows"][0]["left"]) == (1, -1)


async def test_a_holiday_is_no_working_day(desk: Desk) -> None:
    assert (await desk.board(now="2026-12-25 10:00"))["working"] is False


async def test_a_row_tells_type_officer_state_and_the_way_to_the_topic(desk: Desk) -> None:
    rina = await desk.officer("Rina Lubis")
    number = await desk.ticket("2026-11-24 09:00 opened", type="metadata", officer_id=rina, topic="77")
    (row,) = (await desk.board(now=NOW))["rows"]
    assert row == {
        "number": number,
        "type": "metadata",
        "officer": "Rina Lubis",
        "left": 2,
        "answered": False,
        "missed": False,
        "status": "waiting_officer",
        "link": "https://t.me/c/1234567890/77",
    }


async def test_a_ticket_whose_topic_is_not_made_yet_has_no_link(desk: Desk) -> None:
    await desk.ticket("2026-11-24 09:00 opened")
    (row,) = (await desk.board(now=NOW))["rows"]
    assert (row["link"], row["officer"]) == (None, None)


def test_only_supergroups_have_links() -> None:
    assert link_to("-1001234567890", "77") == "https://t.me/c/1234567890/77"
    assert link_to("-4711", "77") is None
    assert link_to("-1001234567890", None) is None


async def test_an_answered_ticket_is_never_overdue_and_stands_below_what_is_owed(desk: Desk) -> None:
    answered = await desk.ticket(
        "2026-11-16 09:00 opened",
        status="waiting_user",
        last_answer_at=desk.moment("2026-11-18 09:00"),
    )
    marked = await desk.ticket(
        "2026-11-16 09:00 opened", status="waiting_user", answered_at=desk.moment("2026-11-20 09:00")
    )
    owed = await desk.ticket("2026-11-24 09:00 opened")
    board = await desk.board(now=NOW)
    assert (board["overdue"], board["due_today"], board["waiting_officer"], board["waiting_user"]) == (0, 0, 1, 2)
    assert [(row["number"], row["left"]) for row in board["rows"]] == [(owed, 2), (answered, 1), (marked, -1)]


async def test_a_user_who_asks_again_after_the_answer_is_listed_but_not_overdue(desk: Desk) -> None:
    again = await desk.ticket("2026-11-16 09:00 opened", answered_at=desk.moment("2026-11-17 09:00"))
    owed = await desk.ticket("2026-11-24 09:00 opened")
    board = await desk.board(now=NOW)
    assert (board["overdue"], board["waiting_officer"]) == (0, 2)
    assert [row["number"] for row in board["rows"]] == [again, owed]


async def test_a_paused_ticket_keeps_the_days_it_had_and_is_neither_due_nor_overdue(desk: Desk) -> None:
    asked = desk.moment("2026-11-17 10:00")
    await desk.ticket("2026-11-16 10:00 opened", status="paused", paused_at=asked)
    board = await desk.board(now=NOW)
    assert (board["overdue"], board["due_today"], board["waiting_user"]) == (0, 0, 1)
    assert [(row["status"], row["left"]) for row in board["rows"]] == [("paused", 2)]


async def test_a_question_asked_too_late_leaves_the_ticket_overdue(desk: Desk) -> None:
    await desk.ticket("2026-11-16 10:00 opened", status="paused", paused_at=desk.moment("2026-11-20 10:00"))
    board = await desk.board(now=NOW)
    assert (board["overdue"], board["rows"][0]["left"]) == (1, -4)


async def test_closed_tickets_are_off_the_board(desk: Desk) -> None:
    await desk.ticket("2026-11-16 09:00 opened", "2026-11-17 09:00 closed reason=referred")
    assert (await desk.board(now=NOW))["rows"] == []


async def test_the_month_to_date_is_the_reports_own_figure(desk: Desk) -> None:
    await four_waiting(desk)
    await desk.ticket(
        "2026-11-02 09:00 opened",
        "2026-11-02 10:00 first_response",
        "2026-11-02 10:00 answered",
        "2026-11-02 10:00 closed reason=answered",
    )
    board, report = await desk.board(now=NOW), await desk.report("", now=NOW)
    assert (board["on_time"], board["judged"], board["share"], board["first_response_median"]) == (1, 2, 0.5, 3_600)
    assert all(board[key] == report[key] for key in ("on_time", "judged", "share", "first_response_median"))


async def test_what_closes_within_48_hours_is_named_the_next_first(desk: Desk) -> None:
    answer = {"status": "waiting_user", "last_answer_at": desk.moment("2026-11-20 10:00")}
    second = await desk.ticket("2026-11-19 09:00 opened", close_at=desk.moment("2026-11-27 10:00"), **answer)
    first = await desk.ticket("2026-11-19 09:00 opened", close_at=desk.moment("2026-11-25 11:00"), **answer)
    await desk.ticket("2026-11-19 09:00 opened", close_at=desk.moment("2026-11-27 10:01"), **answer)
    assert (await desk.board(now=NOW))["closing_soon"] == [first, second]


async def test_undelivered_are_officers_messages_that_did_not_reach_the_users_of_open_tickets(desk: Desk) -> None:
    open_one = await desk.ticket("2026-11-24 09:00 opened")
    for state in ("failed", "held", "sent", "queued"):
        await desk.message(open_one, state=state)
    await desk.message(open_one, state="held", follow_up="question")
    await desk.message(open_one, state="failed", follow_up=None)
    closed = await desk.ticket("2026-11-16 09:00 opened", "2026-11-17 09:00 closed reason=referred")
    await desk.message(closed, state="failed")
    assert (await desk.board(now=NOW))["undelivered"] == 3


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-25 15:30", "tenggat hari ini · menunggu petugas"),
        ("2026-11-25 15:31", "lewat tenggat pada harinya · menunggu petugas"),
        ("2026-11-26 08:00", "lewat 1 hari kerja · menunggu petugas"),
    ],
)
async def test_a_due_day_is_missed_when_its_service_hours_are_over(
    desk: Desk, texts: Texts, now: str, said: str
) -> None:
    await desk.ticket("2026-11-20 09:00 opened")
    assert said in texts.render("admin_sla", "id", **await desk.board(now=now)).casefold()


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        ("2026-11-24 09:00", "terjawab ·"),
        ("2026-11-25 09:00", "terjawab ·"),
        ("2026-11-25 16:00", "terjawab, lewat tenggat pada harinya ·"),
        ("2026-11-26 09:00", "terjawab, lewat 1 hari kerja ·"),
    ],
)
async def test_what_is_answered_has_no_days_left(desk: Desk, texts: Texts, answered: str, said: str) -> None:
    await desk.ticket("2026-11-20 09:00 opened", status="waiting_user", answered_at=desk.moment(answered))
    assert said in texts.render("admin_sla", "id", **await desk.board(now="2026-11-27 09:00")).casefold()


@pytest.mark.parametrize("plain_of_ten", [0, 3, 7, 10])
async def test_every_ticket_stands_on_one_page_and_in_its_place(desk: Desk, plain_of_ten: int) -> None:
    """Whichever of them are plain: of those only what a page needs is read."""
    chance = random.Random(plain_of_ten)
    others: list[dict[str, Any]] = [
        {"status": "waiting_user", "answered_at": desk.moment("2026-11-20 09:00")},
        {"answered_at": desk.moment("2026-11-20 09:00")},
        {"status": "paused", "paused_at": desk.moment("2026-11-20 10:00")},
    ]
    for _ in range(41):
        is_plain = chance.random() * 10 < plain_of_ten
        day = chance.choice(["16", "17", "18", "19", "20", "23"])
        await desk.ticket(f"2026-11-{day} 09:00 opened", **{} if is_plain else chance.choice(others))
    async with desk.store.reader() as reader:
        whole = lines(await tickets.board(reader, OFFICE), desk.calendar, desk.moment(NOW))
    pages = [await desk.board(now=NOW, page=page) for page in range(4)]
    assert [row["number"] for page in pages for row in page["rows"]] == [line.ticket.number for line in whole]
    assert {page["pages"] for page in pages} == {4}
    assert pages[0]["overdue"] == sum(line.overdue for line in whole)


async def test_the_board_holds_nothing_of_the_users(desk: Desk) -> None:
    await four_waiting(desk)
    assert "contoh.id" not in json.dumps(await desk.board(now=NOW))


async def test_the_board_is_drawn_in_both_languages(desk: Desk, texts: Texts) -> None:
    await four_waiting(desk)
    board = await desk.board(now=NOW)
    drawn = texts.render("admin_sla", "id", **board)
    assert "Rabu, 25 November 2026 · hari kerja" in drawn
    assert "lewat 1 hari kerja" in drawn
    assert texts.render("admin_sla", "en", **board)
