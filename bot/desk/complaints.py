"""Complaints: their own number and table, to the supervisor, never to the staff group (DOMAIN.md §2)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.desk import say
from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.complaints import reply_due
from bot.domain.entities import split
from bot.domain.ids import ComplaintId, OfficeCode
from bot.domain.numbers import complaint_number
from storage import complaints, dialogues, held, identities, offices
from storage.base import Tx
from storage.complaints import Complaint
from storage.dialogues import Dialogue
from storage.identities import Identity
from storage.rows import stamp

# So long /pengaduan waits for the complaint, and so long what follows it still belongs to it: a complaint typed in
# several messages must not go on in the officers' topic.
WAITS_FOR = timedelta(hours=1)
MORE_WITHIN = timedelta(minutes=5)
PART_LONGEST = 3500  # UTF-16 units of a complaint in one message to the supervisor
WITHOUT_NAME = ((Button("anonymous", "anonymous"),),)
FINISH = ((Button("finish", "finish"),),)
NAMED, ANONYMOUS, UNNUMBERED = "named", "anonymous", "-"


@dataclass(frozen=True)
class Overlay:
    """Lies over the dialogue while what is typed is a complaint: `number` is empty until its first words came."""

    anonymous: bool
    number: str
    since: datetime

    def __str__(self) -> str:
        return f"{ANONYMOUS if self.anonymous else NAMED} {self.number or UNNUMBERED} {stamp(self.since)}"

    @classmethod
    def of(cls, dialogue: Dialogue | None, at: datetime) -> "Overlay | None":
        """The overlay that held at `at`, the moment of a message."""
        if dialogue is None or dialogue.overlay is None or not dialogue.overlay.startswith((NAMED, ANONYMOUS)):
            return None
        name, number, since = dialogue.overlay.split()
        found = cls(name == ANONYMOUS, number.removeprefix(UNNUMBERED), datetime.fromisoformat(since))
        return found if at - found.since <= (MORE_WITHIN if found.number else WAITS_FOR) else None


def lies_over(dialogue: Dialogue | None) -> bool:
    """Whether a complaint was begun and not left, however long ago."""
    return bool(dialogue and dialogue.overlay and dialogue.overlay.split()[0] in (NAMED, ANONYMOUS))


async def ask(tx: Tx, ctx: Context, identity: Identity) -> None:
    """What is typed next is the complaint; where the person stood in the conversation stays as it was."""
    await _lay(tx, ctx, identity, Overlay(anonymous=False, number="", since=ctx.now))
    await say.to_user(tx, ctx, identity, "complaint", buttons=WITHOUT_NAME)


async def _lay(tx: Tx, ctx: Context, identity: Identity, overlay: Overlay) -> None:
    if await dialogues.get(tx, identity.id) is None:
        await dialogues.go(tx, ctx.office, identity.id, "new", at=ctx.now)
    await dialogues.set_overlay(tx, identity.id, str(overlay))


async def without_name(tx: Tx, ctx: Context, identity: Identity, overlay: Overlay) -> bool:
    """The complaint that follows goes without a name; False when it has gone already."""
    if overlay.number:
        return False
    if not overlay.anonymous:
        await _lay(tx, ctx, identity, replace(overlay, anonymous=True))
        await say.to_user(tx, ctx, identity, "complaint_anonymous")
    return True


async def take(tx: Tx, ctx: Context, identity: Identity, text: str, overlay: Overlay) -> None:
    """Record a complaint and give its receipt, or add to the one just recorded; the supervisor gets every word."""
    key = "complaint_more" if overlay.number else "complaint_ok"
    complaint = await _kept(tx, ctx, identity, text, overlay)
    await _lay(tx, ctx, identity, Overlay(complaint.anonymous, complaint.number, ctx.now))
    who = None if complaint.anonymous else identity.name or None
    await _tell_supervisor(tx, ctx, complaint, identity, text, who, more=bool(overlay.number))
    minutes = int(MORE_WITHIN.total_seconds()) // 60
    facts: dict[str, Any] = {"number": complaint.number, "due": complaint.due_at, "minutes": minutes}
    await say.to_user(tx, ctx, identity, key, buttons=FINISH, **facts)


async def _kept(tx: Tx, ctx: Context, identity: Identity, text: str, overlay: Overlay) -> Complaint:
    if overlay.number:
        complaint_id = await complaints.extend(tx, ctx.office, overlay.number, text)
    else:
        complaint_id = await _add(tx, ctx, identity, text, anonymous=overlay.anonymous)
    complaint = await complaints.get(tx, complaint_id)
    assert complaint is not None
    return complaint


async def _add(tx: Tx, ctx: Context, identity: Identity, text: str, *, anonymous: bool) -> ComplaintId:
    calendar = await of_office(tx, ctx)
    local = calendar.local_date(ctx.now)
    seq = await offices.next_number(tx, ctx.office, f"complaint:{local:%y%m}")
    return await complaints.add(
        tx,
        ctx.office,
        number=complaint_number(OfficeCode(ctx.office), local, seq),
        identity_id=identity.id,
        anonymous=anonymous,
        text=text,
        at=ctx.now,
        due_at=reply_due(ctx.now, calendar),
    )


async def _tell_supervisor(
    tx: Tx, ctx: Context, complaint: Complaint, identity: Identity, text: str, who: str | None, *, more: bool
) -> None:
    """In as many messages as it needs, each of which may be replied to; and by e-mail, in one."""
    facts: dict[str, Any] = {"number": complaint.number, "at": ctx.now, "who": who, "due": complaint.due_at}
    for place, (part, _) in enumerate(split(text, limit=PART_LONGEST)):
        key = "supervisor_complaint_more" if more or place else "supervisor_complaint"
        shown = {"number": complaint.number} if more or place else facts
        await say.to_supervisor(tx, ctx, key, follow_up="complaint_posted", about=complaint.id, text=part, **shown)
    address = ctx.settings.supervisor.email
    if address:
        await say.by_mail(tx, ctx, address, "complaint", lang=say.STAFF_LANG, identity=identity, text=text, **facts)


async def leave(tx: Tx, ctx: Context, identity: Identity, overlay: Overlay) -> None:
    """Back to where the person stood before."""
    await dialogues.set_overlay(tx, identity.id, None)
    await say.to_user(tx, ctx, identity, "complaint_left", number=overlay.number)


async def answer(tx: Tx, ctx: Context, complaint: Complaint, text: str, *, chat: str) -> None:
    """What the supervisor replied, written in `chat`, goes to the person who complained; of an answer to somebody who
    was erased only the moment is kept."""
    identity = await identities.get(tx, complaint.identity_id) if complaint.identity_id is not None else None
    if identity is None or identity.is_erased:
        await complaints.answered(tx, complaint.id, answer="", at=ctx.now)
        await say.to_chat(tx, ctx, chat, "supervisor_complaint_erased", number=complaint.number)
        return
    await complaints.answered(tx, complaint.id, answer=text, at=ctx.now)
    for part, _ in split(text, limit=PART_LONGEST):
        await say.to_user(tx, ctx, identity, "complaint_answer", number=complaint.number, text=part)
    await say.to_chat(tx, ctx, chat, "supervisor_answered", number=complaint.number)


async def unheard(tx: Tx, ctx: Context, complaint_id: ComplaintId, *, chat: str, cause: str) -> None:
    """It did not arrive in `chat`: the other admins learn its number, never its words; without any, the group does.

    The supervisor has had it by e-mail, if there is an address. What is held goes out when they press Start.
    """
    others = [admin for admin in ctx.admins if admin != chat]
    for admin in others:
        await _tell_unheard(tx, ctx, admin, complaint_id, cause, follow_up="complaint_alarm")
    if not others:
        await tell_group(tx, ctx, complaint_id, cause=cause)


async def tell_group(tx: Tx, ctx: Context, complaint_id: ComplaintId, *, cause: str) -> None:
    """Nobody else can be told: the staff group reads that there is a complaint, and nothing of what it says."""
    await _tell_unheard(tx, ctx, "staff", complaint_id, cause)


async def _tell_unheard(
    tx: Tx, ctx: Context, chat: str, complaint_id: ComplaintId, cause: str, *, follow_up: str | None = None
) -> None:
    """Once in each chat, however many parts it has."""
    complaint = await complaints.get(tx, complaint_id)
    assert complaint is not None
    await say.to_chat(
        tx,
        ctx,
        chat,
        "complaint_unheard",
        follow_up=follow_up,
        about=complaint_id,
        dedup=f"complaint_unheard:{complaint_id}:{chat}",
        number=complaint.number,
        reason="not_started" if cause in ("blocked", "chat_gone") else cause,
        by_mail=bool(ctx.settings.supervisor.email),
    )


async def heard_from(tx: Tx, ctx: Context, chat: str) -> None:
    """Somebody wrote in this chat: what was held for the supervisor or an admin there goes out."""
    if chat in (*ctx.admins, str(ctx.settings.supervisor.chat_id)):
        await held.release_for_chat(tx, ctx.office, chat, ctx.now)


async def remind(tx: Tx, ctx: Context, complaint: Complaint) -> None:
    """The day of the answer has passed without one."""
    await complaints.alarmed(tx, complaint.id)
    await say.to_supervisor(tx, ctx, "supervisor_complaint_late", number=complaint.number, due=complaint.due_at)
