"""A conversation as posts: nothing is lost, nothing is too long, and marks stay under their words."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.entities import utf16_len
from bot.domain.history import Said, pages, safe

WORDS = st.text(alphabet="ab 😀\n", max_size=60)
MARK = {"type": "italic", "offset": 2, "length": 3}


def words_under(text: str, mark: dict[str, Any]) -> str:
    raw = text.encode("utf-16-le")
    return raw[2 * mark["offset"] : 2 * (mark["offset"] + mark["length"])].decode("utf-16-le")


def test_messages_share_a_page_while_they_fit() -> None:
    (first, marks), (second, _) = pages([Said("A", "x" * 20), Said("B", "y" * 20), Said("C", "z" * 60)], 64)
    assert first == "A\n" + "x" * 20 + "\n\nB\n" + "y" * 20
    assert [words_under(first, mark) for mark in marks] == ["A", "B"]
    assert second.startswith("C\nz")


def test_a_message_without_words_is_its_head() -> None:
    assert pages([Said("Budi", "")]) == [("Budi", [{"type": "bold", "offset": 0, "length": 4}])]


def test_marks_stay_under_their_words_behind_heads_and_emoji() -> None:
    said = [Said("😀 satu", "ya itu dia"), Said("dua", "ab cde", ({"type": "italic", "offset": 3, "length": 3},))]
    ((text, marks),) = pages(said)
    assert [words_under(text, mark) for mark in marks] == ["😀 satu", "dua", "cde"]


@given(st.lists(st.tuples(WORDS, WORDS), max_size=8))
def test_no_page_is_too_long_and_all_is_there(said: list[tuple[str, str]]) -> None:
    found = pages([Said(f"#{head}", text) for head, text in said], 40)
    assert all(0 < utf16_len(text) <= 40 for text, _ in found)
    shown = "".join("".join(text for text, _ in found).split())
    assert shown == "".join("".join(f"#{head}{text}" for head, text in said).split())


def test_only_marks_that_mean_the_same_to_another_bot_go_along() -> None:
    given_: list[dict[str, Any]] = [
        {**MARK, "extra": "x"},
        {"type": "text_link", "offset": 0, "length": 2, "url": "https://bps.go.id"},
        {"type": "text_mention", "offset": 0, "length": 2, "user": {"id": 7}},
        {"type": "mention", "offset": 0, "length": 2},
        {"type": "bot_command", "offset": 0, "length": 2},
        {"type": "custom_emoji", "offset": 0, "length": 2, "custom_emoji_id": "5"},
        {"type": "bold", "offset": 4, "length": 30},
        {"type": "bold", "offset": -1, "length": 3},
    ]
    assert safe(given_, "0123456789") == [MARK, given_[1]]
