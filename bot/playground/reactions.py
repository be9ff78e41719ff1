"""Reactions: the emoji Telegram has, and how a bot sets its one."""

from bot.playground.arguments import Arguments
from bot.playground.replies import Refused
from bot.playground.world import World, writable_chat

_WORDS = (
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 "
    "🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 "
    "🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
)
EMOJI = frozenset(_WORDS.split())


def set_message_reaction(world: World, args: Arguments) -> bool:
    """Sets or, with an empty list, takes away the bot's reaction. Bots' reactions make no updates."""
    chat = writable_chat(world, args.text("chat_id"))
    message = chat.by_id.get(args.integer("message_id"))
    if message is None:
        raise Refused("message to react not found")
    reactions = args.items("reaction")
    if len(reactions) > 1:
        raise Refused("REACTIONS_TOO_MANY")
    if message.is_service or (reactions and reactions[0].get("emoji") not in EMOJI):
        raise Refused("REACTION_INVALID")
    if reactions:
        message.reactions[world.bot.id] = reactions[0]["emoji"]
    else:
        message.reactions.pop(world.bot.id, None)
    world.bell.ring()
    return True
