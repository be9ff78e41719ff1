"""Complaints: their own number and table, to the supervisor, never to the staff group (DOMAIN.md §2)."""

from bot.desk import say
from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.complaints import reply_due
from bot.domain.ids import OfficeCode
from bot.domain.numbers import complaint_number
from storage import accounts, complaints, dialogues, offices
from storage.base import Tx
from storage.identities import Identity

NAMED, ANONYMOUS = "complaint", "anonymous_complaint"
OVERLAYS = (NAMED, ANONYMOUS)
WITHOUT_NAME = ((Button("anonymous", "anonymous"),),)


async def ask(tx: Tx, ctx: Context, identity: Identity) -> None:
    """What is typed next is the complaint; where the person stood in the conversation stays as it was."""
    if await dialogues.get(tx, identity.id) is None:
        await dialogues.go(tx, ctx.office, identity.id, "new", at=ctx.now)
    await dialogues.set_overlay(tx, identity.id, NAMED)
    await say.to_user(tx, ctx, identity, "complaint", buttons=WITHOUT_NAME)


async def file(tx: Tx, ctx: Context, identity: Identity, text: str, *, anonymous: bool) -> None:
    """Record a complaint, pass it to the supervisor, and give its receipt."""
    calendar = await of_office(tx, ctx)
    local = calendar.local_date(ctx.now)
    seq = await offices.next_number(tx, ctx.office, f"complaint:{local:%y%m}")
    number = complaint_number(OfficeCode(ctx.office), local, seq)
    due = reply_due(ctx.now, calendar)
    await complaints.add(
        tx, ctx.office, number=number, identity_id=identity.id, anonymous=anonymous, text=text, at=ctx.now, due_at=due
    )
    await dialogues.set_overlay(tx, identity.id, None)
    who = None if anonymous else await _who(tx, identity)
    await say.to_supervisor(tx, ctx, "supervisor_complaint", number=number, at=ctx.now, who=who, text=text, due=due)
    if ctx.settings.supervisor.email:
        await say.by_mail(
            tx,
            ctx,
            ctx.settings.supervisor.email,
            "complaint",
            lang=say.STAFF_LANG,
            number=number,
            at=ctx.now,
            who=who,
            text=text,
            due=due,
        )
    await say.to_user(tx, ctx, identity, "complaint_ok", number=number, due=due)


async def _who(tx: Tx, identity: Identity) -> str | None:
    """The name of a registered person; nothing for somebody who has not told it."""
    account = await accounts.get(tx, identity.account_id) if identity.account_id else None
    return account.name if account and account.name else None
