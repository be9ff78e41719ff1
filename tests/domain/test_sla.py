"""The 3-working-day promise: due moments, pauses and verdicts (DOMAIN.md §0.1, §3, §5; SK No. 107)."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.complaints import reply_due
from bot.domain.lifecycle import CLOSE_REASONS
from bot.domain.sla import (
    Cycle,
    Pause,
    Verdict,
    answered_at,
    counts,
    due_after_pause,
    due_at,
    due_with_pauses,
    has_many_pauses,
    judge,
)
from tests.domain.cast import RAMADAN_2027, WIB, WIT, WITA, ZONES, calendar, local, shown

DUE = local("2026-11-26 15:30")
BEFORE, AFTER = DUE - timedelta(hours=2), DUE + timedelta(hours=2)
LATER = DUE + timedelta(days=7)


def cycle(
    *,
    mark: datetime | None = None,
    answer: datetime | None = None,
    last_word: bool = False,
    paused: datetime | None = None,
    closed: datetime | None = None,
    why: str = "answered",
) -> Cycle:
    return Cycle(
        due_at=DUE,
        marked_at=mark,
        last_answer_at=answer,
        officer_spoke_last=last_word,
        paused_since=paused,
        closed_at=closed,
        reason=CLOSE_REASONS[why] if closed else None,
    )


# --- the vectors of DOMAIN.md §3


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-23 10:00", "Thu 2026-11-26 15:30"),
        ("2026-11-27 16:40", "Wed 2026-12-02 15:30"),
        ("2026-11-28 09:00", "Wed 2026-12-02 15:30"),
        ("2026-12-22 09:00", "Tue 2026-12-29 15:30"),
        ("2027-03-05 10:00", "Thu 2027-03-18 15:30"),
    ],
    ids=["plain", "friday after hours", "saturday", "christmas", "lebaran"],
)
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_due_is_the_end_of_service_of_the_third_working_day(received: str, due: str, zone: ZoneInfo) -> None:
    assert shown(due_at(local(received, zone), calendar(zone)), zone) == due


@pytest.mark.parametrize(
    ("zone", "due"), [(WIB, "Thu 2026-11-26"), (WITA, "Fri 2026-11-27"), (WIT, "Fri 2026-11-27")], ids=str
)
def test_the_day_of_receipt_is_the_office_s_own(zone: ZoneInfo, due: str) -> None:
    received = datetime.fromisoformat("2026-11-23T16:30+00:00")
    assert shown(due_at(received, calendar(zone)), zone).startswith(due)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-27 16:40", "Thu 2026-12-03 15:30"),
        ("2026-11-27 16:00", "Wed 2026-12-02 15:30"),
        ("2026-11-27 06:00", "Wed 2026-12-02 15:30"),
        ("2026-11-28 09:00", "Thu 2026-12-03 15:30"),
        ("2026-12-24 09:00", "Thu 2026-12-31 15:30"),
    ],
    ids=["after closing", "at closing", "before opening", "saturday", "cuti bersama"],
)
def test_with_the_cut_off_what_comes_too_late_counts_from_the_next_working_day(received: str, due: str) -> None:
    assert shown(due_at(local(received), calendar(), cutoff=True)) == due


def test_an_office_may_promise_other_days() -> None:
    assert shown(due_at(local("2026-11-23 10:00"), calendar(), days=1)) == "Tue 2026-11-24 15:30"


def test_a_friday_due_ends_with_friday_s_hours() -> None:
    assert shown(due_at(local("2026-11-24 10:00"), calendar())) == "Fri 2026-11-27 16:00"


def test_rule_20_a_holiday_added_later_moves_a_due_counted_anew_and_no_other() -> None:
    received = local("2026-11-23 10:00")
    election = replace(calendar(), closures={local("2026-11-25 12:00").date(): "Pilkada"})
    assert shown(due_at(received, election)) == "Fri 2026-11-27 16:00"
    assert shown(due_at(received, calendar())) == "Thu 2026-11-26 15:30"


def test_complaints_are_due_within_five_working_days() -> None:
    assert shown(reply_due(local("2026-11-23 10:00"), calendar())) == "Mon 2026-11-30 15:30"
    assert shown(reply_due(local("2026-11-23 10:00"), calendar(), days=14)) == "Fri 2026-12-11 16:00"


# --- pauses


MONDAY_TEN, LONG_AFTER = "2026-11-23 10:00", "2026-12-31 12:00"


def due_after(*pauses: tuple[str, str | None], received: str = MONDAY_TEN, now: str = LONG_AFTER) -> str:
    told = [Pause(local(start), local(end) if end else None) for start, end in pauses]
    return shown(due_with_pauses(local(received), calendar(), told, now=local(now)))


def test_four_hours_of_pause_move_a_due_of_half_past_three_to_noon_of_the_next_working_day() -> None:
    assert due_after(("2026-11-24 09:00", "2026-11-24 13:00")) == "Fri 2026-11-27 12:00"


def test_a_pause_at_night_moves_nothing() -> None:
    assert due_after(("2026-11-23 18:00", "2026-11-24 07:30")) == "Thu 2026-11-26 15:30"


def test_a_pause_begun_on_the_day_of_receipt_counts_like_any_other() -> None:
    assert due_after(("2026-11-23 11:00", "2026-11-23 12:00")) == "Fri 2026-11-27 09:00"


def test_rule_11_an_answer_on_a_holiday_resumes_on_the_next_working_day() -> None:
    christmas = ("2026-12-23 14:30", "2026-12-26 10:00")
    assert due_after(christmas, received="2026-12-22 09:00") == "Wed 2026-12-30 09:00"


def test_a_pause_never_repairs_a_due_that_was_missed() -> None:
    assert due_after(("2026-11-26 15:31", "2026-11-30 12:00")) == "Thu 2026-11-26 15:30"


def test_a_pause_begun_in_time_may_outlast_the_due_moment() -> None:
    assert due_after(("2026-11-26 15:00", "2026-11-27 09:00")) == "Fri 2026-11-27 09:30"


def test_a_pause_begun_at_the_very_due_moment_is_in_time_as_an_answer_would_be() -> None:
    assert due_after(("2026-11-26 15:30", "2026-11-27 09:00")) == "Fri 2026-11-27 09:00"


def test_a_second_pause_is_judged_by_the_due_moment_the_first_one_moved() -> None:
    first, second = ("2026-11-24 09:00", "2026-11-24 13:00"), ("2026-11-27 11:00", "2026-11-27 11:30")
    assert due_after(first, second) == "Fri 2026-11-27 12:30"
    assert due_after(second) == "Thu 2026-11-26 15:30"


def test_what_is_paused_twice_counts_once() -> None:
    overlapping = ("2026-11-24 09:00", "2026-11-24 13:00"), ("2026-11-24 10:00", "2026-11-24 12:00")
    assert due_after(*overlapping) == "Fri 2026-11-27 12:00"


def test_an_open_pause_counts_up_to_now() -> None:
    assert due_after(("2026-11-24 09:00", None), now="2026-11-24 11:00") == "Fri 2026-11-27 10:00"
    assert due_after(("2026-11-24 09:00", None), now="2026-11-24 13:00") == "Fri 2026-11-27 12:00"


def test_seconds_of_a_pause_are_not_lost() -> None:
    pause = Pause(local("2026-11-24 09:00:10"), local("2026-11-24 09:00:55"))
    moved = due_after_pause(DUE, pause, calendar(), now=LATER)
    assert moved == local("2026-11-27 08:00:45")


def test_rule_11_more_than_two_pauses_are_flagged() -> None:
    pause = Pause(BEFORE, AFTER)
    assert not has_many_pauses([pause] * 2)
    assert has_many_pauses([pause] * 3)


# --- Lebaran 2027 in three zones


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_lebaran_2027_from_the_last_friday_of_ramadan_to_the_answer(zone: ZoneInfo) -> None:
    office = calendar(zone, ranges=(RAMADAN_2027,))
    received = local("2027-03-05 10:00", zone)
    due = due_at(received, office)
    assert shown(due, zone) == "Thu 2027-03-18 15:30"
    assert shown(office.next_opening(local("2027-03-05 15:30", zone)), zone) == "Tue 2027-03-16 08:00"

    asked = Pause(local("2027-03-05 14:00", zone), local("2027-03-12 21:00", zone))
    assert office.working_time(asked.start, asked.end or due) == timedelta(hours=1, minutes=30)
    moved = due_with_pauses(received, office, [asked], now=due)
    assert shown(moved, zone) == "Fri 2027-03-19 09:30"
    assert moved == due_after_pause(due, asked, office, now=due)


# --- when the information was delivered (DOMAIN.md §0.1)

DELIVERIES: list[tuple[str, Cycle, datetime | None]] = [
    ("open", cycle(), None),
    ("open and unmarked", cycle(answer=BEFORE), None),
    ("marked, still open", cycle(mark=BEFORE, answer=AFTER), BEFORE),
    ("unmarked at close: the last message", cycle(answer=BEFORE, closed=AFTER), BEFORE),
    ("the first mark stands, whatever came later", cycle(mark=BEFORE, answer=AFTER, closed=LATER), BEFORE),
    ("closed without a word", cycle(closed=AFTER), None),
    ("silent after a question only", cycle(closed=LATER, why="silent"), None),
    ("the referral itself", cycle(closed=BEFORE, why="referred"), BEFORE),
    ("the refusal itself", cycle(closed=BEFORE, why="sectoral"), BEFORE),
]


@pytest.mark.parametrize(("story", "expected"), [d[1:] for d in DELIVERIES], ids=[d[0] for d in DELIVERIES])
def test_the_information_is_delivered(story: Cycle, expected: datetime | None) -> None:
    assert answered_at(story) == expected


# --- verdicts

SECOND = timedelta(seconds=1)
STORIES: list[tuple[str, Cycle, datetime, Verdict, bool | None]] = [
    ("open, not due", cycle(), BEFORE, Verdict.OPEN, None),
    ("open, at the due moment", cycle(), DUE, Verdict.OPEN, None),
    ("open, a second past due", cycle(), DUE + SECOND, Verdict.LATE, False),
    ("marked in time, still open", cycle(mark=BEFORE), LATER, Verdict.ON_TIME, True),
    ("marked at the due moment", cycle(mark=DUE), LATER, Verdict.ON_TIME, True),
    ("marked late", cycle(mark=DUE + SECOND), LATER, Verdict.LATE, False),
    ("unmarked, not due", cycle(answer=BEFORE, last_word=True), BEFORE, Verdict.UNMARKED, None),
    ("unmarked, answered in time, past due", cycle(answer=BEFORE, last_word=True), AFTER, Verdict.UNMARKED, True),
    ("unmarked, answered late", cycle(answer=AFTER, last_word=True), LATER, Verdict.UNMARKED, False),
    ("the user asked again, past due", cycle(answer=BEFORE), AFTER, Verdict.LATE, False),
    ("paused", cycle(paused=BEFORE), AFTER, Verdict.PAUSED, None),
    ("paused after a missed due", cycle(paused=AFTER), LATER, Verdict.LATE, False),
    ("silent, answered in time", cycle(answer=BEFORE, closed=LATER, why="silent"), LATER, Verdict.ON_TIME, True),
    ("closed, last message in time", cycle(answer=BEFORE, closed=AFTER), LATER, Verdict.ON_TIME, True),
    ("closed, last message late", cycle(answer=AFTER, closed=LATER), LATER, Verdict.LATE, False),
    ("closed in time without any answer", cycle(closed=BEFORE), LATER, Verdict.UNANSWERED, False),
    ("closed while paused", cycle(paused=BEFORE, closed=LATER, why="silent"), LATER, Verdict.NO_REPLY, None),
    ("greeted, closed while paused", cycle(answer=BEFORE, paused=BEFORE, closed=LATER), LATER, Verdict.NO_REPLY, None),
    ("marked, closed while paused", cycle(mark=BEFORE, paused=BEFORE, closed=LATER), LATER, Verdict.ON_TIME, True),
    ("paused too late, closed so", cycle(paused=AFTER, closed=LATER, why="silent"), LATER, Verdict.UNANSWERED, False),
    ("referred while paused", cycle(paused=BEFORE, closed=BEFORE, why="referred"), LATER, Verdict.ON_TIME, True),
    ("referred too late", cycle(closed=AFTER, why="referred"), LATER, Verdict.LATE, False),
    ("spam", cycle(closed=LATER, why="spam"), LATER, Verdict.EXCLUDED, None),
    ("no service, marked late", cycle(mark=AFTER, closed=LATER, why="not_service"), LATER, Verdict.EXCLUDED, None),
]


@pytest.mark.parametrize(("story", "now", "verdict", "share"), [s[1:] for s in STORIES], ids=[s[0] for s in STORIES])
def test_a_cycle_is_judged(story: Cycle, now: datetime, verdict: Verdict, share: bool | None) -> None:
    assert judge(story, now) is verdict
    assert counts(story, now) is share


@pytest.mark.parametrize("why", [key for key, reason in CLOSE_REASONS.items() if reason.answers])
def test_rule_19_referrals_and_refusals_count_as_answered_at_their_close(why: str) -> None:
    assert judge(cycle(closed=BEFORE, why=why), LATER) is Verdict.ON_TIME


def test_rule_27_only_what_is_no_consultation_is_excluded() -> None:
    excluded = [key for key in CLOSE_REASONS if judge(cycle(closed=LATER, why=key), LATER) is Verdict.EXCLUDED]
    assert excluded == ["cancelled", "withdrawn", "not_service", "duplicate", "spam", "test"]
