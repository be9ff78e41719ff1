"""Self-service first (SK No. 107, procedure 2; DOMAIN.md §6 rule 1): what the office has answered or published already
is shown between "Kirim" and the ticket. One tap, or any further word, goes on to an officer."""

from datetime import datetime, timedelta

from bot.desk import catalogue, questions, say, tickets
from bot.desk.context import Context
from bot.desk.say import Button
from storage import dialogues, identities, messages
from storage import offers as rows
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.identities import Identity
from storage.rows import stamp

# How long "Sudah terjawab" can be taken back; then what was typed is deleted.
WAY_BACK = timedelta(minutes=30)
CHOICE = ((Button("answered", "self_answered"),), (Button("ask_officer", "ask_officer"),))
BACK = ((Button("need_officer", "need_officer"),),)


async def submit(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue, *, received: datetime) -> None:
    """ "Kirim": up to three cards if something fits, else the ticket at once."""
    found = await _fitting(tx, ctx, identity)
    if not found:
        await questions.send(tx, ctx, identity, dialogue, received=received)
        return
    type = dialogue.data.get("type", "unsure")
    offer = await rows.add(
        tx, ctx.office, at=ctx.now, type=type, lang=identity.lang, entries=[" ".join(ref) for ref in found]
    )
    # The clock of the ticket it may become has started: looking at the cards costs the person nothing.
    data = {"type": type, "offer": offer, "entries": found, "received": stamp(received)}
    timers = questions.timers(ctx, await messages.draft_size(tx, identity.id))
    await dialogues.go(tx, ctx.office, identity.id, "offer", at=ctx.now, data=data, **timers)
    await _show(tx, ctx, identity, found)


async def _fitting(tx: Tx, ctx: Context, identity: Identity) -> list[list[str]]:
    """Source and key of what fits the draft's words; nothing where no ticket would be opened anyway."""
    if not ctx.settings.catalogue.offer or not await tickets.has_room(tx, ctx, identity.id):
        return []
    draft = await messages.draft(tx, identity.id)
    text = "\n".join(message.content["text"] for message in draft)
    return [[entry.source, entry.key] for entry in await catalogue.search(tx, ctx, text, identity.lang)]


async def _show(tx: Tx, ctx: Context, identity: Identity, found: list[list[str]]) -> None:
    cards = await catalogue.cards(tx, ctx, found, identity.lang)
    await say.to_user(tx, ctx, identity, "offer", buttons=CHOICE, state="offer", cards=cards)


async def ask_again(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The same cards once more, in the language of now."""
    dialogue = await dialogues.get(tx, identity.id)
    assert dialogue is not None
    await _show(tx, ctx, identity, dialogue.data["entries"])


async def go_on(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue) -> None:
    """To an officer, with everything that was typed; received when "Kirim" was pressed."""
    await rows.asked(tx, dialogue.data["offer"], ctx.now)
    await questions.send(tx, ctx, identity, dialogue, received=datetime.fromisoformat(dialogue.data["received"]))


async def answered(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue) -> None:
    """ "Sudah terjawab": counted, no ticket. What was typed is kept for the way back, and deleted after it."""
    await rows.answered(tx, dialogue.data["offer"], ctx.now)
    await dialogues.go(
        tx, ctx.office, identity.id, "answered", at=ctx.now, data=dialogue.data, lapse_at=ctx.now + WAY_BACK
    )
    await say.to_user(tx, ctx, identity, "offer_answered", buttons=BACK, state="answered", minutes=_minutes(WAY_BACK))


def _minutes(delta: timedelta) -> int:
    return int(delta.total_seconds()) // 60


async def need_officer(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue, *, received: datetime) -> None:
    """The way back: the ticket after all, received now."""
    await rows.asked(tx, dialogue.data["offer"], ctx.now)
    await questions.send(tx, ctx, identity, dialogue, received=received)


async def thanked(tx: Tx, ctx: Context, identity: Identity) -> None:
    """A word of thanks is no question."""
    await say.to_user(
        tx,
        ctx,
        identity,
        "offer_thanked",
        buttons=BACK,
        state="answered",
        dedup=f"offer_thanked:{identity.id}:{ctx.now:%H}",
    )


async def wrote_more(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue) -> None:
    """Something else after "Sudah terjawab": it was not all. Nothing typed is lost; the person says when to send it."""
    await rows.asked(tx, dialogue.data["offer"], ctx.now)
    await questions.choose_type(tx, ctx, identity)


async def forget(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Answered, and the way back is over: what was typed is deleted."""
    await messages.drop_draft(tx, identity.id)
    await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)


# Timed acts, for a person who neither presses nor writes (DOMAIN.md §6 rule 28).


async def nudge(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    await dialogues.set_timers(tx, dialogue.identity_id, nudge_at=None, lapse_at=dialogue.lapse_at)
    identity = await questions.typing(tx, dialogue)
    if identity is not None:
        await say.to_user(tx, ctx, identity, "offer_nudge", buttons=CHOICE, state="offer", lapse=dialogue.lapse_at)


async def go_on_by_itself(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    identity = await questions.typing(tx, dialogue)
    if identity is None:
        await dialogues.set_timers(tx, dialogue.identity_id, nudge_at=None, lapse_at=None)
    else:
        await go_on(tx, ctx, identity, dialogue)


async def forget_by_itself(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    """Of a blocked person too: what was typed is not kept any longer for that."""
    identity = await identities.get(tx, dialogue.identity_id)
    if identity is None:
        raise LookupError(f"no identity {dialogue.identity_id}")
    await forget(tx, ctx, identity)
