"""What goes out, as the strict stand-in takes it and a phone shows it."""

import re
from typing import Any

import pytest

from bot.channels.base import Button, Content, Document, Outgoing, SendError, TemplateCall
from bot.channels.whatsapp.markup import from_entities, from_html
from bot.channels.whatsapp.send import LONGEST_ROW, drafts
from bot.playground.graph.faults import GraphFault
from bot.playground.graph.messages import WhatsAppMessage
from bot.playground.graph.phone import WhatsAppPhone
from tests.channels.whatsapp.conftest import WORDS, Number


@pytest.fixture
async def budi(number: Number) -> WhatsAppPhone:
    """Somebody whose window is open."""
    phone = WhatsAppPhone(number.graph, number=6281260001002, name="Budi")
    await phone.say("Halo")
    return phone


async def _send(number: Number, phone: WhatsAppPhone, kind: str, **how: Any) -> list[WhatsAppMessage]:
    """What the phone shows of one row."""
    sent = await number.channel.send(Outgoing(kind, str(phone.number), **how))
    found = [phone.account.message(ref) for ref in sent.refs]
    assert all(found)
    return [message for message in found if message is not None]


def _buttons(*labels: str) -> tuple[tuple[Button, ...], ...]:
    return tuple((Button(label, f"token:{n}"),) for n, label in enumerate(labels))


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<b>Tiket</b> 1 &amp; 2", "*Tiket* 1 & 2"),
        ("<b>dua\n baris </b>", "*dua*\n *baris* "),
        ("<code>x_y</code>", "```x_y```"),
        ("<i>a</i> <s>b</s>", "_a_ ~b~"),
        ('<a href="https://bps.go.id/x">laman</a>', "laman (https://bps.go.id/x)"),
        ('<a href="https://bps.go.id">https://bps.go.id</a>', "https://bps.go.id"),
        ('<a href="tg://user?id=5">Rina</a>', "Rina"),
        ("<blockquote>a\nb</blockquote>", "> a\n> b"),
        ("<b>a <i>b</i></b>", "*a _b_*"),
        ("<b> </b>", " "),
        ("&lt;b&gt;", "<b>"),
    ],
)
def test_our_markup_becomes_theirs(html: str, shown: str) -> None:
    assert from_html(html) == shown


def _entity(type: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": type, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("text", "entities", "shown"),
    [
        ("abc", [_entity("bold", 1, 1)], "a*b*c"),
        ("😀 abc", [_entity("italic", 3, 3)], "😀 _abc_"),
        ("abc", [_entity("bold", 0, 3), _entity("italic", 1, 1)], "*a_b_c*"),
        ("laman", [_entity("text_link", 0, 5, url="https://x.id")], "laman (https://x.id)"),
        ("a b", [_entity("bold", 0, 1), _entity("strikethrough", 2, 1)], "*a* ~b~"),
        ("a", [_entity("spoiler", 0, 1), _entity("custom_emoji", 0, 1)], "a"),
    ],
)
def test_an_officers_marks_become_theirs(text: str, entities: list[dict[str, Any]], shown: str) -> None:
    assert from_entities(text, entities) == shown


async def test_up_to_three_short_choices_are_buttons(number: Number, budi: WhatsAppPhone) -> None:
    (message,) = await _send(number, budi, "text", text="Setuju?", buttons=_buttons("Ya", "Tidak", "English"))
    assert (message.kind, message.labels) == ("button", ["Ya", "Tidak", "English"])


async def test_more_choices_or_longer_ones_are_a_list(number: Number, budi: WhatsAppPhone) -> None:
    (four,) = await _send(number, budi, "text", text="Jenis?", buttons=_buttons("a", "b", "c", "d"))
    assert (four.kind, four.menu, four.labels) == ("list", "Lihat pilihan", ["a", "b", "c", "d"])
    (one,) = await _send(number, budi, "text", text="Jenis?", buttons=_buttons("Activity recommendation"))
    assert (one.kind, one.labels) == ("list", ["Activity recommendation"])


async def test_a_choice_too_long_for_a_row_stands_whole_beneath_its_number(number: Number, budi: WhatsAppPhone) -> None:
    long = "Lembaga pendidikan dan penelitian luar negeri"
    (message,) = await _send(number, budi, "text", text="Lembaga?", buttons=_buttons(long, f"{long} 2", "Lain"))
    assert message.labels[2] == "3. Lain" and len(set(message.labels)) == 3
    assert message.choices[0].description == long and len(message.labels[0]) <= LONGEST_ROW


async def test_more_than_ten_choices_go_on_in_another_message(number: Number, budi: WhatsAppPhone) -> None:
    first, second = await _send(number, budi, "text", text="Lembaga?", buttons=_buttons(*map(str, range(12))))
    assert (len(first.labels), second.labels, second.text) == (10, ["10", "11"], "Pilihan lainnya:")


async def test_words_too_long_for_buttons_go_before_them(number: Number, budi: WhatsAppPhone) -> None:
    words = "kata " * 300
    text, choice = await _send(number, budi, "text", text=words, buttons=_buttons("Ya"), reply_to=budi.chat[0].wamid)
    assert (text.kind, text.text, text.reply_to) == ("text", words, budi.chat[0].wamid)
    assert (choice.kind, choice.text, choice.reply_to) == ("button", "Silakan pilih:", "")


async def test_marks_that_make_a_text_too_long_are_left_out(number: Number, budi: WhatsAppPhone) -> None:
    words = "x" * 4095
    content = Content("text", words, [_entity("bold", 0, 4095)])
    (message,) = await _send(number, budi, "content", content=content)
    assert message.text == words


async def test_a_quoted_part_stands_above_the_answer(number: Number, budi: WhatsAppPhone) -> None:
    (message,) = await _send(
        number, budi, "content", content=Content("text", "Ya"), reply_to=budi.chat[0].wamid, quote="Hal"
    )
    assert (message.text, message.reply_to) == ("> Hal\nYa", budi.chat[0].wamid)


JPEG, MP3 = b"\xff\xd8\xff" + b"j" * 40, b"ID3" + b"m" * 40


@pytest.mark.parametrize(
    ("kind", "mime", "content", "shown"),
    [
        ("photo", "", JPEG, "image"),
        ("photo", "image/png", JPEG, "image"),
        ("photo", "image/jpeg", JPEG * 150_000, "document"),  # above 5 MB
        ("document", "application/pdf", b"%PDF", "document"),
        ("document", "", b"?", "document"),
        ("video", "video/mp4", b"mp4", "video"),
        ("animation", "", b"mp4", "video"),
        ("video_note", "", b"mp4", "video"),
        ("voice", "audio/ogg; codecs=opus", b"ogg", "audio"),
        ("audio", "audio/mpeg", MP3, "audio"),
        ("audio", "audio/flac", b"flac", "document"),
    ],
)
async def test_a_file_goes_as_what_they_can_show(
    number: Number, budi: WhatsAppPhone, kind: str, mime: str, content: bytes, shown: str
) -> None:
    file = Document("", content, mime=mime)
    wanted = Outgoing("content", str(budi.number), content=Content(kind, data={"media": 1}), files={1: file})
    (draft,) = drafts(wanted, lambda key, lang: WORDS[key])
    assert draft.type == shown
    assert draft.file is not None and re.fullmatch(r"\w+\.\w+", draft.file.name)


async def test_words_under_what_takes_none_follow_it(number: Number, budi: WhatsAppPhone) -> None:
    file = Document("", MP3, mime="audio/mpeg")
    sound, words = await _send(
        number, budi, "content", content=Content("audio", "Dengarkan", data={"media": 1}), files={1: file}
    )
    assert (sound.kind, words.kind, words.text) == ("audio", "text", "Dengarkan")


@pytest.mark.parametrize("kind", ["sticker", "poll", "dice", "checklist"])
async def test_what_they_cannot_show_is_refused(number: Number, budi: WhatsAppPhone, kind: str) -> None:
    file = Document("", b"\x1f\x8b tgs", mime="")
    data = {"media": 1} if kind == "sticker" else {}
    with pytest.raises(SendError) as caught:
        await _send(number, budi, "content", content=Content(kind, data=data), files={1: file})
    assert (caught.value.cause, caught.value.permanent) == ("unsupported", True)


async def test_places_people_and_reactions(number: Number, budi: WhatsAppPhone) -> None:
    place = {"latitude": 2.1, "longitude": 99.8, "title": "Kantor", "address": "Jalan 1"}
    (venue,) = await _send(number, budi, "content", content=Content("venue", data=place))
    assert (venue.kind, venue.body["name"], venue.body["address"]) == ("location", "Kantor", "Jalan 1")
    person = {"phone_number": "+62811", "first_name": "Budi", "last_name": "S"}
    (contact,) = await _send(number, budi, "content", content=Content("contact", data=person))
    assert (contact.kind, contact.text) == ("contacts", "Budi S")


async def test_a_template_goes_with_its_words_and_what_its_buttons_send(number: Number, budi: WhatsAppPhone) -> None:
    call = TemplateCall("konsultasi_selesai_nilai", "id", ("1207-1", "Data\n\n dan\tlain"), ("a:0", "a:1"))
    wanted = Outgoing("template", str(budi.number), template=call)
    (draft,) = drafts(wanted, lambda key, lang: WORDS[key])
    body, *presses = draft.body["components"]
    assert [parameter["text"] for parameter in body["parameters"]] == ["1207-1", "Data dan lain"]
    assert [press["parameters"][0]["payload"] for press in presses] == ["a:0", "a:1"]


async def test_a_person_known_by_the_other_id_alone_is_written_to_by_it(number: Number) -> None:
    hidden = WhatsAppPhone(number.graph, number=6281260001003, shows_number=False, bsuid="ID.99")
    await hidden.say("Halo")
    await number.channel.send(Outgoing("content", "ID.99", content=Content("text", "Pagi")))
    await hidden.sees("Pagi")


async def test_only_the_last_message_of_a_row_carries_its_tag(number: Number, budi: WhatsAppPhone) -> None:
    words, choice = await _send(number, budi, "text", text="kata " * 300, buttons=_buttons("Ya"), tag="12")
    assert (words.tag, choice.tag) == ("12/0", "12")


async def test_what_went_out_of_a_row_is_not_repeated_with_the_rest(number: Number, budi: WhatsAppPhone) -> None:
    row = Outgoing("text", str(budi.number), text="kata " * 300, buttons=_buttons("Ya"), tag="12")
    number.graph.break_with(GraphFault("messages", "bad gateway", nth=2))
    with pytest.raises(SendError):
        await number.channel.send(row)
    sent = await number.channel.send(row)
    shown = [message for message in budi.chat if message.by_business]
    assert [message.wamid for message in shown] == list(sent.refs) and len(sent.refs) == 2
