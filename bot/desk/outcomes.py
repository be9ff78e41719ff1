"""What the desk does when a message was sent or could not be: OUTCOMES is the table the outbox looks into."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.channels.base import SendError, Sent
from bot.desk import complaints as desk_complaints
from bot.desk import (
    conversation,
    erasure,
    feedback,
    new_email,
    parties,
    referral,
    registration,
    reports,
    say,
    splitting,
    tickets,
    topics,
    verification,
    window,
    withdrawal,
)
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.ids import ComplaintId, MessageId
from storage import accounts, complaints, email_codes, held, identities, messages, outbox
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.identities import Identity
from storage.outbox import OutboxRow
from storage.tickets import Ticket

Outcome = Sent | SendError
# The person cannot be reached in the chat for now.
CHAT_LOST = ("blocked", "chat_gone")
# Nor by this message, whatever is tried: the answer goes by e-mail.
MAILED = (*CHAT_LOST, "undeliverable", "bad_template")
# Where the platform tells of arrivals, these wait for it: until then nothing was delivered.
AWAITED = ("answer", "question", "final_answer", "warning")
DELIVERED = conversation.DELIVERED_MARK
# Of Telegram's own reactions: it sleeps.
HELD = "😴"


@dataclass(frozen=True)
class Arrived(Sent):
    """What was taken before has reached the person, at `at`."""


FollowUp = Callable[[Tx, Context, OutboxRow, Outcome], Awaitable[None]]


async def learn(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    """Tell the use case that waits for this row what became of it. A SendError here is final or held."""
    if row.follow_up is not None:
        await OUTCOMES[row.follow_up](tx, ctx, row, outcome)


async def not_relayed(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    """What a user wrote cannot stand in the topic as it is: the user is told, and can send it in another form."""
    assert row.ticket_id is not None
    ticket = await ticket_rows.need(tx, row.ticket_id)
    message_id = _message_ids(row)[-1]
    if (await messages.need(tx, message_id)).side == "note":  # another office passed it on: it is there still
        return
    about = f"message:{message_id}"
    await parties.tell_owner(tx, ctx, ticket, "unsupported", mb=50, reply_to=about)


async def _topic_created(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    if isinstance(outcome, Sent) and row.ticket_id is not None and outcome.thread is not None:
        await topics.stands(tx, ctx, await ticket_rows.need(tx, row.ticket_id), outcome.thread)


async def _card_posted(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    if isinstance(outcome, Sent) and row.ticket_id is not None:
        await ticket_rows.change(tx, row.ticket_id, card=outcome.refs[0])
        tx.signal("outbox", f"k:{row.ticket_id}")


async def _split_posted(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    await _card_posted(tx, ctx, row, outcome)
    if isinstance(outcome, Sent) and row.ticket_id is not None:
        await splitting.posted(tx, ctx, await ticket_rows.need(tx, row.ticket_id))


async def _answer(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    await _officer_message(tx, ctx, row, outcome, question=False)


async def _question(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    await _officer_message(tx, ctx, row, outcome, question=True)


async def _final_answer(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    """/jawab with a text: the information is delivered when the text is."""
    await _officer_message(tx, ctx, row, outcome, question=False)
    if isinstance(outcome, Sent):
        assert row.ticket_id is not None
        ticket = await ticket_rows.need(tx, row.ticket_id)
        message = await messages.need(tx, _message_ids(row)[-1])
        actor = f"officer:{message.officer_id}"
        await tickets.mark_answered(tx, ctx, ticket, actor=actor, at=outcome.at or ctx.now)
        officer = await parties.officer_of(tx, ticket)
        await say.to_topic(tx, ctx, ticket, "staff_answer_marked", officer=officer.name if officer else "")


async def _officer_message(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome, *, question: bool) -> None:
    assert row.ticket_id is not None
    ticket = await ticket_rows.need(tx, row.ticket_id)
    ids = _message_ids(row)
    message = await messages.need(tx, ids[-1])
    if isinstance(outcome, SendError):
        await _undelivered(tx, ctx, row, message.id, outcome)
        return
    at = outcome.at or ctx.now
    await conversation.delivered(tx, ctx, ticket, message, at=at, question=question, doubted=row.uncertain)
    if not isinstance(outcome, Arrived):  # of an arrival the mark follows by itself, and may be another
        await say.cosmetic(tx, ctx, ticket, "react", message=message.id, emoji=DELIVERED, role="source")


def _message_ids(row: OutboxRow) -> list[MessageId]:
    return [MessageId(n) for n in row.payload.get("messages") or [row.payload["message"]]]


async def _undelivered(tx: Tx, ctx: Context, row: OutboxRow, message_id: MessageId, error: SendError) -> None:
    """The officer is told beside the message, with the reason and a way on (DESIGN.md §3, marks)."""
    assert row.ticket_id is not None
    ticket = await ticket_rows.need(tx, row.ticket_id)
    if error.cause == window.CLOSED:
        await tickets.record(tx, ctx, ticket, "held", "system", cause=error.cause)
        await say.cosmetic(tx, ctx, ticket, "react", message=message_id, emoji=HELD, role="source")
        await window.tell_held(tx, ctx, ticket, message_id)
        return
    await tickets.record(tx, ctx, ticket, "undelivered", "system", cause=error.cause)
    mailed = error.cause in MAILED and await _mail_answer(tx, ctx, ticket, message_id)
    again = ((Button("send_again", "send_again", str(row.id)),),)
    await say.to_topic(
        tx,
        ctx,
        ticket,
        "staff_undelivered",
        buttons=again,
        reply_to=f"message:{message_id}",
        reason=error.cause,
        retry_at=None,
        mail="queued" if mailed else None,
    )


async def mail_what_waits(tx: Tx, ctx: Context, identity: Identity) -> None:
    """What has not reached the person's chat for hours goes by e-mail as well; it still goes there when it can."""
    waits = await held.not_arrived(tx, identity.id, AWAITED)
    later = [due for row in waits if (due := window.mail_due(ctx, identity, row)) > ctx.now]
    await identities.set_mail_at(tx, identity.id, min(later, default=None))
    for row in waits:
        if window.mail_due(ctx, identity, row) > ctx.now:
            continue
        if row.follow_up == "warning":
            await _warning(tx, ctx, row, SendError(window.CLOSED))
        elif row.ticket_id is not None:
            ticket = await ticket_rows.need(tx, row.ticket_id)
            await _mail_answer(tx, ctx, ticket, _message_ids(row)[-1])


async def _mail_answer(tx: Tx, ctx: Context, ticket: Ticket, message_id: MessageId) -> bool:
    """The chat is lost: the answer goes by e-mail, in full only if nobody else writes under that address."""
    message = await messages.need(tx, message_id)
    account = await parties.account_of(tx, ticket)
    text = message.content["text"]
    in_full = bool(text) and await accounts.chats(tx, account.id) == 1
    await say.by_mail(
        tx,
        ctx,
        account.email,
        "answer" if in_full else "answer_waiting",
        lang=ticket.lang,
        ticket=ticket,
        follow_up="answer_mailed" if in_full else None,
        about=message_id,
        dedup=f"answer:{message_id}",
        number=ticket.number,
        **({"text": text} if in_full else {}),
    )
    return True


async def _answer_mailed(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    """An answer that went out whole by e-mail is delivered: the standard asks for the information, not for the way."""
    if isinstance(outcome, Sent):
        assert row.ticket_id is not None
        ticket = await ticket_rows.need(tx, row.ticket_id)
        message = await messages.need(tx, MessageId(row.payload["about"]))
        await tickets.record(tx, ctx, ticket, "mailed", "system")
        await conversation.delivered(tx, ctx, ticket, message, at=ctx.now, question=False)


async def _piece(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    """Of a long message's piece, and of an edit, only what goes wrong is said."""
    if isinstance(outcome, SendError):
        await _undelivered(tx, ctx, row, _message_ids(row)[-1], outcome)


async def _take_back(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    """Taken back, the message loses its mark of delivery; where Telegram refuses, the officer learns what to do."""
    assert row.ticket_id is not None
    ticket, message_id = await ticket_rows.need(tx, row.ticket_id), row.payload["message"]
    if isinstance(outcome, Sent):
        await withdrawal.deleted(tx, ctx, ticket, officer=row.payload.get("officer"))
        await say.cosmetic(tx, ctx, ticket, "react", message=message_id, emoji=None, role="source")
        return
    if outcome.cause not in CHAT_LOST:  # then it is deleted when the person is back
        await withdrawal.refused(tx, message_id)
    about = f"message:{message_id}"
    await say.to_topic(tx, ctx, ticket, "staff_take_back_refused", reply_to=about, reason=outcome.cause)


async def _warning(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    """A warning counts when it arrived; if the chat cannot be reached, it goes by e-mail (DOMAIN.md §6 rule 6)."""
    assert row.ticket_id is not None
    ticket = await ticket_rows.need(tx, row.ticket_id)
    if isinstance(outcome, Sent):
        await tickets.record(tx, ctx, ticket, "warned", "system", at=outcome.at or ctx.now, by=row.kind)
    elif row.kind != "mail" and ticket.close_at is not None:
        account = await parties.account_of(tx, ticket)
        await say.by_mail(
            tx,
            ctx,
            account.email,
            "warning",
            lang=ticket.lang,
            ticket=ticket,
            follow_up="warning",
            dedup=f"warning:{row.id}",
            number=ticket.number,
            close_at=ticket.close_at,
        )


async def _rating(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    """The prompt of a rating that cannot reach a billed chat goes by mail; elsewhere it waits for the person."""
    if isinstance(outcome, Sent) or row.ticket_id is None or row.identity_id is None:
        return
    identity = await identities.get(tx, row.identity_id)
    if identity is None or not ctx.traits(identity.channel).billed:
        return
    ticket, again = await ticket_rows.need(tx, row.ticket_id), row.payload["key"] == "rate_reminder"
    if await feedback.ask_by_mail(tx, ctx, ticket, cause=outcome.cause, again=again):
        await outbox.end(tx, row.id, "dropped", "mailed", ctx.now)  # asked twice, people would think we lost the first


async def _called(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    """The template that says that something waits."""
    if isinstance(outcome, SendError):
        assert row.identity_id is not None
        identity = await identities.get(tx, row.identity_id)
        ticket = await ticket_rows.get(tx, row.ticket_id) if row.ticket_id is not None else None
        assert identity is not None
        await window.not_called(tx, ctx, identity, ticket, outcome.cause)


async def _code(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    assert row.identity_id is not None
    identity = await identities.get(tx, row.identity_id)
    code = await email_codes.get(tx, row.payload["code_id"])
    if identity is not None and code is not None:
        error = outcome if isinstance(outcome, SendError) else None
        await verification.handed_over(tx, ctx, identity, code, PURPOSES[code.purpose], error=error)


async def _complaint_posted(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    complaint_id, chat = ComplaintId(row.payload["about"]), row.dest.removeprefix("chat:")
    if isinstance(outcome, Sent):
        await complaints.posted(tx, ctx.office, complaint_id, chat=chat, ref=outcome.refs[0])
    else:
        await desk_complaints.unheard(tx, ctx, complaint_id, chat=chat, cause=outcome.cause)


async def _complaint_alarm(tx: Tx, ctx: Context, row: OutboxRow, outcome: Outcome) -> None:
    if isinstance(outcome, SendError):
        await desk_complaints.tell_group(tx, ctx, ComplaintId(row.payload["about"]), cause=outcome.cause)


PURPOSES = {purpose.name: purpose for purpose in (registration.REGISTER, new_email.CHANGE)}
OUTCOMES: dict[str, FollowUp] = {
    "topic_created": _topic_created,
    "card_posted": _card_posted,
    "split_posted": _split_posted,
    "answer": _answer,
    "question": _question,
    "final_answer": _final_answer,
    "answer_mailed": _answer_mailed,
    "piece": _piece,
    "take_back": _take_back,
    "warning": _warning,
    "called": _called,
    "rating": _rating,
    "code": _code,
    "complaint_posted": _complaint_posted,
    "complaint_alarm": _complaint_alarm,
    "erasure_told": erasure.told,
    "topic_deleted": erasure.topic_deleted,
    "referral_told": referral.told,
    "report_file": reports.file_done,
    "report_mail": reports.mail_done,
}
