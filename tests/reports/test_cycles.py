"""Events become cycles: what is known of each at the moment up to which it is told. 23 Nov 2026 is a Monday."""

from datetime import date

from bot.domain.ids import OfficerId
from bot.domain.lifecycle import CLOSE_REASONS, Status
from bot.domain.sla import Verdict, answered_at, judge
from tests.domain.cast import calendar as calendar_of
from tests.domain.cast import local, shown
from tests.reports.cast import cycles

OPENED = "2026-11-23 10:00 opened"


def test_a_new_ticket_waits_for_an_officer_until_the_third_working_day() -> None:
    (cycle,) = cycles(f"{OPENED} type=metadata")
    assert cycle.status is Status.WAITING_OFFICER
    assert (cycle.type, cycle.number, cycle.reopened, cycle.officer_id) == ("metadata", 1, False, None)
    assert cycle.opened_at == local("2026-11-23 10:00")
    assert shown(cycle.sla.due_at) == "Thu 2026-11-26 15:30"
    assert judge(cycle.sla, local("2026-11-24 08:00")) is Verdict.OPEN


def test_the_last_type_given_counts() -> None:
    (cycle,) = cycles(
        OPENED,
        "2026-11-23 11:00 type_changed before=data after=metadata",
        "2026-11-23 12:00 type_changed before=metadata after=classification",
    )
    assert cycle.type == "classification"


def test_an_answer_delivered_but_not_marked_leaves_the_word_to_the_user() -> None:
    (cycle,) = cycles(OPENED, "2026-11-23 11:00 first_response", "2026-11-23 11:00 delivered")
    assert cycle.status is Status.WAITING_USER
    assert cycle.first_response_at == cycle.sla.last_answer_at == local("2026-11-23 11:00")
    assert judge(cycle.sla, local("2026-11-30 08:00")) is Verdict.UNMARKED


def test_the_user_who_writes_again_gives_the_word_back() -> None:
    (cycle,) = cycles(OPENED, "2026-11-23 11:00 delivered", "2026-11-24 11:00 user_spoke")
    assert cycle.status is Status.WAITING_OFFICER
    assert judge(cycle.sla, local("2026-11-27 08:00")) is Verdict.LATE


def test_the_first_answer_mark_of_a_cycle_stands() -> None:
    (cycle,) = cycles(OPENED, "2026-11-24 11:00 answered", "2026-11-25 11:00 answered by=user")
    assert cycle.sla.marked_at == local("2026-11-24 11:00")


def test_only_a_human_gives_the_first_response() -> None:
    (cycle,) = cycles(OPENED, "2026-11-23 10:01 first_response by=system", "2026-11-23 11:00 first_response")
    assert cycle.first_response_at == local("2026-11-23 11:00")


def test_a_question_rests_the_clock_until_the_user_replies() -> None:
    asked = (OPENED, "2026-11-24 15:00 asked", "2026-11-24 15:10 asked")
    (paused,) = cycles(*asked)
    assert paused.status is Status.PAUSED
    assert paused.sla.paused_since == local("2026-11-24 15:00")
    assert judge(paused.sla, local("2026-12-24 08:00")) is Verdict.PAUSED

    reply = ("2026-11-25 09:00 resumed due=2026-11-27T09:30", "2026-11-25 09:00 user_spoke")
    (resumed,) = cycles(*asked, *reply)
    assert resumed.status is Status.WAITING_OFFICER
    assert resumed.sla.paused_since is None
    assert shown(resumed.sla.due_at) == "Fri 2026-11-27 09:30"


def test_a_mark_on_a_paused_ticket_ends_the_pause_and_leaves_the_word_to_the_user() -> None:
    (cycle,) = cycles(
        OPENED,
        "2026-11-24 15:00 asked",
        "2026-11-25 09:00 answered by=user",
        "2026-11-25 09:00 resumed due=2026-11-27T09:30",
    )
    assert cycle.status is Status.WAITING_USER
    assert judge(cycle.sla, local("2026-11-30 08:00")) is Verdict.ON_TIME


def test_a_close_keeps_its_reason_and_moment() -> None:
    (cycle,) = cycles(OPENED, "2026-11-25 09:00 answered", "2026-11-25 09:05 closed reason=answered")
    assert cycle.status is Status.CLOSED
    assert cycle.sla.closed_at == local("2026-11-25 09:05")
    assert cycle.sla.reason == CLOSE_REASONS["answered"]


def test_an_answer_delivered_after_the_close_still_tells_when_it_was_answered() -> None:
    (cycle,) = cycles(OPENED, "2026-11-25 09:05 closed reason=answered", "2026-11-25 09:06 delivered")
    assert cycle.status is Status.CLOSED
    assert answered_at(cycle.sla) == local("2026-11-25 09:06")


def test_closed_while_paused_the_pause_counts_up_to_the_close() -> None:
    (cycle,) = cycles(OPENED, "2026-11-26 13:30 asked", "2026-11-30 09:00 closed reason=referred")
    assert shown(cycle.sla.due_at) == "Mon 2026-11-30 11:00"  # 2 h were left when the clock came to rest
    assert judge(cycle.sla, local("2026-12-01 08:00")) is Verdict.ON_TIME


def test_closed_while_paused_the_recorded_due_moment_stands_whatever_the_calendar_becomes() -> None:
    story = (OPENED, "2026-11-26 13:30 asked", "2026-11-30 09:00 closed reason=referred due=2026-11-30T11:00")
    closure = {date(2026, 11, 27): "Libur yang ditetapkan kemudian"}
    (cycle,) = cycles(*story, calendar=calendar_of(closures=closure))
    assert shown(cycle.sla.due_at) == "Mon 2026-11-30 11:00"


def test_what_was_overtaken_by_the_users_words_gives_nobody_the_next_word() -> None:
    (cycle,) = cycles(OPENED, "2026-11-24 09:00 asked overtaken=yes", "2026-11-24 09:05 delivered overtaken=yes")
    assert cycle.status is Status.WAITING_OFFICER
    assert cycle.sla.paused_since is None
    assert cycle.sla.last_answer_at == local("2026-11-24 09:05")


def test_a_mark_that_confirms_counts_from_when_the_answer_was_delivered() -> None:
    confirmed = "2026-11-30 10:00 answered by=user answered_at=2026-11-24T02:00:00+00:00"
    (cycle,) = cycles(OPENED, "2026-11-24 09:00 delivered", confirmed)
    assert judge(cycle.sla, local("2026-12-01 08:00")) is Verdict.ON_TIME


def test_a_question_asked_when_it_was_already_late_repairs_nothing() -> None:
    (cycle,) = cycles(OPENED, "2026-11-27 09:00 asked", "2026-12-04 09:00 closed reason=silent")
    assert shown(cycle.sla.due_at) == "Thu 2026-11-26 15:30"
    assert judge(cycle.sla, local("2026-12-05 08:00")) is Verdict.UNANSWERED


def test_a_moved_holiday_moves_the_due_moment() -> None:
    (cycle,) = cycles(OPENED, "2026-11-24 08:00 due_moved due=2026-11-27T16:00 by=admin:111")
    assert shown(cycle.sla.due_at) == "Fri 2026-11-27 16:00"


def test_an_extension_moves_nothing() -> None:
    (cycle,) = cycles(OPENED, "2026-11-24 08:00 extended until=later reason=data")
    assert shown(cycle.sla.due_at) == "Thu 2026-11-26 15:30"


def test_a_reopening_is_a_new_cycle_and_the_first_ones_result_stays() -> None:
    first, second = cycles(
        OPENED,
        "2026-11-24 09:00 taken by=officer:7",
        "2026-11-24 10:00 delivered by=officer:7",
        "2026-11-24 10:05 closed reason=answered",
        "2026-11-24 11:00 rated stars=2",
        "2026-11-24 12:00 rated stars=3",
        "2026-11-25 09:00 reopened by=user type=metadata hasty=yes",
    )
    assert (first.stars, first.status, first.reopened, first.hasty) == (3, Status.CLOSED, False, False)
    assert judge(first.sla, local("2026-12-01 08:00")) is Verdict.ON_TIME
    assert (second.stars, second.status, second.reopened, second.hasty) == (None, Status.WAITING_OFFICER, True, True)
    assert (second.type, second.officer_id) == ("metadata", OfficerId(7))
    assert second.first_response_at is None
    assert shown(second.sla.due_at) == "Mon 2026-11-30 15:30"


def test_who_has_the_ticket_is_who_took_it_or_else_who_wrote_first() -> None:
    (answered,) = cycles(OPENED, "2026-11-23 11:00 delivered by=officer:3", "2026-11-23 12:00 delivered by=officer:4")
    assert answered.officer_id == OfficerId(3)
    (taken,) = cycles(OPENED, "2026-11-23 11:00 delivered by=officer:3", "2026-11-23 12:00 taken by=officer:4")
    assert taken.officer_id == OfficerId(4)
    (released,) = cycles(OPENED, "2026-11-23 12:00 taken by=officer:4", "2026-11-23 13:00 released by=officer:4")
    assert released.officer_id is None


def test_what_changes_no_figure_is_passed_over() -> None:
    quiet = ("warned", "late", "feedback", "undelivered", "blocked")
    (cycle,) = cycles(OPENED, *(f"2026-11-24 09:0{n} {kind}" for n, kind in enumerate(quiet)))
    assert cycle == cycles(OPENED)[0]


def test_a_cycle_that_has_not_begun_yet_has_no_figure() -> None:
    assert cycles("2026-11-23 09:59 taken") == []


def test_words_that_crossed_the_border_of_a_period_in_another_order_do_no_harm() -> None:
    (cycle,) = cycles(OPENED, "2026-11-24 09:00 closed reason=answered", "2026-11-24 08:59 user_spoke")
    assert cycle.status is Status.CLOSED
