"""What is asked of every channel alike: handlers are written once, so channels must keep the same promises."""

import asyncio
import pkgutil
from collections.abc import AsyncIterator
from datetime import UTC, timedelta

import pytest

import bot.channels
from bot.channels.base import Button, Content, Document, Kind, Outgoing, Place, SendError, Unparsable
from bot.channels.telegram import poller
from tests.channels.contract import BENCHES, FILES, Bench, content_of, heard
from tests.channels.whatsapp.conftest import NOW


@pytest.fixture(params=BENCHES)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with BENCHES[request.param]() as found:
        yield found


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poller, "NOT_KEPT_PAUSE", 0.01)


def test_every_channel_is_asked() -> None:
    found = {module.name for module in pkgutil.iter_modules(bot.channels.__path__) if module.ispkg}
    assert found == BENCHES.keys()


async def _chat(bench: Bench) -> str:
    await bench.say("Halo")
    (first,) = await heard(bench, 1)
    return first.chat


def _words(chat: str, text: str, **more: object) -> Outgoing:
    return Outgoing("content", chat, content=Content("text", text), **more)  # type: ignore[arg-type]


async def test_what_is_written_says_by_whom_where_and_when(bench: Bench) -> None:
    await bench.say("Halo")
    await bench.say("Apa kabar")
    one, two = await heard(bench, 2)
    assert (one.kind, one.place, one.channel) == (Kind.MESSAGE, Place.PRIVATE, bench.channel.name)
    assert (content_of(one).text, content_of(two).text) == ("Halo", "Apa kabar")
    assert one.ref != two.ref and one.chat == two.chat and one.sender.id == one.chat
    assert one.at.tzinfo is UTC and abs(one.at - NOW) < timedelta(minutes=1)
    assert "Siti" in one.sender.name


async def test_the_lane_is_the_channel_and_the_chat(bench: Bench) -> None:
    chat = await _chat(bench)
    assert bench.kept[0].lane == f"{bench.channel.name}:{chat}"


async def test_what_could_not_be_kept_comes_again(bench: Bench) -> None:
    bench.away = True
    await bench.say("Halo")
    await asyncio.sleep(0.05)
    assert bench.kept == []
    bench.away = False
    assert content_of((await heard(bench, 1))[0]).text == "Halo"


async def test_what_cannot_be_passed_on_is_known_as_such(bench: Bench) -> None:
    await bench.send_odd()
    (odd,) = await heard(bench, 1)
    assert content_of(odd).kind in ("unsupported", "text")


@pytest.mark.parametrize(
    "raw", ["", "[]", "{}", "null", "5", '{"message": 5}', '{"messages": [5], "statuses": 1}', "{"]
)
async def test_nonsense_is_unparsable_or_nothing(bench: Bench, raw: str) -> None:
    try:
        inbound = bench.channel.parse(raw, "-100", NOW)
    except Unparsable:
        return
    assert inbound.kind is Kind.IGNORED


async def test_words_arrive_and_their_message_is_known(bench: Bench) -> None:
    chat = await _chat(bench)
    sent = await bench.channel.send(_words(chat, "Selamat pagi"))
    assert await bench.sees("Selamat pagi") == "Selamat pagi"
    await bench.react(sent.refs[0], "👍")
    *_, reaction = await heard(bench, 2)
    assert (reaction.kind, reaction.ref, reaction.emoji) == (Kind.REACTION, sent.refs[0], "👍")


async def test_a_press_brings_back_what_the_button_was_made_with(bench: Bench) -> None:
    chat = await _chat(bench)
    rows = tuple((Button(f"Pilihan {n}", f"token:{n}"),) for n in range(4))
    await bench.channel.send(Outgoing("text", chat, text="<b>Pilih</b>", buttons=rows))
    await bench.sees("Pilih")
    await bench.tap("Pilihan 2")
    *_, press = await heard(bench, 2)
    assert (press.kind, press.button, press.chat) == (Kind.BUTTON, "token:2", chat)


async def test_a_text_of_ours_shows_no_tags(bench: Bench) -> None:
    chat = await _chat(bench)
    await bench.channel.send(Outgoing("text", chat, text="Tiket <b>1</b>: <code>x &amp; y</code>"))
    seen = await bench.sees("Tiket")
    assert "x & y" in seen and "<" not in seen and "&amp;" not in seen


@pytest.mark.parametrize("kind", FILES)
async def test_a_file_can_be_fetched_and_sent_by_its_bytes(bench: Bench, kind: str) -> None:
    """As it crosses from one platform to another."""
    content = await bench.send(kind)
    (received,) = await heard(bench, 1)
    found = content_of(received)
    assert (found.kind, found.home) == (kind, bench.channel.name)
    pieces = [piece async for piece in bench.channel.fetch(found)]
    assert b"".join(pieces) == content

    elsewhere = Content(kind, data={"media": 7, "mime_type": found.data.get("mime_type", "")})
    copy = Document(found.data.get("file_name", ""), content, mime=found.data.get("mime_type", ""))
    sent = await bench.channel.send(Outgoing("content", received.chat, content=elsewhere, files={7: copy}))
    assert len(sent.refs) == 1 and bench.file() == content


async def test_a_reaction_of_ours_stands_and_goes(bench: Bench) -> None:
    await bench.say("Halo")
    (said,) = await heard(bench, 1)
    for emoji in ("👌", None):
        await bench.channel.send(Outgoing("react", said.chat, target=said.ref, emoji=emoji))
        assert bench.reaction() == (emoji or "")


async def test_what_cannot_be_changed_or_taken_back_is_said(bench: Bench) -> None:
    chat = await _chat(bench)
    sent = await bench.channel.send(_words(chat, "Salah"))
    edit = Outgoing("edit", chat, target=sent.refs[0], content=Content("text", "Benar"))
    delete = Outgoing("delete", chat, targets=sent.refs)
    for able, message in ((bench.channel.traits.edits, edit), (bench.channel.traits.deletes, delete)):
        if able:
            await bench.channel.send(message)
        else:
            with pytest.raises(SendError) as refused:
                await bench.channel.send(message)
            assert refused.value.permanent and not refused.value.unknown


@pytest.mark.parametrize(
    ("how", "permanent", "unknown", "waits"),
    [("refused", True, False, False), ("flood", False, False, True), ("cut", False, True, False),
     ("bad gateway", False, True, False)],
)  # fmt: skip
async def test_a_failure_says_whether_it_may_have_arrived(
    bench: Bench, how: str, permanent: bool, unknown: bool, waits: bool
) -> None:
    chat = await _chat(bench)
    bench.breaks(how)
    with pytest.raises(SendError) as caught:
        await bench.channel.send(_words(chat, "Halo"))
    error = caught.value
    assert (error.permanent, error.unknown, error.retry_after is not None) == (permanent, unknown, waits)
    if not waits:
        await bench.channel.send(_words(chat, "Sekali lagi"))
        assert await bench.sees("Sekali lagi")


async def test_who_does_not_want_us_is_not_tried_for_ever(bench: Bench) -> None:
    chat = await _chat(bench)
    await bench.forget()
    with pytest.raises(SendError) as caught:
        await bench.channel.send(_words(chat, "Halo"))
    assert caught.value.permanent and caught.value.cause in ("blocked", "undeliverable")
