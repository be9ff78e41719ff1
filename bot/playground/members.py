"""What the bot can ask about itself, its chats and who is in them; pins; leaving."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from bot.playground.arguments import Arguments
from bot.playground.chats import FULL_RIGHTS, Chat, member
from bot.playground.replies import Json, Refused
from bot.playground.sending import topic_of
from bot.playground.updates import Hook
from bot.playground.world import Query, World, find_chat, writable_chat

OLDEST_QUERY = timedelta(minutes=15).total_seconds()
_SECRET = re.compile(r"[\w-]{0,256}", re.ASCII)
_TYPING = timedelta(seconds=5)
_ACTION_WORDS = (
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker "
    "find_location record_video_note upload_video_note"
)
_ACTIONS = frozenset(_ACTION_WORDS.split())


def get_me(world: World, args: Arguments) -> Json:
    return {
        **world.bot.as_json,
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_guest_queries": False,
        "supports_join_request_queries": False,
    }


def get_chat(world: World, args: Arguments) -> Json:
    chat = _visible(world, args)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    full: Json = {
        **chat.body,
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
    if chat.kind != "private":
        full["permissions"] = {"can_send_messages": True, "can_manage_topics": False}
    return full


def get_chat_member(world: World, args: Arguments) -> Json:
    chat = _visible(world, args)
    user_id = args.integer("user_id")
    if user_id not in world.accounts:
        raise Refused("user not found")
    return member_json(world, chat, user_id)


def get_chat_administrators(world: World, args: Arguments) -> list[Json]:
    chat = _visible(world, args)
    if chat.kind == "private":
        raise Refused("there are no administrators in the private chat")
    return [
        member_json(world, chat, user_id)
        for user_id, status in chat.members.items()
        if status in ("creator", "administrator")
    ]


def get_chat_member_count(world: World, args: Arguments) -> int:
    chat = _visible(world, args)
    return 2 if chat.kind == "private" else sum(status not in ("left", "kicked") for status in chat.members.values())


def member_json(world: World, chat: Chat, user_id: int) -> Json:
    """The ChatMember object of somebody, of a stranger too (status left)."""
    rights = chat.rights if user_id == world.bot.id else FULL_RIGHTS
    status = chat.status_of(user_id) if chat.kind != "private" else "member"
    return member(world.accounts[user_id], status, rights)


def leave_chat(world: World, args: Arguments) -> bool:
    chat = writable_chat(world, args.text("chat_id"))
    if chat.kind == "private":
        raise Refused("chat member status can't be changed in private chats")
    chat.members[world.bot.id] = "left"
    return True


def pin_chat_message(world: World, args: Arguments) -> bool:
    """Pins, and posts the service message about it."""
    chat = writable_chat(world, args.text("chat_id"))
    message = chat.by_id.get(args.integer("message_id"))
    if message is None:
        raise Refused("message to pin not found")
    if chat.kind != "private" and "can_pin_messages" not in world.group_rights(chat):
        raise Refused("not enough rights to manage pinned messages in the chat")
    if message.id in chat.pinned:
        return True
    chat.pinned.append(message.id)
    inner = {key: value for key, value in message.body.items() if key != "reply_to_message"}
    world.service(chat, {"pinned_message": inner}, topic=chat.topic_of(message))
    return True


def unpin_chat_message(world: World, args: Arguments) -> bool:
    chat = writable_chat(world, args.text("chat_id"))
    message_id = args.optional("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if message_id not in chat.pinned:
        raise Refused("message to unpin not found")
    chat.pinned.remove(message_id)
    world.bell.ring()
    return True


def unpin_all_chat_messages(world: World, args: Arguments) -> bool:
    writable_chat(world, args.text("chat_id")).pinned.clear()
    world.bell.ring()
    return True


def send_chat_action(world: World, args: Arguments) -> bool:
    chat = writable_chat(world, args.text("chat_id"))
    if args.text("action") not in _ACTIONS:
        raise Refused("wrong parameter action in request")
    topic = topic_of(world, chat, args)
    chat.typing = (args.text("action"), world.clock.now() + _TYPING, topic.id if topic else None)
    world.bell.ring()
    return True


def answer_callback_query(world: World, args: Arguments) -> bool:
    """Answers a press; a second answer is accepted, an unknown or old query is not."""
    query: Query | None = world.queries.get(args.text("callback_query_id"))
    if query is None or world.timestamp() - query.at > OLDEST_QUERY:
        raise Refused("query is too old and response timeout expired or query ID is invalid")
    if len(args.text("text")) > 200:
        raise Refused("MESSAGE_TOO_LONG")
    answer = {"text": args.text("text"), "show_alert": args.flag("show_alert")}
    query.answers.append(answer)
    world.accounts[query.person_id].toasts.append(answer)
    world.bell.ring()
    return True


def set_my_commands(world: World, args: Arguments) -> bool:
    commands = args.items("commands")
    for command in commands:
        name = str(command.get("command", "")).lstrip("/")
        if not name or len(name) > 32 or not name.replace("_", "a").isalnum() or name != name.lower():
            raise Refused("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise Refused("BOT_COMMAND_DESCRIPTION_INVALID")
    if len(commands) > 100:
        raise Refused("BOT_COMMANDS_TOO_MUCH")
    world.commands[_command_key(args)] = commands
    return True


def get_my_commands(world: World, args: Arguments) -> list[Json]:
    return world.commands.get(_command_key(args), [])


def delete_my_commands(world: World, args: Arguments) -> bool:
    world.commands.pop(_command_key(args), None)
    return True


def set_webhook(world: World, args: Arguments) -> bool:
    """Plain http is taken, as a Bot API server of one's own does."""
    url, secret = args.text("url"), args.text("secret_token")
    if not url:
        return delete_webhook(world, args)
    if urlsplit(url).scheme not in ("http", "https"):
        raise Refused("bad webhook: An HTTPS URL must be provided for webhook")
    if not _SECRET.fullmatch(secret):
        raise Refused("secret token contains unallowed characters")
    if args.flag("drop_pending_updates"):
        world.updates.drop_pending()
    most = min(max(args.integer("max_connections", 40), 1), 100)
    world.updates.set_hook(Hook(url, secret, most), args)
    return True


def delete_webhook(world: World, args: Arguments) -> bool:
    if args.flag("drop_pending_updates"):
        world.updates.drop_pending()
    world.updates.set_hook(None, args)
    return True


def get_webhook_info(world: World, args: Arguments) -> Json:
    hook = world.updates.hook
    info = {"url": hook.url if hook else "", "has_custom_certificate": False}
    info["pending_update_count"] = len(world.updates)
    if hook is None:
        return info
    info |= {"max_connections": hook.most_connections, "allowed_updates": world.updates.allowed}
    if hook.error_at is not None:
        info |= {"last_error_date": int(hook.error_at.timestamp()), "last_error_message": hook.error}
    return info


def _visible(world: World, args: Arguments) -> Chat:
    """A chat the bot may read about: unlike for writing, being blocked does not matter."""
    chat = find_chat(world, args.text("chat_id"))
    return writable_chat(world, chat.id) if chat.kind != "private" else chat


def _command_key(args: Arguments) -> str:
    scope = args.mapping("scope") or {"type": "default"}
    return f"{sorted(scope.items())} {args.text('language_code')}"
