"""Every function of storage/ is called once on each database: whatever SQL it holds must be understood by both.

The arguments are made from the annotations. What rows there are does not matter, only that the database takes the
statement and its values.
"""

import importlib
import inspect
import pkgutil
import sqlite3
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import asyncpg

import storage
from storage import identities, retention
from storage.base import Reader, Store, Tx

PLAIN: dict[Any, Any] = {
    str: "1207",
    int: 1,
    float: 1.0,
    bool: True,
    bytes: b"x",
    datetime: datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
    date: date(2026, 11, 23),
    timedelta: timedelta(hours=1),
    Any: {},
    object: "x",
}
# Where a name stands for a column or a key.
CHOICES: dict[str, list[dict[str, Any]]] = {
    "tickets.due": [{"column": column} for column in ("warn_at", "close_at", "due_alarm_at", "rate_at")],
    "tickets.change": [{"columns": {"status": "open", "warned": 1, "closed_at": None}}],
    "identities.of_id": [{"kind": kind} for kind in identities.IDS],
    "refusals.has_any": [{"hashes": ["x", "y"]}],
    "retention.purge": [{"name": name} for name in retention.KINDS],
    "retention.count": [{"name": name} for name in (*retention.KINDS, "people")],
}
# What dummies may run into; a statement that is not understood is none of these.
EXPECTED = (
    LookupError,
    sqlite3.IntegrityError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.InsufficientPrivilegeError,  # a version of a message that is not there: no message of this office
)
NOT_TABLES = (
    "backup",
    "base",
    "database",
    "dialect",
    "leases",
    "migrate",
    "owners",
    "postgres",
    "protection",
    "rows",
    "sqlite",
)


def dummy(hint: Any) -> Any:
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return dummy(parts[0])
    if hint in PLAIN:
        return PLAIN[hint]
    if hint is dict or origin in (dict, Mapping):
        return {dummy(parts[0]): dummy(parts[1])} if parts else {}
    if origin is tuple:
        return tuple(dummy(part) for part in parts if part is not ...)
    if origin in (set, frozenset):
        return {dummy(parts[0])}
    if origin is not None:  # lists, sequences, iterables
        return [dummy(parts[0])]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{field.name: dummy(hints[field.name]) for field in fields(hint) if field.init})
    raise TypeError(f"no dummy for {hint}")


def functions() -> Iterator[Callable[..., Any]]:
    """Public functions over a transaction, of every table's file."""
    for module in pkgutil.iter_modules(storage.__path__):
        if module.name in NOT_TABLES:
            continue
        for name, function in inspect.getmembers(importlib.import_module(f"storage.{module.name}")):
            own = getattr(function, "__module__", "") == f"storage.{module.name}"
            if own and inspect.iscoroutinefunction(function) and not name.startswith("_") and _takes_tx(function):
                yield function


def _takes_tx(function: Callable[..., Any]) -> bool:
    return next(iter(get_type_hints(function).values())) in (Reader, Tx)


def calls(function: Callable[..., Any]) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Arguments after the transaction."""
    hints = get_type_hints(function)
    name = f"{function.__module__.removeprefix('storage.')}.{function.__name__}"
    for choice in CHOICES.get(name, [{}]):
        args: list[Any] = []
        named: dict[str, Any] = {}
        for parameter in list(inspect.signature(function).parameters.values())[1:]:
            value = choice[parameter.name] if parameter.name in choice else dummy(hints[parameter.name])
            if parameter.kind is parameter.VAR_KEYWORD:
                named |= value if isinstance(value, dict) else {"name": value}
            elif parameter.kind is parameter.VAR_POSITIONAL:
                args += value if isinstance(value, list) else [value]
            elif parameter.kind is parameter.KEYWORD_ONLY:
                named[parameter.name] = value
            else:
                args.append(value)
        yield args, named


FUNCTIONS = list(functions())


async def test_every_function_of_every_table_runs(both: Store) -> None:
    assert len(FUNCTIONS) > 150
    failed = []
    for function in FUNCTIONS:
        for args, named in calls(function):
            try:
                await both.run(function, *args, **named)
            except EXPECTED:
                pass
            except Exception as error:
                failed.append(f"{function.__module__}.{function.__name__}: {error!r}")
    assert failed == []
