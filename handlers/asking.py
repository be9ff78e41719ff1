"""Registered people: the question before its ticket, the talk on it, and what is written after the close."""

from datetime import timedelta

from bot.desk import conversation, moving, offers, questions, say, words
from bot.desk import feedback as feedbacks
from bot.desk.context import Context
from bot.domain.lifecycle import CLOSE_REASONS, may_reopen
from handlers.turn import Turn, burst
from storage import dialogues, keyboards, links, messages, outbox, tickets
from storage.base import Tx
from storage.tickets import Ticket

SEND_LABEL = "button.send"
# Typed after "Sudah terjawab", in whatever language: the way to an officer after all, and the same once more.
ONWARDS = (SEND_LABEL, "button.ask_officer")
ANSWERED_LABEL = "button.answered"
FEEDBACK_WITHIN = timedelta(hours=24)
MOST_A_MINUTE = 20  # messages of one person (QUALITY.md T13)
MINUTE = timedelta(minutes=1)


async def part(tx: Tx, ctx: Context, turn: Turn) -> None:
    """One more message of a question that is not sent yet; "Kirim" sends it, whatever buttons are in sight."""
    assert turn.dialogue is not None
    if ctx.texts.same(turn.typed, SEND_LABEL):
        await offers.submit(tx, ctx, turn.identity, turn.dialogue, received=turn.inbound.at)
        return
    kept = await _keep(tx, ctx, turn)
    await questions.part_came(tx, ctx, turn.identity, turn.dialogue, kept)


async def offered(tx: Tx, ctx: Context, turn: Turn) -> None:
    """Cards were shown: whatever else is written goes to an officer, together with the question."""
    assert turn.dialogue is not None
    if not ctx.texts.same(turn.typed, SEND_LABEL):
        await _keep(tx, ctx, turn)
    await offers.go_on(tx, ctx, turn.identity, turn.dialogue)


async def answered(tx: Tx, ctx: Context, turn: Turn) -> None:
    """After "Sudah terjawab": thanks, or something that was not answered."""
    assert turn.dialogue is not None
    if words.is_thanks(turn.text) or ctx.texts.same(turn.typed, ANSWERED_LABEL):
        await offers.thanked(tx, ctx, turn.identity)
        return
    if any(ctx.texts.same(turn.typed, label) for label in ONWARDS):
        await offers.need_officer(tx, ctx, turn.identity, turn.dialogue, received=turn.inbound.at)
        return
    await _keep(tx, ctx, turn)
    await offers.wrote_more(tx, ctx, turn.identity, turn.dialogue)


async def talk(tx: Tx, ctx: Context, turn: Turn) -> None:
    """On an open ticket: to the officers. Without one: the beginning of a question, but for a word of thanks."""
    ticket = await _quoted(tx, ctx, turn) or await tickets.open_of(tx, turn.identity.id)
    if ticket is not None:
        await conversation.user_wrote(
            tx, ctx, turn.inbound, turn.content, inbox_id=turn.inbox_id, identity=turn.identity, ticket=ticket
        )
        await _slow_down(tx, ctx, turn, ticket)
        return
    away = await moving.open_elsewhere(tx, turn.identity)
    if away is None and words.is_thanks(turn.text):
        await _welcome(tx, ctx, turn)
        return
    await _keep(tx, ctx, turn)
    if away is not None:
        await moving.ask(tx, ctx, turn.identity, away)
        return
    closed = await _reopenable(tx, ctx, turn)
    if closed is None:
        await questions.choose_type(tx, ctx, turn.identity)
    else:
        await _continue_or_new(tx, ctx, turn, closed)


async def _welcome(tx: Tx, ctx: Context, turn: Turn) -> None:
    """Thanks after a close reopen nothing, and begin nothing: there is no question in them."""
    last = await tickets.last_of(tx, turn.identity.id)
    number, dedup = last.number if last is not None else None, burst(ctx, turn.identity, "thanked")
    await say.to_user(tx, ctx, turn.identity, "thanked", dedup=dedup, number=number)


async def _slow_down(tx: Tx, ctx: Context, turn: Turn, ticket: Ticket) -> None:
    """Everything is kept and passed on in order; who writes very fast is told once that it takes a while (T13)."""
    earlier = await messages.nth_newest_at(tx, ticket.id, MOST_A_MINUTE + 1)
    if earlier is not None and turn.inbound.at - earlier < MINUTE:
        dedup = f"slow_down:{turn.identity.id}:{ctx.now:%Y%m%d%H}"
        if await outbox.was_queued(tx, ctx.office, dedup):
            return
        await say.to_user(tx, ctx, turn.identity, "slow_down", dedup=dedup)


async def _quoted(tx: Tx, ctx: Context, turn: Turn) -> Ticket | None:
    """The open ticket of the message that this one replies to: a quote goes where it belongs."""
    inbound = turn.inbound
    if inbound.reply_to is None:
        return None
    found = await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=inbound.chat, ref=inbound.reply_to)
    message = await messages.get(tx, found[-1].message_id) if found else None
    ticket = await tickets.get(tx, message.ticket_id) if message and message.ticket_id else None
    return ticket if ticket and ticket.closed_at is None and ticket.identity_id == turn.identity.id else None


async def _reopenable(tx: Tx, ctx: Context, turn: Turn) -> Ticket | None:
    last = await tickets.last_of(tx, turn.identity.id)
    if last is None or last.closed_at is None or not CLOSE_REASONS[last.close_reason or ""].counts_in_rating:
        return None
    return last if may_reopen(last.closed_at, ctx.now, days=ctx.settings.service.reopen_within_days) else None


async def _continue_or_new(tx: Tx, ctx: Context, turn: Turn, closed: Ticket) -> None:
    """A message after the close asks: continue that ticket or open a new one?"""
    kept = await messages.draft_size(tx, turn.identity.id)
    data, timers = {"ticket": closed.id}, questions.timers(ctx, kept)
    await dialogues.go(tx, ctx.office, turn.identity.id, "after_close", at=ctx.now, data=data, **timers)
    await questions.continue_or_new(tx, ctx, turn.identity, closed)


async def after_close(tx: Tx, ctx: Context, turn: Turn) -> None:
    """More was typed before the choice: keep it, and ask again if the last asking is a while ago."""
    assert turn.dialogue is not None
    kept = await _keep(tx, ctx, turn)
    again = await tickets.open_of(tx, turn.identity.id)
    if again is not None:
        await questions.join(tx, ctx, turn.identity, again, at=turn.inbound.at)
        return
    await dialogues.set_timers(tx, turn.identity.id, **questions.timers(ctx, kept))
    newest = await keyboards.live(tx, turn.identity.id, 1)
    if not newest or newest[0].state != "after_close" or ctx.now - newest[0].created_at > questions.PROMPT_EVERY:
        await _continue_or_new(tx, ctx, turn, await tickets.need(tx, turn.dialogue.data["ticket"]))


async def elsewhere(tx: Tx, ctx: Context, turn: Turn) -> None:
    """More was typed while a ticket of the same person is open on another channel."""
    assert turn.dialogue is not None
    await _keep(tx, ctx, turn)
    await moving.part_came(tx, ctx, turn.identity, turn.dialogue, at=turn.inbound.at)


async def feedback(tx: Tx, ctx: Context, turn: Turn) -> None:
    """Words are feedback, for a day and while no ticket is open; anything else begins or continues something."""
    assert turn.dialogue is not None
    asked = ctx.now - turn.dialogue.updated_at <= FEEDBACK_WITHIN
    if turn.typed and asked and await tickets.open_of(tx, turn.identity.id) is None:
        await feedbacks.take_feedback(tx, ctx, turn.identity, turn.dialogue, turn.text.strip())
        return
    await dialogues.go(tx, ctx.office, turn.identity.id, "idle", at=ctx.now)
    await talk(tx, ctx, turn)


async def survey(tx: Tx, ctx: Context, turn: Turn) -> None:
    """Something else than an answer ends the survey: what was answered counts, what was typed goes on as usual."""
    await dialogues.go(tx, ctx.office, turn.identity.id, "idle", at=ctx.now)
    await talk(tx, ctx, turn)


async def _keep(tx: Tx, ctx: Context, turn: Turn) -> int:
    return await questions.keep_draft(
        tx, ctx, turn.inbound, turn.content, inbox_id=turn.inbox_id, identity=turn.identity
    )
