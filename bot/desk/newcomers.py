"""People whom another office sends here by a link: who taps it, agrees and chooses brings the conversation along.

The link is for one person and one choice. Until the choice, nothing but a hash and a seal is here.
"""

from datetime import datetime, timedelta
from typing import Any

from bot.channels.base import Content
from bot.desk import questions, referral, registration, say, tickets, topics
from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain import history
from bot.domain.entities import shifted, utf16_len
from bot.domain.history import Said
from bot.domain.ids import MessageId
from storage import (
    accounts,
    audit,
    consents,
    dialogues,
    identities,
    letters,
    media,
    messages,
    neighbours,
    newcomers,
    outbox,
)
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.identities import Identity
from storage.letters import Letter
from storage.media import Media
from storage.messages import Message
from storage.newcomers import Newcomer
from storage.tickets import Ticket

# Where somebody new stands until they have chosen, and until what they brought is here.
STATE = "referred"
# The other office may be down for a while. After that the person goes on alone; what comes later still opens a ticket.
PATIENCE = timedelta(hours=24)
# Where a file is that another office sent; `Content.data["passed"]` is its referral and number.
PASSED = "office"
# What a bot can send as a file of its own; a photo that moves goes as what moves.
AS = {"live_photo": "video"}


async def arrive(tx: Tx, ctx: Context, identity: Identity, token: str) -> bool:
    """Whether the token was made for this person, for this office, and is good still; if not, they are told why."""
    hash = referral.hash_of(token)
    letter = await _offer(tx, ctx, hash)
    if letter is None:
        await say.to_user(tx, ctx, identity, "refer_gone")
        return False
    if letter.body["seal"] != referral.seal(token, identity):
        await say.to_user(tx, ctx, identity, "refer_other")
        return False
    await newcomers.add(
        tx, ctx.office, identity.id, sender=letter.sender, number=letter.body["number"], hash=hash, at=ctx.now
    )
    return True


async def choosing(tx: Tx, ctx: Context, identity: Identity) -> Newcomer | None:
    """What the person may still choose about, if the offer stands."""
    for newcomer in await newcomers.of_person(tx, identity.id):
        if newcomer.state == "here" and await _offer(tx, ctx, newcomer.hash) is not None:
            return newcomer
    return None


async def _offer(tx: Tx, ctx: Context, hash: str) -> Letter | None:
    """What was offered under that token, while it is good."""
    letter = await letters.offer(tx, ctx.office, hash)
    is_good = letter is not None and datetime.fromisoformat(letter.body["expires_at"]) > ctx.now
    return letter if is_good else None


async def greet(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Somebody new is told where they are before the notice."""
    newcomer = await choosing(tx, ctx, identity)
    if newcomer is not None:
        name = await _name_of(tx, newcomer.sender, identity.lang)
        await say.to_user(tx, ctx, identity, "refer_welcome", name=name, number=newcomer.number)


async def ask(tx: Tx, ctx: Context, identity: Identity) -> bool:
    """Put the choice, to whoever has agreed to the notice; False: there is none."""
    newcomer = await choosing(tx, ctx, identity)
    if newcomer is None:
        return False
    new = identity.account_id is None
    if new:
        await registration.go(tx, ctx, identity, STATE)
    along, afresh = (Button(key, key, str(newcomer.id)) for key in ("bring_along", "begin_afresh"))
    await say.to_user(
        tx,
        ctx,
        identity,
        "refer_ask",
        buttons=((along,), (afresh,)),
        state=STATE if new else None,
        name=await _name_of(tx, newcomer.sender, identity.lang),
        number=newcomer.number,
        new=new,
    )
    return True


async def ask_again(tx: Tx, ctx: Context, identity: Identity, dedup: str | None = None) -> None:
    """What is awaited of somebody new: the choice, or only patience; or nothing any more, and they register."""
    waiting = [row for row in await newcomers.of_person(tx, identity.id) if row.state == "waiting"]
    if waiting:
        name = await _name_of(tx, waiting[0].sender, identity.lang)
        await say.to_user(tx, ctx, identity, "refer_coming", dedup=dedup, name=name)
    elif not await ask(tx, ctx, identity):
        await registration.ask_email(tx, ctx, identity)


async def choose(tx: Tx, ctx: Context, identity: Identity, newcomer_id: int, *, bring: bool) -> bool:
    """The person has chosen, which uses the link up. The other office is told, and told no more than that."""
    newcomer = await newcomers.get(tx, newcomer_id)
    if newcomer is None or newcomer.identity_id != identity.id or newcomer.state != "here":
        return False
    offer = await _offer(tx, ctx, newcomer.hash)
    if offer is None:
        return False
    await letters.remove(tx, offer.id)
    choice = {"bring": bring, "new": identity.account_id is None}
    await letters.post(tx, ctx.office, newcomer.sender, "accept", newcomer.hash, choice, ctx.now)
    await audit.add(
        tx,
        ctx.office,
        at=ctx.now,
        actor=f"user:{identity.id}",
        action="refer_accept",
        origin=newcomer.sender,
        number=newcomer.number,
        brought=bring,
    )
    await newcomers.change(tx, newcomer.id, "waiting" if bring else "done", ctx.now)
    if bring:
        name = await _name_of(tx, newcomer.sender, identity.lang)
        await say.to_user(tx, ctx, identity, "refer_coming", name=name)
    else:
        await _go_on_alone(tx, ctx, identity)
    return True


async def _go_on_alone(tx: Tx, ctx: Context, identity: Identity) -> None:
    """As anybody else here: who is new registers, who is not may ask."""
    dialogue = await dialogues.get(tx, identity.id)
    if identity.account_id is None:
        await registration.ask_email(tx, ctx, identity)
    elif (dialogue is None or dialogue.state == "idle") and await tickets.has_room(tx, ctx, identity.id):
        await questions.choose_type(tx, ctx, identity)


async def refused(tx: Tx, ctx: Context, letter: Letter) -> None:
    """The other office has nothing to pass on any more."""
    await letters.remove(tx, letter.id)
    newcomer = await newcomers.of_hash(tx, ctx.office, letter.hash)
    if newcomer is not None and newcomer.sender == letter.sender:
        await give_up(tx, ctx, newcomer)


async def give_up(tx: Tx, ctx: Context, newcomer: Newcomer) -> None:
    """It does not come, or not in time: the person is told and goes on alone."""
    if newcomer.state != "waiting":
        return
    await newcomers.change(tx, newcomer.id, "alone")
    identity = await identities.get(tx, newcomer.identity_id)
    if identity is not None and await _is_wanted(tx, identity):
        name = await _name_of(tx, newcomer.sender, identity.lang)
        await say.to_user(tx, ctx, identity, "refer_lost", name=name, number=newcomer.number)
        await _go_on_alone(tx, ctx, identity)


async def _is_wanted(tx: Tx, identity: Identity) -> bool:
    """Whether anything of or about the person may be taken in."""
    dialogue, latest = await dialogues.get(tx, identity.id), await consents.latest(tx, identity.id)
    is_gone = identity.is_erased or identity.banned_at is not None or (dialogue and dialogue.state == "erasing")
    return not is_gone and latest is not None and latest.withdrawn_at is None


async def _name_of(tx: Tx, office: str, lang: str) -> str:
    found = await neighbours.get(tx, office)
    return found.title(lang) if found is not None else office


async def forget(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The person is erased, or takes the consent back: nothing that was to come here does."""
    for newcomer in await newcomers.of_person(tx, identity.id):
        await letters.remove_all(tx, ctx.office, newcomer.hash)
    await newcomers.forget(tx, identity.id)


# The conversation comes.


async def take_in(tx: Tx, ctx: Context, letter: Letter) -> None:
    """A ticket of this office with what was said there; its clock began with the person's choice."""
    await letters.remove(tx, letter.id)
    newcomer = await newcomers.of_hash(tx, ctx.office, letter.hash)
    identity = await identities.get(tx, newcomer.identity_id) if newcomer is not None else None
    expected = newcomer is not None and newcomer.sender == letter.sender and newcomer.state in ("waiting", "alone")
    if newcomer is None or identity is None or not expected or not await _is_wanted(tx, identity):
        await letters.remove_all(tx, ctx.office, letter.hash)
        return
    await newcomers.change(tx, newcomer.id, "done")
    identity = await _registered(tx, ctx, identity, letter.body)
    ticket = await _open(tx, ctx, identity, newcomer, letter.body)
    await _post_history(tx, ctx, ticket, letter)
    await _go_on_there(tx, ctx, identity, ticket)


async def _registered(tx: Tx, ctx: Context, identity: Identity, body: dict[str, Any]) -> Identity:
    """Somebody new brings the address that the other office has verified, and the name; who is known here keeps both.

    The other office belongs to the same house, and the person has just agreed to it being passed on.
    """
    person = body["person"]
    if identity.account_id is None and person is not None:
        account_id = await registration.attach(tx, ctx, identity, person["email"])
        for key, setter in (("origin", accounts.set_origin), ("use", accounts.set_use)):
            if person[key]:
                await setter(tx, account_id, person[key])
        await identities.set_name(tx, identity.id, identity.name or person["name"])
    found = await identities.get(tx, identity.id)
    assert found is not None
    return found


async def _open(tx: Tx, ctx: Context, identity: Identity, newcomer: Newcomer, body: dict[str, Any]) -> Ticket:
    """An officer's act opened the way, so the office's limit of open tickets does not stand against it."""
    account = await accounts.get(tx, identity.account_id) if identity.account_id else None
    assert account is not None
    ticket = await tickets.add_ticket(
        tx,
        ctx,
        identity,
        account,
        body["type"] if body["type"] in questions.TYPES else "unsure",
        received=newcomer.chosen_at or ctx.now,
        actor="user",
        referred_from=newcomer.number,
        origin=newcomer.sender,
    )
    await tickets.record(tx, ctx, ticket, "refer_came", "user", origin=newcomer.sender)
    origin = {"origin": newcomer.sender, "number": newcomer.number}
    await audit.add(tx, ctx.office, at=ctx.now, actor="system", action="refer_received", ticket=ticket.number, **origin)
    await topics.post_card(tx, ctx, ticket, [])
    await say.to_topic(
        tx,
        ctx,
        ticket,
        "staff_referred_from",
        name=await _name_of(tx, newcomer.sender, say.STAFF_LANG),
        number=newcomer.number,
        officer=body["officer"],
        reason=body["reason"],
        opened=body["opened_at"],
        messages=len(body["messages"]),
        lost=sum("lost" in told for told in body["messages"]),
    )
    return ticket


async def _post_history(tx: Tx, ctx: Context, ticket: Ticket, letter: Letter) -> None:
    """In the topic: first what was said, then the files, each with who sent it and when."""
    told = letter.body["messages"]
    heads = [await _head(tx, ctx, letter.sender, row) for row in told]
    said = [
        Said(head, text, tuple(entities))
        for head, row in zip(heads, told, strict=True)
        for text, entities in [_words(ctx, row)]
    ]
    for text, entities in history.pages(said):
        await _post(tx, ctx, ticket, Content("text", text, entities, {"referred": letter.sender}))
    for head, row in zip(heads, told, strict=True):
        if "file" in row:
            kind = AS.get(row["kind"], row["kind"])
            key = f"{letter.hash}:{row['file']}"
            data = {**row["data"], "passed": key, "referred": letter.sender}
            message = await _post(tx, ctx, ticket, Content(kind, head, [], data))
            await media.add(
                tx, ctx.office, message_id=message.id, channel=PASSED, file=key, source=data, kind=kind, at=ctx.now
            )


async def _head(tx: Tx, ctx: Context, office: str, row: dict[str, Any]) -> str:
    words = ctx.texts.speaking(say.STAFF_LANG)
    name = words.label("side.user") if row["by"] == "user" else f"{row['who']}, {await _name_of(tx, office, 'id')}"
    return f"{words.short_date(row['at'])} {words.clock(row['at'])} · {name}"


def _words(ctx: Context, row: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """What a message said; of what is no text also what it is, and whether the file follows."""
    entities = history.safe(row["entities"], row["text"])
    if row["kind"] == "text":
        return row["text"], entities
    words = ctx.texts.speaking(say.STAFF_LANG)
    kind = words.named(row["kind"], "kind")
    state = " (" + words.label("passed." + row["lost"]) + ")" if "lost" in row else ""
    what = f"[{kind}] {row.get('data', {}).get('file_name', '')}".rstrip() + state
    if not row["text"]:
        return what, []
    return f"{what}\n{row['text']}", shifted(entities, utf16_len(what) + 1)


async def _post(tx: Tx, ctx: Context, ticket: Ticket, content: Content) -> Message:
    """Kept as a note is, for nothing of it goes to the user; posted as what the user wrote is."""
    message = await messages.add(
        tx,
        ctx.office,
        ticket_id=ticket.id,
        identity_id=ticket.identity_id,
        side="note",
        officer_id=None,
        content=content.as_json(),
        album=None,
        reply_to=None,
        quote=None,
        at=ctx.now,
        inbox_id=None,
    )
    await outbox.add(
        tx,
        ctx.office,
        lane=say.topic_lane(ticket),
        dest="topic",
        kind="relay",
        payload={"message": MessageId(message.id)},
        at=ctx.now,
        rank=outbox.RELAY,
        ticket_id=ticket.id,
    )
    return message


async def _go_on_there(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket) -> None:
    """The person is told; what they typed meanwhile goes to the ticket. Who was in the middle of something stays."""
    await say.to_user(
        tx, ctx, identity, "refer_opened", ticket=ticket, number=ticket.number, type=ticket.type, due=ticket.due_at
    )
    await tickets.say_if_closed(tx, ctx, identity, await of_office(tx, ctx))
    dialogue = await dialogues.get(tx, identity.id)
    if dialogue is None or dialogue.state not in (*registration.UNREGISTERED, STATE):
        return
    if await messages.draft_size(tx, identity.id):
        await questions.join(tx, ctx, identity, await ticket_rows.need(tx, ticket.id), at=ctx.now)
    else:
        await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)


def enclosed(job: Media) -> tuple[str, int]:
    """The referral and the number of a file that another office sent."""
    hash, _, number = job.file.partition(":")
    return hash, int(number)
