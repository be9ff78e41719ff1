"""A ticket is referred to another office of the same database: the person gets a link, and goes or does not.

Nothing of the conversation leaves before the person has tapped the link and agreed there; then the ticket is closed as
referred. An offer that is not taken changes nothing, above all no clock (DOMAIN.md §6 rule 19).
"""

import base64
import hmac
from datetime import timedelta
from hashlib import sha256

from bot.channels.base import SendError, Sent
from bot.desk import closing, crossing, parties, passing, say, tickets
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.lifecycle import CLOSE_REASONS
from storage import audit, consents, letters, neighbours, officers, outbox, referrals
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.identities import Identity
from storage.letters import Letter
from storage.neighbours import Neighbour
from storage.officers import Officer
from storage.outbox import OutboxRow
from storage.referrals import Referral
from storage.tickets import Ticket

# So long a link is good for.
LIFE = timedelta(days=7)
# An office that has not shown itself for so long is run by nobody.
SHOWN_WITHIN = timedelta(days=2)
SURE = ((Button("refer_send", "refer_send"), Button("refer_leave", "refer_leave")),)


async def others(tx: Tx, ctx: Context) -> list[Neighbour]:
    """The offices that a ticket can be referred to."""
    return await neighbours.others(tx, ctx.office, ctx.now - SHOWN_WITHIN)


def goes_along(ctx: Context, identity: Identity) -> bool:
    """Whether a link can take the person along: it leads to the other office's bot, on the officers' platform."""
    return identity.channel == crossing.staff_channel(ctx)


async def plan(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer, receiver: Neighbour, reason: str) -> None:
    """Ask the officer whether it is meant: nobody else has heard of it yet."""
    planned = await referrals.plan(
        tx,
        ctx.office,
        ticket_id=ticket.id,
        cycle=ticket.cycle,
        officer_id=officer.id,
        receiver=receiver.office,
        reason=reason,
        salt=ctx.token(),
        at=ctx.now,
    )
    identity = await parties.owner(tx, ticket)
    sure = tuple(tuple(Button(button.key, button.action, str(planned)) for button in row) for row in SURE)
    await say.to_topic(
        tx,
        ctx,
        ticket,
        "staff_refer_sure",
        buttons=sure,
        name=receiver.name,
        code=receiver.office,
        reason=reason,
        along=goes_along(ctx, identity),
        days=LIFE.days,
    )


async def leave(tx: Tx, ctx: Context, ticket: Ticket, referral_id: int) -> bool:
    """The officer did not mean it."""
    planned = await _planned(tx, ticket, referral_id)
    if planned is None:
        return False
    await referrals.change(tx, planned.id, "dropped", reason="")
    await say.to_topic(tx, ctx, ticket, "staff_refer_left")
    return True


async def _planned(tx: Tx, ticket: Ticket, referral_id: int) -> Referral | None:
    found = await referrals.get(tx, referral_id)
    return found if found is not None and found.ticket_id == ticket.id and found.state == "planned" else None


async def send(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer, referral_id: int) -> bool:
    """The officer means it: the person is told, and given a link, or where there can be none the office's contact."""
    planned = await _planned(tx, ticket, referral_id)
    receiver = await neighbours.get(tx, planned.receiver) if planned is not None else None
    if planned is None or receiver is None or ticket.closed_at is not None:
        return False
    identity = await parties.owner(tx, ticket)
    await tickets.record(tx, ctx, ticket, "refer_offered", f"officer:{officer.id}", to=receiver.office)
    await audit.add(
        tx,
        ctx.office,
        at=ctx.now,
        actor=f"officer:{officer.id}",
        action="refer",
        ticket=ticket.number,
        to=receiver.office,
    )
    if goes_along(ctx, identity):
        await _take_back(tx, ctx, [row for row in await referrals.of_ticket(tx, ticket.id) if row.state == "offered"])
        await _offer(tx, ctx, ticket, identity, planned, receiver)
    else:
        await _give_contact(tx, ctx, ticket, identity, planned, receiver)
    await say.to_topic(
        tx, ctx, ticket, "staff_refer_sent", name=receiver.name, along=goes_along(ctx, identity), days=LIFE.days
    )
    return True


async def _offer(
    tx: Tx, ctx: Context, ticket: Ticket, identity: Identity, planned: Referral, receiver: Neighbour
) -> None:
    """The other office learns that somebody may come with this token, and by a seal who: neither what was said."""
    token, until = token_of(ctx, planned), ctx.now + LIFE
    hash = hash_of(token)
    await referrals.change(tx, planned.id, "offered", hash=hash, expires_at=until, officer_id=planned.officer_id)
    body = {"number": ticket.number, "seal": seal(token, identity), "expires_at": until}
    await letters.post(tx, ctx.office, receiver.office, "offer", hash, say.plain(body), ctx.now)
    await outbox.add(
        tx,
        ctx.office,
        lane=say.user_lane(identity),
        dest="user",
        kind="invitation",
        payload={
            "key": "refer_offer",
            "lang": identity.lang,
            "params": say.plain(
                {
                    "number": ticket.number,
                    "name": receiver.title(identity.lang),
                    "reason": planned.reason,
                    "until": until,
                }
            ),
            "referral": planned.id,
        },
        at=ctx.now,
        rank=outbox.PROMPT,
        identity_id=identity.id,
        ticket_id=ticket.id,
        follow_up="referral_told",
    )


async def _give_contact(
    tx: Tx, ctx: Context, ticket: Ticket, identity: Identity, planned: Referral, receiver: Neighbour
) -> None:
    await referrals.change(tx, planned.id, "dropped", reason="")
    facts = receiver.facts | {"name": receiver.title(identity.lang), "bot": receiver.bot}
    await say.to_user(
        tx,
        ctx,
        identity,
        "refer_contact",
        ticket=ticket,
        follow_up="referral_told",
        number=ticket.number,
        reason=planned.reason,
        facts=facts,
    )


def token_of(ctx: Context, referral: Referral) -> str:
    """The token of its link: 192 bits that only the holder of the office's key can draw, the same each time."""
    text = f"referral\n{ctx.office}\n{referral.id}\n{referral.salt}"
    drawn = hmac.new(ctx.secret, text.encode(), sha256).digest()
    return base64.urlsafe_b64encode(drawn[:24]).decode()


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return sha256(token.encode()).hexdigest()


def seal(token: str, identity: Identity) -> str:
    """Tells whoever holds the token whether a person is the one it was made for, and nobody else anything."""
    return hmac.new(token.encode(), f"{identity.channel}:{identity.sender}".encode(), sha256).hexdigest()


async def link(tx: Tx, ctx: Context, referral_id: int) -> str | None:
    """The address under the button, drawn when it is sent; None: it is not offered any more."""
    found = await referrals.get(tx, referral_id)
    receiver = await neighbours.get(tx, found.receiver) if found is not None else None
    if found is None or receiver is None or found.state != "offered":
        return None
    return f"https://t.me/{receiver.bot}?start={token_of(ctx, found)}"


async def told(tx: Tx, ctx: Context, row: OutboxRow, outcome: Sent | SendError) -> None:
    """The person has been told where to turn, or cannot be: the officers learn that."""
    assert row.ticket_id is not None
    if isinstance(outcome, SendError):
        ticket = await ticket_rows.need(tx, row.ticket_id)
        dedup = f"refer_undelivered:{row.id}"
        await say.to_topic(tx, ctx, ticket, "staff_refer_undelivered", dedup=dedup, reason=outcome.cause)
    elif "referral" in row.payload:
        await referrals.told(tx, row.payload["referral"], outcome.at or ctx.now)


# What the other office writes.


async def accepted(tx: Tx, ctx: Context, letter: Letter) -> None:
    """The person is there and agreed. Only the office it was offered to may ask, once, and while the consent stands."""
    await letters.remove(tx, letter.id)
    found = await referrals.of_hash(tx, ctx.office, letter.hash)
    if found is not None and found.state in ("accepted", "passed"):
        return
    offered = found is not None and found.receiver == letter.sender and found.state == "offered"
    if found is None or not offered or not await _stands(tx, found):
        await letters.post(tx, ctx.office, letter.sender, "refuse", letter.hash, {}, ctx.now)
        return
    await referrals.change(tx, found.id, "accepted", accepted_at=ctx.now, is_new=bool(letter.body["new"]))
    if letter.body["bring"]:
        await passing.ask_for_files(tx, ctx, found)
    else:
        await over(tx, ctx, found, brought=False)


async def _stands(tx: Tx, referral: Referral) -> bool:
    """Whether the person still wants this office to have, and so to pass on, what was said."""
    identity = await parties.owner(tx, await ticket_rows.need(tx, referral.ticket_id))
    latest = await consents.latest(tx, identity.id)
    return not identity.is_erased and latest is not None and latest.withdrawn_at is None


async def deliver(tx: Tx, ctx: Context, referral_id: int) -> None:
    """The files are on their way: the conversation follows them, and the ticket ends here; all in one transaction."""
    found = await referrals.get(tx, referral_id)
    if found is None or found.state != "accepted" or found.hash is None:
        return
    if not await _stands(tx, found):
        await drop(tx, ctx, found)
        await letters.post(tx, ctx.office, found.receiver, "refuse", found.hash, {}, ctx.now)
        return
    body = await passing.conversation(tx, ctx, found)
    await letters.post(tx, ctx.office, found.receiver, "conversation", found.hash, body, ctx.now)
    await passing.clear(tx, found)
    await over(tx, ctx, found, brought=True)


async def over(tx: Tx, ctx: Context, referral: Referral, *, brought: bool) -> None:
    """The person is with the other office now. The ticket is closed as referred, if it still was open; it was answered
    when the way was shown, not when it was taken: a referral neither makes a ticket late nor hides that it was."""
    await referrals.change(tx, referral.id, "passed", reason="")
    ticket = await ticket_rows.need(tx, referral.ticket_id)
    await tickets.record(tx, ctx, ticket, "refer_taken", "user", to=referral.receiver, brought=brought)
    await audit.add(
        tx,
        ctx.office,
        at=ctx.now,
        actor=f"user:{ticket.identity_id}",
        action="refer_taken",
        ticket=ticket.number,
        to=referral.receiver,
        brought=brought,
    )
    receiver = await neighbours.get(tx, referral.receiver)
    name = receiver.name if receiver is not None else referral.receiver
    await say.to_topic(tx, ctx, ticket, "staff_refer_taken", name=name, brought=brought)
    if ticket.closed_at is None:
        await _close(tx, ctx, ticket, referral, name)


async def _close(tx: Tx, ctx: Context, ticket: Ticket, referral: Referral, name: str) -> None:
    officer, actor = await officers.get(tx, referral.officer_id), f"officer:{referral.officer_id}"
    if ticket.answered_at is None and referral.told_at is not None and ticket.cycle == referral.cycle:
        await tickets.mark_answered(tx, ctx, ticket, actor=actor, at=ctx.now, delivered_at=referral.told_at)
        ticket = await ticket_rows.need(tx, ticket.id)
    await closing.close(
        tx,
        ctx,
        ticket,
        CLOSE_REASONS["referred"],
        actor=actor,
        officer=officer.name if officer else "",
        detail=name,
    )


async def expire(tx: Tx, ctx: Context) -> None:
    """What nobody took is over; whoever still has the ticket is told that it has stayed."""
    for row in await referrals.expired(tx, ctx.office, ctx.now):
        await drop(tx, ctx, row)
        ticket, receiver = await ticket_rows.need(tx, row.ticket_id), await neighbours.get(tx, row.receiver)
        if ticket.closed_at is None:
            name = receiver.name if receiver is not None else row.receiver
            await say.to_topic(tx, ctx, ticket, "staff_refer_expired", name=name)


# Taken back.


async def forget(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The person is erased, or takes the consent back: no link leads anywhere, and nothing is left on its way."""
    await _take_back(tx, ctx, await referrals.of_person(tx, identity.id))


async def _take_back(tx: Tx, ctx: Context, found: list[Referral]) -> None:
    for row in found:
        was_under_way = await drop(tx, ctx, row) if row.state != "passed" else await _stop(tx, ctx, row)
        if row.hash is not None and row.state in ("accepted", "passed") and was_under_way:  # they wait for it there
            await letters.post(tx, ctx.office, row.receiver, "refuse", row.hash, {}, ctx.now)


async def drop(tx: Tx, ctx: Context, referral: Referral) -> bool:
    """It comes to nothing; whether anything of it was under way."""
    await referrals.change(tx, referral.id, "dropped", reason="")
    return await _stop(tx, ctx, referral) or referral.state == "accepted"


async def _stop(tx: Tx, ctx: Context, referral: Referral) -> bool:
    """Nothing of it is left between the offices; whether a letter was."""
    return referral.hash is not None and await letters.remove_all(tx, ctx.office, referral.hash)
