"""Updates as Telegram would never send them, made of some that it did: one seed, one stream."""

import copy
import json
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.flows.matrix import Json

PEOPLE = (1001, 7001, 7002, 2001, 111, 333)
GROUP = -1001234567890
WORDS = (
    "/mulai", "/start", "/status", "/pengaduan Lama", "/batal", "/privasi", "/cari inflasi", "/email", "/bahasa",
    "/ambil", "/tutup selesai", "/jawab", "/tanya", "/blokir", "/tarik", "/pisah", "/pindah 2", "/baku", "/ringkas x",
    "/laporan", "/sla", "/libur 2026-12-01 x", "/atur", "/atur senin 08:00-15:00", "/atur baku a: {b}", "/antrean 99",
    "/petugas 1 nama", "/piket senin 1", "/tolak a@b.c", "/tahan 1207", "/diblokir buka 1", "/", "//", "/ ", "/id",
    "Kirim", "Setuju", "123456", "siti@contoh.go.id", "x" * 5000, "\u202eabc", "\x00", "\ud800", "👩‍👩‍👧‍👦" * 50,
    "<b>", "{nama}", "' OR 1=1 --", "=cmd()", "%s%n", "\n\n", " ", "",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**31, 2**63, -(2**63), 10**30, 1.5, float("1e308"), "", "x", "\ud800", "\x00", [], {}, [[]],
    [{}], {"id": {}}, "-1001234567890", [None], {"": ""}, "2026-13-45", "9" * 400,
)  # fmt: skip


class Mutator:
    """`corpus`: raw updates that came from the stand-in."""

    def __init__(self, corpus: Sequence[str], seed: int) -> None:
        self._corpus = [json.loads(raw) for raw in corpus]
        self._random = Random(seed)
        self._serial = 0

    def next(self) -> Json:
        """One update with a number of its own: as valid as before, or bent in up to six places."""
        update = copy.deepcopy(self._random.choice(self._corpus))
        self._retell(update)
        for _ in range(self._random.choice((0, 0, 1, 1, 2, 3, 6))):
            self._bend(update)
        self._serial += 1
        return {**update, "update_id": 10_000_000 + self._serial}

    def _retell(self, update: Json) -> None:
        """Another sender, other words, another time: still an update like any other."""
        body = next((value for value in update.values() if isinstance(value, dict)), {})
        body["message_id"] = 100_000 + self._serial if "message_id" in body else body.pop("message_id", 0)
        if "text" in body and self._random.random() < 0.7:
            body["text"] = self._random.choice(WORDS)
            body.pop("entities", None)
        if isinstance(body.get("from"), dict) and self._random.random() < 0.5:
            body["from"]["id"] = self._random.choice(PEOPLE)
            if isinstance(body.get("chat"), dict) and body["chat"].get("type") == "private":
                body["chat"]["id"] = body["from"]["id"]
        if self._random.random() < 0.1:
            body["edit_date"] = body.get("date", 0)

    def _bend(self, update: Json) -> None:
        holder, key = self._random.choice(list(_places(update)))
        match self._random.randrange(7):
            case 0 if isinstance(holder, dict):
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[f"{key}_new"] = holder[key]
            case 2:
                other, place = self._random.choice(list(_places(self._random.choice(self._corpus))))
                holder[key] = copy.deepcopy(other[place])
            case 3:
                holder[key] = _deep(self._random.choice((3, 90)))
            case 4 if isinstance(holder[key], str):
                at = self._random.randrange(len(holder[key]) + 1)
                holder[key] = holder[key][:at] + self._random.choice(("\u0000", "😀", "\udfff", '"', "<", "9"))
            case _:
                holder[key] = copy.deepcopy(self._random.choice(ODD))


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below, but the update's own number."""
    keys: list[Any] = [*tree] if isinstance(tree, dict) else [*range(len(tree))] if isinstance(tree, list) else []
    found = [(tree, key) for key in keys if key != "update_id"]
    for key in keys:
        found += _places(tree[key])
    return found or [({"x": 0}, "x")]


def _deep(levels: int) -> Any:
    tree: Any = 0
    for _ in range(levels):
        tree = [tree]
    return tree
