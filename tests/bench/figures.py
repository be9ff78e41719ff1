"""The arithmetic of the benchmark, and what one line of its table holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from statistics import median


@dataclass(frozen=True)
class Line:
    """One figure against its target; `ratio` where the target is relative to a yardstick."""

    scenario: str
    what: str
    ours: str
    yardstick: str
    ratio: str
    target: str
    met: bool


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed. Raises ValueError for no values."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def median_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of paired rounds: what slows the machine down for a while slows both of a pair."""
    return median(our / their for our, their in zip(ours, theirs, strict=True))


def steps_back(numbers: Iterable[int]) -> int:
    """How many of these, that should rise, come after a greater one."""
    highest, back = -1, 0
    for number in numbers:
        back += number < highest
        highest = max(highest, number)
    return back


def busiest(moments: Iterable[float], seconds: float) -> int:
    """The most moments within any window of so many seconds."""
    ordered, first, most = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def longest_gap(moments: Sequence[float]) -> float:
    """The longest time between two that follow each other, in the unit of the moments; 0 for fewer than two."""
    return max((later - earlier for earlier, later in pairwise(sorted(moments))), default=0.0)


def shortest_time(count: int, most: int, window: float) -> float:
    """How long `count` messages take at least where `most` fit in any `window` (both in the same unit)."""
    return (count - 1) // most * window
