"""Another e-mail address for somebody who is registered: the new one is verified, the old one is told (DOMAIN.md §6
rule 14). It lies over the dialogue: what was begun beneath goes on, and what is no address and no code goes there."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk import say, verification
from bot.desk.context import Context
from bot.desk.say import Button
from bot.desk.verification import Purpose
from bot.domain.addresses import email_key, masked
from bot.domain.codes import RULES
from storage import accounts, audit, dialogues, email_codes, identities
from storage.accounts import Account
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.email_codes import EmailCode
from storage.identities import Identity
from storage.rows import stamp

KIND = "new_email"
ADDRESS, CODE = "address", "code"
WAITS_FOR = timedelta(hours=1)  # so long it waits for an address or a code; then what is typed is a question again
LEAVE = ((Button("keep_email", "new_email_leave"),),)
RESEND = ((Button("resend", "new_email_resend"), Button("keep_email", "new_email_leave")),)


@dataclass(frozen=True)
class Overlay:
    """Lies over the dialogue while an address or a code is awaited."""

    awaits: str
    since: datetime

    def __str__(self) -> str:
        return f"{KIND} {self.awaits} {stamp(self.since)}"

    @classmethod
    def of(cls, dialogue: Dialogue | None, at: datetime) -> "Overlay | None":
        """The overlay that held at `at`, the moment of a message."""
        found = cls._laid(dialogue)
        return found if found is not None and at - found.since <= WAITS_FOR else None

    @classmethod
    def _laid(cls, dialogue: Dialogue | None) -> "Overlay | None":
        kind, *rest = (dialogue.overlay if dialogue and dialogue.overlay else "-").split()
        return cls(rest[0], datetime.fromisoformat(rest[1])) if kind == KIND else None

    @classmethod
    async def laid(cls, tx: Tx, identity: Identity) -> "Overlay | None":
        """The overlay, however long it has lain there: a mail that comes late takes it up again."""
        return cls._laid(await dialogues.get(tx, identity.id))


async def ask(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Ask for the new address."""
    account = await _account(tx, identity)
    await _await_address(tx, ctx, identity)
    await say.to_user(tx, ctx, identity, "new_email", buttons=LEAVE, masked=masked(account.email))


async def has_code(tx: Tx, ctx: Context, identity: Identity) -> bool:
    """Whether a code was mailed that is good still, though a complaint or another command came between."""
    newest = await email_codes.latest(tx, identity.id, CHANGE.name)
    if newest is None or newest.state != "sent" or newest.sent_at is None:
        return False
    return identity.account_id is not None and ctx.now - newest.sent_at <= RULES.ttl


async def take_up(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Wait for the code again."""
    await _lay(tx, ctx, identity, CODE)


async def leave(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The address stays as it was, and a code that was asked for leads nowhere."""
    await dialogues.set_overlay(tx, identity.id, None)
    await email_codes.replace_live(tx, identity.id)
    account = await _account(tx, identity)
    await say.to_user(tx, ctx, identity, "new_email_left", masked=masked(account.email))


async def request_code(tx: Tx, ctx: Context, identity: Identity, address: str) -> None:
    """A code to the new address, unless it is the one they have."""
    account = await _account(tx, identity)
    if email_key(address) == account.email_key:
        await say.to_user(tx, ctx, identity, "new_email_same", buttons=LEAVE, masked=masked(address))
        return
    await verification.request(tx, ctx, identity, address, CHANGE)


async def resend(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Another code to the address typed last."""
    newest = await email_codes.latest(tx, identity.id, CHANGE.name)
    if newest is None:
        await ask(tx, ctx, identity)
    else:
        await verification.request(tx, ctx, identity, newest.address, CHANGE)


async def try_code(tx: Tx, ctx: Context, identity: Identity, typed: str) -> None:
    await verification.attempt(tx, ctx, identity, typed, CHANGE)


async def _account(tx: Tx, identity: Identity) -> Account:
    account = await accounts.get(tx, identity.account_id) if identity.account_id is not None else None
    if account is None:
        raise LookupError(f"identity {identity.id} has no account")
    return account


async def _lay(tx: Tx, ctx: Context, identity: Identity, awaits: str) -> None:
    if await dialogues.get(tx, identity.id) is None:
        await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)
    await dialogues.set_overlay(tx, identity.id, str(Overlay(awaits, ctx.now)))


async def _await_code(tx: Tx, ctx: Context, identity: Identity, address: str) -> None:
    await _lay(tx, ctx, identity, CODE)


async def _await_address(tx: Tx, ctx: Context, identity: Identity) -> None:
    await _lay(tx, ctx, identity, ADDRESS)


async def _awaits_code(tx: Tx, identity: Identity) -> bool:
    overlay = await Overlay.laid(tx, identity)
    return overlay is not None and overlay.awaits == CODE


async def _is_taken(tx: Tx, ctx: Context, key: str) -> bool:
    """Accounts are never merged by themselves: the owner is told, and in the chat nothing differs (QUALITY.md T7)."""
    return await accounts.of_email(tx, ctx.office, key) is not None


async def _verified(tx: Tx, ctx: Context, identity: Identity, row: EmailCode) -> None:
    """The address is theirs from now on; tickets opened before keep the old one."""
    await dialogues.set_overlay(tx, identity.id, None)
    old = await _account(tx, identity)
    if await accounts.of_email(tx, ctx.office, row.address_key) is not None:
        await say.to_user(tx, ctx, identity, "new_email_taken", masked=masked(row.address))
        return
    await _set_email(tx, ctx, identity, old, row)
    await audit.add(tx, ctx.office, at=ctx.now, actor=f"user:{identity.id}", action="email_changed", account=old.id)
    await say.by_mail(tx, ctx, old.email, "email_changed", lang=identity.lang, at=ctx.now)
    await say.to_user(tx, ctx, identity, "new_email_done", masked=masked(row.address), old=masked(old.email))


async def _set_email(tx: Tx, ctx: Context, identity: Identity, old: Account, row: EmailCode) -> None:
    """Whoever shared a mailbox leaves it alone: the others keep it."""
    if await accounts.chats(tx, old.id) == 1:
        await accounts.set_email(tx, old.id, email=row.address, email_key=row.address_key)
        return
    account_id = await accounts.add(tx, ctx.office, email=row.address, email_key=row.address_key, at=ctx.now)
    for value, put in ((old.origin, accounts.set_origin), (old.use_for, accounts.set_use)):
        if value is not None:
            await put(tx, account_id, value)
    await identities.set_account(tx, identity.id, account_id)


CHANGE = Purpose(
    name="change",
    buttons=RESEND,
    state=None,
    is_taken=_is_taken,
    await_code=_await_code,
    await_address=_await_address,
    awaits_code=_awaits_code,
    verified=_verified,
)
