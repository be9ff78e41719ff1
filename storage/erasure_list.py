"""The list of erasures beside the copies of a database: who is erased stays erased, whatever copy is restored.

It outlives the database: one line for each, with the keyed hash of the table `erasures` and nothing else of a person.
"""

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.backup import flush_folder

_LINE = re.compile(r'^\{"hash": "[0-9a-f]{64}", "receipt": "[\w-]+", "at": "[^"]+"\}$')


@dataclass(frozen=True)
class Erased:
    """An entry of the list beside the copies: a keyed hash, the receipt, when (ISO text)."""

    hash: str
    receipt: str
    at: str


def list_of(folder: Path, office: str) -> Path:
    return folder / f"erased-{office}.jsonl"


def read(folder: Path, office: str) -> list[Erased]:
    """The list of erasures beside the copies; a line that was torn by a power failure is left out."""
    try:
        lines = list_of(folder, office).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [Erased(**json.loads(line)) for line in lines if _LINE.match(line)]


def add(folder: Path, office: str, entries: list[Erased]) -> None:
    """Add to the list; on return it is on disk. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = list_of(folder, office)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        torn = (text := file.read()) and not text.endswith("\n")
        file.write("\n" * bool(torn) + "".join(json.dumps(asdict(entry)) + "\n" for entry in entries))
        file.flush()
        os.fsync(file.fileno())
    flush_folder(folder)
