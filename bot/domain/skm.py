"""The public satisfaction survey (Survei Kepuasan Masyarakat) and its index, the IKM.

PermenPANRB 14/2017: nine elements answered 1 to 4, equal weights, IKM = 25 x the weighted mean; DOMAIN.md §2.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor

SCALE = (1, 2, 3, 4)


class Element(StrEnum):
    """The nine elements by key. Their numbers U1 to U9 differ between sources, so a number is configuration."""

    REQUIREMENTS = "requirements"
    PROCEDURE = "procedure"
    TIME = "time"
    COST = "cost"
    PRODUCT = "product"
    COMPETENCE = "competence"
    CONDUCT = "conduct"
    FACILITIES = "facilities"
    COMPLAINTS = "complaints"


WEIGHT = Fraction(1, len(Element))
"""Exactly 1/9. The common shortcut 0.11 caps the index at 99."""


class Band(StrEnum):
    """Mutu pelayanan: A sangat baik, B baik, C kurang baik, D tidak baik."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


BANDS = (
    (Decimal("88.31"), Band.A),
    (Decimal("76.61"), Band.B),
    (Decimal("65.00"), Band.C),
    (Decimal("25.00"), Band.D),
)

Answers = Mapping[Element, int]
"""One respondent's answers; elements may be missing."""


@dataclass(frozen=True)
class Score:
    """One element: `n` answers with the sum `total`."""

    element: Element
    n: int
    total: int

    @property
    def nrr(self) -> Fraction | None:
        """The mean answer (nilai rata-rata), exact; None without answers."""
        return Fraction(self.total, self.n) if self.n else None


@dataclass(frozen=True)
class Survey:
    """The result of many answers, one Score for each element in the order of Element."""

    scores: tuple[Score, ...]

    @property
    def ikm(self) -> Decimal | None:
        """The index to two decimals; None ("belum ada data") when any element has no answer at all."""
        means = [score.nrr for score in self.scores if score.nrr is not None]
        return round_ikm(25 * WEIGHT * sum(means)) if len(means) == len(Element) else None

    @property
    def band(self) -> Band | None:
        """The band of the index; None without an index."""
        return None if self.ikm is None else band_of(self.ikm)

    @property
    def is_uneven(self) -> bool:
        """Whether elements have different numbers of answers, which the report must say."""
        return len({score.n for score in self.scores}) > 1


def survey(answers: Iterable[Answers]) -> Survey:
    """Sum up the answers; partial ones enter only the elements they answer. Raises ValueError outside 1 to 4."""
    rows = list(answers)
    if any(value not in SCALE for row in rows for value in row.values()):
        raise ValueError("answers are 1 to 4")
    return Survey(tuple(_score(element, rows) for element in Element))


def _score(element: Element, rows: list[Answers]) -> Score:
    values = [row[element] for row in rows if element in row]
    return Score(element, len(values), sum(values))


def round_ikm(value: Fraction | Decimal) -> Decimal:
    """An index rounded half up to two decimals, from the exact value and only once."""
    return Decimal(floor(Fraction(value) * 100 + Fraction(1, 2))).scaleb(-2)


def band_of(value: Fraction | Decimal) -> Band:
    """The band of an index (for an element: 25 x its NRR), rounded first, so that no value falls between two bands.

    Raises ValueError outside 25 to 100.
    """
    rounded = round_ikm(value)
    if not Decimal(25) <= rounded <= Decimal(100):
        raise ValueError(f"an IKM lies between 25 and 100: {rounded}")
    return next(band for least, band in BANDS if rounded >= least)
