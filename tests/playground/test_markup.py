"""Telegram's HTML subset, entity lists and what it finds by itself."""

import pytest

from bot.playground.markup import format_text, parse_html, utf16_length
from bot.playground.replies import Refused


def spans(source: str) -> list[tuple[str, int, int]]:
    return [(e["type"], e["offset"], e["length"]) for e in format_text(source, "HTML", [])[1]]


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>a</b>", "a", [("bold", 0, 1)]),
        ("📊<i>a</i>", "📊a", [("italic", 2, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("a &lt;b&gt; &amp;&quot;&#65;&#x42;; &copy;", 'a <b> &"AB; &copy;', []),
        ("<b></b>x", "x", []),
        ("  <b>a</b>  ", "a", [("bold", 0, 1)]),
        ('<a href="https://bps.go.id">x</a>', "x", [("text_link", 0, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<code>/start</code> /start", "/start /start", [("code", 0, 6), ("bot_command", 7, 6)]),
        ("lihat https://bps.go.id.", "lihat https://bps.go.id.", [("url", 6, 17)]),
        (
            "surel a@bps.go.id @siti #data",
            "surel a@bps.go.id @siti #data",
            [("email", 6, 11), ("mention", 18, 5), ("hashtag", 24, 5)],
        ),
    ],
)
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    assert format_text(source, "HTML", [])[0] == text
    assert spans(source) == entities


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("é<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("é<b>a</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("1 < 2>", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_what_is_no_telegram_html_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_html(source)
    assert refused.value.description.startswith(f"Bad Request: can't parse entities: {complaint}")


def test_a_language_of_code_goes_to_the_block_around_it() -> None:
    _, entities = parse_html('<pre><code class="language-sql">SELECT</code></pre>')
    assert entities == [{"type": "pre", "offset": 0, "length": 6, "language": "sql"}]


def test_entities_must_lie_within_the_text() -> None:
    with pytest.raises(Refused, match="ends after the end of the text"):
        format_text("ab", "", [{"type": "bold", "offset": 1, "length": 5}])
    with pytest.raises(Refused, match="can't parse MessageEntity"):
        format_text("ab", "", [{"type": "bold"}])
    assert format_text(" ab", "", [{"type": "bold", "offset": 0, "length": 3}]) == (
        "ab",
        [{"type": "bold", "offset": 0, "length": 2}],
    )


def test_markdown_is_not_spoken_here() -> None:
    with pytest.raises(Refused, match="unsupported parse_mode"):
        format_text("*a*", "MarkdownV2", [])


def test_an_emoji_counts_two() -> None:
    assert utf16_length("a📊é") == 4
