"""Telegram's reactions are a list of its own; what people use elsewhere becomes the same or the nearest of them."""

_WORDS = (
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 "
    "🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 "
    "🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
)
KNOWN = frozenset(_WORDS.split())
# Of what other platforms offer first, and what means the same.
NEAREST = {"😂": "🤣", "😮": "😱", "😀": "😁", "😃": "😁", "😄": "😁", "🙁": "😢", "✅": "👌", "💕": "❤", "💖": "❤"}
_NOT_DRAWN = {0xFE0F: None, **dict.fromkeys(range(0x1F3FB, 0x1F400))}  # a style, and colours of skin


def nearest(emoji: str) -> str:
    """The reaction for an emoji; itself where Telegram has nothing like it, and will say so."""
    if emoji in KNOWN:
        return emoji
    bare = emoji.translate(_NOT_DRAWN)
    return bare if bare in KNOWN else NEAREST.get(bare, emoji)
