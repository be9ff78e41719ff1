"""sendMessage, and what all sending methods share: where to, in answer to what, with which buttons."""

from dataclasses import dataclass

from bot.playground.arguments import Arguments
from bot.playground.chats import Chat, Topic
from bot.playground.keyboard import Markup, read_markup
from bot.playground.markup import LONGEST_TEXT, format_text, formatted, utf16_length
from bot.playground.messages import Message
from bot.playground.replies import Json, Refused
from bot.playground.world import World, find_chat, writable_chat

_QUOTED = ("bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time")


@dataclass(frozen=True, slots=True)
class Target:
    """A place a message may go to; `reply` holds the fields its answering something adds."""

    chat: Chat
    topic: Topic | None
    reply: Json
    markup: Markup


def send_message(world: World, args: Arguments) -> Json:
    content = text_content(args)
    return deliver(world, target_of(world, args), content).body


def text_content(args: Arguments) -> Json:
    """The text of a request with its entities; refuses an empty and an overlong one."""
    text, entities = formatted(args, "text")
    if not text:
        raise Refused("message text is empty")
    if utf16_length(text) > LONGEST_TEXT:
        raise Refused("message is too long")
    content: Json = {"text": text}
    if entities:
        content["entities"] = entities
    if preview := args.mapping("link_preview_options"):
        content["link_preview_options"] = preview
    return content


def target_of(world: World, args: Arguments) -> Target:
    """Where a request writes to; raises every refusal that has to do with the place."""
    chat = writable_chat(world, args.text("chat_id"))
    markup = read_markup(args, private=chat.kind == "private")
    replied = _replied_message(world, chat, args)
    topic = topic_of(world, chat, args, replied)
    reply = _reply_fields(chat, topic, replied, args) if replied is not None else {}
    return Target(chat, topic, reply, markup)


def deliver(world: World, target: Target, content: Json) -> Message:
    """Posts the bot's message and sets the chat's reply keyboard."""
    chat, markup = target.chat, target.markup
    if target.reply:
        content = {**content, **target.reply}
    if markup.inline is not None:
        content["reply_markup"] = markup.inline
    if markup.rows is not None:
        chat.reply_keyboard, chat.keyboard_once = markup.rows, markup.once
    chat.typing = None
    return world.post(chat, content, topic=target.topic)


def topic_of(world: World, chat: Chat, args: Arguments, replied: Message | None = None) -> Topic | None:
    """The topic a message goes to. Id 1 (General) and whatever is gone are refused; a reply needs no id."""
    thread = args.optional("message_thread_id")
    if thread is None:
        if replied is None or replied.chat_id != chat.id or replied.topic is None:
            return None
        thread = replied.topic
    topic = chat.topics.get(thread)
    if topic is None or topic.deleted:
        raise Refused("message thread not found")
    if topic.closed and not world.may_toggle(chat, topic):
        raise Refused("TOPIC_CLOSED")
    return topic


def _replied_message(world: World, chat: Chat, args: Arguments) -> Message | None:
    parameters = args.mapping("reply_parameters") or {}
    message_id = parameters.get("message_id") or args.optional("reply_to_message_id")
    if not message_id:
        return None
    elsewhere = parameters.get("chat_id")
    home = chat if elsewhere is None else find_chat(world, elsewhere)
    found = home.by_id.get(int(message_id))
    optional = parameters.get("allow_sending_without_reply") or args.flag("allow_sending_without_reply")
    if found is None and not (optional and home is chat):
        raise Refused("message to be replied not found")
    return found


def _reply_fields(chat: Chat, topic: Topic | None, replied: Message, args: Arguments) -> Json:
    parameters = args.mapping("reply_parameters") or {}
    quote = _quote(replied, parameters)
    inner = {key: value for key, value in replied.body.items() if key not in ("reply_to_message", "quote")}
    if replied.chat_id == chat.id and replied.topic == (topic.id if topic else None):
        return {"reply_to_message": inner, **quote}
    origin = {"type": "user", "sender_user": inner.get("from"), "date": inner["date"]}
    return {"external_reply": {"origin": origin, "chat": inner["chat"], "message_id": inner["message_id"]}, **quote}


def _quote(replied: Message, parameters: Json) -> Json:
    """The quoted part, which must be an exact part of the message."""
    if not parameters.get("quote"):
        return {}
    text, entities = format_text(
        parameters["quote"], parameters.get("quote_parse_mode", ""), parameters.get("quote_entities") or []
    )
    found = replied.text.find(text)
    position = utf16_length(replied.text[: max(found, 0)])
    marks = quoted_marks(replied.entities, position, utf16_length(text))
    if found < 0 or utf16_length(text) > 1024 or marks != quoted_marks(entities, 0, utf16_length(text)):
        raise Refused("QUOTE_TEXT_INVALID")
    shown = {"entities": marks} if marks else {}
    return {"quote": {"text": text, "position": position, "is_manual": True, **shown}}


def quoted_marks(entities: list[Json], start: int, length: int) -> list[Json]:
    """The entities within a part of a text that count when it is quoted, as they stand in the part."""
    cut = []
    for entity in entities:
        first, last = max(entity["offset"], start), min(entity["offset"] + entity["length"], start + length)
        if first < last and entity["type"] in _QUOTED:
            cut.append({**entity, "offset": first - start, "length": last - first})
    return cut
