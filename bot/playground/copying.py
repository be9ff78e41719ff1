"""Copying and forwarding, one message or several at once."""

from bot.playground.arguments import Arguments
from bot.playground.chats import Chat
from bot.playground.editing import content_of
from bot.playground.media import CAPTIONED, captioned, new_album_id
from bot.playground.messages import Message
from bot.playground.rarities import UNCOPIED
from bot.playground.replies import Json, Refused
from bot.playground.sending import Target, deliver, target_of
from bot.playground.world import World, find_chat


def copy_message(world: World, args: Arguments) -> Json:
    """A copy without a trace of its author; a caption given replaces the old one."""
    target = target_of(world, args)
    source = _source(world, args, "copy")
    content = _copied(source)
    if "caption" in args and source.kind in CAPTIONED:
        content = {key: value for key, value in content.items() if key not in ("caption", "caption_entities")}
        content.update(captioned(args))
    return {"message_id": deliver(world, target, content).id}


def copy_messages(world: World, args: Arguments) -> list[Json]:
    """Copies in order and keeps albums together; what is gone or cannot be copied is skipped in silence."""
    target = target_of(world, args)
    sources = _sources(world, args, "copy")
    contents = [_copied(source) for source in sources]
    if args.flag("remove_caption"):
        contents = [{key: c[key] for key in c if key not in ("caption", "caption_entities")} for c in contents]
    return _deliver_all(world, target, sources, contents)


def forward_message(world: World, args: Arguments) -> Json:
    target = target_of(world, args)
    source = _source(world, args, "forward")
    return deliver(world, target, _forwarded(source)).body


def forward_messages(world: World, args: Arguments) -> list[Json]:
    target = target_of(world, args)
    sources = _sources(world, args, "forward")
    return _deliver_all(world, target, sources, [_forwarded(source) for source in sources])


def _deliver_all(world: World, target: Target, sources: list[Message], contents: list[Json]) -> list[Json]:
    albums: dict[str, str] = {}
    ids = []
    for source, content in zip(sources, contents, strict=True):
        if source.album is not None:
            content = {**content, "media_group_id": albums.setdefault(source.album, new_album_id(world))}
        ids.append({"message_id": deliver(world, target, content).id})
    return ids


def _source(world: World, args: Arguments, act: str) -> Message:
    found = find_chat(world, args.text("from_chat_id")).by_id.get(args.integer("message_id"))
    if found is None:
        raise Refused(f"message to {act} not found")
    if found.is_service or found.body.get("has_protected_content") or (act == "copy" and _is_uncopied(found)):
        raise Refused(f"the message can't be {'copied' if act == 'copy' else 'forwarded'}")
    return found


def _is_uncopied(message: Message) -> bool:
    """What copyMessage never takes, and a quiz whose answer the bot does not know."""
    quiz = message.body.get("poll", {})
    return message.kind in UNCOPIED or (quiz.get("type") == "quiz" and "correct_option_ids" not in quiz)


def _sources(world: World, args: Arguments, act: str) -> list[Message]:
    chat: Chat = find_chat(world, args.text("from_chat_id"))
    ids = [int(message_id) for message_id in args.items("message_ids")]
    if not ids:
        raise Refused("message identifiers are not specified")
    if len(ids) > 100:
        raise Refused("too many message identifiers specified")
    if ids != sorted(set(ids)):
        raise Refused("message identifiers must be in a strictly increasing order")
    found = [chat.by_id[message_id] for message_id in ids if message_id in chat.by_id]
    found = [message for message in found if not (message.is_service or (act == "copy" and _is_uncopied(message)))]
    if not found:
        raise Refused(f"there are no messages to {act}")
    return found


def _copied(source: Message) -> Json:
    return content_of(source)


def _forwarded(source: Message) -> Json:
    origin = source.body.get("forward_origin") or _origin(source)
    return {**content_of(source), "forward_origin": origin}


def _origin(source: Message) -> Json:
    body = source.body
    if "sender_chat" in body:
        return {"type": "chat", "sender_chat": body["sender_chat"], "date": body["date"]}
    return {"type": "user", "sender_user": body["from"], "date": body["date"]}
