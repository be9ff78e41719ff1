"""Reactions from elsewhere as Telegram can show them."""

import pytest

from bot.channels.telegram.reactions import nearest


@pytest.mark.parametrize(
    ("emoji", "shown"),
    [
        ("❤️", "❤"),
        ("👍🏽", "👍"),
        ("😂", "🤣"),
        ("😮", "😱"),
        ("🙏🏿", "🙏"),
        ("👌", "👌"),
        ("🫶", "🫶"),
        ("❤️‍🔥", "❤‍🔥"),
    ],
)
def test_a_reaction_becomes_the_nearest_telegram_has(emoji: str, shown: str) -> None:
    assert nearest(emoji) == shown
