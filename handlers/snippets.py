"""/baku: prepared answers. Alone it lists them, with a name it sends one, "simpan" and "hapus" keep the list."""

import re
from collections.abc import Collection, Mapping

from bot.desk import conversation, parties, precedents, say
from bot.desk.catalogue import office_values
from bot.desk.context import Context
from handlers.turn import StaffTurn, with_text
from storage import audit, snippets
from storage.base import Tx
from storage.snippets import Snippet

VARIABLE = re.compile(r"\{(\w+)\}")
# What a ticket gives besides the office's own values.
OF_TICKET = ("nama", "nomor", "jenis", "tenggat", "petugas")
SAVE, REMOVE = ("simpan", "save"), ("hapus", "remove")


async def use(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    verb, _, arguments = rest.partition(" ")
    if verb.lower() in SAVE:
        await _save(tx, ctx, turn, arguments)
    elif verb.lower() in REMOVE:
        await _remove(tx, ctx, turn, arguments.strip().lower())
    elif rest:
        await _send(tx, ctx, turn, rest.strip().lower())
    else:
        await _list(tx, ctx, turn)
    return True


async def _list(tx: Tx, ctx: Context, turn: StaffTurn) -> None:
    """All of them; first those that fit the ticket, and how tickets like it were answered."""
    fitting = await precedents.fitting(tx, ctx, turn.here)
    others = [row for row in await snippets.all_of(tx, ctx.office) if row not in fitting]
    await say.to_topic(
        tx,
        ctx,
        turn.here,
        "staff_snippets",
        fitting=[{"name": row.name, "text": row.text} for row in fitting],
        snippets=[{"name": row.name, "text": row.text} for row in others],
        similar=await precedents.similar(tx, ctx, turn.here),
    )


async def _save(tx: Tx, ctx: Context, turn: StaffTurn, arguments: str) -> None:
    snippet = read(arguments)
    if snippet is None:
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="baku")
        return
    values = await _values(tx, ctx, turn)
    if unknown := unknown_in(snippet.text, values):
        await _tell_unknown(tx, ctx, turn, unknown, values)
        return
    await snippets.put(tx, ctx.office, snippet)
    await _note(tx, ctx, turn, "snippet_saved", snippet.name)
    await _list(tx, ctx, turn)


def read(arguments: str) -> Snippet | None:
    """ "salam: Selamat pagi, Bapak/Ibu {nama}." """
    name, colon, text = arguments.partition(":")
    return Snippet(name.strip().lower(), text.strip()) if colon and name.strip() and text.strip() else None


async def _remove(tx: Tx, ctx: Context, turn: StaffTurn, name: str) -> None:
    if await snippets.remove(tx, ctx.office, name):
        await _note(tx, ctx, turn, "snippet_removed", name)
    await _list(tx, ctx, turn)


async def _note(tx: Tx, ctx: Context, turn: StaffTurn, action: str, name: str) -> None:
    await audit.add(tx, ctx.office, at=ctx.now, actor=f"officer:{turn.officer.id}", action=action, name=name)


async def _send(tx: Tx, ctx: Context, turn: StaffTurn, name: str) -> None:
    """Send it to the user with its variables filled in; unknown names show the list."""
    snippet = await snippets.get(tx, ctx.office, name)
    if snippet is None:
        await _list(tx, ctx, turn)
        return
    values = await _values(tx, ctx, turn)
    if unknown := unknown_in(snippet.text, values):
        await _tell_unknown(tx, ctx, turn, unknown, values)
        return
    plain = with_text(turn, VARIABLE.sub(lambda found: values[found[1]], snippet.text))
    await conversation.officer_wrote(
        tx, ctx, plain.inbound, plain.content, inbox_id=turn.inbox_id, officer=turn.officer, ticket=turn.here
    )


async def _values(tx: Tx, ctx: Context, turn: StaffTurn) -> dict[str, str]:
    """What the variables stand for on this ticket, in the user's language."""
    ticket = turn.here
    owner = await parties.owner(tx, ticket)
    return office_values(ctx.settings, owner.lang) | {
        "nama": owner.name,
        "nomor": ticket.number,
        "jenis": ctx.texts.label(f"type.{ticket.type}", owner.lang),
        "tenggat": ctx.texts.moment(ticket.due_at, owner.lang),
        "petugas": parties.officer_name(ctx, turn.officer, owner.lang),
    }


def unknown_in(text: str, values: Collection[str]) -> list[str]:
    return [name for name in dict.fromkeys(VARIABLE.findall(text)) if name not in values]


async def _tell_unknown(tx: Tx, ctx: Context, turn: StaffTurn, unknown: list[str], values: Mapping[str, str]) -> None:
    await say.to_topic(
        tx, ctx, turn.here, "staff_snippet_variable", reply_to=turn.inbound.ref, unknown=unknown, known=list(values)
    )
