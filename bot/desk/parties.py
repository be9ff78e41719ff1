"""The people of a ticket: who opened it, under which account, and who handles it."""

from typing import Any

from bot.desk import say
from bot.desk.context import Context
from bot.domain.discretion import is_discreet
from storage import accounts, identities, officers
from storage.accounts import Account
from storage.base import Tx
from storage.identities import Identity
from storage.officers import Officer
from storage.tickets import Ticket


async def owner(tx: Tx, ticket: Ticket) -> Identity:
    """The chat that opened the ticket: everything for the user goes there and nowhere else."""
    identity = await identities.get(tx, ticket.identity_id)
    if identity is None:
        raise LookupError(f"ticket {ticket.id} has no owner")
    return identity


async def tell_owner(tx: Tx, ctx: Context, ticket: Ticket, key: str, **how: Any) -> None:
    """Say `key` about the ticket, whose number every such text names, to the chat that opened it."""
    identity = await owner(tx, ticket)
    await say.to_user(tx, ctx, identity, key, ticket=ticket, number=ticket.number, **how)


async def account_of(tx: Tx, ticket: Ticket) -> Account:
    """The account of the chat that opened the ticket, as it is now: mail goes to the address verified last."""
    account_id = (await owner(tx, ticket)).account_id or ticket.account_id
    account = await accounts.get(tx, account_id)
    if account is None:
        raise LookupError(f"ticket {ticket.id} has no account")
    return account


async def officer_of(tx: Tx, ticket: Ticket) -> Officer | None:
    return await officers.get(tx, ticket.officer_id) if ticket.officer_id else None


def officer_name(ctx: Context, officer: Officer, lang: str) -> str:
    """As the public sees it: by number, or by name where the office wants that (DOMAIN.md §6 rule 23).

    The name is the one that an admin gave, else the platform's, unless that shows a user name or a telephone number.
    """
    name = officer.display_name or officer.name
    if ctx.settings.service.officer_names == "name" and is_discreet(name):
        return name
    return f"{ctx.texts.label('role.officer', lang)} PST {officer.number}"
