"""Agreement to the privacy notice: asked for before anything is taken, again when the notice changes, and taken back.

PDP law (UU 27/2022) art. 20-24, 40: consent is explicit, recorded with its version, and as easy to withdraw as to give.
"""

from typing import Any

from bot.desk import closing, conversation, newcomers, parties, questions, referral, registration, say
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.lifecycle import CLOSE_REASONS
from storage import audit, consents, dialogues, messages
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.identities import Identity
from storage.tickets import Ticket

# Here the agreement is what the desk waits for, or nobody is there to give it.
BEFORE = ("new", "consent", "erasing", "erased")
# Steps that go on where they were once the new notice is agreed to; all else goes on from "idle".
STEPS = ("name", "origin", "use", "type", "question")
ASK_AGAIN = (
    (Button("agree", "agree"), Button("decline", "decline")),
    (Button("privacy_menu", "privacy_menu"),),
)


def has_agreed(ctx: Context, dialogue: Dialogue | None) -> bool:
    """Whether the person's last word is a yes to the notice as it is now."""
    return dialogue is not None and dialogue.agreed == ctx.settings.privacy.version


async def stands(tx: Tx, identity: Identity) -> bool:
    """Whether some version was agreed to and not taken back."""
    latest = await consents.latest(tx, identity.id)
    return latest is not None and latest.withdrawn_at is None


async def is_over(tx: Tx, ticket: Ticket) -> str | None:
    """The text that tells officers why nothing more may go to this ticket's person; None: it may."""
    identity = await parties.owner(tx, ticket)
    dialogue = await dialogues.get(tx, identity.id)
    if identity.is_erased or (dialogue is not None and dialogue.state == "erasing"):
        return "staff_erased"
    latest = await consents.latest(tx, identity.id)
    return "staff_consent_withdrawn" if latest is not None and latest.withdrawn_at is not None else None


async def ask_again(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue | None, *, dedup: str) -> None:
    """The notice has changed since this person agreed. Where they stood is kept; what they write meanwhile is held.

    Their open ticket goes on; its silence stops, for they did write.
    """
    if dialogue is None or dialogue.state in ("new", "consent"):
        await registration.ask_consent(tx, ctx, identity)
        return
    back: dict[str, Any] = {"state": dialogue.state, "data": dialogue.data}
    await registration.go(tx, ctx, identity, "consent", {"back": back})
    await say.to_user(
        tx,
        ctx,
        identity,
        "consent_again",
        buttons=ASK_AGAIN,
        state="consent",
        dedup=dedup,
        channel=identity.channel,
        retention=ctx.settings.privacy.kept(identity.lang),
    )
    ticket = await ticket_rows.open_of(tx, identity.id)
    if ticket is not None:
        await conversation.user_spoke(tx, ctx, ticket, at=ctx.now)
        await say.to_topic(tx, ctx, ticket, "staff_consent_awaited", dedup=f"{dedup}:topic")


async def agree(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Record the agreement: version, time, language; then on where the person stood."""
    version = ctx.settings.privacy.version
    await consents.add(tx, ctx.office, identity.id, version=version, lang=identity.lang, at=ctx.now)
    await audit.add(
        tx, ctx.office, at=ctx.now, actor=f"user:{identity.id}", action="consent", version=version, lang=identity.lang
    )
    if identity.account_id is not None:
        await _go_on(tx, ctx, identity)
        await newcomers.ask(tx, ctx, identity)
    elif not await newcomers.ask(tx, ctx, identity):
        await registration.ask_email(tx, ctx, identity)


async def _go_on(tx: Tx, ctx: Context, identity: Identity) -> None:
    dialogue = await dialogues.get(tx, identity.id)
    back = (dialogue.data if dialogue else {}).get("back", {})
    kept = await messages.draft_size(tx, identity.id)
    ticket = await ticket_rows.open_of(tx, identity.id)
    if not identity.name and back.get("state") != "name":
        await registration.go(tx, ctx, identity, "name")
        await _name(tx, ctx, identity)
    elif back.get("state") in STEPS:
        timers = questions.timers(ctx, kept)
        await dialogues.go(tx, ctx.office, identity.id, back["state"], at=ctx.now, data=back["data"], **timers)
        await AGAIN[back["state"]](tx, ctx, identity)
    elif ticket is None:
        await questions.choose_type(tx, ctx, identity)
    elif kept:
        await questions.join(tx, ctx, identity, ticket, at=ctx.now)
        await say.to_user(tx, ctx, identity, "agreed_again", number=ticket.number)
    else:
        await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)
        await say.to_user(tx, ctx, identity, "agreed_again", number=ticket.number)


async def _name(tx: Tx, ctx: Context, identity: Identity) -> None:
    await say.to_user(tx, ctx, identity, "verified")


AGAIN = {
    "name": _name,
    "origin": registration.ask_origin,
    "use": registration.ask_use,
    "type": questions.choose_type,
    "question": questions.ask_again,
}


async def decline(tx: Tx, ctx: Context, identity: Identity, lane: str) -> None:
    """No to the notice: what was typed is forgotten, in the raw updates and in what was sent too (rules 2 and 28).

    Somebody with an open ticket has agreed to an earlier notice: the ticket goes on, what they wrote stays held for
    them, and the officers know.
    """
    ticket = await ticket_rows.open_of(tx, identity.id) if identity.account_id else None
    if ticket is not None:
        await say.to_user(tx, ctx, identity, "consent_later", number=ticket.number)
        once = f"consent_refused:{ticket.id}:{ctx.settings.privacy.version}"
        await say.to_topic(tx, ctx, ticket, "staff_consent_refused", dedup=once)
        return
    await registration.refused(tx, ctx, identity, lane)
    await say.to_user(tx, ctx, identity, "consent_no")


async def withdraw(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The person takes the agreement back (PDP art. 40): open tickets are closed, drafts forgotten, nothing is asked.

    Agreeing anew lets everything go on. What is stored stays until it is erased or too old.
    """
    open_tickets = await close_tickets(tx, ctx, identity)
    await consents.withdraw(tx, identity.id, ctx.now)
    await audit.add(tx, ctx.office, at=ctx.now, actor=f"user:{identity.id}", action="withdrawal")
    await referral.forget(tx, ctx, identity)
    await newcomers.forget(tx, ctx, identity)
    await messages.drop_draft(tx, identity.id)
    await dialogues.go(tx, ctx.office, identity.id, "new", at=ctx.now)
    await dialogues.set_overlay(tx, identity.id, None)
    await say.to_user(tx, ctx, identity, "withdrawn", numbers=[ticket.number for ticket in open_tickets])


async def close_tickets(tx: Tx, ctx: Context, identity: Identity) -> list[Ticket]:
    """End what is open, and every question that still waits for this person; the officers are told."""
    open_tickets = await ticket_rows.all_open_of(tx, identity.id)
    for ticket in open_tickets:
        await closing.close(tx, ctx, ticket, CLOSE_REASONS["withdrawn"], actor="user")
    for ticket in await ticket_rows.all_of(tx, identity.id):
        if ticket.rate_at is not None:
            await ticket_rows.change(tx, ticket.id, rate_at=None)
    return open_tickets
