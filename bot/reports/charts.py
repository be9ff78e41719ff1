"""The charts of a report: Vega-Lite specifications in templates/charts, one for picture and paper alike."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from bot.reports.book import Book
from bot.reports.figures import RESPONSES
from bot.reports.words import Words
from bot.texts import packaged

Spec = dict[str, Any]
Values = list[dict[str, Any]]

SCALE = 2.0
NUMBERS = {
    "id": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]},
}
TYPES = ("data", "metadata", "recommendation", "classification", "unsure")


def requests(book: Book, words: Words) -> Values:
    """A row for each month and type; every month of the trend is there, also an empty one."""
    months = book.table("trend").column("month")
    counts = {(month, type): n for month, type, n in book.table("types_by_month").rows}
    return [
        {
            "month": words.short_month(month),
            "type": words.code(type, "type"),
            "rank": rank,
            "n": counts.get((month, type), 0),
        }
        for month in months
        for rank, type in enumerate(TYPES)
    ]


def share(book: Book, words: Words) -> Values:
    trend = book.table("trend")
    return [
        {
            "month": words.short_month(month),
            "share": None if part is None else round(100 * part, 1),
            "label": "" if part is None else f"{words.language.decimal(100 * part)} %",
        }
        for month, part in zip(trend.column("month"), trend.column("share"), strict=True)
    ]


def response(book: Book, words: Words) -> Values:
    counts = dict(book.table("responses").rows)
    return [{"label": words.code(key, "response"), "n": counts.get(key, 0)} for _, key in RESPONSES]


def ratings(book: Book, words: Words) -> Values:
    return [{"label": words.code(star, "star"), "n": n} for star, n, _ in reversed(book.table("stars").rows)]


def waiting(book: Book, words: Words) -> Values:
    table = book.table("summary")
    found = {key: value[1] for key, value, _ in table.rows if value}
    keys = ("waiting_officer", "waiting_user")
    return [{"label": words.code(key, "status"), "n": found.get(key, 0)} for key in keys]


CHARTS: dict[str, Callable[[Book, Words], Values]] = {
    "requests": requests,
    "share": share,
    "response": response,
    "ratings": ratings,
    "waiting": waiting,
}


def spec(name: str, book: Book, words: Words) -> Spec:
    """The specification of one chart with its data and its words."""
    chart: Spec = _worded(_template(name), words)
    values = CHARTS[name](book, words)
    if not any(value.get("n") or value.get("share") is not None for value in values):
        chart["title"] = {"text": chart["title"], "subtitle": words.paper("empty")}
    return chart | {"data": {"values": values}}


def overview(book: Book, words: Words) -> Spec:
    """The picture for the chat: requests and punctuality above, first responses and ratings below."""
    pair = {"hconcat": [spec("response", book, words), spec("ratings", book, words)], "spacing": 40}
    return _whole(
        {
            "vconcat": [spec("requests", book, words), spec("share", book, words), pair],
            "spacing": 28,
            "resolve": {"legend": {"color": "independent"}},
        },
        words,
    ) | {
        "title": {"text": words.paper("title"), "subtitle": f"{words.period(book)}", "fontSize": 19, "offset": 18},
        "padding": 18,
    }


def png(chart: Spec) -> bytes:
    """A picture, sharp on a telephone."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(chart, scale=SCALE))


def svg(chart: Spec, words: Words) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(_whole(chart, words)))


def _whole(chart: Spec, words: Words) -> Spec:
    """With the theme, and numbers as the language writes them."""
    theme = _template("theme") | {"locale": {"number": NUMBERS[words.language.code]}}
    return chart | {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "config": theme}


@cache
def _template(name: str) -> Spec:
    return dict(json.loads((packaged() / "charts" / f"{name}.json").read_text("utf-8")))


def _worded(value: Any, words: Words) -> Any:
    """The specification with "@requests" replaced by the words of that key."""
    if isinstance(value, dict):
        return {key: _worded(part, words) for key, part in value.items()}
    if isinstance(value, list):
        return [_worded(part, words) for part in value]
    return _label(words, value[1:]) if isinstance(value, str) and value.startswith("@") else value


def _label(words: Words, key: str) -> str:
    return words.language.label(f"chart.{key}")
