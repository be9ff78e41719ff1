"""/atur: the settings an office changes by itself, as a menu in one message; values are pressed or typed.

A change is shown before it is saved, with what it does to open tickets. Buttons carry the value they were drawn with:
one that is out of date changes nothing.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.channels.base import Inbound, Place
from bot.desk import adjustments, dues, parties, say
from bot.desk.adjustments import HOURS, KEEP, KNOBS, SERVICE
from bot.desk.catalogue import office_values
from bot.desk.context import Context
from bot.desk.say import Button, Buttons
from handlers import colleagues, snippets
from handlers import roster as rosters
from storage import audit, calendar_overrides, officers, settings_overrides
from storage import snippets as snippet_rows
from storage.base import Tx
from storage.rows import stamp

SNIPPET = "baku"
YES, NO, CLOSED = ("ya", "yes", "on"), ("tidak", "no", "off"), ("tutup", "libur", "kosong", "none", "-")
LISTED = 8  # removable things shown at a time


@dataclass(frozen=True)
class Where:
    """An admin in a chat ("staff" or the id of their own): a new message in `thread`, or in place of `target`."""

    chat: str
    sender: str
    thread: str | None = None
    target: str | None = None

    @property
    def actor(self) -> str:
        return f"admin:{self.sender}"


@dataclass(frozen=True)
class View:
    """A text, its values, and what can be pressed under it."""

    key: str
    params: dict[str, Any]
    buttons: Buttons


async def _show(tx: Tx, ctx: Context, where: Where, view: View) -> None:
    if where.target is None:
        await say.to_chat(tx, ctx, where.chat, view.key, thread=where.thread, buttons=view.buttons, **view.params)
    else:
        await say.redraw(tx, ctx, where.chat, view.key, target=where.target, buttons=view.buttons, **view.params)


# Typed.


async def command(tx: Tx, ctx: Context, rest: str, where: Where) -> None:
    """/atur · senin 08:00-15:00 · baku salam: Selamat pagi, {nama}."""
    word, _, typed = rest.strip().partition(" ")
    name = rosters.NAMES.get(word.casefold(), word.casefold())
    name = DAYS.get(name, name)
    if not rest:
        view = await _menu(tx, ctx)
    elif name == SNIPPET and typed.strip():
        view = await _keep_snippet(tx, ctx, where, typed)
    elif name not in KNOBS:
        view = View("staff_usage", {"command": "atur"}, ())
    elif not typed.strip():
        view = await _knob(tx, ctx, name)
    else:
        view = await _sure(tx, ctx, name, _value(name, typed))
    await _show(tx, ctx, where, view)


DAYS = {knob.key.rpartition(".")[2]: name for name, knob in KNOBS.items() if knob.part == HOURS}


def _value(name: str, typed: str) -> str:
    """What an admin types, as the configuration has it."""
    word = typed.strip().casefold()
    if word in CLOSED:
        return ""
    if word in (*YES, *NO):
        return "true" if word in YES else "false"
    return typed.strip().replace("–", "-") if KNOBS[name].part == HOURS else typed.strip().replace(",", ".")


# What is shown.


def _row(ctx: Context, name: str) -> dict[str, Any]:
    """One setting: its value, and the file's where that is another."""
    key = KNOBS[name].key
    value, filed = adjustments.value_in(ctx.settings, key), adjustments.value_in(ctx.filed, key)
    return {"name": name, "value": _shown(name, value), "filed": None if value == filed else _shown(name, filed)}


def _shown(name: str, value: str) -> str:
    """The value, or the word of ``setting_value`` that stands for it."""
    return value or ("closed" if KNOBS[name].part == HOURS else "never")


def _in_twos(buttons: list[Button]) -> Buttons:
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


async def _menu(tx: Tx, ctx: Context) -> View:
    parts = [Button(f"setting_part.{part}", "set_part", part) for part in PARTS]
    changed = [row for row in (_row(ctx, name) for name in KNOBS) if row["filed"] is not None]
    return View("admin_settings", {"changed": changed}, _in_twos(parts))


async def _knobs(tx: Tx, ctx: Context, part: str) -> View:
    names = [name for name, knob in KNOBS.items() if knob.part == part]
    buttons = [Button(f"setting.{name}", "set_knob", name) for name in names]
    params = {"part": part, "rows": [_row(ctx, name) for name in names]}
    return View("admin_settings_part", params, (*_in_twos(buttons), BACK))


async def _knob(tx: Tx, ctx: Context, name: str, *, wrong: bool = False, saved: int | None = None) -> View:
    """One setting. `wrong`: what was typed will not do; `saved`: it was changed, and so many due moments with it."""
    knob = KNOBS[name]
    value = adjustments.value_in(ctx.settings, knob.key)
    found = next((row for row in await settings_overrides.all_of(tx, ctx.office) if row.key == knob.key), None)
    changed = {"at": stamp(found.at), "by": await _who(tx, ctx, found.actor)} if found else None
    example = next((choice for choice in knob.choices if choice and choice != value), value)
    params = {**_row(ctx, name), "changed": changed, "example": example, "wrong": wrong, "saved": saved}
    others = [Button(_label(name, choice), "set_ask", _arg(name, choice)) for choice in knob.choices if choice != value]
    reset = ((Button("set_reset", "set_ask", _arg(name, adjustments.value_in(ctx.filed, knob.key))),),) if found else ()
    return View("admin_setting", params, (*_in_twos(others), *reset, _back_to(knob.part)))


async def _who(tx: Tx, ctx: Context, actor: str) -> str:
    found = await officers.of_sender(tx, ctx.office, actor.removeprefix("admin:"))
    return found.name if found else ""


def _label(name: str, value: str) -> str:
    shown = _shown(name, value)
    return f"setting_value.{shown}" if shown in ("true", "false", "number", "name", "closed", "never") else f"={shown}"


def _arg(*parts: str) -> str:
    return json.dumps(parts)


async def _sure(tx: Tx, ctx: Context, name: str, value: str) -> View:
    """What would change, and for which tickets. A value that will not do leads back to the setting."""
    knob = KNOBS[name]
    before = adjustments.value_in(ctx.settings, knob.key)
    try:
        after = adjustments.value_in(adjustments.with_value(ctx.settings, knob.key, value), knob.key)
    except ValueError:
        return await _knob(tx, ctx, name, wrong=True)
    if after == before:
        return await _knob(tx, ctx, name)
    params = {
        "name": name,
        "before": _shown(name, before),
        "after": _shown(name, after),
        "moves": await adjustments.would_move(tx, ctx, knob.key, after),
        "deletes": knob.part == KEEP and int(after) < int(before),
    }
    save = Button("set_save", "set_save", _arg(name, before, after))
    return View("admin_setting_sure", params, ((save, Button("set_leave", "set_knob", name)),))


async def _days(tx: Tx, ctx: Context) -> View:
    """/libur and /masuk of the days to come; each may be taken back."""
    today = ctx.calendar.local_date(ctx.now)
    coming = [row for row in await calendar_overrides.all_of(tx, ctx.office) if row.day >= today]
    rows = [{"day": row.day.isoformat(), "kind": row.kind, "note": row.note} for row in coming]
    drops = [Button(f"=✕ {row['day']}", "set_drop_day", row["day"]) for row in rows[:LISTED]]
    return View("admin_settings_days", {"rows": rows}, (*_in_twos(drops), BACK))


async def _officers(tx: Tx, ctx: Context) -> View:
    rows = [
        {"number": row.number, "name": row.name, "shown": parties.officer_name(ctx, row, say.STAFF_LANG)}
        for row in await colleagues.present(tx, ctx)
    ]
    return View("admin_settings_officers", {"rows": rows}, ((Button("setting.nama", "set_knob", "nama"),), BACK))


async def _roster(tx: Tx, ctx: Context) -> View:
    return View("admin_settings_roster", {"days": await rosters.week(tx, ctx)}, (BACK,))


async def _snippets(tx: Tx, ctx: Context, *, unknown: tuple[str, ...] = ()) -> View:
    rows = [{"name": row.name, "text": row.text} for row in await snippet_rows.all_of(tx, ctx.office)]
    drops = [Button(f"=✕ {row['name'][:20]}", "set_drop_snippet", row["name"]) for row in rows[:LISTED]]
    params = {"rows": rows, "unknown": list(unknown), "known": _known(ctx)}
    return View("admin_settings_snippets", params, (*_in_twos(drops), BACK))


def _known(ctx: Context) -> list[str]:
    """What may stand in braces."""
    return [*snippets.OF_TICKET, *office_values(ctx.settings, say.STAFF_LANG)]


async def _keep_snippet(tx: Tx, ctx: Context, where: Where, typed: str) -> View:
    snippet = snippets.read(typed)
    if snippet is None:
        return View("staff_usage", {"command": "atur"}, ())
    if unknown := snippets.unknown_in(snippet.text, _known(ctx)):
        return await _snippets(tx, ctx, unknown=tuple(unknown))
    await snippet_rows.put(tx, ctx.office, snippet)
    await _note(tx, ctx, where, "snippet_saved", name=snippet.name)
    return await _snippets(tx, ctx)


async def _note(tx: Tx, ctx: Context, where: Where, action: str, **data: str) -> None:
    await audit.add(tx, ctx.office, at=ctx.now, actor=where.actor, action=action, **data)


async def _hours(tx: Tx, ctx: Context) -> View:
    return await _knobs(tx, ctx, HOURS)


async def _service(tx: Tx, ctx: Context) -> View:
    return await _knobs(tx, ctx, SERVICE)


async def _keeping(tx: Tx, ctx: Context) -> View:
    return await _knobs(tx, ctx, KEEP)


PARTS: dict[str, Callable[[Tx, Context], Awaitable[View]]] = {
    HOURS: _hours,
    "days": _days,
    "officers": _officers,
    "roster": _roster,
    "snippets": _snippets,
    SERVICE: _service,
    KEEP: _keeping,
}
BACK = (Button("set_back", "set_menu"),)


def _back_to(part: str) -> tuple[Button, ...]:
    return (Button("set_back", "set_part", part),)


# Presses: each gives what is shown next, and whether the button still counted.


async def press(tx: Tx, ctx: Context, inbound: Inbound, button: dict[str, str]) -> None:
    if inbound.sender.id not in ctx.admins:
        await say.toast(tx, ctx, inbound.query, "toast_admins")
        return
    chat = "staff" if inbound.place is Place.STAFF else inbound.chat
    where = Where(chat, inbound.sender.id, inbound.thread, inbound.ref)
    view, counted = await ACTIONS[button["action"]](tx, ctx, where, button["arg"])
    await _show(tx, ctx, where, view)
    await say.toast(tx, ctx, inbound.query, *(() if counted else ("toast_stale",)))


async def _to_menu(tx: Tx, ctx: Context, where: Where, arg: str) -> tuple[View, bool]:
    return await _menu(tx, ctx), True


async def _to_part(tx: Tx, ctx: Context, where: Where, arg: str) -> tuple[View, bool]:
    return await PARTS[arg](tx, ctx), True


async def _to_knob(tx: Tx, ctx: Context, where: Where, arg: str) -> tuple[View, bool]:
    return await _knob(tx, ctx, arg), True


async def _ask(tx: Tx, ctx: Context, where: Where, arg: str) -> tuple[View, bool]:
    name, value = json.loads(arg)
    return await _sure(tx, ctx, name, value), True


async def _save(tx: Tx, ctx: Context, where: Where, arg: str) -> tuple[View, bool]:
    """Only over the value that was shown: somebody else may have changed it since."""
    name, before, after = json.loads(arg)
    key = KNOBS[name].key
    if await adjustments.value_now(tx, ctx, key) != before:
        return await _knob(tx, ctx, name), False
    moves = await adjustments.would_move(tx, ctx, key, after)
    await adjustments.change(tx, ctx, key, after, actor=where.actor)
    return await _knob(tx, adjustments.adjusted(ctx, key, after), name, saved=moves), True


async def _drop_day(tx: Tx, ctx: Context, where: Where, arg: str) -> tuple[View, bool]:
    done = await calendar_overrides.remove(tx, ctx.office, date.fromisoformat(arg))
    if done:
        await _note(tx, ctx, where, "day_dropped", day=arg)
        await dues.recount(tx, ctx, where.actor)
    return await _days(tx, ctx), done


async def _drop_snippet(tx: Tx, ctx: Context, where: Where, arg: str) -> tuple[View, bool]:
    done = await snippet_rows.remove(tx, ctx.office, arg)
    if done:
        await _note(tx, ctx, where, "snippet_removed", name=arg)
    return await _snippets(tx, ctx), done


ACTIONS: dict[str, Callable[[Tx, Context, Where, str], Awaitable[tuple[View, bool]]]] = {
    "set_menu": _to_menu,
    "set_part": _to_part,
    "set_knob": _to_knob,
    "set_ask": _ask,
    "set_save": _save,
    "set_drop_day": _drop_day,
    "set_drop_snippet": _drop_snippet,
}
