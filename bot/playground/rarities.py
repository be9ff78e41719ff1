"""What people send seldom, and what no bot can copy: samples of it as the Bot API describes them."""

from collections.abc import Callable
from datetime import timedelta

from bot.playground.replies import Json
from bot.playground.world import World

CHANNEL: Json = {"id": -1005550001111, "type": "channel", "title": "Kanal BPS", "username": "kanal_bps"}
UNCOPIED = frozenset({"paid_media", "giveaway", "giveaway_winners", "invoice"})
"""copyMessage refuses them (Bot API, copyMessage)."""


def _photo(world: World) -> list[Json]:
    file = world.files.put("photo", name="foto.png", mime="image/png", size=2_000)
    return [{**file.as_json, "width": 640, "height": 480}]


def _sticker(world: World) -> Json:
    file = world.files.put("sticker", name="stiker.webp", mime="image/webp", size=900)
    return {**file.as_json, "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}


def _rich_message(world: World) -> Json:
    row = [
        {"is_header": True, "align": "left", "valign": "top", "text": "Tahun"},
        {"align": "left", "valign": "top", "text": "2025"},
    ]
    blocks = [
        {"type": "heading", "text": "Ringkasan tabel", "size": 2},
        {"type": "paragraph", "text": ["Inflasi ", {"type": "bold", "text": "naik"}, " sedikit."]},
        {"type": "table", "cells": [row]},
        {"type": "divider"},
    ]
    return {"blocks": blocks}


def _checklist(world: World) -> Json:
    tasks = [{"id": 1, "text": "Unduh tabel", "completion_date": int(world.timestamp())}, {"id": 2, "text": "Baca"}]
    return {"title": "Daftar data", "tasks": tasks}


def _giveaway(world: World) -> Json:
    return {"chats": [CHANNEL], "winners_selection_date": _soon(world), "winner_count": 2}


def _giveaway_winners(world: World) -> Json:
    winners = [{"id": 77, "is_bot": False, "first_name": "Juara"}]
    drawn = {"winners_selection_date": int(world.timestamp()), "winner_count": 1, "winners": winners}
    return {"chat": CHANNEL, "giveaway_message_id": 3, **drawn}


def _invoice(world: World) -> Json:
    texts = {"title": "Tagihan", "description": "Publikasi cetak", "start_parameter": "x"}
    return {**texts, "currency": "IDR", "total_amount": 5_000_000}


def _unique_gift(world: World) -> Json:
    colours = {"center_color": 1, "edge_color": 2, "symbol_color": 3, "text_color": 4}
    gift = {
        "gift_id": "8",
        "base_name": "Bunga",
        "name": "Bunga-1",
        "number": 1,
        "model": {"name": "Mawar", "sticker": _sticker(world), "rarity_per_mille": 5},
        "symbol": {"name": "Daun", "sticker": _sticker(world), "rarity_per_mille": 5},
        "backdrop": {"name": "Biru", "colors": colours, "rarity_per_mille": 5},
    }
    return {"gift": gift, "origin": "transfer"}


def _option_changed(world: World) -> Json:
    return {"option_persistent_id": "1", "option_text": "Mungkin"}


def _soon(world: World) -> int:
    return int(world.timestamp() + timedelta(days=3).total_seconds())


SAMPLES: dict[str, Callable[[World], Json]] = {
    "rich_message": _rich_message,
    "checklist": _checklist,
    "game": lambda world: {"title": "Kuis angka", "description": "Tebak angkanya", "photo": _photo(world)},
    "story": lambda world: {"chat": CHANNEL, "id": 12},
    "paid_media": lambda world: {"star_count": 5, "paid_media": [{"type": "preview", "width": 640, "height": 480}]},
    "invoice": _invoice,
    "giveaway": _giveaway,
    "giveaway_winners": _giveaway_winners,
    "gift": lambda world: {"gift": {"id": "7", "sticker": _sticker(world), "star_count": 15}},
    "unique_gift": _unique_gift,
    "checklist_tasks_done": lambda world: {"marked_as_done_task_ids": [2]},
    "checklist_tasks_added": lambda world: {"tasks": [{"id": 3, "text": "Kutip sumber"}]},
    "poll_option_added": _option_changed,
    "poll_option_deleted": _option_changed,
}
