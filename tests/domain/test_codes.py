"""Codes by e-mail: limits and checks (QUALITY.md §2 T5 to T8; DOMAIN.md §6 rule 16)."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.codes import (
    Check,
    Code,
    CodeRules,
    Limit,
    Sends,
    check,
    digest,
    may_send,
    tries_left,
    typed_code,
)
from tests.domain.cast import local

NOW = local("2026-11-23 10:00")
SENT = Code(sent_at=NOW)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - MINUTE * n for n in minutes]


# --- sending


def test_the_first_code_goes_out_at_once() -> None:
    verdict = may_send(Sends(), NOW)
    assert verdict.ok
    assert verdict.wait == timedelta(0)


@pytest.mark.parametrize(
    ("sends", "limit", "wait"),
    [
        (Sends(by_person_to_address=ago(0.5)), Limit.RESEND, MINUTE / 2),
        (Sends(to_address=ago(50, 30, 10)), Limit.ADDRESS_HOUR, MINUTE * 10),
        (Sends(to_address=ago(1400, 900, 600, 300, 90)), Limit.ADDRESS_DAY, MINUTE * 40),
        (Sends(by_person=ago(1000, 900, 600, 300, 90)), Limit.PERSON_DAY, MINUTE * 440),
        (Sends(by_person=ago(1430, 1000, 900, 600, 300, 90)), Limit.PERSON_DAY, MINUTE * 440),
        (Sends(by_office=ago(*[10] * 70, *[20] * 30)), Limit.OFFICE_HOUR, MINUTE * 40),
        (Sends(to_domain=ago(*[15] * 30)), Limit.DOMAIN_HOUR, MINUTE * 45),
        (Sends(by_person_to_address=ago(0.5), to_address=ago(50, 30, 0.5)), Limit.ADDRESS_HOUR, MINUTE * 10),
    ],
    ids=[
        "resend",
        "address hour",
        "address day",
        "person day",
        "beyond the limit",
        "office",
        "domain",
        "the longest wait counts",
    ],
)
def test_a_limit_says_which_it_is_and_how_long_to_wait(sends: Sends, limit: Limit, wait: timedelta) -> None:
    verdict = may_send(sends, NOW)
    assert not verdict.ok
    assert (verdict.limit, verdict.wait) == (limit, wait)


@pytest.mark.parametrize(
    "sends",
    [
        Sends(by_person_to_address=ago(1)),
        Sends(to_address=ago(60, 30, 10)),
        Sends(to_address=ago(1440, 900, 600, 300, 90)),
        Sends(by_person=ago(1440, 900, 600, 300, 90)),
        Sends(by_office=ago(*[10] * 99)),
        Sends(by_person=ago(0.1)),
    ],
    ids=[
        "a minute later",
        "an hour later",
        "a day later",
        "person, a day later",
        "last of the hour",
        "another address",
    ],
)
def test_at_the_edge_of_a_limit_a_code_goes_out(sends: Sends) -> None:
    assert may_send(sends, NOW).ok


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 1500)), st.lists(st.integers(0, 1500)))
def test_after_the_named_wait_the_code_goes_out(address: list[int], person: list[int]) -> None:
    sends = Sends(to_address=ago(*address), by_person=ago(*person), by_person_to_address=ago(*address))
    assert may_send(sends, NOW + may_send(sends, NOW).wait).ok


def test_t8_fifty_persons_cannot_bomb_one_address() -> None:
    sent: list[datetime] = []
    for step in range(24 * 60):
        now = NOW + MINUTE * step
        if may_send(Sends(to_address=sent, by_person=sent[-1:] if step % 50 == 0 else ()), now).ok:
            sent.append(now)
    assert len(sent) == 5


def test_an_office_may_set_other_limits() -> None:
    assert may_send(Sends(to_address=ago(50, 30, 10)), NOW, CodeRules(address_per_hour=4)).ok


# --- checking


@pytest.mark.parametrize(
    ("code", "after", "right", "wrong"),
    [
        (SENT, MINUTE, Check.RIGHT, Check.WRONG),
        (SENT, MINUTE * 10, Check.RIGHT, Check.WRONG),
        (SENT, MINUTE * 10 + timedelta(seconds=1), Check.EXPIRED, Check.EXPIRED),
        (replace(SENT, tries=4), MINUTE, Check.RIGHT, Check.WRONG),
        (replace(SENT, tries=5), MINUTE, Check.DEAD, Check.DEAD),
        (replace(SENT, used_at=NOW), MINUTE, Check.USED, Check.USED),
        (replace(SENT, tries=5, used_at=NOW), DAY, Check.USED, Check.USED),
    ],
    ids=["fresh", "at ten minutes", "at 10:01", "fifth try", "sixth try", "used", "used and old"],
)
def test_t5_a_code_is_checked(code: Code, after: timedelta, right: Check, wrong: Check) -> None:
    assert check(code, NOW + after, matches=True) is right
    assert check(code, NOW + after, matches=False) is wrong


def test_t5_of_a_thousand_guesses_five_are_heard() -> None:
    code, outcomes = SENT, []
    for _ in range(1000):
        outcome = check(code, NOW, matches=False)
        outcomes.append(outcome)
        code = replace(code, tries=code.tries + (outcome is Check.WRONG))
    assert outcomes == [Check.WRONG] * 5 + [Check.DEAD] * 995
    assert tries_left(code) == 0


def test_the_tries_left_are_counted_down() -> None:
    assert [tries_left(replace(SENT, tries=tries)) for tries in range(7)] == [5, 4, 3, 2, 1, 0, 0]


@pytest.mark.parametrize("text", ["123456", " 123 456 ", "123-456", "123.456", "123456.", "12 34 56\n"])
def test_a_code_is_read_as_people_type_it(text: str) -> None:
    assert typed_code(text) == "123456"


@pytest.mark.parametrize("text", ["", "12345", "1234567", "kode 123456", "١٢٣٤٥٦", "12a456"])
def test_anything_else_is_no_code(text: str) -> None:
    assert typed_code(text) is None


def test_t6_a_digest_is_bound_to_person_address_purpose_and_key() -> None:
    key = random.Random(0).randbytes(32)
    bound = {"person": "telegram:111", "address": "siti@contoh.go.id", "purpose": "register"}
    stored = digest("123456", key=key, **bound)
    assert digest("123456", key=key, **bound) == stored
    others = [
        digest("123457", key=key, **bound),
        digest("123456", key=key[::-1], **bound),
        *(digest("123456", key=key, **{**bound, name: "x"}) for name in bound),
    ]
    assert stored not in others
