"""Texts cut at Telegram's limit, with their entities (UTF-16 units)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.entities import LIMIT, shifted, split, utf16_len

KINDS = ("bold", "pre", "text_link", "url", "custom_emoji", "mention")


def entity(kind: str, offset: int, length: int, **more: str) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


def covered(text: str, marked: dict[str, Any]) -> str:
    data = text.encode("utf-16-le", "surrogatepass")
    start = 2 * marked["offset"]
    return data[start : start + 2 * marked["length"]].decode("utf-16-le", "surrogatepass")


def texts(text: str, limit: int, *entities: dict[str, Any]) -> list[str]:
    return [part for part, _ in split(text, entities, limit)]


def test_length_is_counted_in_utf16_units() -> None:
    assert [utf16_len(text) for text in ("", "abc", "é", "😀", "👩‍👩‍👧", "\ud83d")] == [0, 3, 1, 2, 8, 1]


def test_a_text_within_the_limit_is_one_part_with_its_entities() -> None:
    bold = entity("bold", 0, 4)
    assert split("Halo dunia", [bold]) == [("Halo dunia", [bold])]
    assert split("a" * LIMIT) == [("a" * LIMIT, [])]


def test_an_empty_text_has_no_parts() -> None:
    assert split("") == []
    assert split(" \n ") == []


def test_a_limit_below_two_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        split("abc", limit=1)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Satu dua.\nTiga.\n\nEmpat lima enam.", ["Satu dua.\nTiga.\n\n", "Empat lima enam."]),
        ("Satu dua tiga.\nEmpat. Lima enam", ["Satu dua tiga.\n", "Empat. Lima enam"]),
        ("Satu dua tiga. Empat lima enam", ["Satu dua tiga. ", "Empat lima enam"]),
        ("Satu dua tiga empat lima enam", ["Satu dua tiga empat ", "lima enam"]),
        ("a. Perkembangannyasungguhlah", ["a. ", "Perkembangannyasungg", "uhlah"]),
        ("Satu\n\nDua tiga. Empat lima enam", ["Satu\n\nDua tiga. ", "Empat lima enam"]),
    ],
    ids=["paragraph", "line", "sentence", "word", "no border", "a paragraph too early"],
)
def test_a_part_ends_where_a_reader_would_pause(text: str, parts: list[str]) -> None:
    assert texts(text, 20) == parts


def test_a_surrogate_pair_is_never_cut() -> None:
    assert texts("😀" * 5, 3) == ["😀"] * 5
    assert [utf16_len(part) for part in texts("a" + "😀" * 3000, LIMIT)] == [4095, 1906]


def test_a_bold_run_goes_on_in_the_next_part() -> None:
    parts = split("Satu dua tiga empat lima", [entity("bold", 5, 19)], 15)
    assert parts == [("Satu dua tiga ", [entity("bold", 5, 9)]), ("empat lima", [entity("bold", 0, 10)])]


def test_a_link_s_target_stays_with_both_halves() -> None:
    link = entity("text_link", 0, 24, url="https://contoh.go.id")
    assert [marked["url"] for _, (marked,) in split("Satu dua tiga empat lima", [link], 15)] == [link["url"]] * 2


def test_an_address_is_not_cut_although_it_holds_a_border() -> None:
    text = "Lihat ini https://contoh.go.id/a"
    assert texts(text, 20, entity("url", 10, 22)) == ["Lihat ini ", "https://contoh.go.id", "/a"]
    assert texts(text, 24, entity("url", 10, 22)) == ["Lihat ini ", "https://contoh.go.id/a"]


def test_a_custom_emoji_at_the_edge_moves_to_the_next_part() -> None:
    text = "a" * 9 + "😀" + "b" * 5
    assert split(text, [entity("custom_emoji", 9, 2)], 10) == [
        ("a" * 9, []),
        ("😀" + "b" * 5, [entity("custom_emoji", 0, 2)]),
    ]


def test_parts_of_white_space_only_are_dropped() -> None:
    assert [part.strip() for part in texts("a" + "\n" * 50 + "b", 10)] == ["a", "b"]


def test_shifted_entities_stand_behind_a_header() -> None:
    assert shifted([entity("bold", 2, 3)], utf16_len("😀 ")) == [entity("bold", 5, 3)]


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    text = draw(st.text(st.sampled_from("ab.😀é \n"), min_size=1, max_size=120))
    edges = [utf16_len(text[:n]) for n in range(len(text) + 1)]
    edge = st.sampled_from(edges)
    spans = draw(st.lists(st.tuples(st.sampled_from(KINDS), edge, edge), max_size=4))
    return text, [entity(kind, min(a, b), abs(a - b), name=f"{n}") for n, (kind, a, b) in enumerate(spans) if a != b]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(marked_texts(), st.integers(2, 60))
def test_nothing_is_lost_cut_in_half_or_too_long(marked: tuple[str, list[dict[str, Any]]], limit: int) -> None:
    text, entities = marked
    parts = split(text, entities, limit)
    assert "".join("".join(part for part, _ in parts).split()) == "".join(text.split())
    for part, own in parts:
        assert 0 < utf16_len(part) <= limit
        part.encode()
        assert all(e["offset"] >= 0 and e["offset"] + e["length"] <= utf16_len(part) for e in own)
    for original in entities:
        shown = "".join(covered(part, e) for part, own in parts for e in own if e["name"] == original["name"])
        assert "".join(shown.split()) == "".join(covered(text, original).split())
