"""/baku: prepared answers. Alone it lists them, with a name it sends one, "simpan" and "hapus" keep the list."""

from bot.desk import conversation, parties, say
from bot.desk.context import Context
from handlers.turn import StaffTurn, with_text
from storage import audit, snippets
from storage.base import Tx
from storage.snippets import Snippet

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
    rows = [{"name": row.name, "text": row.text} for row in await snippets.all_of(tx, ctx.office)]
    await say.to_topic(tx, ctx, turn.here, "staff_snippets", snippets=rows)


async def _save(tx: Tx, ctx: Context, turn: StaffTurn, arguments: str) -> None:
    """ "salam: Selamat pagi, Bapak/Ibu {nama}." """
    name, colon, text = arguments.partition(":")
    if not colon or not name.strip() or not text.strip():
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="baku")
        return
    snippet = Snippet(name.strip().lower(), text.strip())
    await snippets.put(tx, ctx.office, snippet)
    await _note(tx, ctx, turn, "snippet_saved", snippet.name)
    await _list(tx, ctx, turn)


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
    plain = with_text(turn, await _filled(tx, ctx, turn, snippet.text))
    await conversation.officer_wrote(
        tx, ctx, plain.inbound, plain.content, inbox_id=turn.inbox_id, officer=turn.officer, ticket=turn.here
    )


async def _filled(tx: Tx, ctx: Context, turn: StaffTurn, text: str) -> str:
    owner = await parties.owner(tx, turn.here)
    values = {
        "{nama}": owner.name,
        "{nomor}": turn.here.number,
        "{kantor}": ctx.settings.office.name,
        "{petugas}": parties.officer_name(ctx, turn.officer, turn.here.lang),
    }
    for variable, value in values.items():
        text = text.replace(variable, value)
    return text
