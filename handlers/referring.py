"""/rujuk: a ticket is referred to another office that shares the database."""

from bot.desk import consent, referral, say
from bot.desk.context import Context
from handlers.turn import StaffTurn
from storage.base import Tx
from storage.neighbours import Neighbour

SHOWN_MOST = 20
PROVINCE = 2  # so many digits of an office's code are its province's


async def refer(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/rujuk CODE REASON; without a code that is known, the offices are listed. Nothing goes out before a press."""
    if turn.here.closed_at is not None or await consent.is_over(tx, turn.here) is not None:
        return False
    code, _, reason = " ".join(rest.split()).partition(" ")
    others = await referral.others(tx, ctx)
    receiver = next((office for office in others if office.office == code), None)
    if code == ctx.office:
        await say.to_topic(tx, ctx, turn.here, "staff_refer_own", reply_to=turn.inbound.ref)
    elif not others:
        await say.to_topic(tx, ctx, turn.here, "staff_refer_alone", reply_to=turn.inbound.ref)
    elif receiver is None:
        await _list(tx, ctx, turn, others, code)
    elif not reason:
        ref, name = turn.inbound.ref, receiver.name
        await say.to_topic(tx, ctx, turn.here, "staff_refer_why", reply_to=ref, code=code, name=name)
    else:
        await referral.plan(tx, ctx, turn.here, turn.officer, receiver, reason)
    return True


async def _list(tx: Tx, ctx: Context, turn: StaffTurn, others: list[Neighbour], word: str) -> None:
    """Those whose name or code has the word in it; if none has, those of the same province before all others."""
    found = [office for office in others if word and word.casefold() in f"{office.office} {office.name}".casefold()]
    nearest = sorted(others, key=lambda office: (office.office[:PROVINCE] != ctx.office[:PROVINCE], office.office))
    shown = (found or nearest)[:SHOWN_MOST]
    await say.to_topic(
        tx,
        ctx,
        turn.here,
        "staff_refer_offices",
        reply_to=turn.inbound.ref,
        word=word if word and not found else "",
        offices=[{"code": office.office, "name": office.name} for office in shown],
        more=len(found or nearest) - len(shown),
    )


async def confirm(tx: Tx, ctx: Context, turn: StaffTurn, referral_id: int) -> bool:
    """The press that sends the link."""
    if await consent.is_over(tx, turn.here) is not None:
        return False
    return await referral.send(tx, ctx, turn.here, turn.officer, referral_id)
