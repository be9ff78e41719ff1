"""Several rows in one request: texts when the group's budget is short, edits of the same always."""

from collections.abc import Sequence
from dataclasses import replace

from bot.channels.base import Content
from bot.desk.context import Context
from bot.domain.entities import LIMIT, shifted, utf16_len
from bot.domain.ids import MessageId, OutboxId
from storage import keyboards, messages, outbox
from storage.base import Tx
from storage.messages import Message
from storage.outbox import OutboxRow

BREAK = "\n\n"
# A post this full is sent; the rest is room for edits and for the mark of a second try.
FULL = LIMIT - 256
MOST = 50
EDITS = ("edit", "card_edit")


def joined(parts: Sequence[Content]) -> Content:
    """The texts one below the other, their entities with them."""
    text, entities = "", []
    for part in parts:
        text += BREAK if text else ""
        entities += shifted(part.entities, utf16_len(text))
        text += part.text
    return Content("text", text, entities)


async def gather_edits(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    """What is edited is drawn as it is now: edits of the same that wait behind this one have nothing to add."""
    if row.kind not in EDITS:
        return
    for other in await outbox.behind(tx, row, MOST):
        if other.kind == row.kind and other.payload.get("message") == row.payload.get("message"):
            await outbox.end(tx, other.id, "dropped", f"merged into {row.id}", ctx.now)


async def gather_texts(tx: Tx, ctx: Context, row: OutboxRow) -> OutboxRow:
    """The row with the texts that wait right behind it taken in; their rows end as merged into this one."""
    size = await _size(tx, ctx, row)
    if size is None:
        return row
    ids, taken = message_ids(row), list(row.payload.get("rows", []))
    for other in await outbox.behind(tx, row, MOST):
        more = await _size(tx, ctx, other)
        if more is None or other.attempts or size + len(BREAK) + more > FULL:
            break
        size += len(BREAK) + more
        ids += message_ids(other)
        taken.append(other.id)
        await outbox.end(tx, other.id, "dropped", f"merged into {row.id}", ctx.now)
    if len(ids) == 1:
        return row
    payload = row.payload | {"messages": ids, "rows": taken}
    await outbox.set_payload(tx, row.id, payload)
    return replace(row, payload=payload)


async def gather_prompts(tx: Tx, ctx: Context, row: OutboxRow) -> OutboxRow:
    """Where each message costs, texts of the desk right after one another are one, with the buttons of the last."""
    payload = row.payload
    if not _is_prompt(row) or payload["buttons"] or row.follow_up is not None:
        return row
    for other in await outbox.behind(tx, row, MOST):
        fits = _is_prompt(other) and other.follow_up is None and not other.attempts
        if not fits or other.payload["lang"] != payload["lang"] or other.not_before > ctx.now:
            break
        said = {"key": other.payload["key"], "params": other.payload["params"]}
        payload = payload | {"more": [*payload.get("more", []), said], "buttons": other.payload["buttons"]}
        await outbox.end(tx, other.id, "dropped", f"merged into {row.id}", ctx.now)
        if payload["buttons"]:
            await keyboards.brought_by(tx, ctx.office, _token(payload["buttons"]), row.id)
            break
    if payload is row.payload:
        return row
    await outbox.set_payload(tx, row.id, payload)
    return replace(row, payload=payload)


def _token(buttons: list[list[list[str]]]) -> str:
    """Of the keyboard that these rows of [label key, callback data] are."""
    return buttons[0][0][1].partition(":")[0]


def _is_prompt(row: OutboxRow) -> bool:
    """A text of the desk's own that answers no message in particular."""
    return row.kind == "text" and row.dest == "user" and not row.uncertain and not row.payload.get("reply_to")


async def separate(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    """The platform refuses the post: each text stands alone again, in its old place, and stays so."""
    first, *_ = message_ids(row)
    await outbox.set_payload(tx, row.id, {"message": first, "alone": True})
    for other_id in row.payload.get("rows", []):
        other = await outbox.get(tx, OutboxId(other_id))
        if other is not None:
            await outbox.set_payload(tx, other.id, other.payload | {"alone": True})
            await outbox.requeue(tx, other, ctx.now)


def message_ids(row: OutboxRow) -> list[MessageId]:
    """The messages a row carries."""
    return [MessageId(n) for n in row.payload.get("messages") or [row.payload["message"]]]


async def _size(tx: Tx, ctx: Context, row: OutboxRow) -> int | None:
    """How long the row's text is, in UTF-16 units; None for what must stand alone."""
    if row.kind != "relay" or row.dest != "topic" or row.uncertain or row.payload.get("alone"):
        return None
    if row.not_before > ctx.now and not row.attempts:
        return None
    kept = [await messages.need(tx, message_id) for message_id in message_ids(row)]
    if not all(_is_plain(message) for message in kept):
        return None
    return utf16_len(joined([Content.from_json(message.content) for message in kept]).text)


def _is_plain(message: Message) -> bool:
    return message.kind == "text" and message.reply_to is None and not message.content.get("frame")
