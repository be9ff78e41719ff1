"""Seven days of the user's silence (SK No. 107, procedure 4; DOMAIN.md §0.2, §6 rules 3 to 7)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.calendar import BadHours
from bot.domain.silence import (
    Outage,
    QuietHours,
    SilencePlan,
    Step,
    is_in_time,
    next_step,
    outage_shift,
    plan,
    warnings_due,
)
from tests.domain.cast import WIB, ZONES, local, shown

NIGHT = QuietHours.parse("20:00-08:00")
LAST_WORD = local("2026-11-23 14:00")
PLAN = plan(LAST_WORD, zone=WIB, quiet=NIGHT)
SECOND = timedelta(seconds=1)


def wall(silence: SilencePlan, zone: ZoneInfo = WIB) -> list[str]:
    return [shown(moment, zone) for moment in (*silence.warn_at, silence.close_at)]


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_vector_of_the_domain_closes_not_before_the_next_monday_at_two(zone: ZoneInfo) -> None:
    silence = plan(local("2026-11-23 14:00", zone), zone=zone, quiet=NIGHT)
    assert wall(silence, zone) == ["Sat 2026-11-28 14:00", "Sun 2026-11-29 14:00", "Mon 2026-11-30 14:00"]


def test_calendar_days_count_over_lebaran_too() -> None:
    silence = plan(local("2027-03-05 14:00"), zone=WIB, quiet=NIGHT)
    assert wall(silence) == ["Wed 2027-03-10 14:00", "Thu 2027-03-11 14:00", "Fri 2027-03-12 14:00"]


@pytest.mark.parametrize(
    ("last_word", "close"),
    [
        ("2026-11-23 19:59", "Mon 2026-11-30 19:59"),
        ("2026-11-23 20:00", "Tue 2026-12-01 08:00"),
        ("2026-11-24 00:00", "Tue 2026-12-01 08:00"),
        ("2026-11-24 07:59", "Tue 2026-12-01 08:00"),
        ("2026-11-24 08:00", "Tue 2026-12-01 08:00"),
    ],
)
def test_rule_07_quiet_hours_delay_and_never_advance(last_word: str, close: str) -> None:
    assert wall(plan(local(last_word), zone=WIB, quiet=NIGHT))[-1] == close


def test_quiet_hours_are_those_of_the_office_s_zone() -> None:
    last_word = datetime.fromisoformat("2026-11-23T12:30+00:00")
    assert [shown(plan(last_word, zone=zone, quiet=NIGHT).close_at, zone)[-5:] for zone in ZONES] == [
        "19:30",
        "08:00",
        "08:00",
    ]


def test_without_quiet_hours_the_exact_moments_stand() -> None:
    silence = plan(local("2026-11-23 23:00"), zone=WIB, quiet=None)
    assert wall(silence) == ["Sat 2026-11-28 23:00", "Sun 2026-11-29 23:00", "Mon 2026-11-30 23:00"]


def test_an_office_may_choose_other_days_in_any_order() -> None:
    silence = plan(LAST_WORD, zone=WIB, quiet=NIGHT, silence_days=10, warn_after_days=(9, 3))
    assert wall(silence) == ["Thu 2026-11-26 14:00", "Wed 2026-12-02 14:00", "Thu 2026-12-03 14:00"]


def test_quiet_hours_within_one_day_are_possible() -> None:
    noon = QuietHours.parse("12:00 - 13.00")
    assert noon == QuietHours(time(12), time(13))
    assert shown(noon.after(local("2026-11-23 12:30"), WIB)) == "Mon 2026-11-23 13:00"
    assert shown(noon.after(local("2026-11-23 13:00"), WIB)) == "Mon 2026-11-23 13:00"


@pytest.mark.parametrize("text", ["", "20:00", "20:00-25:00", "malam", "20:00-08:00-09:00"])
def test_quiet_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(BadHours) as caught:
        QuietHours.parse(text)
    assert caught.value.text == text


# --- outages


def test_rule_05_only_outages_longer_than_a_day_stop_the_clock() -> None:
    day = Outage(LAST_WORD, LAST_WORD + timedelta(hours=24))
    longer = Outage(LAST_WORD + timedelta(days=2), LAST_WORD + timedelta(days=3, hours=1))
    assert outage_shift([day], LAST_WORD) == timedelta(0)
    assert outage_shift([day, longer], LAST_WORD) == timedelta(hours=25)


def test_rule_05_an_outage_counts_from_the_last_delivered_message_on() -> None:
    outage = Outage(LAST_WORD - timedelta(hours=20), LAST_WORD + timedelta(hours=10))
    assert outage_shift([outage], LAST_WORD) == timedelta(hours=10)
    assert outage_shift([outage], LAST_WORD + timedelta(days=1)) == timedelta(0)


def test_rule_05_a_long_outage_shifts_warnings_and_close() -> None:
    silence = plan(LAST_WORD, zone=WIB, quiet=NIGHT, shift=timedelta(hours=30))
    assert wall(silence) == ["Mon 2026-11-30 08:00", "Tue 2026-12-01 08:00", "Wed 2026-12-02 08:00"]


def test_rule_05_a_reply_on_day_seven_is_judged_by_when_it_was_sent() -> None:
    assert is_in_time(PLAN.close_at, PLAN.close_at)
    assert not is_in_time(PLAN.close_at + SECOND, PLAN.close_at)


# --- what to do now


def test_the_user_is_warned_twice_and_closed_once() -> None:
    first, second = PLAN.warn_at
    assert next_step(PLAN, first - SECOND, warnings=0, arrived=False) is Step.WAIT
    assert next_step(PLAN, first, warnings=0, arrived=False) is Step.WARN
    assert next_step(PLAN, first + SECOND, warnings=1, arrived=True) is Step.WAIT
    assert next_step(PLAN, second, warnings=1, arrived=True) is Step.WARN
    assert next_step(PLAN, PLAN.close_at - SECOND, warnings=2, arrived=True) is Step.WAIT
    assert next_step(PLAN, PLAN.close_at, warnings=2, arrived=True) is Step.CLOSE


def test_rule_06_nothing_closes_when_no_warning_arrived() -> None:
    assert next_step(PLAN, PLAN.close_at, warnings=2, arrived=False) is Step.HOLD
    assert next_step(PLAN, PLAN.close_at + timedelta(days=30), warnings=2, arrived=False) is Step.HOLD
    assert next_step(PLAN, PLAN.close_at, warnings=1, arrived=True) is Step.CLOSE


def test_warnings_missed_in_a_downtime_are_given_as_one() -> None:
    back = PLAN.warn_at[1] + timedelta(hours=1)
    assert next_step(PLAN, back, warnings=0, arrived=False) is Step.WARN
    assert warnings_due(PLAN, back) == 2
    assert next_step(PLAN, back, warnings=warnings_due(PLAN, back), arrived=False) is Step.WAIT


def test_back_only_after_the_close_was_due_the_user_is_warned_first() -> None:
    assert next_step(PLAN, PLAN.close_at + timedelta(hours=1), warnings=0, arrived=False) is Step.WARN
