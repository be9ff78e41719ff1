"""/privasi: what is stored about a person, and their rights over it (UU 27/2022 art. 5-15; QUALITY.md §4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.desk import consent, erasure, say, topics
from bot.desk.context import Context
from bot.desk.say import Button, Buttons
from bot.domain.addresses import masked
from storage import accounts, audit, consents, dialogues, holds, identities, messages, outbox, tickets
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.identities import Identity
from storage.rows import stamp

EXPORTS_A_DAY = 3
FORMATS = ("html", "json")
DAY = timedelta(days=1)
# So long a question of this menu waits for its answer.
WAITS_FOR = timedelta(hours=1)

# What the menu offers: the label and the action of each button, and who sees it.
ENTRIES: tuple[tuple[str, str, str], ...] = (
    ("privacy_export", "privacy_export", "all"),
    ("privacy_name", "privacy_name", "account"),
    ("change_email", "new_email", "account"),
    ("privacy_withdraw", "privacy_withdraw", "agreed"),
    ("privacy_erase", "privacy_erase", "all"),
)


async def show(tx: Tx, ctx: Context, identity: Identity) -> None:
    """What is stored about this person, and what they may do about it; the dialogue stays where it is."""
    account = await accounts.get(tx, identity.account_id) if identity.account_id else None
    latest = await consents.latest(tx, identity.id)
    agreed = await consent.stands(tx, identity)
    await audit.add(tx, ctx.office, at=ctx.now, actor=f"user:{identity.id}", action="view")
    is_there = {"all": True, "account": account is not None, "agreed": agreed}
    buttons = tuple((Button(label, action),) for label, action, who in ENTRIES if is_there[who])
    await say.to_user(
        tx,
        ctx,
        identity,
        "privacy",
        buttons=buttons,
        name=identity.name or None,
        masked=masked(account.email) if account else None,
        consent_version=latest.version if latest else None,
        consent_at=latest.at if latest else None,
        withdrawn_at=latest.withdrawn_at if latest else None,
        tickets=len(await tickets.all_of(tx, identity.id)),
        messages=await messages.count_of(tx, identity.id),
        retention=ctx.settings.privacy.kept(identity.lang),
        dpo=ctx.settings.privacy.dpo_contact or None,
    )


# The copy.


async def export(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Two documents, a page to read and JSON: drawn by the sender when it sends them, so that they stand nowhere."""
    actor = f"user:{identity.id}"
    if await audit.count_since(tx, ctx.office, actor, "export", ctx.now - DAY) >= EXPORTS_A_DAY:
        await say.to_user(tx, ctx, identity, "privacy_export_wait", times=EXPORTS_A_DAY)
        return
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="export")
    await say.to_user(tx, ctx, identity, "privacy_export")
    for kind in FORMATS:
        await outbox.add(
            tx,
            ctx.office,
            lane=say.user_lane(identity),
            dest="user",
            kind="own_data",
            payload={"format": kind, "lang": identity.lang},
            at=ctx.now,
            rank=outbox.PROMPT,
            identity_id=identity.id,
        )


# The correction of the name.


@dataclass(frozen=True)
class Rename:
    """Lies over the dialogue while a name is typed; where the person stood stays as it was."""

    since: datetime

    def __str__(self) -> str:
        return f"rename {stamp(self.since)}"

    @classmethod
    def of(cls, dialogue: Dialogue | None, at: datetime) -> "Rename | None":
        """The overlay that held at `at`."""
        if dialogue is None or dialogue.overlay is None or not dialogue.overlay.startswith("rename "):
            return None
        since = datetime.fromisoformat(dialogue.overlay.removeprefix("rename "))
        return cls(since) if at - since <= WAITS_FOR else None


CANCEL: Buttons = ((Button("privacy_cancel", "privacy_cancel"),),)


async def ask_name(tx: Tx, ctx: Context, identity: Identity) -> None:
    if await dialogues.get(tx, identity.id) is None:
        await dialogues.go(tx, ctx.office, identity.id, "new", at=ctx.now)
    await dialogues.set_overlay(tx, identity.id, str(Rename(ctx.now)))
    await say.to_user(tx, ctx, identity, "privacy_name", buttons=CANCEL)


async def confirm_name(tx: Tx, ctx: Context, identity: Identity, name: str) -> None:
    """Ask before it is changed."""
    buttons = ((Button("yes", "privacy_name_yes", name), Button("no", "privacy_name")), *CANCEL)
    await say.to_user(tx, ctx, identity, "privacy_name_sure", buttons=buttons, name=name)


async def rename(tx: Tx, ctx: Context, identity: Identity, name: str) -> None:
    """Change the name, on the cards of open tickets too; the entry of the audit does not hold it."""
    await identities.set_name(tx, identity.id, name)
    await dialogues.set_overlay(tx, identity.id, None)
    await audit.add(tx, ctx.office, at=ctx.now, actor=f"user:{identity.id}", action="correction", what="name")
    for ticket in await tickets.all_open_of(tx, identity.id):
        await topics.refresh_card(tx, ctx, ticket)
    await say.to_user(tx, ctx, identity, "privacy_name_done", name=name)


async def leave(tx: Tx, ctx: Context, identity: Identity) -> None:
    await dialogues.set_overlay(tx, identity.id, None)
    await say.to_user(tx, ctx, identity, "privacy_left")


# Withdrawing, and being forgotten: each is asked about before it is done.


async def ask_withdraw(tx: Tx, ctx: Context, identity: Identity) -> None:
    buttons = ((Button("withdraw_yes", "withdraw_yes", stamp(ctx.now)),), *CANCEL)
    await say.to_user(tx, ctx, identity, "withdraw_sure", buttons=buttons, **await _open_numbers(tx, identity))


async def ask_erase(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The first of two steps: what goes, what stays; or, while the law wants it kept, a person to talk to."""
    if ctx.settings.privacy.hold or await holds.on_person(tx, identity.id):
        await _held(tx, ctx, identity)
        return
    last = await erasure.last_of(tx, ctx, identity)
    if last is not None and ctx.now - last < DAY:
        await say.to_user(tx, ctx, identity, "erase_wait")
        return
    buttons = ((Button("erase_next", "erase_next", stamp(ctx.now)),), *CANCEL)
    await say.to_user(tx, ctx, identity, "erase_sure", buttons=buttons, **await _open_numbers(tx, identity))


async def _held(tx: Tx, ctx: Context, identity: Identity) -> None:
    await audit.add(tx, ctx.office, at=ctx.now, actor=f"user:{identity.id}", action="erasure_held")
    await say.to_user(tx, ctx, identity, "erase_held", dpo=ctx.settings.privacy.dpo_contact or None)
    await say.to_admins(tx, ctx, "admin_erasure_held", dedup=f"erase_held:{identity.id}:{ctx.now:%Y%m%d}")


async def ask_erase_again(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The second step."""
    buttons = ((Button("erase_now", "erase_now", stamp(ctx.now)),), *CANCEL)
    await say.to_user(tx, ctx, identity, "erase_last", buttons=buttons)


def is_fresh(ctx: Context, asked: str) -> bool:
    """Whether a question of this menu, asked at that stamp, may still be answered with yes."""
    return ctx.now - datetime.fromisoformat(asked) <= WAITS_FOR


async def _open_numbers(tx: Tx, identity: Identity) -> dict[str, Any]:
    return {"numbers": [ticket.number for ticket in await tickets.all_open_of(tx, identity.id)]}


async def erase(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The last word was a yes: the receipt goes out, and everything follows it. A hold set meanwhile still counts."""
    if ctx.settings.privacy.hold or await holds.on_person(tx, identity.id):
        await _held(tx, ctx, identity)
    else:
        fresh = await identities.get(tx, identity.id)
        assert fresh is not None
        await erasure.request(tx, ctx, fresh)
