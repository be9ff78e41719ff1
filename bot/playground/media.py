"""Everything that is no plain text: files with captions, albums, places, contacts, polls, dice."""

from collections.abc import Callable

from bot.playground.arguments import Arguments
from bot.playground.files import File
from bot.playground.markup import LONGEST_CAPTION, format_text, formatted, utf16_length
from bot.playground.messages import Message
from bot.playground.replies import Json, Refused
from bot.playground.sending import Target, deliver, target_of
from bot.playground.world import World

Method = Callable[[World, Arguments], Json]
CAPTIONED = frozenset({"photo", "live_photo", "document", "video", "audio", "voice", "animation"})
_SHOWN = ("show_caption_above_media", "has_spoiler")
DICE = {"🎲": 6, "🎯": 6, "🏀": 5, "⚽": 5, "🎳": 6, "🎰": 64}
ALBUM_CLASS = {"photo": "visual", "live_photo": "visual", "video": "visual", "audio": "audio", "document": "document"}


def file_content(file: File, details: Json) -> Json:
    """The message field(s) for a file; `details` are the optional sizes, durations and names that came with it."""
    body = {**file.as_json, **{key: value for key, value in details.items() if value is not None}}
    if file.kind == "photo":
        small = {"file_id": f"{file.file_id}-s", "file_unique_id": f"{file.unique_id}s", "width": 90, "height": 67}
        return {"photo": [small, {"width": 1280, "height": 960, **body}]}
    named = {"file_name": file.name, "mime_type": file.mime}
    shapes: dict[str, Json] = {
        "document": named,
        "video": {"width": 1280, "height": 720, "duration": 7, **named},
        "live_photo": {"width": 1280, "height": 960, "duration": 2, "mime_type": file.mime},
        "video_note": {"length": 240, "duration": 7},
        "voice": {"duration": 4, "mime_type": "audio/ogg"},
        "audio": {"duration": 180, **named},
        "animation": {"width": 480, "height": 270, "duration": 3, **named},
        "sticker": {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False},
    }
    field = {**shapes[file.kind], **body}
    # An animation comes as a document too, a live photo as a photo, for clients that know no better.
    if file.kind == "animation":
        return {file.kind: field, "document": {**file.as_json, **named}}
    return {file.kind: field, **({"photo": field["photo"]} if file.kind == "live_photo" else {})}


def captioned(args: Arguments) -> Json:
    """The caption of a request; empty is no caption."""
    text, entities = formatted(args, "caption")
    return _caption(text, entities) | _shown({name: args.flag(name) for name in _SHOWN})


def _shown(flags: Json) -> Json:
    """How a file is shown, as the message says it."""
    return {"has_media_spoiler" if name == "has_spoiler" else name: True for name in _SHOWN if flags.get(name)}


def media_content(world: World, args: Arguments, media: Json) -> Json:
    """The content an InputMedia object describes."""
    kind = str(media.get("type", ""))
    if kind not in CAPTIONED:
        raise Refused("can't parse InputMedia: unsupported type")
    file = world.files.resolve(args, str(media.get("media", "")), kind=kind)
    parts = (str(media.get("caption") or ""), str(media.get("parse_mode") or ""), media.get("caption_entities") or [])
    details = {key: media.get(key) for key in ("width", "height", "duration", "performer", "title")}
    details["photo"] = _still(world, args, str(media.get("photo", ""))) if kind == "live_photo" else None
    return {**file_content(file, details), **_caption(*format_text(*parts)), **_shown(media)}


def _still(world: World, args: Arguments, value: str) -> list[Json]:
    """The still picture of a live photo."""
    file = world.files.resolve(args, value, kind="photo", part="photo")
    return [{**file.as_json, "width": 1280, "height": 960}]


def send_file(kind: str) -> Method:
    """The method that sends one kind of file."""

    def method(world: World, args: Arguments) -> Json:
        target = target_of(world, args)
        details = _details(args)
        if kind == "live_photo":
            details["photo"] = _still(world, args, args.text("photo"))
        content = file_content(world.files.named(args, kind, kind=kind), details)
        if kind in CAPTIONED:
            content.update(captioned(args))
        return deliver(world, target, content).body

    return method


def send_media_group(world: World, args: Arguments) -> list[Json]:
    """2-10 photos and videos, or documents, or audios; one media_group_id holds them together."""
    target = target_of(world, args)
    items = args.items("media")
    if not 2 <= len(items) <= 10:
        raise Refused("wrong number of messages in the album: 2-10 are allowed")
    contents = [media_content(world, args, item) for item in items]
    classes = {ALBUM_CLASS.get(item["type"], "") for item in items}
    if len(classes) > 1 or "" in classes:
        raise Refused("this media can't be mixed in an album")
    return [message.body for message in deliver_album(world, target, contents)]


def deliver_album(world: World, target: Target, contents: list[Json]) -> list[Message]:
    """Posts the parts of an album in order."""
    group = new_album_id(world)
    return [deliver(world, target, {**content, "media_group_id": group}) for content in contents]


def new_album_id(world: World) -> str:
    return str(13_000_000_000_000_000 + world.serial())


def send_location(world: World, args: Arguments) -> Json:
    return deliver(world, target_of(world, args), {"location": _location(args)}).body


def send_venue(world: World, args: Arguments) -> Json:
    location = _location(args)
    venue = {"location": location, "title": args.text("title"), "address": args.text("address")}
    return deliver(world, target_of(world, args), {"venue": venue, "location": location}).body


def send_contact(world: World, args: Arguments) -> Json:
    contact = {key: args.text(key) for key in ("phone_number", "first_name", "last_name", "vcard") if args.text(key)}
    if not {"phone_number", "first_name"} <= contact.keys():
        raise Refused("contact phone number and first name must be non-empty")
    return deliver(world, target_of(world, args), {"contact": contact}).body


def send_poll(world: World, args: Arguments) -> Json:
    options = [option if isinstance(option, str) else str(option.get("text", "")) for option in args.items("options")]
    if not args.text("question"):
        raise Refused("poll question can't be empty")
    if not 1 <= len(options) <= 12:
        raise Refused("poll must have at least 1 option" if not options else "poll can't have more than 12 options")
    target = target_of(world, args)
    poll = poll_of(world, args.text("question"), options, multiple=args.flag("allows_multiple_answers"))
    poll |= {"description": args.text("description")} if args.text("description") else {}
    poll["is_closed"] = args.flag("is_closed")
    return deliver(world, target, {"poll": poll}).body


def poll_of(world: World, question: str, options: list[str], *, multiple: bool = False) -> Json:
    """A fresh poll without votes."""
    return {
        "id": str(5_000_000_000 + world.serial()),
        "question": question,
        "options": [
            {"persistent_id": str(place), "text": option, "voter_count": 0} for place, option in enumerate(options)
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": multiple,
        "allows_revoting": True,
        "members_only": False,
    }


def send_dice(world: World, args: Arguments) -> Json:
    emoji = args.text("emoji") or "🎲"
    if emoji not in DICE:
        raise Refused("emoji is not supported")
    return deliver(world, target_of(world, args), {"dice": throw(world, emoji)}).body


def throw(world: World, emoji: str) -> Json:
    return {"emoji": emoji, "value": world.random.randint(1, DICE[emoji])}


def get_file(world: World, args: Arguments) -> Json:
    return world.files.get(args.text("file_id"))


def _caption(text: str, entities: list[Json]) -> Json:
    if utf16_length(text) > LONGEST_CAPTION:
        raise Refused("message caption is too long")
    content: Json = {"caption": text} if text else {}
    if text and entities:
        content["caption_entities"] = entities
    return content


def _details(args: Arguments) -> Json:
    numbers = {name: args.optional(name) for name in ("width", "height", "length", "duration")}
    words = {name: args.text(name) or None for name in ("performer", "title", "emoji")}
    return {**numbers, **words}


def _location(args: Arguments) -> Json:
    latitude, longitude = args.number("latitude", 999.0), args.number("longitude", 999.0)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise Refused("LOCATION_INVALID" if latitude == 999.0 else "wrong location specified")
    location: Json = {"latitude": latitude, "longitude": longitude}
    if period := args.optional("live_period"):
        location["live_period"] = period
    return location
