"""The life of a ticket (SK No. 107, procedure 2 to 4; DOMAIN.md §6)."""

from datetime import timedelta
from functools import reduce
from itertools import product

import pytest

from bot.domain.lifecycle import (
    CLOSE_REASONS,
    TRANSITIONS,
    Actor,
    Event,
    IllegalChange,
    Status,
    apply,
    is_hasty,
    may_cancel,
    may_reopen,
    parse_reason,
    reopen_until,
)
from tests.domain.cast import local

CLOSED_AT = local("2026-11-23 14:00")


def after(*events: Event) -> Status:
    return reduce(apply, events, Status.DRAFT)


def test_a_consultation_goes_from_question_to_close() -> None:
    story = Event.SUBMITTED, Event.OFFICER_DELIVERED, Event.USER_WROTE, Event.OFFICER_DELIVERED, Event.CLOSED
    assert [after(*story[:n]) for n in range(1, 6)] == [
        Status.WAITING_OFFICER,
        Status.WAITING_USER,
        Status.WAITING_OFFICER,
        Status.WAITING_USER,
        Status.CLOSED,
    ]


@pytest.mark.parametrize(("status", "event"), [pair for pair in product(Status, Event) if pair not in TRANSITIONS])
def test_what_the_table_does_not_hold_is_refused(status: Status, event: Event) -> None:
    with pytest.raises(IllegalChange) as caught:
        apply(status, event)
    assert (caught.value.status, caught.value.event) == (status, event)


def test_rule_03_only_an_officer_seven_days_of_silence_or_an_early_cancel_closes() -> None:
    closing = {(before, event) for (before, event), status in TRANSITIONS.items() if status is Status.CLOSED != before}
    assert {event for _, event in closing} == {Event.CLOSED, Event.SILENT, Event.CANCELLED, Event.CONSENT_WITHDRAWN}
    assert {before for before, event in closing if event is Event.SILENT} == {Status.WAITING_USER, Status.PAUSED}
    assert {before for before, event in closing if event is Event.CANCELLED} == {Status.WAITING_OFFICER}


def test_rule_03_said_answered_is_no_reply_and_leaves_the_silence_running() -> None:
    assert after(Event.SUBMITTED, Event.OFFICER_DELIVERED, Event.SAID_ANSWERED) is Status.WAITING_USER
    assert Status.WAITING_USER.silence_runs


def test_rule_03_a_user_may_cancel_only_before_any_officer_reply() -> None:
    assert may_cancel(Status.WAITING_OFFICER, first_response_at=None)
    assert not may_cancel(Status.WAITING_OFFICER, first_response_at=CLOSED_AT)
    assert not may_cancel(Status.PAUSED, first_response_at=None)
    assert not may_cancel(Status.CLOSED, first_response_at=None)


def test_rule_04_silence_runs_only_while_the_user_has_the_next_word() -> None:
    assert [status for status in Status if status.silence_runs] == [Status.WAITING_USER, Status.PAUSED]


@pytest.mark.parametrize("event", [Event.USER_WROTE, Event.STILL_NEEDED])
@pytest.mark.parametrize("word", [Event.OFFICER_DELIVERED, Event.QUESTION_DELIVERED])
def test_rule_04_any_word_of_the_user_makes_the_officer_owe_the_answer(event: Event, word: Event) -> None:
    assert after(Event.SUBMITTED, word, event) is Status.WAITING_OFFICER


def test_rule_11_only_a_delivered_question_pauses_and_only_the_user_s_word_or_the_answer_ends_it() -> None:
    into = {event for (before, event), status in TRANSITIONS.items() if status is Status.PAUSED != before}
    out = {event for (before, event), status in TRANSITIONS.items() if before is Status.PAUSED != status}
    assert into == {Event.QUESTION_DELIVERED}
    assert out == {
        Event.USER_WROTE,
        Event.STILL_NEEDED,
        Event.SAID_ANSWERED,
        Event.ANSWER_MARKED,
        Event.WITHDRAWN,  # the question itself was taken back
        Event.CLOSED,
        Event.SILENT,
        Event.CONSENT_WITHDRAWN,
    }


def test_rule_12_a_closed_ticket_takes_no_message_without_asking() -> None:
    assert [status for status in Status if status.is_open] == [
        Status.WAITING_OFFICER,
        Status.WAITING_USER,
        Status.PAUSED,
    ]


def test_what_was_written_before_the_close_and_delivered_after_it_leaves_the_ticket_closed() -> None:
    assert after(Event.SUBMITTED, Event.CLOSED, Event.OFFICER_DELIVERED, Event.ANSWER_MARKED) is Status.CLOSED


def test_rule_09_a_reopened_ticket_waits_for_the_officer() -> None:
    assert after(Event.SUBMITTED, Event.CLOSED, Event.REOPENED) is Status.WAITING_OFFICER


def test_rule_09_a_ticket_can_be_reopened_for_seven_days_to_the_second() -> None:
    last = local("2026-11-30 14:00")
    assert reopen_until(CLOSED_AT) == last
    assert may_reopen(CLOSED_AT, last)
    assert not may_reopen(CLOSED_AT, last + timedelta(seconds=1))
    assert may_reopen(CLOSED_AT, last + timedelta(seconds=1), days=8)


def test_rule_09_a_reopening_within_a_day_of_the_close_is_flagged() -> None:
    assert is_hasty(closed_at=CLOSED_AT, reopened_at=CLOSED_AT + timedelta(hours=24))
    assert not is_hasty(closed_at=CLOSED_AT, reopened_at=CLOSED_AT + timedelta(hours=24, seconds=1))


# --- close reasons


def test_rule_27_reasons_outside_the_promise_are_outside_the_rating_too() -> None:
    outside = [key for key, reason in CLOSE_REASONS.items() if not reason.counts_in_sla]
    assert outside == ["cancelled", "withdrawn", "not_service", "duplicate", "spam", "test"]
    assert outside == [key for key, reason in CLOSE_REASONS.items() if not reason.counts_in_rating]


def test_rule_08_both_closings_ask_for_a_rating() -> None:
    assert CLOSE_REASONS["answered"].counts_in_rating
    assert CLOSE_REASONS["silent"].counts_in_rating


def test_rule_19_referrals_and_refusals_tell_the_answer_by_themselves() -> None:
    answers = {key for key, reason in CLOSE_REASONS.items() if reason.answers}
    assert answers == {"referred", "download", "formal_request", "province_only", "unavailable", "sectoral"}


@pytest.mark.parametrize(
    ("text", "key", "rest"),
    [
        ("rujuk", "referred", ""),
        ("Rujuk Dinas Pertanian, (0624) 21207", "referred", "Dinas Pertanian, (0624) 21207"),
        ("bukan layanan", "not_service", ""),
        ("  BUKAN   Layanan  salah alamat", "not_service", "salah alamat"),
        ("bukan salah alamat", "not_service", "salah alamat"),
        ("data sektoral Dinas Kesehatan", "sectoral", "Dinas Kesehatan"),
        ("tidak tersedia", "unavailable", ""),
        ("selesai", "answered", ""),
        ("spam", "spam", ""),
        ("province_only", "province_only", ""),
    ],
)
def test_officers_name_the_reason_in_their_own_words(text: str, key: str, rest: str) -> None:
    assert parse_reason(text) == (CLOSE_REASONS[key], rest)


@pytest.mark.parametrize("text", ["", "entah", "rujukan", "silent", "cancelled"])
def test_unknown_words_and_reasons_of_others_are_no_officer_s_reason(text: str) -> None:
    assert parse_reason(text) is None


def test_every_alias_leads_to_one_reason_and_only_officers_reasons_have_any() -> None:
    words = [(word, reason) for reason in CLOSE_REASONS.values() for word in reason.aliases]
    assert len({word for word, _ in words}) == len(words)
    assert all(parse_reason(word) == (reason, "") for word, reason in words)
    assert {reason.by for _, reason in words} == {Actor.OFFICER}
