"""Numbers of tickets and complaints (DOMAIN.md §6 rule 26)."""

from datetime import date

import pytest

from bot.domain.ids import OfficeCode
from bot.domain.numbers import Number, complaint_number, ticket_number

OFFICE = OfficeCode("1207")
DAY = date(2026, 11, 23)


def test_rule_26_a_ticket_number_holds_office_month_and_running_number() -> None:
    assert ticket_number(OFFICE, DAY, 42) == "1207-2611-0042"


def test_complaints_are_numbered_apart() -> None:
    assert complaint_number(OFFICE, DAY, 3) == "P-1207-2611-0003"


def test_the_ten_thousandth_ticket_of_a_month_has_five_digits() -> None:
    assert ticket_number(OFFICE, DAY, 10000) == "1207-2611-10000"


@pytest.mark.parametrize("text", ["1207-2611-0042", "P-1207-2611-0003", "1207-2611-10000", "0000-2701-0001"])
def test_a_number_is_read_back_as_it_was_written(text: str) -> None:
    number = Number.parse(f" {text} ")
    assert number
    assert str(number) == text


def test_a_number_is_read_into_its_parts() -> None:
    assert Number.parse("p-1207-2611-0003") == Number(office=OFFICE, month=date(2026, 11, 1), seq=3, is_complaint=True)


@pytest.mark.parametrize(
    "text", ["", "1207", "1207-2613-0042", "1207-2611-42", "1207-2611-0042 Budi", "١٢٠٧-2611-0042"]
)
def test_anything_else_is_no_number(text: str) -> None:
    assert Number.parse(text) is None
