"""Two rows that turned out to be one person: everything of the second becomes the first's."""

from bot.domain.ids import IdentityId
from storage.base import Tx

# Where a person stands with nothing but their id.
_OWNED = (
    "consents",
    "email_codes",
    "tickets",
    "messages",
    "outbox",
    "keyboards",
    "complaints",
    "erasures",
    "receipts",
)
# What was heard of the one was heard of both, and so it is with what is to be done for them.
_LATER = ", ".join(
    f"{column} = (SELECT {pick}({column}) FROM identities WHERE id IN ($1, $2))"
    for column, pick in (("heard_at", "max"), ("called_at", "max"), ("window_at", "min"), ("mail_at", "min"))
)


async def unite(tx: Tx, keep: IdentityId, gone: IdentityId, *, marker: str) -> None:
    """Give all that `gone` has to `keep`; its row stays without a chat, called `marker`.

    Who has an account or a name keeps it. The talk goes on where the person spoke last.
    """
    for table in _OWNED:
        await tx.execute(f"UPDATE {table} SET identity_id = $1 WHERE identity_id = $2", keep, gone)
    # What is under way stays in its lane, where its answer is awaited: in another it would be sent once more.
    await tx.execute("UPDATE outbox SET lane = $1 WHERE lane = $2 AND state <> 'sending'", f"u:{keep}", f"u:{gone}")
    await _one_dialogue(tx, keep, gone)
    await tx.execute(
        "UPDATE identities SET account_id = coalesce(account_id, (SELECT account_id FROM identities WHERE id = $2)),"
        " name = CASE WHEN name = '' THEN (SELECT name FROM identities WHERE id = $2) ELSE name END,"
        " banned_at = coalesce(banned_at, (SELECT banned_at FROM identities WHERE id = $2)),"
        " ban_reason = coalesce(ban_reason, (SELECT ban_reason FROM identities WHERE id = $2)),"
        f" {_LATER} WHERE id = $1",
        keep,
        gone,
    )
    await tx.execute(
        "UPDATE identities SET sender = $2, chat = '', name = '', account_id = NULL, bsuid = NULL, parent_bsuid = NULL,"
        " phone = NULL, username = NULL, window_at = NULL, mail_at = NULL WHERE id = $1",
        gone,
        marker,
    )


async def _one_dialogue(tx: Tx, keep: IdentityId, gone: IdentityId) -> None:
    """The one that got further than the first hello; of two such the newer one."""
    better = await tx.value(
        "SELECT identity_id FROM dialogues WHERE identity_id IN ($1, $2)"
        " ORDER BY CASE WHEN state IN ('new', 'consent') THEN 1 ELSE 0 END, updated_at DESC, identity_id LIMIT 1",
        keep,
        gone,
    )
    if better == gone:
        await tx.execute("DELETE FROM dialogues WHERE identity_id = $1", keep)
        await tx.execute("UPDATE dialogues SET identity_id = $1 WHERE identity_id = $2", keep, gone)
    else:
        await tx.execute("DELETE FROM dialogues WHERE identity_id = $1", gone)
