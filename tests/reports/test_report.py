"""/report: figures computed by hand. 1 November 2026 is a Sunday; service ends at 15:30, on Fridays at 16:00."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.reports.periods import BadPeriod
from bot.reports.report import report_params
from bot.texts import Texts
from storage import offers
from storage.base import Tx
from tests.domain.cast import WIB, WIT, WITA, calendar
from tests.reports.cast import Desk

AFTER = "2027-01-04 09:00"
NO_SURVEY = {"ikm": None, "band": None, "respondents": 0, "uneven": False}
NO_OFFERS = {"offered": 0, "self_answered": 0, "went_on": 0}
EMPTY: dict[str, Any] = (
    NO_SURVEY
    | NO_OFFERS
    | {
        "opened": 0,
        "reopened": 0,
        "hasty": 0,
        "closed": 0,
        "waiting_officer": 0,
        "waiting_user": 0,
        "by_type": [],
        "by_reason": [],
        "on_time": 0,
        "judged": 0,
        "share": None,
        "stars_mean": None,
        "rated": 0,
        "closable": 0,
        "first_response_median": None,
    }
)


async def a_month_of_work(desk: Desk) -> None:
    """November: three consultations in time, one late, one still open and late, a spam, a cancelled one, one paused."""
    await desk.ticket(
        "2026-11-02 09:00 opened",
        "2026-11-02 10:00 first_response",
        "2026-11-02 10:00 delivered",
        "2026-11-02 10:05 answered",
        "2026-11-03 09:00 closed reason=answered",
        "2026-11-03 09:30 rated stars=5",
    )
    await desk.ticket(
        "2026-11-09 09:00 opened type=metadata",
        "2026-11-10 09:00 type_changed before=metadata after=classification",
        "2026-11-10 09:00 first_response",  # 7.5 h of service later
        "2026-11-10 09:00 delivered",
        "2026-11-17 12:00 closed reason=silent",
        "2026-11-18 12:00 rated stars=4",
    )
    await desk.ticket("2026-11-10 14:30 opened", "2026-11-12 15:30 closed reason=referred")
    await desk.ticket(
        "2026-11-16 08:00 opened",
        "2026-11-20 08:00 first_response",  # 4 x 7.5 h
        "2026-11-20 08:00 delivered",
        "2026-11-20 09:00 closed reason=answered",
    )
    await desk.ticket("2026-11-17 08:00 opened", "2026-11-18 08:00 taken")
    await desk.ticket(
        "2026-11-18 08:00 opened type=unsure",
        "2026-11-18 08:10 first_response",
        "2026-11-18 08:10 delivered",
        "2026-11-18 08:20 closed reason=spam",
    )
    await desk.ticket("2026-11-18 09:00 opened type=unsure", "2026-11-18 09:10 closed reason=cancelled by=user")
    await desk.ticket("2026-11-19 08:00 opened", "2026-11-20 08:00 asked")


async def test_a_month_is_counted_as_by_hand(desk: Desk) -> None:
    await a_month_of_work(desk)
    assert await desk.report("2026-11", now=AFTER) == {
        "period": "November 2026",
        "opened": 8,
        "reopened": 0,
        "hasty": 0,
        "closed": 6,
        "waiting_officer": 1,
        "waiting_user": 1,
        "by_type": [
            {"type": "data", "n": 5},
            {"type": "unsure", "n": 2},
            {"type": "classification", "n": 1},
        ],
        "by_reason": [
            {"reason": "answered", "n": 2},
            {"reason": "cancelled", "n": 1},
            {"reason": "referred", "n": 1},
            {"reason": "silent", "n": 1},
            {"reason": "spam", "n": 1},
        ],
        "on_time": 3,
        "judged": 5,
        "share": 0.6,
        "stars_mean": 4.5,
        "rated": 2,
        "closable": 4,
        "first_response_median": 27_000,
        **NO_SURVEY | NO_OFFERS,
    }


async def test_a_month_without_anything_is_an_empty_report(desk: Desk) -> None:
    assert await desk.report("2026-11", now=AFTER) == EMPTY | {"period": "November 2026"}


async def test_a_period_that_nothing_touched_has_only_what_still_waits(desk: Desk) -> None:
    await a_month_of_work(desk)
    december = await desk.report("2026-12", now=AFTER)
    assert december == EMPTY | {"period": "Desember 2026", "waiting_officer": 1, "waiting_user": 1}
    assert await desk.report("2026-10", now=AFTER) == EMPTY | {"period": "Oktober 2026"}


async def test_what_happens_after_the_end_changes_nothing(desk: Desk) -> None:
    answered = await desk.ticket("2026-11-25 09:00 opened", "2026-11-26 09:00 delivered")
    late = await desk.ticket("2026-11-24 09:00 opened")
    closed = await desk.ticket("2026-11-24 09:00 opened", "2026-11-30 09:00 closed reason=answered")
    before = await desk.report("2026-11", now="2026-12-01 00:00")
    await desk.goes_on(answered, "2026-12-01 09:00 user_spoke", "2026-12-03 09:00 closed reason=not_service")
    await desk.goes_on(late, "2026-12-01 09:00 answered", "2026-12-01 09:00 type_changed after=metadata")
    await desk.goes_on(closed, "2026-12-01 08:00 rated stars=1", "2026-12-01 09:00 reopened")
    assert await desk.report("2026-11", now=AFTER) == before
    assert (before["on_time"], before["judged"], before["rated"], before["closable"]) == (1, 3, 0, 1)
    assert (before["waiting_officer"], before["waiting_user"]) == (1, 1)


async def test_a_due_day_in_the_next_month_counts_there_although_it_was_answered_before(desk: Desk) -> None:
    await desk.ticket("2026-11-27 09:00 opened", "2026-11-27 10:00 answered", "2026-11-27 10:00 closed reason=answered")
    november, december = await desk.report("2026-11", now=AFTER), await desk.report("2026-12", now=AFTER)
    assert (november["opened"], november["closed"], november["judged"]) == (1, 1, 0)
    assert (december["opened"], december["closed"], december["on_time"], december["judged"]) == (0, 0, 1, 1)


async def test_a_running_month_leaves_out_what_is_not_due_and_counts_what_is_answered(desk: Desk) -> None:
    await desk.ticket("2026-11-23 09:00 opened")
    await desk.ticket("2026-11-23 09:00 opened", "2026-11-23 10:00 answered")
    assert (await desk.report("", now="2026-11-26 15:30"))["judged"] == 1
    late = await desk.report("", now="2026-11-26 15:31")
    assert (late["on_time"], late["judged"], late["share"]) == (1, 2, 0.5)


async def test_rule_27_exclusions_are_listed_and_never_judged_rated_or_timed(desk: Desk) -> None:
    reasons = ("cancelled", "not_service", "duplicate", "spam", "test")
    for reason in reasons:
        await desk.ticket(
            "2026-11-02 09:00 opened",
            "2026-11-20 09:00 first_response",
            f"2026-11-20 09:00 closed reason={reason}",
            "2026-11-20 09:10 rated stars=1",
        )
    found = await desk.report("2026-11", now=AFTER)
    assert found["by_reason"] == [{"reason": reason, "n": 1} for reason in sorted(reasons)]
    assert (found["closed"], found["judged"], found["closable"], found["rated"]) == (5, 0, 0, 0)
    assert (found["stars_mean"], found["first_response_median"]) == (None, None)


async def test_closed_while_the_office_waited_for_the_user_is_outside_the_share_but_listed(desk: Desk) -> None:
    await desk.ticket("2026-11-02 09:00 opened", "2026-11-03 09:00 asked", "2026-11-10 09:00 closed reason=silent")
    found = await desk.report("2026-11", now=AFTER)
    assert (found["judged"], found["by_reason"]) == (0, [{"reason": "silent", "n": 1}])


async def test_closed_without_any_answer_is_late(desk: Desk) -> None:
    await desk.ticket("2026-11-02 09:00 opened", "2026-11-03 09:00 closed reason=answered")
    found = await desk.report("2026-11", now=AFTER)
    assert (found["on_time"], found["judged"], found["share"]) == (0, 1, 0.0)


async def test_a_pause_over_the_end_of_the_month_moves_the_judgement_to_the_next(desk: Desk) -> None:
    number = await desk.ticket("2026-11-25 09:00 opened", "2026-11-27 09:00 asked")
    assert (await desk.report("2026-11", now="2026-12-01 08:00"))["judged"] == 0
    await desk.goes_on(number, "2026-12-01 09:00 resumed due=2026-12-02T10:30", "2026-12-01 10:00 answered")
    assert (await desk.report("2026-11", now=AFTER))["judged"] == 0
    december = await desk.report("2026-12", now=AFTER)
    assert (december["on_time"], december["judged"]) == (1, 1)


async def test_rule_09_each_cycle_of_a_reopened_ticket_has_its_own_result(desk: Desk) -> None:
    await desk.ticket(
        "2026-11-02 09:00 opened",
        "2026-11-02 10:00 first_response",
        "2026-11-02 10:00 answered",
        "2026-11-02 10:00 closed reason=answered",
        "2026-11-02 11:00 rated stars=2",
        "2026-11-02 15:00 reopened by=user hasty=yes",
        "2026-11-12 10:00 first_response",
        "2026-11-12 10:00 answered",
        "2026-11-12 10:00 closed reason=answered",
        "2026-11-12 11:00 rated stars=5",
    )
    found = await desk.report("2026-11", now=AFTER)
    assert (found["opened"], found["reopened"], found["hasty"], found["closed"]) == (2, 1, 1, 2)
    assert (found["on_time"], found["judged"]) == (1, 2)
    assert (found["rated"], found["closable"], found["stars_mean"]) == (2, 2, 3.5)


async def test_an_early_cycle_is_found_although_the_ticket_was_closed_again(desk: Desk) -> None:
    await desk.ticket(
        "2026-10-20 09:00 opened",
        "2026-10-20 10:00 asked",
        "2026-10-29 15:30 resumed due=2026-11-02T15:00",
        "2026-10-29 15:30 answered",
        "2026-10-29 15:31 closed reason=answered",
        "2026-10-29 15:32 reopened due=2026-10-30T16:00",
        "2026-10-29 15:40 closed reason=referred",
    )
    assert (await desk.report("2026-11", now=AFTER))["judged"] == 1


@pytest.mark.parametrize("zone", [WIB, WITA, WIT])
async def test_the_midnight_that_parts_two_months_is_the_offices_own(desk: Desk, zone: ZoneInfo) -> None:
    local_desk = replace(desk, calendar=calendar(zone))
    await local_desk.ticket("2026-10-31 23:59 opened", "2026-11-01 00:00 closed reason=spam")
    await local_desk.ticket("2026-11-30 23:59 opened", "2026-12-01 00:00 closed reason=spam")
    october, november, december = [await local_desk.report(f"2026-{month}", now=AFTER) for month in (10, 11, 12)]
    assert [month["opened"] for month in (october, november, december)] == [1, 1, 0]
    assert [month["closed"] for month in (october, november, december)] == [0, 1, 1]
    assert [month["waiting_officer"] for month in (october, november, december)] == [1, 1, 0]


async def test_one_office_never_sees_another_ones_figures(desk: Desk) -> None:
    await a_month_of_work(desk)
    async with desk.store.reader() as reader:
        found = await report_params(
            reader, office="1208", calendar=desk.calendar, now=desk.moment(AFTER), period="2026-11"
        )
    assert found == EMPTY | {"period": "November 2026"}


async def test_the_median_of_two_lies_between_them_in_working_time(desk: Desk) -> None:
    await desk.ticket("2026-11-06 15:00 opened", "2026-11-09 09:00 first_response")  # Fri 1 h, Mon 1 h
    await desk.ticket("2026-11-07 15:00 opened", "2026-11-09 08:30 first_response")  # Saturday: only Mon 0.5 h
    assert (await desk.report("2026-11", now=AFTER))["first_response_median"] == 4_500


async def test_a_longer_period_is_the_sum_of_its_months(desk: Desk) -> None:
    await a_month_of_work(desk)
    await desk.ticket("2026-10-05 09:00 opened", "2026-10-06 09:00 closed reason=referred")
    months = [await desk.report(period, now=AFTER) for period in ("2026-10", "2026-11", "2026-12")]
    for longer in ("2026-Q4", "2026-S2", "2026", "2026-10-01..2026-12-31"):
        found = await desk.report(longer, now=AFTER)
        for key in ("opened", "closed", "on_time", "judged", "rated", "closable"):
            assert found[key] == sum(month[key] for month in months)


async def test_a_range_is_named_by_its_days_and_both_count(desk: Desk) -> None:
    await desk.ticket("2026-11-02 00:00 opened")
    await desk.ticket("2026-11-03 23:59 opened")
    found = await desk.report("2026-11-02..2026-11-03", now=AFTER)
    assert found["period"] == {"first": "2026-11-02", "last": "2026-11-03"}
    assert found["opened"] == 2


async def test_what_cannot_be_read_as_a_period_is_refused(desk: Desk) -> None:
    with pytest.raises(BadPeriod):
        await desk.report("kemarin", now=AFTER)


async def test_the_report_is_drawn_in_both_languages(desk: Desk, texts: Texts) -> None:
    await a_month_of_work(desk)
    drawn = texts.render("admin_report", "id", files=False, **await desk.report("2026-11", now=AFTER))
    assert "Periode: November 2026" in drawn
    assert "60,0 % (3 dari 5)" in drawn
    assert "4,5 dari 5 (bukan IKM)" in drawn
    assert "Median respons pertama: 7 jam 30 menit" in drawn
    assert texts.render("admin_report", "en", files=False, **await desk.report("2026-11-01..2026-11-15", now=AFTER))


async def test_no_data_is_said_and_never_a_zero(desk: Desk, texts: Texts) -> None:
    drawn = texts.render("admin_report", "id", files=False, **await desk.report("2025", now=AFTER))
    assert drawn.count("belum ada data") == 6


async def test_the_survey_makes_an_index_only_of_what_was_answered_in_the_period(desk: Desk) -> None:
    """Nine elements, exact weights; a missing answer is said; an element without any answer gives no index."""
    first = await desk.ticket("2026-11-02 09:00 opened", "2026-11-03 09:00 closed reason=answered")
    second = await desk.ticket("2026-11-03 09:00 opened", "2026-11-04 09:00 closed reason=answered")
    await desk.survey(first, 4, at="2026-11-10 09:00")
    await desk.survey(second, 3, at="2026-11-11 09:00", besides="complaints")
    found = await desk.report("2026-11", now="2026-12-01 09:00")
    # Eight elements at 3,5 and one at 4: 25 x (8 x 3,5 + 4) / 9.
    assert (found["ikm"], found["band"], found["respondents"], found["uneven"]) == (88.89, "A", 2, True)
    assert (await desk.report("2026-10", now="2026-12-01 09:00"))["ikm"] is None


async def test_self_service_is_counted_as_it_stood_at_the_end_of_the_period(desk: Desk) -> None:
    """Offered in October; one answer was taken back on the first of November, which October does not know."""

    async def offer(tx: Tx, at: str, answered: str = "", asked: str = "") -> None:
        offer_id = await offers.add(tx, "1207", at=desk.moment(at), type="data", lang="id", entries=["starter fee"])
        if answered:
            await offers.answered(tx, offer_id, desk.moment(answered))
        if asked:
            await offers.asked(tx, offer_id, desk.moment(asked))

    await desk.store.run(offer, "2026-10-05 09:00", "2026-10-05 09:01")
    await desk.store.run(offer, "2026-10-31 23:50", "2026-10-31 23:52", "2026-11-01 00:10")
    await desk.store.run(offer, "2026-10-06 09:00", "", "2026-10-06 09:02")
    await desk.store.run(offer, "2026-10-07 09:00")
    found = await desk.report("2026-10", now="2026-12-01 09:00")
    assert (found["offered"], found["self_answered"], found["went_on"]) == (4, 2, 1)
    empty = await desk.report("2026-11", now="2026-12-01 09:00")
    assert (empty["offered"], empty["self_answered"], empty["went_on"]) == (0, 0, 0)
