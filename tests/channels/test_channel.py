"""Receiving: committed before it is confirmed, whatever comes; sending: one call, one outcome."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.channels.base import Content, NotKept, Outgoing, RawUpdate, SendError
from bot.channels.telegram import poller
from bot.channels.telegram.channel import TelegramChannel
from tests.channels.server import saying, server

Update = dict[str, Any]


class Script:
    """Answers to getUpdates, one after the other; then nothing comes any more. `offsets` are what was asked for."""

    def __init__(self, *answers: bytes | list[Update]) -> None:
        self.answers = list(answers)
        self.offsets: list[str | None] = []
        self.kept: list[str] = []
        self.refuse = 0
        self.done = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if not request.path.endswith("getUpdates"):
            return web.json_response({"ok": True, "result": True})
        self.offsets.append(str((await request.json()).get("offset")))
        if not self.answers:
            self.done.set()
            await asyncio.sleep(30)
        answer = self.answers.pop(0)
        body = answer if isinstance(answer, bytes) else json.dumps({"ok": True, "result": answer}).encode()
        return web.Response(body=body, content_type="application/json")

    async def receive(self, updates: list[RawUpdate]) -> None:
        if self.refuse:
            self.refuse -= 1
            raise NotKept("full")
        self.kept += [update.update_id for update in updates]


async def _nothing(*_: object) -> None:
    return None


@asynccontextmanager
async def _polling(script: Script) -> AsyncIterator[TelegramChannel]:
    async with server(script.answer) as url:
        channel = TelegramChannel(
            token="42:X", api_url=url, receive=script.receive, has_room=_nothing, polled=_nothing, conflict=_nothing
        )
        await channel.open()
        await channel.start()
        try:
            async with asyncio.timeout(60):
                await script.done.wait()
            yield channel
        finally:
            await channel.stop()
            await channel.close()


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_PAUSE", "LONGEST_PAUSE", "NOT_KEPT_PAUSE"):
        monkeypatch.setattr(poller, name, 0.01)


def _updates(*ids: int) -> list[Update]:
    return [{"update_id": id, "message": {"chat": {"id": 5}, "text": "a"}} for id in ids]


async def test_an_offset_moves_only_after_the_commit() -> None:
    script = Script(_updates(7, 8), _updates(7, 8), _updates(9))
    script.refuse = 1
    async with _polling(script):
        assert script.kept == ["7", "8", "9"]
        assert script.offsets == ["None", "None", "9", "10"]


async def test_numbers_that_start_anew_are_followed() -> None:
    script = Script(_updates(900, 901), _updates(17))
    async with _polling(script):
        assert script.offsets == ["None", "902", "18"]


async def test_no_answer_however_odd_ends_the_polling() -> None:
    script = Script(
        b"<html>",
        b'{"ok":true,"result":[{"update_id":1}',
        b'{"ok":true,"result":[{"message":{}}]}',
        b'{"ok":true,"result":[5]}',
        b'{"ok":true,"result":null}',
        b'{"ok":false,"description":"?"}',
        _updates(3),
    )
    async with _polling(script):
        assert script.kept == ["3"]


async def test_half_a_character_can_be_kept() -> None:
    script = Script(b'{"ok":true,"result":[{"update_id":1,"message":{"chat":{"id":5},"text":"\\ud83d"}}]}')
    raw: list[RawUpdate] = []

    async def receive(updates: list[RawUpdate]) -> None:
        raw.extend(updates)

    script.receive = receive  # type: ignore[method-assign]
    async with _polling(script):
        assert raw[0].raw.encode()
        assert raw[0].lane == "telegram:5"


@asynccontextmanager
async def _sending(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[TelegramChannel]:
    async with server(answer) as url:
        channel = TelegramChannel(
            token="42:X", api_url=url, receive=_nothing, has_room=_nothing, polled=_nothing, conflict=_nothing
        )
        await channel.open()
        yield channel
        await channel.close()


TEXT = Outgoing(kind="content", chat="5", content=Content("text", "Halo"))


@pytest.mark.parametrize(
    ("result", "refs", "thread"),
    [
        ('{"message_id":7,"date":1795402800}', ("7",), None),
        ('[{"message_id":7,"date":1},{"message_id":8,"date":1}]', ("7", "8"), None),
        ('{"message_thread_id":12,"name":"x","icon_color":1}', (), "12"),
        ("true", (), None),
    ],
)
async def test_what_was_made_is_known_by_its_number(result: str, refs: tuple[str, ...], thread: str | None) -> None:
    async with _sending(saying(200, f'{{"ok":true,"result":{result}}}')) as channel:
        sent = await channel.send(TEXT)
        assert (sent.refs, sent.thread) == (refs, thread)


@pytest.mark.parametrize("result", ['{"odd":1}', "[]", '[{"odd":1}]', '{"message_id":1,"date":"x"}'])
async def test_an_odd_answer_leaves_the_outcome_unknown(result: str) -> None:
    async with _sending(saying(200, f'{{"ok":true,"result":{result}}}')) as channel:
        with pytest.raises(SendError) as caught:
            await channel.send(TEXT)
        assert caught.value.unknown
