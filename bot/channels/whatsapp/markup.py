"""WhatsApp's marks (*bold*, _italic_, ~struck~, ```fixed```), from our templates' HTML and from Telegram's entities.

WhatsApp has no links beneath words and no marks over several lines: links are spelled out, marks are set line by line.
"""

import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from typing import Any

from bot.domain.entities import UTF16, clipped

Mark = Callable[[str], str]
Entity = dict[str, Any]
EDGES = re.compile(r"^(\s*)(.*?)(\s*)$", re.DOTALL)


def _around(sign: str) -> Mark:
    def mark(text: str) -> str:
        return "\n".join(_line(line, sign) for line in text.split("\n"))

    return mark


def _line(line: str, sign: str) -> str:
    """A sign only works right beside a letter, and not around itself."""
    found = EDGES.match(line)
    assert found is not None
    before, core, after = found.groups()
    return line if not core or sign in core else f"{before}{sign}{core}{sign}{after}"


def _fixed(text: str) -> str:
    return f"```{text}```" if text.strip() and "```" not in text else text


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def _plain(text: str) -> str:
    return text


BOLD, ITALIC, STRUCK = _around("*"), _around("_"), _around("~")
TAGS: dict[str, Mark] = {
    "b": BOLD, "strong": BOLD, "i": ITALIC, "em": ITALIC, "s": STRUCK, "del": STRUCK, "strike": STRUCK,
    "code": _fixed, "pre": _fixed, "blockquote": _quoted,
}  # fmt: skip
ENTITIES: dict[str, Mark] = {
    "bold": BOLD, "italic": ITALIC, "strikethrough": STRUCK, "code": _fixed, "pre": _fixed, "blockquote": _quoted,
    "expandable_blockquote": _quoted,
}  # fmt: skip


def linked(text: str, url: str) -> str:
    """Words and where they lead; a link to a person within Telegram leads nowhere else."""
    if not url or url.startswith("tg:") or url.removeprefix("mailto:") in text:
        return text
    return f"{text} ({url})"


class _Html(HTMLParser):
    """Our templates' markup, which is well formed: each tag's text is marked when it ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, str, list[str]]] = [("", "", [])]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.stack.append((tag, dict(attrs).get("href") or "", []))

    def handle_data(self, data: str) -> None:
        self.stack[-1][2].append(data)

    def handle_endtag(self, tag: str) -> None:
        if len(self.stack) > 1:
            name, href, parts = self.stack.pop()
            text = "".join(parts)
            self.stack[-1][2].append(linked(text, href) if name == "a" else TAGS.get(name, _plain)(text))

    def text(self) -> str:
        while len(self.stack) > 1:
            self.handle_endtag("")
        return "".join(self.stack[0][2])


def from_html(html: str) -> str:
    parser = _Html()
    parser.feed(html)
    parser.close()
    return parser.text()


def from_entities(text: str, entities: Sequence[Entity]) -> str:
    """`entities` as Telegram gives them: within one another, never across."""
    return _rendered(text, [entity for entity in entities if entity["type"] in ENTITIES or entity.get("url")])


def _rendered(text: str, entities: list[Entity]) -> str:
    data, done, out = text.encode(UTF16, "surrogatepass"), 0, []
    waiting = sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))
    while waiting:
        outer, *waiting = waiting
        start, end = outer["offset"], outer["offset"] + outer["length"]
        inner = [entity for entity in waiting if entity["offset"] < end]
        waiting = [entity for entity in waiting if entity["offset"] >= end]
        words = _rendered(_cut(data, start, end), clipped(inner, start=start, end=end))
        out += [_cut(data, done, start), _marked(outer, words)]
        done = end
    return "".join([*out, _cut(data, done, len(data) // 2)])


def _marked(entity: Entity, words: str) -> str:
    return linked(words, entity["url"]) if entity.get("url") else ENTITIES[entity["type"]](words)


def _cut(data: bytes, start: int, end: int) -> str:
    return data[2 * start : 2 * end].decode(UTF16, "surrogatepass")
