"""PTB's Bot, speaking plain JSON: the desk keeps raw updates and needs ids, not objects."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from telegram import Bot, InputFile

from bot.channels.base import FetchError
from bot.channels.telegram.request import POLL_SECONDS, READ_SECONDS, AiohttpRequest, MakeRequest

PIECE = 64 * 1024


class DeskBot(Bot):
    """The client of one bot; `open` before use, `shut` after."""

    def __init__(self, token: str, api_url: str, make_request: MakeRequest = AiohttpRequest) -> None:
        self._files = f"{api_url}/file/bot{token}"
        self._poll, self._plain = make_request(read_seconds=POLL_SECONDS), make_request(read_seconds=READ_SECONDS)
        super().__init__(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=self._plain,
            get_updates_request=self._poll,
        )

    async def open(self) -> None:
        for request in self._request:
            await request.initialize()

    async def shut(self) -> None:
        for request in self._request:
            await request.shutdown()

    async def call(self, method: str, params: dict[str, Any], *, read_seconds: float | None = None) -> Any:
        """One call; None values are left out. Raises Refused and TransportError."""
        given = {key: value for key, value in params.items() if value is not None}
        if any(isinstance(value, InputFile) for value in given.values()):
            return await self._upload(method, given)
        request = self._poll if method == "getUpdates" else self._plain
        return await request.call(f"{self._base_url}/{method}", given, seconds=read_seconds)

    async def _upload(self, method: str, params: dict[str, Any]) -> Any:
        """Objects and lists go as the JSON text they are sent as: PTB would take them for objects of its own."""
        plain = {key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in params.items()}
        return await self._post(method, plain)

    async def download(self, path: str) -> AsyncIterator[bytes]:
        """A file that getFile has named, piece by piece. Raises FetchError."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=READ_SECONDS, sock_read=READ_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(f"{self._files}/{path}", allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise FetchError("trouble", f"HTTP {response.status}")
                async for piece in response.content.iter_chunked(PIECE):
                    yield piece
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FetchError("trouble", type(error).__name__) from None

    def _insert_defaults(self, data: dict[str, Any]) -> None:
        """We set no defaults; PTB's own step expects its objects where we have JSON."""
