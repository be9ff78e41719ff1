"""The database of a desk that has been at work: registered users with open tickets whose topics stand.

Written through the desk's own storage, so that it cannot go out of step with the tables. Only the archive of a million
messages is written by SQL on a file that is not served yet.
"""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.lifecycle import Status
from storage import accounts, consents, dialogues, identities, offices, open_store, ticket_events, tickets
from storage.base import Tx
from storage.rows import stamp
from tests.bench.ground import FIRST_USER, topic_id

OFFICE = "1207"
GROUP = -1001234567890
DUE = timedelta(days=30)
SECRET = b"\x07" * 32


async def seed(path: Path, users: int) -> None:
    """A database with so many users, each with one open ticket; and the key that belongs to it."""
    store = await open_store(f"sqlite:///{path}")
    try:
        await store.run(_fill, users, datetime.now(UTC))
    finally:
        await store.close()
    path.with_suffix(".secret").write_bytes(SECRET)


async def _fill(tx: Tx, users: int, now: datetime) -> None:
    await offices.ensure(tx, OFFICE, str(GROUP))
    for number in range(users):
        await _user(tx, number, now)


async def _user(tx: Tx, number: int, now: datetime) -> None:
    address, sender = f"warga{number}@contoh.go.id", str(FIRST_USER + number)
    account = await accounts.add(tx, OFFICE, email=address, email_key=address, at=now)
    identity = await identities.add(tx, OFFICE, channel="telegram", sender=sender, chat=sender, lang="id", at=now)
    await identities.set_account(tx, identity, account)
    await identities.set_name(tx, identity, f"Warga {number}")
    await consents.add(tx, OFFICE, identity, version="1", lang="id", at=now)
    await dialogues.go(tx, OFFICE, identity, "idle", at=now)
    ticket = await tickets.add(
        tx,
        OFFICE,
        number=f"1207-2601-{number + 1:05d}",
        account_id=account,
        identity_id=identity,
        lang="id",
        type="data",
        status=Status.WAITING_OFFICER,
        opened_at=now,
        due_at=now + DUE,
    )
    await tickets.change(tx, ticket, topic=str(topic_id(number)))
    await tickets.add_topic(tx, OFFICE, ticket, str(topic_id(number)))
    await ticket_events.add(tx, OFFICE, ticket, 1, "opened", at=now, actor="user")
    await identities.set_active_ticket(tx, identity, ticket)


_MESSAGES = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :messages)
INSERT INTO messages (office, ticket_id, identity_id, side, kind, content, at)
SELECT :office, 1 + i % :users, 1 + i % :users, 'user', 'text',
    '{"kind":"text","text":"Pertanyaan nomor ' || i || ' tentang data sensus penduduk","entities":[],"data":{}}', :at
FROM n
"""
_COPIES = """
INSERT INTO links (office, channel, chat, ref, message_id, role, thread)
SELECT office, 'telegram', :group, CAST(10000000 + id AS TEXT), id, 'copy', CAST(1 + ticket_id AS TEXT)
FROM messages ORDER BY id
"""
_SOURCES = """
INSERT INTO links (office, channel, chat, ref, message_id, role)
SELECT office, 'telegram', CAST(:first + identity_id - 1 AS TEXT), CAST(10000000 + id AS TEXT), id, 'source'
FROM messages ORDER BY 3, 4
"""
_SENT = """
INSERT INTO outbox (office, lane, dest, ticket_id, kind, payload, class, state, not_before, attempts, result,
    created_at, tried_at, done_at)
SELECT office, 't:' || ticket_id, 'topic', ticket_id, 'relay', '{"message":' || id || '}', 0, 'sent', at, 1,
    '{"chat":"-1001234567890","refs":["' || (10000000 + id) || '"],"thread":null}', at, at, at
FROM messages ORDER BY id
"""


def archive(path: Path, *, users: int, messages: int) -> None:
    """Many old messages for a seeded database: relayed, linked on both sides, a week old."""
    at = stamp(datetime.now(UTC) - timedelta(days=7))
    values = {"messages": messages, "users": users, "office": OFFICE, "at": at, "group": str(GROUP)}
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    with connection:
        for statement in (_MESSAGES, _COPIES, _SOURCES, _SENT):
            connection.execute(statement, values | {"first": FIRST_USER})
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
