"""Numbers of tickets and complaints: office, year and month, running number (DOMAIN.md §6 rule 26).

A number names a ticket; alone it grants no access.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

from bot.domain.ids import OfficeCode

NUMBER = re.compile(r"(P-)?([0-9A-Za-z]{2,16})-([0-9]{2})(0[1-9]|1[0-2])-([0-9]{4,9})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Number:
    """The parts of a number; `month` is the first day of the office's local month, `seq` counts within it from 1."""

    office: OfficeCode
    month: date
    seq: int
    is_complaint: bool = False

    def __str__(self) -> str:
        return f"{'P-' if self.is_complaint else ''}{self.office}-{self.month:%y%m}-{self.seq:04d}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read "1207-2611-0042" or "P-1207-2611-0003", spaces around it allowed; None for anything else."""
        match = NUMBER.fullmatch(text.strip())
        if not match:
            return None
        mark, office, year, month, seq = match.groups()
        first = date(2000 + int(year), int(month), 1)
        return cls(office=OfficeCode(office), month=first, seq=int(seq), is_complaint=bool(mark))


def ticket_number(office: OfficeCode, opened: date, seq: int) -> str:
    """The number of the month's `seq`-th ticket, `opened` being the office's local date: "1207-2611-0042"."""
    return str(Number(office=office, month=opened.replace(day=1), seq=seq))


def complaint_number(office: OfficeCode, received: date, seq: int) -> str:
    """The number of the month's `seq`-th complaint, counted apart from tickets: "P-1207-2611-0003"."""
    return str(Number(office=office, month=received.replace(day=1), seq=seq, is_complaint=True))
