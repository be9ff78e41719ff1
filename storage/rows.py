"""Rows become frozen dataclasses, and values become what a database keeps: times as UTC text, JSON as text."""

import json
import types
from collections.abc import Callable, Hashable, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Row = TypeVar("Row")
Convert = Callable[[Any], Any]
AS_THEY_ARE = frozenset({str, int, float, bytes, type(None)})
# `json.dumps` makes an encoder anew for each value that is not written in its own way.
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def stamp(moment: datetime) -> str:
    """An aware moment as fixed-width UTC text, which sorts as it should."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def stored(value: Any) -> Any:
    """A Python value as the database keeps it."""
    if type(value) in AS_THEY_ARE:
        return value
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dict | list | tuple):
        return _written(value)
    return value


def bound(values: Sequence[Any]) -> list[Any]:
    """Python values as the database keeps them. Most are kept as they are, which is seen here without a call."""
    return [value if type(value) in AS_THEY_ARE else stored(value) for value in values]


def into(cls: type[Row], columns: Sequence[str], row: Sequence[Any]) -> Row:
    """One row as a `cls`; columns are matched by name."""
    order, conversions, names = _plan(cast(Hashable, cls), tuple(columns))
    values = list(row) if order is None else [row[place] for place in order]
    for place, convert in conversions:
        values[place] = convert(values[place])
    if not names:
        return cls(*values)
    made = object.__new__(cls)
    made.__dict__.update(zip(names, values, strict=True))
    return made


class _Plan(NamedTuple):
    """Where the fields stand in a row, None if as they are declared; which of them are kept another way.

    `names`: a frozen class sets its fields one by one past its own guard, which is most of the cost of a row; they are
    set at once by these names, but for a class with slots (none then).
    """

    order: tuple[int, ...] | None
    conversions: tuple[tuple[int, Convert], ...]
    names: tuple[str, ...]


@cache
def _plan(cls: Any, columns: tuple[str, ...]) -> _Plan:
    hints, names = get_type_hints(cls), [field.name for field in fields(cls)]
    found = ((place, _converter(hints[name])) for place, name in enumerate(names))
    order = None if list(columns) == names else tuple(columns.index(name) for name in names)
    changed = tuple((place, convert) for place, convert in found if convert is not _same)
    return _Plan(order, changed, () if hasattr(cls, "__slots__") else tuple(names))


@cache
def column_list(cls: Any, prefix: str = "") -> str:
    """The columns of `cls` for a SELECT."""
    return ", ".join(f"{prefix}{field.name}" for field in fields(cls))


def _converter(hint: Any) -> Convert:
    plain, optional = _unwrap(hint)
    convert = _plain_converter(plain)
    if optional and convert is not _same:
        return lambda value: None if value is None else convert(value)
    return convert


def _unwrap(hint: Any) -> tuple[Any, bool]:
    """The type beneath Optional and NewType, and whether None may stand there."""
    optional = False
    if get_origin(hint) in (Union, types.UnionType):
        parts = [part for part in get_args(hint) if part is not type(None)]
        optional, hint = len(parts) < len(get_args(hint)), parts[0]
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    return get_origin(hint) or hint, optional


def _plain_converter(plain: Any) -> Convert:
    if plain is datetime:
        return datetime.fromisoformat
    if plain is date:
        return date.fromisoformat
    if plain is bool:
        return bool
    if plain is dict:
        return _object
    if plain is list:
        return json.loads
    if plain is tuple:
        return lambda value: tuple(json.loads(value))
    if isinstance(plain, type) and issubclass(plain, Enum):
        return plain
    return _same


def _object(value: str) -> Any:
    """Most objects that are kept are empty: those need no parser."""
    return {} if value == "{}" else json.loads(value)


def _same(value: Any) -> Any:
    return value
