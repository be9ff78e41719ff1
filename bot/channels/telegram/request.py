"""PTB's requests over aiohttp: an eighth of the cost of its own, and errors that say whether the request got out."""

import json
import re
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any, Protocol

import aiohttp
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

CONNECT_SECONDS = 10.0
READ_SECONDS = 45.0
POLL_SECONDS = 70.0
# Raised before a byte of the request left: it surely had no effect. All else is unknown.
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
# 50 MB, the most a bot may send, over a line of 1 Mbit/s.
UPLOAD_SECONDS = 400.0

FLOOD = 429
JSON = {"Content-Type": "application/json"}
# `json.dumps` makes an encoder anew for each value that is not written in its own way.
_written = json.JSONEncoder(ensure_ascii=False).encode
OK = re.compile(rb'\s*\{\s*"ok"\s*:\s*true')
# A 429 that does not say for how long.
SILENT_FLOOD = timedelta(seconds=5)


class TransportError(NetworkError):
    """The request had no proper answer. `surely_not_sent`: it did not get out; otherwise it may have taken effect."""

    def __init__(self, message: str, *, surely_not_sent: bool, status: int | None = None) -> None:
        super().__init__(message)
        self.surely_not_sent = surely_not_sent
        self.status = status


class Refused(TelegramError):
    """The Bot API said no: surely without effect. `text` is its description."""

    def __init__(self, status: int, text: str, parameters: dict[str, Any]) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.migrate_to: int | None = parameters.get("migrate_to_chat_id")
        self.retry_after = _retry_after(status, parameters)


def _retry_after(status: int, parameters: dict[str, Any]) -> timedelta | None:
    """How long to be silent; never nothing, whatever a 429 says or leaves out."""
    seconds = parameters.get("retry_after")
    if isinstance(seconds, int | float) and seconds > 0:
        return timedelta(seconds=seconds)
    return SILENT_FLOOD if status == FLOOD else None


class MakeRequest(Protocol):
    """Makes what carries the calls; `read_seconds` is how long an answer may take."""

    def __call__(self, *, read_seconds: float) -> "AiohttpRequest": ...


class AiohttpRequest(BaseRequest):
    """One session for all calls; made in `initialize`, closed in `shutdown`."""

    def __init__(self, *, read_seconds: float = READ_SECONDS) -> None:
        self._read_seconds = read_seconds
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_seconds

    async def initialize(self) -> None:
        if self._session is None:
            # What the Bot API has no use for costs a fifth of a call: cookies, and the usual headers.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """A request of PTB's own. Raises as `_exchange` does."""
        seconds = _seconds(read_timeout, self._read_seconds)
        if request_data is not None and request_data.contains_files:
            seconds += UPLOAD_SECONDS
        return await self._exchange(method, url, seconds, **_body(request_data))

    async def call(self, url: str, params: dict[str, Any], *, seconds: float | None = None) -> Any:
        """One call without files, as JSON: what PTB's objects cost for each is more than all the rest of sending.

        The result it gave. Raises as `_exchange` does.
        """
        data = _written(params).encode()
        _, body = await self._exchange("POST", url, seconds or self._read_seconds, data=data, headers=JSON)
        return self.parse_json_payload(body)["result"]

    async def _exchange(self, method: str, url: str, seconds: float, **body_and_headers: Any) -> tuple[int, bytes]:
        """One request, its answer whole within `seconds`.

        Raises TransportError when there is no answer, or one that is not the Bot API's own; Refused.
        """
        assert self._session is not None
        try:
            async with self._session.request(method, url, timeout=_timeout(seconds), **body_and_headers) as response:
                body = await response.read()
                return self._checked(response.status, body)
        except NOT_SENT as error:
            raise TransportError(type(error).__name__, surely_not_sent=True) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TransportError(type(error).__name__, surely_not_sent=False) from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """What `do_request` has let through; an answer cut short leaves the outcome unknown."""
        try:
            answer: dict[str, Any] = json.loads(payload)
            answer["result"]
        except (ValueError, KeyError, RecursionError):
            raise TransportError("half an answer", surely_not_sent=False, status=200) from None
        return answer

    def _checked(self, status: int, body: bytes) -> tuple[int, bytes]:
        """A proxy's page, an empty body or half a JSON is no answer of the Bot API: what happened is not known."""
        if status < 300 and OK.match(body):
            return status, body
        refusal = _refusal(body) if 400 <= status < 500 else None
        if refusal is None:
            raise TransportError(f"HTTP {status}", surely_not_sent=False, status=status)
        parameters = refusal.get("parameters")
        raise Refused(status, str(refusal.get("description", "")), parameters if isinstance(parameters, dict) else {})


def _refusal(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and answer.get("ok") is False else None


@cache
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)


def _seconds(given: Any, default: float) -> float:
    return float(given) if isinstance(given, int | float) else default


def _body(data: RequestData | None) -> dict[str, Any]:
    """What a request of PTB's carries: JSON, or a form when there are files."""
    if data is None:
        return {}
    if not data.contains_files:
        return {"data": json.dumps(data.parameters).encode(), "headers": JSON}
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, mime) in (data.multipart_data or {}).items():
        body = BytesIO(content) if isinstance(content, bytes) else content  # read piece by piece
        form.add_field(name, body, filename=file_name, content_type=mime)
    return {"data": form}
