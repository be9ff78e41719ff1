"""Rating and feedback after a close (SK No. 107, procedure 5)."""

from typing import Any

from bot.desk import doors, parties, say, survey, tickets
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.entities import split
from bot.domain.ids import TicketId
from bot.domain.lifecycle import CLOSE_REASONS
from bot.domain.rating import is_low, may_rate, rate_until
from storage import dialogues, ratings
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.identities import Identity
from storage.tickets import Ticket

PART = 3000
SKIP = ((Button("skip", "skip_feedback"),),)


async def rate(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket, stars: int) -> bool:
    """Record 1 to 5 stars for the closed cycle, or other ones; False when it is too late (14 days) or open again."""
    reason = CLOSE_REASONS.get(ticket.close_reason or "")
    if ticket.closed_at is None or reason is None or not may_rate(ticket.closed_at, reason, ctx.now):
        await say.to_user(tx, ctx, identity, "rating_over")
        return False
    before = await ratings.get(tx, ticket.id, ticket.cycle)
    if before is not None and before.stars == stars:
        return True
    await _record(tx, ctx, ticket, stars)
    await _ask_feedback(tx, ctx, identity, ticket, stars)
    return True


async def _record(tx: Tx, ctx: Context, ticket: Ticket, stars: int, **data: Any) -> None:
    await ratings.put(tx, ctx.office, ticket.id, ticket.cycle, stars=stars, at=ctx.now)
    await ticket_rows.change(tx, ticket.id, rate_at=None)
    await tickets.record(tx, ctx, ticket, "rated", "user", stars=stars, **data)
    await say.to_topic(tx, ctx, ticket, "staff_rated", stars=stars)
    if is_low(stars):
        once = f"low:{ticket.id}:{ticket.cycle}"
        await say.to_supervisor(tx, ctx, "supervisor_rating_low", dedup=once, number=ticket.number, stars=stars)


# By mail, where the chat cannot be written to.

DOOR = "nilai"


async def ask_by_mail(tx: Tx, ctx: Context, ticket: Ticket, *, cause: str, again: bool) -> bool:
    """The prompt did not reach the chat: a link asks by mail, once a cycle; whether it could. If not, that is said.

    `again`: it was a reminder, so that a prompt did arrive before.
    """
    owner = await parties.owner(tx, ticket)
    if owner.is_erased or ticket.closed_at is None:
        return False
    link = doors.open_at(ctx, DOOR, str(ticket.id), str(ticket.cycle))
    if not link:
        await tickets.record(tx, ctx, ticket, "prompt_skipped", "system", prompt="rating", cause=cause)
        if not again:
            once = f"rating_skipped:{ticket.id}:{ticket.cycle}"
            await say.to_topic(tx, ctx, ticket, "staff_rating_skipped", dedup=once, reason=cause)
        return False
    account = await parties.account_of(tx, ticket)
    dedup = f"rate_mail:{ticket.id}:{ticket.cycle}"
    await tickets.record(tx, ctx, ticket, "rating_mailed", "system", cause=cause)
    until = rate_until(ticket.closed_at)
    await say.by_mail(
        tx,
        ctx,
        account.email,
        "rating",
        lang=ticket.lang,
        ticket=ticket,
        dedup=dedup,
        number=ticket.number,
        silent=ticket.close_reason == "silent",
        until=until,
        link=link,
    )
    return True


async def behind_link(tx: Tx, ctx: Context, token: str) -> tuple[Ticket, str] | None:
    """The ticket a link asks about, and "ask", "done" (rated already) or "over"; None: no link of ours."""
    parts = doors.behind(ctx, DOOR, token)
    if parts is None:
        return None
    ticket = await ticket_rows.get(tx, TicketId(int(parts[0])))
    if ticket is None or ticket.office != ctx.office:
        return None
    if await ratings.get(tx, ticket.id, int(parts[1])) is not None:
        return ticket, "done"
    reason = CLOSE_REASONS.get(ticket.close_reason or "")
    owner = await parties.owner(tx, ticket)
    may = ticket.closed_at is not None and reason is not None and may_rate(ticket.closed_at, reason, ctx.now)
    return ticket, "ask" if may and ticket.cycle == int(parts[1]) and not owner.is_erased else "over"


async def rate_by_link(tx: Tx, ctx: Context, token: str, stars: int | None) -> tuple[Ticket, str] | None:
    """The stars chosen on the page, or None to look only; as `behind_link`, or "thanks" when they were recorded now."""
    found = await behind_link(tx, ctx, token)
    if found is None or found[1] != "ask" or stars is None:
        return found
    await _record(tx, ctx, found[0], stars, by="mail")
    return found[0], "thanks"


# Words.


async def _ask_feedback(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket, stars: int) -> None:
    """Ask only when the person is not in the middle of something else, such as another open ticket."""
    dialogue = await dialogues.get(tx, identity.id)
    busy = dialogue is not None and dialogue.state not in ("idle", "feedback")
    if busy or await ticket_rows.open_of(tx, identity.id) is not None:
        await say.to_user(tx, ctx, identity, "rated_low" if is_low(stars) else "thanks")
        return
    data = {"ticket": ticket.id, "cycle": ticket.cycle}
    await dialogues.go(tx, ctx.office, identity.id, "feedback", at=ctx.now, data=data)
    key = "feedback_low" if is_low(stars) else "feedback"
    await say.to_user(tx, ctx, identity, key, buttons=SKIP, state="feedback", ticket=ticket)


async def take_feedback(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue, text: str) -> None:
    ticket = await ticket_rows.need(tx, dialogue.data["ticket"])
    await ratings.add_feedback(tx, ticket.id, dialogue.data["cycle"], text)
    await tickets.record(tx, ctx, ticket, "feedback", "user")
    for part, _ in split(text, (), PART):
        await say.to_topic(tx, ctx, ticket, "staff_feedback", text=part)
    await end(tx, ctx, identity, ticket)


async def end(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket) -> None:
    """Thank, and offer the survey."""
    await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)
    await say.to_user(tx, ctx, identity, "thanks")
    await survey.offer(tx, ctx, identity, ticket)
