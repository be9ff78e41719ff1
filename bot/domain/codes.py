"""Codes by e-mail: when one may be sent and whether a typed one holds (QUALITY.md §2 T5 to T8; SK No. 107,
requirement 1: an active e-mail address). A code proves who owns an address, nothing more."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SEPARATORS = re.compile(r"[\s.\-]")


@dataclass(frozen=True, kw_only=True)
class CodeRules:
    """The limits of T5 and T8. Hours and days are rolling; counts are codes handed over."""

    digits: int = 6
    ttl: timedelta = timedelta(minutes=10)
    tries: int = 5
    resend_after: timedelta = timedelta(seconds=60)
    address_per_hour: int = 3
    address_per_day: int = 5
    person_per_day: int = 5
    office_per_hour: int = 100
    domain_per_hour: int = 30


RULES = CodeRules()


class Limit(StrEnum):
    """Which limit stands against another code."""

    RESEND = "resend"
    ADDRESS_HOUR = "address_hour"
    ADDRESS_DAY = "address_day"
    PERSON_DAY = "person_day"
    OFFICE_HOUR = "office_hour"
    DOMAIN_HOUR = "domain_hour"


@dataclass(frozen=True, kw_only=True)
class Sends:
    """When codes were sent during the last 24 h, in any order.

    `by_person_to_address`: by this person to this very address; `to_address`: by anybody; `by_person`: to any address;
    `to_domain`: by anybody to its domain; `by_office`: by anybody to anywhere.
    """

    by_person_to_address: Sequence[datetime] = field(default=())
    to_address: Sequence[datetime] = field(default=())
    by_person: Sequence[datetime] = field(default=())
    to_domain: Sequence[datetime] = field(default=())
    by_office: Sequence[datetime] = field(default=())


@dataclass(frozen=True)
class Verdict:
    """`limit` None: send. Else the limit that stands longest against it, and how long to wait (at least)."""

    limit: Limit | None = None
    wait: timedelta = timedelta(0)

    @property
    def ok(self) -> bool:
        return self.limit is None


def may_send(sends: Sends, now: datetime, rules: CodeRules = RULES) -> Verdict:
    """Whether a code may go out at `now`."""
    windows = (
        (Limit.RESEND, sends.by_person_to_address, 1, rules.resend_after),
        (Limit.ADDRESS_HOUR, sends.to_address, rules.address_per_hour, HOUR),
        (Limit.ADDRESS_DAY, sends.to_address, rules.address_per_day, DAY),
        (Limit.PERSON_DAY, sends.by_person, rules.person_per_day, DAY),
        (Limit.OFFICE_HOUR, sends.by_office, rules.office_per_hour, HOUR),
        (Limit.DOMAIN_HOUR, sends.to_domain, rules.domain_per_hour, HOUR),
    )
    waits = [Verdict(limit, _wait(moments, most, window, now)) for limit, moments, most, window in windows]
    longest = max(waits, key=lambda verdict: verdict.wait)
    return longest if longest.wait else Verdict()


def _wait(moments: Sequence[datetime], most: int, window: timedelta, now: datetime) -> timedelta:
    """How long until fewer than `most` of `moments` lie within `window` before."""
    recent = sorted(moment for moment in moments if now - moment < window)
    return recent[-most] + window - now if len(recent) >= most else timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Code:
    """What is kept of the newest code: `sent_at` is its hand-over to the mail server, `tries` the wrong ones so far."""

    sent_at: datetime
    tries: int = 0
    used_at: datetime | None = None


class Check(StrEnum):
    """The outcome of a typed code. DEAD: too many wrong tries, the right one does not help any more."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used"
    DEAD = "dead"


def check(code: Code, now: datetime, *, matches: bool, rules: CodeRules = RULES) -> Check:
    """Judge a typed code; `matches` says whether its digest is the stored one (compare in constant time).

    Single use; good up to and including 10 minutes; 5 wrong tries end it (T5, T6).
    """
    if code.used_at:
        return Check.USED
    if now - code.sent_at > rules.ttl:
        return Check.EXPIRED
    if code.tries >= rules.tries:
        return Check.DEAD
    return Check.RIGHT if matches else Check.WRONG


def tries_left(code: Code, rules: CodeRules = RULES) -> int:
    """How many wrong tries the code still bears."""
    return max(rules.tries - code.tries, 0)


def typed_code(text: str, rules: CodeRules = RULES) -> str | None:
    """The digits of a typed code, "123 456" and "123-456" included; None when the text is no code."""
    digits = SEPARATORS.sub("", text)
    return digits if re.fullmatch(rf"[0-9]{{{rules.digits}}}", digits) else None


def digest(code: str, *, key: bytes, person: str, address: str, purpose: str) -> bytes:
    """What is stored instead of the code: an HMAC bound to person, address key and purpose; `key` is not in the
    database, so a copy of it does not give the codes away (T6). Compare with `hmac.compare_digest`."""
    bound = "\n".join((person, address, purpose, code))
    return hmac.new(key, bound.encode(), hashlib.sha256).digest()
