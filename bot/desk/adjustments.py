"""/atur: settings that admins change by chat. The file stays the default; what was changed goes over it at once."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from pydantic import BaseModel

from bot.desk import calendars, dues
from bot.desk.context import Context
from bot.settings import Settings
from storage import audit, settings_overrides
from storage.base import Reader, Tx
from storage.settings_overrides import Override

log = logging.getLogger(__name__)

HOURS, SERVICE, KEEP = "hours", "service", "keep"
CHANGED = "settings"  # the signal after a change; its key is the office and all its overrides


@dataclass(frozen=True)
class Knob:
    """`key` of the configuration, the part of the menu it stands in, and values offered as buttons."""

    key: str
    part: str
    choices: tuple[str, ...]


_DAY = ("08:00-15:00", "08:00-15:30", "08:00-16:00", "")
_YES_NO = ("true", "false")
# By the word an admin types. What the decree promises (days, silence) is not among them: it stands in the file.
KNOBS: dict[str, Knob] = {
    "senin": Knob("office.hours.mon", HOURS, _DAY),
    "selasa": Knob("office.hours.tue", HOURS, _DAY),
    "rabu": Knob("office.hours.wed", HOURS, _DAY),
    "kamis": Knob("office.hours.thu", HOURS, _DAY),
    "jumat": Knob("office.hours.fri", HOURS, _DAY),
    "sabtu": Knob("office.hours.sat", HOURS, _DAY),
    "minggu": Knob("office.hours.sun", HOURS, _DAY),
    "pagi": Knob("service.reminder_at", SERVICE, ("07:45", "08:15", "")),
    "malam": Knob("service.quiet_hours", SERVICE, ("20:00-08:00", "21:00-07:00")),
    "eskalasi": Knob("service.escalate_before_hours", SERVICE, ("2", "4", "8", "0")),
    "tiket": Knob("service.max_open_tickets", SERVICE, ("1", "2", "3")),
    "nama": Knob("service.officer_names", SERVICE, ("number", "name")),
    "survei": Knob("service.survey", SERVICE, _YES_NO),
    "email": Knob("service.email_in_card", SERVICE, _YES_NO),
    "kode": Knob("privacy.keep.codes_days", KEEP, ("1", "7")),
    "mentah": Knob("privacy.keep.updates_days", KEEP, ("7", "14", "30")),
    "antrean": Knob("privacy.keep.queue_days", KEEP, ("30", "90", "180")),
    "percakapan": Knob("privacy.keep.conversation_days", KEEP, ("365", "730", "1825")),
    "pengaduan": Knob("privacy.keep.complaint_days", KEEP, ("730", "1825")),
    "audit": Knob("privacy.keep.audit_days", KEEP, ("1825", "3650")),
}
KEYS = frozenset(knob.key for knob in KNOBS.values())


def value_in(settings: Settings, key: str) -> str:
    """A setting as it is typed: "08:00-15:30", "true", "4"."""
    value: Any = reduce(getattr, key.split("."), settings)
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def with_value(settings: Settings, key: str, value: str) -> Settings:
    """The same settings with another value. Raises ValueError for one that the configuration would not take."""
    name, *rest = key.split(".")
    return settings.model_copy(update={name: _put(getattr(settings, name), rest, value)})


def _put(part: BaseModel, names: list[str], value: str) -> BaseModel:
    name, *rest = names
    inner = _put(getattr(part, name), rest, value) if rest else value
    return type(part)(**{**dict(part), name: inner})


def in_force(settings: Settings, overrides: Iterable[tuple[str, str]]) -> Settings:
    """The file's settings with what was changed laid over. What does not fit any more is left out, and logged."""
    for key, value in overrides:
        try:
            settings = with_value(settings, key, value) if key in KEYS else settings
        except ValueError:
            log.warning("an override does not fit", extra={"action": "settings", "key": key})
    return settings


async def of_office(tx: Reader, settings: Settings) -> Settings:
    """The settings in force, for who has only the file's."""
    return in_force(
        settings, [(row.key, row.value) for row in await settings_overrides.all_of(tx, settings.office.code)]
    )


async def value_now(tx: Reader, ctx: Context, key: str) -> str:
    """As the database has it: two who change it at the same moment have the same `ctx`."""
    found = [row.value for row in await settings_overrides.all_of(tx, ctx.office) if row.key == key]
    return found[0] if found else value_in(ctx.filed, key)


def adjusted(ctx: Context, key: str, value: str) -> Context:
    """What the next transaction would know. Raises ValueError."""
    settings = with_value(ctx.settings, key, value)
    return replace(ctx, settings=settings, calendar=calendars.configured(settings.office, ctx.now))


async def would_move(tx: Reader, ctx: Context, key: str, value: str) -> int:
    """How many open tickets would be due at another moment."""
    return await dues.would_move(tx, adjusted(ctx, key, value)) if key.startswith("office.") else 0


async def change(tx: Tx, ctx: Context, key: str, value: str, *, actor: str) -> None:
    """From the next transaction on the setting has this value; due moments of open tickets follow."""
    before = value_in(ctx.settings, key)
    if value == value_in(ctx.filed, key):
        await settings_overrides.remove(tx, ctx.office, key)
    else:
        await settings_overrides.put(tx, ctx.office, Override(key, value, actor, ctx.now))
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="setting", key=key, before=before, after=value)
    if key.startswith("office."):
        await dues.recount(tx, adjusted(ctx, key, value), actor)
    rows = await settings_overrides.all_of(tx, ctx.office)
    tx.signal(CHANGED, json.dumps([ctx.office, [(row.key, row.value) for row in rows]]))
