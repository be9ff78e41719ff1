"""Where a person stands in the tables, and how they are taken out: each table with personal data has its lines here.

Rows that figures are made of stay (tickets, events, stars, survey answers); what names, quotes or leads to somebody is
deleted or blanked. `secure_delete` overwrites the place in the file.
"""

from bot.domain.ids import IdentityId
from storage.base import Reader, Tx

_TICKETS = "(SELECT id FROM tickets WHERE identity_id = $1)"
_THEIRS = f"(identity_id = $1 OR ticket_id IN {_TICKETS})"
_SPENT = "state NOT IN ('queued', 'sending', 'unknown')"
# What is blank can be sent no more, and is nothing that is stuck.
_GONE = "state = CASE WHEN state IN ('failed', 'held') THEN 'dropped' ELSE state END, payload = '{}'"
_BLANK = f"lane = '', dest = '', result = NULL, error = NULL, dedup = NULL, follow_up = NULL, {_GONE}"
# Where an address may stand that was typed, with or without success.
_ADDRESSES = (
    "SELECT 'mail:' || address FROM email_codes WHERE identity_id = $1"
    " UNION SELECT 'mail:' || email FROM accounts WHERE id = (SELECT account_id FROM identities WHERE id = $1)"
    " AND NOT EXISTS (SELECT 1 FROM identities WHERE account_id = accounts.id AND id != $1)"
    " UNION SELECT 'mail:' || email FROM tickets WHERE identity_id = $1 AND email NOT IN (SELECT email FROM accounts"
    " JOIN identities ON identities.account_id = accounts.id WHERE identities.id != $1)"
)
# Updates came in under whichever id was known then. A missing one gives NULL, which is in no list.
_OWN_LANES = " UNION ALL ".join(
    f"SELECT channel || ':' || {column} FROM identities WHERE id = $2 AND {column} IS NOT NULL"
    for column in ("chat", "bsuid", "parent_bsuid", "phone")
)
# A reply carries what it replies to: the supervisor's answer brings the words of the complaint back in.
_REPLIED_TO = (
    "CASE WHEN json_valid(raw) THEN coalesce(json_extract(raw, '$.message.reply_to_message.message_id'),"
    " json_extract(raw, '$.edited_message.reply_to_message.message_id')) END"
)
_POSTED = "SELECT 1 FROM complaint_posts JOIN complaints ON complaints.id = complaint_id"
_ANSWERS = f"lane = 'telegram:' || complaint_posts.chat AND CAST({_REPLIED_TO} AS TEXT) = ref"
# In this order: what leads to other rows goes after them. $1 is the identity.
STATEMENTS: tuple[str, ...] = (
    f"UPDATE ratings SET feedback = NULL WHERE feedback IS NOT NULL AND ticket_id IN {_TICKETS}",
    f"DELETE FROM precedents WHERE ticket_id IN {_TICKETS}",
    f"DELETE FROM keyboards WHERE {_THEIRS}",
    "DELETE FROM receipts WHERE identity_id = $1",
    f"UPDATE referrals SET reason = '' WHERE ticket_id IN {_TICKETS}",
    "DELETE FROM newcomers WHERE identity_id = $1",
    f"UPDATE outbox SET {_BLANK} WHERE identity_id = $1 OR ticket_id IN {_TICKETS}",
    f"UPDATE outbox SET {_BLANK} WHERE kind = 'mail' AND dest IN ({_ADDRESSES})",
    f"UPDATE outbox SET {_BLANK} WHERE follow_up = 'complaint_posted'"
    " AND CAST(json_extract(payload, '$.about') AS BIGINT) IN (SELECT id FROM complaints WHERE identity_id = $1)",
    "UPDATE complaints SET text = '', answer = CASE WHEN answer IS NULL THEN NULL ELSE '' END, alarm_at = NULL"
    " WHERE identity_id = $1",
    "UPDATE tickets SET email = '', summary = NULL, silastik_ref = NULL WHERE identity_id = $1",
    "DELETE FROM parks WHERE chat = (SELECT chat FROM identities WHERE id = $1)",
    "UPDATE dialogues SET state = 'erased', data = '{}', overlay = NULL, nudge_at = NULL, lapse_at = NULL"
    " WHERE identity_id = $1",
)


async def delete_messages(tx: Tx, identity_id: IdentityId, limit: int) -> bool:
    """Delete so many of what was written by and to this person, with versions and links, and blank the raw updates.

    True: there is more.
    """
    some = f"SELECT id FROM messages WHERE ticket_id IN {_TICKETS} OR (identity_id = $1 AND ticket_id IS NULL) LIMIT $2"
    await tx.execute(
        f"UPDATE inbox SET raw = '' WHERE id IN (SELECT inbox_id FROM messages WHERE id IN ({some}))",
        identity_id,
        limit,
    )
    await tx.execute(f"UPDATE messages SET reply_to = NULL WHERE reply_to IN ({some})", identity_id, limit)
    return await tx.execute(f"DELETE FROM messages WHERE id IN ({some})", identity_id, limit) == limit


async def is_being_written_to(tx: Reader, identity_id: IdentityId) -> bool:
    """Whether a message of theirs is being sent this moment: its outcome would be written after the erasure."""
    return bool(
        await tx.value(
            f"SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'sending' AND {_THEIRS})"
            f" OR EXISTS (SELECT 1 FROM outbox WHERE kind = 'mail' AND state = 'sending' AND dest IN ({_ADDRESSES}))",
            identity_id,
        )
    )


async def drop_waiting(tx: Tx, identity_id: IdentityId, at: str) -> None:
    """Nothing more is sent to them or about them."""
    await tx.execute(
        "UPDATE outbox SET state = 'dropped', done_at = $2"
        f" WHERE state IN ('queued', 'unknown', 'held', 'failed') AND {_THEIRS}",
        identity_id,
        at,
    )


async def blank_updates(tx: Tx, office: str, identity_id: IdentityId, staff_chat: str) -> None:
    """The raw updates of their chat and of their topics, and the answers to their complaints; what is not handled yet
    stays. The lane names the chat.
    """
    await tx.execute(
        "UPDATE inbox SET raw = '' WHERE office = $1 AND state != 'new'"
        f" AND EXISTS ({_POSTED} WHERE identity_id = $2 AND {_ANSWERS})",
        office,
        identity_id,
    )
    await tx.execute(
        "UPDATE inbox SET raw = '', lane = '' WHERE office = $1 AND state != 'new' AND lane IN"
        f" ({_OWN_LANES}"
        " UNION SELECT 'telegram:' || $3 || ':' || thread FROM topics WHERE office = $1 AND ticket_id IN"
        " (SELECT id FROM tickets WHERE identity_id = $2))",
        office,
        identity_id,
        staff_chat,
    )


async def blank_topics(tx: Tx, office: str, staff_chat: str) -> None:
    """What has come in since from topics of people who were taken out: Telegram adds the title each was made with.

    And replies to their complaints, which carry the words.
    """
    await tx.execute(
        "UPDATE inbox SET raw = '' WHERE office = $1 AND state != 'new' AND raw != ''"
        f" AND EXISTS ({_POSTED} JOIN identities ON identities.id = identity_id"
        f" WHERE identities.chat = '' AND {_ANSWERS})",
        office,
    )
    await tx.execute(
        "UPDATE inbox SET raw = '' WHERE office = $1 AND state != 'new' AND raw != '' AND lane IN"
        " (SELECT 'telegram:' || $2 || ':' || thread FROM topics JOIN tickets ON tickets.id = ticket_id"
        " JOIN identities ON identities.id = tickets.identity_id WHERE topics.office = $1 AND identities.chat = '')",
        office,
        staff_chat,
    )


async def anonymise(tx: Tx, office: str, identity_id: IdentityId, *, marker: str) -> None:
    """Names, addresses and ids give way to a random marker; origin and use stay for the figures.

    Who shares a mailbox with others leaves it: their tickets go on under an account of the marker.
    """
    for statement in STATEMENTS:
        await tx.execute(statement, identity_id)
    await _leave_account(tx, office, identity_id, marker)
    await tx.execute(
        "UPDATE identities SET sender = $2, chat = '', name = '', lang = 'id', unreachable_at = NULL,"
        " unreachable_reason = NULL, active_ticket = NULL, banned_at = NULL, ban_reason = NULL, bsuid = NULL,"
        " parent_bsuid = NULL, phone = NULL, username = NULL, heard_at = NULL, window_at = NULL, called_at = NULL,"
        " mail_at = NULL WHERE id = $1",
        identity_id,
        marker,
    )


async def _leave_account(tx: Tx, office: str, identity_id: IdentityId, marker: str) -> None:
    account_id = await tx.value("SELECT account_id FROM identities WHERE id = $1", identity_id)
    if account_id is None:
        return
    shared = await tx.value(
        "SELECT EXISTS (SELECT 1 FROM identities WHERE account_id = $1 AND id != $2)", account_id, identity_id
    )
    if shared:
        own = await tx.value(
            "INSERT INTO accounts (office, email, email_key, origin, use_for, created_at)"
            " SELECT office, '', $2, origin, use_for, created_at FROM accounts WHERE id = $1 RETURNING id",
            account_id,
            marker,
        )
        await tx.execute("UPDATE tickets SET account_id = $2 WHERE identity_id = $1", identity_id, own)
        await tx.execute("UPDATE identities SET account_id = $2 WHERE id = $1", identity_id, own)
    else:
        await tx.execute("UPDATE accounts SET email = '', email_key = $2 WHERE id = $1", account_id, marker)


async def forget_addresses(tx: Tx, identity_id: IdentityId, masks: dict[str, str]) -> None:
    """Addresses that somebody typed. `masks`: key -> the keyed hash by which limits still count (T8)."""
    await tx.execute(
        "UPDATE outbox SET state = 'dropped', done_at = created_at WHERE identity_id = $1 AND kind = 'mail'"
        " AND state IN ('queued', 'unknown', 'held')",
        identity_id,
    )
    await tx.execute(f"UPDATE outbox SET {_BLANK} WHERE identity_id = $1 AND kind = 'mail' AND {_SPENT}", identity_id)
    await tx.execute(f"UPDATE outbox SET {_GONE} WHERE identity_id = $1 AND kind = 'text' AND {_SPENT}", identity_id)
    await tx.execute("DELETE FROM keyboards WHERE identity_id = $1", identity_id)
    for key, mask in masks.items():
        await tx.execute(
            "UPDATE email_codes SET address = '', address_key = $3, hash = NULL, state = CASE"
            " WHEN state IN ('waiting', 'sent') THEN 'replaced' ELSE state END"
            " WHERE identity_id = $1 AND address_key = $2",
            identity_id,
            key,
            mask,
        )
