"""Who shall run which office: fair shares between processes, and nobody's office left alone."""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass

# Whatever nobody has taken for so long is taken by whoever sees it: others may not know of it, or be full.
ABANDONED_SECONDS = 2.0


@dataclass(frozen=True)
class Plan:
    """What a process does next: offices to take, offices to hand over, how many it would still like to have."""

    take: list[str]
    give: list[str]
    lacks: int


def share(offices: int, processes: int) -> int:
    """The most offices one of so many processes runs while others have room."""
    return -(-offices // max(1, processes))


class Shares:
    """Decides for one process, from what it sees; it remembers only since when an office has had no owner."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()
        self._free_since: dict[str, float] = {}

    def plan(
        self,
        wanted: Collection[str],
        mine: Collection[str],
        owners: Mapping[str, str],
        *,
        living: int,
        lacks: int,
        now: float,
    ) -> Plan:
        """`wanted`: the offices configured here; `mine`: those run here; `owners`: office -> living process; `lacks`:
        how many offices other processes would take; `now`: any clock's seconds."""
        free = [office for office in wanted if office not in owners and office not in mine]
        self._free_since = {office: self._free_since.get(office, now) for office in free}
        self._chance.shuffle(free)  # two that look at once should not want the same ones
        room = max(0, share(len(wanted), living) - len(mine))
        take = free[:room]
        take += [office for office in free[room:] if now - self._free_since[office] >= ABANDONED_SECONDS]
        surplus = len(mine) - share(len(wanted), living)
        give = list(mine)[len(mine) - min(surplus, lacks) :] if surplus > 0 and lacks else []
        return Plan(take, give, max(0, room - len(take)))
