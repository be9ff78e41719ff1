"""When all has come to rest, nothing is stuck, and the tables tell what happened (P1, P2, P3)."""

from collections.abc import Iterator
from datetime import timedelta

from tests.simulation.evidence import GIVEN_UP, Evidence, Row

# The inbox forgets after a week.
CODE_LIFE = timedelta(days=1)
REMEMBERED = timedelta(days=6, hours=23)


def nothing_is_left_to_do(evidence: Evidence) -> Iterator[str]:
    yield from (f"outbox: {row}" for row in evidence.world.waiting())
    yield from (f"outbox: {row}" for row in evidence.rows if row.state == "failed" and not _is_in_order(row))
    odd = evidence.world.database.rows("SELECT id, state, error, raw FROM inbox WHERE state != 'done'")
    yield from (f"inbox: {row}" for row in odd)


def _is_in_order(row: Row) -> bool:
    """A mail that is refused, may have arrived twice, or is not wanted any more after a day; a hint beside something
    that is gone with its topic; a week of trying in vain; a mail of long ago, of which only the fact is kept."""
    over = row.kind == "mail" and (row.error.startswith("refused") or row.uncertain or row.age > CODE_LIFE)
    over = over or (row.kind == "mail" and not row.dest)
    return over or (row.dest == "staff" and row.error.startswith("thread_gone")) or row.age > GIVEN_UP


def every_update_is_kept(evidence: Evidence) -> Iterator[str]:
    """What Telegram did not let expire is in the inbox, as long as the inbox keeps anything."""
    kept = {int(update) for (update,) in evidence.world.database.rows("SELECT update_id FROM inbox")}
    for life in evidence.world.telegram.ledger.updates.values():
        is_recent = evidence.world.clock.now() - life.created < REMEMBERED
        if is_recent and not life.fate and life.update_id not in kept:
            yield f"{life}"


def what_is_marked_sent_was_sent(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        for ref in row.result.get("refs", ()):
            if (int(row.result["chat"]), int(ref)) not in evidence.messages:
                yield f"{row}"
