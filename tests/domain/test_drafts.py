"""Drafts and unfinished registrations (DOMAIN.md §6 rules 2 and 28)."""

from zoneinfo import ZoneInfo

import pytest

from bot.domain.drafts import forget_at, nudge_at, open_at, registration_nudge_at
from tests.domain.cast import WIB, ZONES, local, shown

TYPED = local("2026-11-23 23:50")


def test_rule_28_a_question_not_sent_gets_a_nudge_and_then_opens_by_itself() -> None:
    assert shown(nudge_at(TYPED)) == "Mon 2026-11-23 23:55"
    assert shown(open_at(TYPED)) == "Tue 2026-11-24 00:20"


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_rule_28_an_unfinished_registration_is_nudged_next_morning(zone: ZoneInfo) -> None:
    assert shown(registration_nudge_at(local("2026-11-23 23:50", zone), zone), zone) == "Tue 2026-11-24 08:00"


def test_rule_28_an_unfinished_registration_is_forgotten_after_thirty_days() -> None:
    assert shown(forget_at(TYPED), WIB) == "Wed 2026-12-23 23:50"
