"""The satisfaction survey and its index (DOMAIN.md §2; PermenPANRB 14/2017)."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest

from bot.domain.skm import WEIGHT, Band, Element, Survey, band_of, round_ikm, survey


def same(value: int, **others: int) -> dict[Element, int]:
    return {element: others.get(element, value) for element in Element}


@pytest.mark.parametrize(
    ("value", "ikm", "band"),
    [
        ("25", "25.00", Band.D),
        ("64.99", "64.99", Band.D),
        ("64.994", "64.99", Band.D),
        ("64.995", "65.00", Band.C),
        ("65", "65.00", Band.C),
        ("76.60", "76.60", Band.C),
        ("76.604999", "76.60", Band.C),
        ("76.605", "76.61", Band.B),
        ("76.61", "76.61", Band.B),
        ("88.30", "88.30", Band.B),
        ("88.305", "88.31", Band.A),
        ("88.31", "88.31", Band.A),
        ("100", "100.00", Band.A),
    ],
)
def test_an_index_is_rounded_half_up_and_then_banded(value: str, ikm: str, band: Band) -> None:
    assert str(round_ikm(Decimal(value))) == ikm
    assert band_of(Decimal(value)) is band


@pytest.mark.parametrize("value", ["24.99", "100.01", "0"])
def test_an_index_outside_the_scale_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="between 25 and 100"):
        band_of(Decimal(value))


@pytest.mark.parametrize(
    ("nrr", "band"),
    [
        ("3.5324", Band.A),
        ("3.532", Band.B),
        ("3.0644", Band.B),
        ("3.064", Band.C),
        ("2.60", Band.C),
        ("2.5996", Band.D),
    ],
)
def test_an_element_is_banded_by_the_same_table(nrr: str, band: Band) -> None:
    assert band_of(25 * Fraction(nrr)) is band


def test_the_weight_is_exactly_a_ninth_so_the_best_office_has_a_hundred() -> None:
    assert WEIGHT * 9 == 1
    assert survey([same(4)] * 7).ikm == Decimal("100.00")
    assert survey([same(1)]).ikm == Decimal("25.00")


def test_nothing_is_rounded_before_the_end() -> None:
    thirds = survey([same(4), same(4), same(3)])
    assert thirds.scores[0].nrr == Fraction(11, 3)
    assert thirds.ikm == Decimal("91.67")


@pytest.mark.parametrize("answers", [[], [{}], [{Element.TIME: 4}]], ids=["nobody", "nothing", "one element"])
def test_without_answers_to_every_element_there_is_no_index_and_no_band(answers: list[Mapping[Element, int]]) -> None:
    result = survey(answers)
    assert result.ikm is None
    assert result.band is None


def test_a_partial_answer_enters_only_the_elements_answered_and_is_flagged() -> None:
    result = survey([same(4), {Element.COST: 2}])
    assert {score.element: score.n for score in result.scores} == same(1, cost=2)
    assert result.is_uneven
    assert result.ikm == round_ikm(Fraction(25 * (8 * 4 + 3), 9))
    assert not survey([same(4), same(3)]).is_uneven


def test_one_weak_element_pulls_the_index_by_a_ninth() -> None:
    result = survey([same(4, complaints=1)])
    assert (result.ikm, result.band) == (Decimal("91.67"), Band.A)


def test_answers_outside_one_to_four_are_refused() -> None:
    for value in (0, 5):
        with pytest.raises(ValueError, match="1 to 4"):
            survey([{Element.TIME: value}])


def test_the_result_does_not_depend_on_the_order_of_the_answers() -> None:
    answers = [same(4, time=2), same(3), {Element.COST: 1}]
    assert survey(answers) == survey(reversed(answers)) == Survey(survey(answers).scores)
