"""A TOML file with other values: comments, order and everything not spoken of stay as they are."""

import json
import tomllib
from collections.abc import Mapping
from typing import Any


def filled(text: str, values: Mapping[str, Any]) -> str:
    """`text` with each dotted key ("mail.port") set: on its line, on the line that shows it commented out, or anew."""
    lines = text.splitlines()
    for dotted, value in values.items():
        table, _, key = dotted.rpartition(".")
        _put(lines, table, key, f"{key} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _put(lines: list[str], table: str, key: str, line: str) -> None:
    start, end = _table(lines, table)
    for commented in (False, True):  # the line in force goes before one that only shows the key
        for at in range(start, end):
            if _name(lines[at], commented=commented) == key:
                lines[at : _value_ends(lines, at, end)] = [line]
                return
    lines.insert(start, line)


def _table(lines: list[str], table: str) -> tuple[int, int]:
    """Where the lines of a table begin and end; a table that is missing or commented out begins to be there."""
    headers = [at for at, line in enumerate(lines) if line.lstrip("#").startswith("[")]
    for header in (f"[{table}]", f"#[{table}]"):
        if header in lines:
            at = lines.index(header)
            lines[at] = f"[{table}]"
            return at + 1, next((other for other in headers if other > at), len(lines))
    lines += ["", f"[{table}]"]
    return len(lines), len(lines)


def _name(line: str, *, commented: bool) -> str:
    """The key a line sets, or (commented) shows; prose has a space after its "#"."""
    if line.startswith("#") is not commented:
        return ""
    key, equals, _ = line.removeprefix("#").partition("=")
    return key.strip() if equals else ""


def _value_ends(lines: list[str], at: int, end: int) -> int:
    """The line after the value that begins at `at`: an array may go over several lines."""
    for after in range(at + 1, end + 1):
        try:
            tomllib.loads("\n".join(lines[at:after]))
        except tomllib.TOMLDecodeError:
            continue
        return after
    return at + 1


def _toml(value: Any) -> str:
    """Text, numbers, flags and lists of them; JSON's way of writing these is TOML's as well."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False).replace("\x7f", "\\u007f")
