"""The life of a ticket: who owes the next word, and why tickets end (SK No. 107, procedure 2 to 4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

REOPEN_DAYS = 7
HASTY = timedelta(hours=24)


class Status(StrEnum):
    """Where a ticket stands. `PAUSED`: an officer asked for clarification and the service clock rests."""

    DRAFT = "draft"
    WAITING_OFFICER = "waiting_officer"
    WAITING_USER = "waiting_user"
    PAUSED = "paused"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """Whether messages are relayed. A closed ticket asks before it takes one (DOMAIN.md §6 rule 12)."""
        return self not in (Status.DRAFT, Status.CLOSED)

    @property
    def silence_runs(self) -> bool:
        """Whether the user has the next word: only then 7 days of silence may close (DOMAIN.md §0.2)."""
        return self in (Status.WAITING_USER, Status.PAUSED)


class Event(StrEnum):
    """What happens to a ticket. An officer's message counts when it is delivered, not when it is written.

    Bot notices, notes, reactions and failed sends are no events: they change nothing (DOMAIN.md §6 rule 4).
    """

    SUBMITTED = "submitted"
    USER_WROTE = "user_wrote"
    STILL_NEEDED = "still_needed"
    SAID_ANSWERED = "said_answered"
    OFFICER_DELIVERED = "officer_delivered"
    QUESTION_DELIVERED = "question_delivered"
    ANSWER_MARKED = "answer_marked"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    SILENT = "silent"
    CANCELLED = "cancelled"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    REOPENED = "reopened"


class IllegalChange(Exception):
    """`event` cannot happen to a ticket in `status`."""

    def __init__(self, status: Status, event: Event) -> None:
        super().__init__(f"{event} in {status}")
        self.status = status
        self.event = event


TRANSITIONS: dict[tuple[Status, Event], Status] = {
    (Status.DRAFT, Event.SUBMITTED): Status.WAITING_OFFICER,
    (Status.WAITING_OFFICER, Event.USER_WROTE): Status.WAITING_OFFICER,
    (Status.WAITING_OFFICER, Event.STILL_NEEDED): Status.WAITING_OFFICER,
    (Status.WAITING_OFFICER, Event.SAID_ANSWERED): Status.WAITING_OFFICER,
    (Status.WAITING_OFFICER, Event.OFFICER_DELIVERED): Status.WAITING_USER,
    (Status.WAITING_OFFICER, Event.QUESTION_DELIVERED): Status.PAUSED,
    (Status.WAITING_OFFICER, Event.ANSWER_MARKED): Status.WAITING_OFFICER,
    (Status.WAITING_OFFICER, Event.CLOSED): Status.CLOSED,
    (Status.WAITING_OFFICER, Event.CANCELLED): Status.CLOSED,
    (Status.WAITING_OFFICER, Event.CONSENT_WITHDRAWN): Status.CLOSED,
    (Status.WAITING_USER, Event.USER_WROTE): Status.WAITING_OFFICER,
    (Status.WAITING_USER, Event.STILL_NEEDED): Status.WAITING_OFFICER,
    (Status.WAITING_USER, Event.SAID_ANSWERED): Status.WAITING_USER,
    (Status.WAITING_USER, Event.OFFICER_DELIVERED): Status.WAITING_USER,
    (Status.WAITING_USER, Event.QUESTION_DELIVERED): Status.PAUSED,
    (Status.WAITING_USER, Event.ANSWER_MARKED): Status.WAITING_USER,
    (Status.WAITING_USER, Event.CLOSED): Status.CLOSED,
    (Status.WAITING_USER, Event.SILENT): Status.CLOSED,
    (Status.WAITING_USER, Event.CONSENT_WITHDRAWN): Status.CLOSED,
    (Status.PAUSED, Event.USER_WROTE): Status.WAITING_OFFICER,
    (Status.PAUSED, Event.STILL_NEEDED): Status.WAITING_OFFICER,
    # An answer mark ends the wait for clarification: nothing is left for which the clock could rest.
    (Status.PAUSED, Event.SAID_ANSWERED): Status.WAITING_USER,
    (Status.PAUSED, Event.ANSWER_MARKED): Status.WAITING_USER,
    (Status.PAUSED, Event.OFFICER_DELIVERED): Status.PAUSED,
    (Status.PAUSED, Event.QUESTION_DELIVERED): Status.PAUSED,
    (Status.PAUSED, Event.CLOSED): Status.CLOSED,
    (Status.PAUSED, Event.SILENT): Status.CLOSED,
    # What the user was to answer does not stand any more.
    (Status.WAITING_USER, Event.WITHDRAWN): Status.WAITING_OFFICER,
    (Status.PAUSED, Event.WITHDRAWN): Status.WAITING_OFFICER,
    (Status.PAUSED, Event.CONSENT_WITHDRAWN): Status.CLOSED,
    # What was written before the close may be delivered after it.
    (Status.CLOSED, Event.OFFICER_DELIVERED): Status.CLOSED,
    (Status.CLOSED, Event.QUESTION_DELIVERED): Status.CLOSED,
    (Status.CLOSED, Event.ANSWER_MARKED): Status.CLOSED,
    (Status.CLOSED, Event.REOPENED): Status.WAITING_OFFICER,
}


def apply(status: Status, event: Event) -> Status:
    """The status after `event`. Raises IllegalChange for a pair that TRANSITIONS does not hold.

    Silence closes only while the user has the next word; everything else that closes is an officer's act or the
    user's cancelling (SK No. 107, procedure 4; DOMAIN.md §6 rule 3).
    """
    try:
        return TRANSITIONS[status, event]
    except KeyError:
        raise IllegalChange(status, event) from None


def may_cancel(status: Status, *, first_response_at: datetime | None) -> bool:
    """Whether the user may still cancel: before any officer reply (DOMAIN.md §6 rule 3)."""
    return status is Status.WAITING_OFFICER and first_response_at is None


def reopen_until(closed_at: datetime, *, days: int = REOPEN_DAYS) -> datetime:
    """The last moment at which a closed ticket can be reopened: 7 x 24 h from the close, to the second (rule 9)."""
    return closed_at + timedelta(days=days)


def may_reopen(closed_at: datetime, now: datetime, *, days: int = REOPEN_DAYS) -> bool:
    """Whether a ticket closed at `closed_at` can be reopened at `now`."""
    return now <= reopen_until(closed_at, days=days)


def is_hasty(*, closed_at: datetime, reopened_at: datetime) -> bool:
    """Whether a reopening is flagged: within 24 h of the close, which may have come early to look punctual (rule 9)."""
    return reopened_at - closed_at <= HASTY


class Actor(StrEnum):
    """Who closes a ticket."""

    OFFICER = "officer"
    USER = "user"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class CloseReason:
    """Why a ticket ended, and in which figures it counts; every reason is listed with its count (rule 27).

    `answers`: the close itself tells the user the answer, so it counts as answered even without another message
    (rule 19, the refusal kinds of DOMAIN.md §1). `aliases`: the words officers type after /tutup.
    """

    key: str
    by: Actor = Actor.OFFICER
    counts_in_sla: bool = True
    counts_in_rating: bool = True
    answers: bool = False
    aliases: tuple[str, ...] = ()


def _outside(key: str, *aliases: str, by: Actor = Actor.OFFICER) -> CloseReason:
    return CloseReason(key=key, by=by, counts_in_sla=False, counts_in_rating=False, aliases=aliases)


def _answering(key: str, *aliases: str) -> CloseReason:
    return CloseReason(key=key, answers=True, aliases=aliases)


CLOSE_REASONS: dict[str, CloseReason] = {
    reason.key: reason
    for reason in (
        CloseReason(key="answered", aliases=("selesai", "terjawab", "jawab", "answered", "done")),
        _answering("referred", "rujuk", "dirujuk", "referred", "refer"),
        CloseReason(key="silent", by=Actor.SYSTEM),
        _outside("cancelled", by=Actor.USER),
        _outside("withdrawn", by=Actor.USER),
        _outside("not_service", "bukan layanan", "bukan", "non-layanan", "nonlayanan", "not service"),
        _outside("duplicate", "ganda", "duplikat", "dobel", "duplicate"),
        _outside("spam", "spam"),
        _outside("test", "uji coba", "uji", "tes", "coba", "test"),
        _answering("download", "unduh di web", "unduh", "download"),
        _answering("formal_request", "perlu permintaan resmi", "permintaan resmi", "resmi", "surat", "formal"),
        _answering("province_only", "hanya level provinsi", "level provinsi", "provinsi", "province"),
        _answering("unavailable", "tidak tersedia", "tidak ada", "rahasia", "unavailable"),
        _answering("sectoral", "data sektoral", "sektoral", "dinas lain", "dinas", "sectoral"),
    )
}


def parse_reason(text: str) -> tuple[CloseReason, str] | None:
    """Read what follows /tutup: "rujuk Dinas Pertanian" gives the reason and "Dinas Pertanian"; None if unknown.

    The longest alias at the start of the text wins; upper and lower case and extra spaces do not matter.
    """
    words = text.split()
    for count in range(len(words), 0, -1):
        reason = _ALIASES.get(" ".join(words[:count]).casefold())
        if reason:
            return reason, " ".join(words[count:])
    return None


_ALIASES = {
    alias: reason
    for reason in CLOSE_REASONS.values()
    if reason.by is Actor.OFFICER
    for alias in (reason.key, *reason.aliases)
}
