"""Being forgotten: requested with a receipt, worked off in small steps, finished after any crash (UU 27/2022 art. 43).

The receipt goes out first, for it needs the chat. Then rows go in batches; the person's own row comes last, and with it
everything that could lead back. Numbers, dates, types and stars stay, so the figures do not change.
"""

import hmac
from datetime import datetime, timedelta

from bot.channels.base import SendError, Sent
from bot.desk import consent, newcomers, referral, registration, say
from bot.desk.context import Context
from storage import (
    audit,
    complaints,
    consents,
    dialogues,
    erasures,
    holds,
    identities,
    messages,
    offices,
    outbox,
    personal,
    tickets,
)
from storage.base import Reader, Tx
from storage.dialogues import Dialogue
from storage.erasures import Erasure
from storage.identities import Identity
from storage.outbox import OutboxRow
from storage.rows import stamp
from storage.tickets import Ticket

# Messages a step: a step must not hold the writer for long.
BATCH = 300
# A receipt that cannot be delivered holds nothing up longer than this.
RECEIPT_WAIT = timedelta(hours=48)
# The law gives 3 x 24 hours; admins learn while there is time left.
ALARM_AFTER = timedelta(hours=60)


def hash_of(ctx: Context, identity: Identity) -> str:
    """What the list of erasures says of a person: the same again tells them, and nobody else, apart."""
    return hmac.new(ctx.secret, f"erasure:{identity.channel}:{identity.sender}".encode(), "sha256").hexdigest()


async def last_of(tx: Reader, ctx: Context, identity: Identity) -> datetime | None:
    """When this person was erased before."""
    return await erasures.last_of_hash(tx, ctx.office, hash_of(ctx, identity))


async def request(tx: Tx, ctx: Context, identity: Identity) -> str:
    """Close what is open, take nothing more, and give a receipt; its number."""
    local = ctx.calendar.local_date(ctx.now)
    seq = await offices.next_number(tx, ctx.office, f"erasure:{local:%y%m}")
    receipt = f"H-{ctx.office}-{local:%y%m}-{seq:04d}"
    await consent.close_tickets(tx, ctx, identity)
    await consents.withdraw(tx, identity.id, ctx.now)
    await _recall(tx, ctx, identity)
    await messages.drop_draft(tx, identity.id)
    await dialogues.go(tx, ctx.office, identity.id, "erasing", at=ctx.now)
    await dialogues.set_overlay(tx, identity.id, None)
    await _enter(tx, ctx, identity, receipt)
    await say.to_user(tx, ctx, identity, "erase_receipt", follow_up="erasure_told", receipt=receipt, at=ctx.now)
    return receipt


async def _recall(tx: Tx, ctx: Context, identity: Identity) -> None:
    """What is on its way between this office and others is theirs too."""
    await referral.forget(tx, ctx, identity)
    await newcomers.forget(tx, ctx, identity)


async def _enter(tx: Tx, ctx: Context, identity: Identity, receipt: str) -> None:
    """The entry of the audit names the receipt alone: nothing there leads to the row that stays."""
    await erasures.add(
        tx,
        ctx.office,
        identity.id,
        hash=hash_of(ctx, identity),
        receipt=receipt,
        at=ctx.now,
        alarm_at=ctx.now + ALARM_AFTER,
    )
    await audit.add(tx, ctx.office, at=ctx.now, actor="user", action="erasure", receipt=receipt)


async def told(tx: Tx, ctx: Context, row: OutboxRow, outcome: Sent | SendError) -> None:
    """The receipt arrived, or it never will: the erasure may begin."""
    assert row.identity_id is not None
    found = await erasures.of_identity(tx, ctx.office, row.identity_id)
    if found is not None:
        await erasures.told(tx, found.id, ctx.now)


async def work_off(tx: Tx, ctx: Context, erasure_id: int) -> bool:
    """One step of an erasure whose time has come; True: at once another one. Nothing is begun that is being sent."""
    found = await erasures.get(tx, erasure_id)
    if found is None or found.identity_id is None or not _may_begin(ctx, found):
        return False
    if await holds.on_person(tx, found.identity_id):  # set since it was asked for: lifting it lets the erasure go on
        return False
    await personal.drop_waiting(tx, found.identity_id, stamp(ctx.now))
    if await personal.is_being_written_to(tx, found.identity_id):
        return False
    if await personal.delete_messages(tx, found.identity_id, BATCH):
        return True
    await _finish(tx, ctx, found)
    return False


def _may_begin(ctx: Context, found: Erasure) -> bool:
    return found.told_at is not None or ctx.now - found.at > RECEIPT_WAIT


async def _finish(tx: Tx, ctx: Context, found: Erasure) -> None:
    assert found.identity_id is not None
    identity = await identities.get(tx, found.identity_id)
    assert identity is not None
    answerless = [row for row in await complaints.of_identity(tx, identity.id) if row.answered_at is None]
    await take_out(tx, ctx, identity)
    await erasures.done(tx, found.id, ctx.now)
    await audit.add(tx, ctx.office, at=ctx.now, actor="system", action="erased", receipt=found.receipt)
    for complaint in answerless:
        await say.to_supervisor(tx, ctx, "supervisor_complaint_erased", number=complaint.number)


async def take_out(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Everything about the person but messages, which are gone already; their topics in the staff group too."""
    theirs = await tickets.all_of(tx, identity.id)
    masks = await registration.masks(tx, ctx, identity)
    await _recall(tx, ctx, identity)
    await personal.blank_updates(tx, ctx.office, identity.id, await offices.staff_chat(tx, ctx.office))
    await personal.anonymise(tx, ctx.office, identity.id, marker=f"erased:{ctx.token()}")
    await personal.forget_addresses(tx, identity.id, masks)
    await offices.set_counter(tx, ctx.office, UNSWEPT, 1)
    for ticket in theirs:
        await _redact(tx, ctx, ticket)


UNSWEPT = "unswept"  # what was erased may still be read in the bytes of the file


async def _redact(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """The topic in the staff group: deleted if the office wants that, else without the name in title and card."""
    if ctx.settings.privacy.delete_topics:
        for thread in await tickets.topics_of(tx, ticket.id):
            await outbox.add(
                tx,
                ctx.office,
                lane=say.cosmetic_lane(ticket),
                dest="staff",
                kind="topic_delete",
                payload={"thread": thread, "ticket": ticket.id},
                at=ctx.now,
                rank=outbox.COSMETIC,
                follow_up="topic_deleted",
            )
    elif ticket.topic is not None:
        await _rename(tx, ctx, ticket)


async def _rename(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    type = ctx.texts.label(f"type.{ticket.type}", say.STAFF_LANG)
    await say.cosmetic(tx, ctx, ticket, "topic_rename", name=f"{ticket.number} {type}")
    await say.cosmetic(tx, ctx, ticket, "card_edit", lang=say.STAFF_LANG)


async def topic_deleted(tx: Tx, ctx: Context, row: OutboxRow, outcome: Sent | SendError) -> None:
    """A topic the bot may not delete is at least without the name."""
    if isinstance(outcome, SendError) and outcome.cause != "thread_gone":
        await _rename(tx, ctx, await tickets.need(tx, row.payload["ticket"]))


async def is_late(tx: Tx, ctx: Context, found: Erasure) -> None:
    """Tell the admins, once, that an erasure has not come to its end and the law's three days are running out."""
    await erasures.alarmed(tx, found.id)
    hours = int((ctx.now - found.at).total_seconds() // 3600)
    await say.to_admins(tx, ctx, "alarm_erasure", dedup=f"erasure:{found.id}", receipt=found.receipt, hours=hours)


async def apply_list(tx: Tx, ctx: Context, hashes: set[str]) -> int:
    """Erase again whoever is on the list and is back with a restored backup; how many. Nobody is told twice."""
    again = [row for row in await identities.present(tx, ctx.office) if hash_of(ctx, row) in hashes]
    for identity in again:
        await consent.close_tickets(tx, ctx, identity)
        await dialogues.go(tx, ctx.office, identity.id, "erasing", at=ctx.now)
        seq = await offices.next_number(tx, ctx.office, "erasure:again")
        await _enter(tx, ctx, identity, f"H-{ctx.office}-U-{seq:04d}")
        found = await erasures.of_identity(tx, ctx.office, identity.id)
        assert found is not None
        await erasures.told(tx, found.id, ctx.now)
    return len(again)


async def forget(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    """A registration that was never finished, with all that was typed (rule 28): the person is taken out altogether.

    Not somebody with a ticket, of which the notice was only to be agreed to anew, nor with a complaint: its answer is
    to reach them.
    """
    identity = await identities.get(tx, dialogue.identity_id)
    if identity is None or await personal.is_being_written_to(tx, identity.id):
        return  # in a moment
    await registration.forget_typed(tx, ctx, identity)
    await dialogues.go(tx, ctx.office, identity.id, "new", at=ctx.now)
    if not (await tickets.all_of(tx, identity.id) or await complaints.of_identity(tx, identity.id)):
        await personal.drop_waiting(tx, identity.id, stamp(ctx.now))
        await take_out(tx, ctx, identity)
