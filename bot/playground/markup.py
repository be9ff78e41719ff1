"""Formatted text: Telegram's HTML subset and entity lists, made into text and entities counted in UTF-16 units."""

import re
from dataclasses import dataclass, field

from bot.playground.arguments import Arguments
from bot.playground.replies import Json, Refused

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
_STYLES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(lt|gt|amp|quot));?")
_TAG = re.compile(r"<(/?)([^\s>]*)((?:\s+[\w.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']*))?)*)\s*>")
_ATTRIBUTE = re.compile(r"([\w.-]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>\"']*))?")
_PLAIN = re.compile(r"[^<&]+")
_FOUND = re.compile(
    r"(?P<url>\bhttps?://[^\s<>\"]*[^\s<>\".,;:!?)])|(?P<email>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b)"
    r"|(?<![\w/@])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/])|(?<![\w@])(?P<mention>@[A-Za-z]\w{3,31})\b"
    r"|(?<!\w)(?P<hashtag>#\w*[^\W\d]\w*)"
)
_HINTS = re.compile(r"[/@#]")
_OPAQUE = frozenset({"code", "pre", "text_link", "url"})


def utf16_length(text: str) -> int:
    """Telegram's length of a text: an emoji outside the basic plane counts two."""
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def formatted(args: Arguments, name: str) -> tuple[str, list[Json]]:
    """The text of parameter `name` with its entities, by its parse mode or its entity list."""
    entities_name = "entities" if name == "text" else f"{name}_entities"
    return format_text(args.text(name), args.text("parse_mode"), args.items(entities_name))


def format_text(text: str, parse_mode: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """The parts of a text as they will be stored; raises "can't parse entities" and the like."""
    mode = parse_mode.lower()
    if mode == "html":
        text, entities = parse_html(text)
    elif mode and mode != "none":
        raise Refused("unsupported parse_mode")
    elif entities:
        _check_bounds(text, entities)
    text, entities = _trim(text, entities)
    if _HINTS.search(text):
        entities = entities + [found for found in _detect(text, entities) if found not in entities]
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


@dataclass(slots=True)
class _Open:
    tag: str
    at: int
    attributes: dict[str, str]


@dataclass(slots=True)
class _Parse:
    """An HTML text being read."""

    source: str
    out: list[str] = field(default_factory=list)
    units: int = 0
    stack: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def put(self, text: str) -> None:
        self.out.append(text)
        self.units += utf16_length(text)

    def fail(self, what: str, position: int, rest: str = "") -> Refused:
        offset = len(self.source[:position].encode())
        return Refused(f"can't parse entities: {what} at byte offset {offset}{rest}")


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Text and entities of Telegram's HTML; anything outside the subset is refused with the byte offset."""
    parse = _Parse(source)
    position = 0
    while position < len(source):
        if plain := _PLAIN.match(source, position):
            parse.put(plain.group())
            position = plain.end()
        elif source[position] == "&":
            position = _read_character(parse, position)
        else:
            position = _read_tag(parse, position)
    if parse.stack:
        tag = parse.stack[-1].tag
        raise Refused(f"can't parse entities: Can't find end tag corresponding to start tag \"{tag}\"")
    return "".join(parse.out), parse.entities


def _read_character(parse: _Parse, position: int) -> int:
    match = _CHARACTER.match(parse.source, position)
    if match is None:
        parse.put("&")
        return position + 1
    hexadecimal, decimal, name = match.groups()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal) if decimal else 0
    if not name and not 0 < code < 0x10FFFF:
        parse.put("&")
        return position + 1
    parse.put(_NAMED[name] if name else chr(code))
    return match.end()


def _read_tag(parse: _Parse, position: int) -> int:
    match = _TAG.match(parse.source, position)
    if match is None:
        raise parse.fail("Unclosed start tag", position)
    closing, name, attributes = match.groups()
    name = name.lower()
    if closing:
        _close_tag(parse, name, position)
    elif name not in _STYLES:
        raise parse.fail(f'Unsupported start tag "{name}"', position)
    else:
        found = {key.lower(): value.strip("\"'") for key, value in _ATTRIBUTE.findall(attributes)}
        if name == "span" and found.get("class") != "tg-spoiler":
            raise parse.fail('Tag "span" must have class "tg-spoiler"', position)
        parse.stack.append(_Open(name, parse.units, found))
    return match.end()


def _close_tag(parse: _Parse, name: str, position: int) -> None:
    if not parse.stack:
        raise parse.fail("Unexpected end tag", position)
    opened = parse.stack.pop()
    if name not in ("", opened.tag):
        raise parse.fail("Unmatched end tag", position, f', expected "</{opened.tag}>", found "</{name}>"')
    if parse.units > opened.at:
        _add_entity(parse, opened)


def _add_entity(parse: _Parse, opened: _Open) -> None:
    entity: Json = {"type": _STYLES[opened.tag], "offset": opened.at, "length": parse.units - opened.at}
    attributes = opened.attributes
    if opened.tag == "a":
        url = attributes.get("href", "")
        if "." not in url and "://" not in url:
            return
        entity["url"] = url
    elif opened.tag == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id", "")
    elif opened.tag == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    elif opened.tag == "code" and attributes.get("class", "").startswith("language-") and _inside_pre(parse):
        parse.stack[-1].attributes["language"] = attributes["class"].removeprefix("language-")
        return
    elif opened.tag == "pre" and "language" in attributes:
        entity["language"] = attributes["language"]
    parse.entities.append(entity)


def _inside_pre(parse: _Parse) -> bool:
    return bool(parse.stack) and parse.stack[-1].tag == "pre"


def _check_bounds(text: str, entities: list[Json]) -> None:
    total = utf16_length(text)
    for entity in entities:
        try:
            start, end = entity["offset"], entity["offset"] + entity["length"]
        except (KeyError, TypeError):
            raise Refused("can't parse entities: can't parse MessageEntity") from None
        if end > total:
            raise Refused(
                f"can't parse entities: Entity beginning at UTF-16 offset {start} ends after the end of the text at "
                f"UTF-16 offset {end}"
            )


def _trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without the white space around it, as Telegram stores texts; entities move along."""
    trimmed = text.strip()
    if len(trimmed) == len(text) or not entities:
        return trimmed, entities
    shift = utf16_length(text[: len(text) - len(text.lstrip())])
    total = utf16_length(trimmed)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - shift)
        end = min(total, entity["offset"] + entity["length"] - shift)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return trimmed, kept


def _detect(text: str, entities: list[Json]) -> list[Json]:
    """The entities Telegram finds by itself: commands, addresses, links, mentions, hashtags."""
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in _OPAQUE]
    detected = []
    for match in _FOUND.finditer(text):
        start = utf16_length(text[: match.start()])
        end = start + utf16_length(match.group())
        if all(end <= left or start >= right for left, right in taken):
            detected.append({"type": match.lastgroup, "offset": start, "length": end - start})
    return detected
