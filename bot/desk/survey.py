"""The public satisfaction survey (SKM): nine questions, one tap each, after the rating and only if wanted.

Every answer counts at once; who stops midway has answered as many elements as they have (DOMAIN.md §2).
"""

from bot.desk import say
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.skm import SCALE, Element
from storage import dialogues, survey_answers
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.identities import Identity
from storage.tickets import Ticket

OFFER = ((Button("survey", "survey"), Button("skip", "survey_skip")),)
ELEMENTS = tuple(Element)


async def offer(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket) -> None:
    """Once for each cycle, if the office wants the survey."""
    if ctx.settings.service.survey and not await survey_answers.has_any(tx, ticket.id, ticket.cycle):
        dedup = f"skm:{ticket.id}:{ticket.cycle}"
        await say.to_user(tx, ctx, identity, "skm_offer", buttons=OFFER, ticket=ticket, dedup=dedup)


async def begin(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket) -> None:
    await _ask(tx, ctx, identity, ticket, 0)


async def answer(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue, value: int) -> None:
    """Record the answer to the question asked last, and ask the next one."""
    ticket = await ticket_rows.need(tx, dialogue.data["ticket"])
    number: int = dialogue.data["number"]
    await survey_answers.put(
        tx, ctx.office, ticket.id, dialogue.data["cycle"], element=ELEMENTS[number], value=value, at=ctx.now
    )
    if number + 1 < len(ELEMENTS):
        await _ask(tx, ctx, identity, ticket, number + 1)
    else:
        await end(tx, ctx, identity)


async def end(tx: Tx, ctx: Context, identity: Identity) -> None:
    await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)
    await say.to_user(tx, ctx, identity, "skm_thanks")


async def _ask(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket, number: int) -> None:
    """A keyboard counts for its own question only: its state names the number."""
    element = ELEMENTS[number]
    data = {"ticket": ticket.id, "cycle": ticket.cycle, "number": number}
    await dialogues.go(tx, ctx.office, identity.id, f"survey:{number}", at=ctx.now, data=data)
    choices = tuple((Button(f"skm_{element}.{value}", "survey_answer", str(value)),) for value in SCALE)
    await say.to_user(
        tx,
        ctx,
        identity,
        "skm_question",
        buttons=(*choices, (Button("skip", "survey_skip"),)),
        state=f"survey:{number}",
        number=number + 1,
        total=len(ELEMENTS),
        element=str(element),
    )
