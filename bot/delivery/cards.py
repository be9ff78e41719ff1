"""The card of a ticket, at the head of its topic."""

from typing import Any

from bot.desk import parties, roster, say, window
from bot.desk.context import Context
from bot.domain.ids import MessageId
from storage import accounts, identities, messages
from storage.base import Tx
from storage.identities import Identity
from storage.rows import stamp
from storage.tickets import Ticket


async def text(tx: Tx, ctx: Context, ticket: Ticket, question_id: int | None) -> str:
    """As it is now. `question_id`: the message that stands in it, where it has room."""
    account = await accounts.get(tx, ticket.account_id)
    identity = await identities.get(tx, ticket.identity_id)
    assert account is not None and identity is not None
    officer = await parties.officer_of(tx, ticket)
    question = (await messages.need(tx, MessageId(question_id))).content["text"] if question_id else None
    params = say.plain(
        {
            "number": ticket.number,
            "type": ticket.type,
            "name": identity.name,
            "lang": identity.lang,
            "origin": account.origin,
            "use": account.use_for,
            "channel": identity.channel,
            "window": _window(ctx, identity),
            "due": ticket.due_at,
            "opened": ticket.opened_at,
            "status": ticket.status,
            "officer": officer.name if officer else None,
            "duty": await roster.mentions(tx, ctx) if officer is None and ticket.closed_at is None else [],
            "question": question,
            "email": ticket.email if ctx.settings.service.email_in_card else None,
        }
    )
    return ctx.texts.render("staff_card", say.STAFF_LANG, **params)


def _window(ctx: Context, identity: Identity) -> dict[str, Any] | None:
    """Until when the person may be written to freely, or since when not any more; None: there is no such thing."""
    end = window.closes_at(ctx, identity)
    return None if end is None else {"open": ctx.now < end, "until": stamp(end)}
