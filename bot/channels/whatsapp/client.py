"""The Graph API, as much of it as the desk needs. Every failure says whether the request may have taken effect."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.channels.base import Document, FetchError, SendError
from bot.channels.whatsapp.errors import refusal
from bot.settings import WhatsApp

Json = dict[str, Any]

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
UPLOAD_SECONDS = 120.0
LARGEST_ANSWER = 4 * 1024 * 1024
PIECE = 64 * 1024
# Raised before a byte of the request left: it surely had no effect. All else is unknown.
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
MEDIA_ID = re.compile(r"[\w-]+", re.ASCII)


class Client:
    """One number's. `open` before use, `close` after."""

    def __init__(self, settings: WhatsApp) -> None:
        self._settings = settings
        self._number = settings.phone_number_id
        self._account = settings.waba_id
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS)
        self._session = aiohttp.ClientSession(
            timeout=timeout,
            headers={"Authorization": f"Bearer {self._settings.access_token.get_secret_value()}"},
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    # Messages.

    async def message(self, body: Json) -> str:
        """Send; the message's id. Raises SendError."""
        answer = await self._call("POST", f"{self._number}/messages", json={"messaging_product": "whatsapp", **body})
        try:
            return str(answer["messages"][0]["id"])
        except (KeyError, IndexError, TypeError):
            raise SendError("trouble", "odd answer", unknown=True) from None

    async def read(self, message_id: str, *, typing: bool = False) -> None:
        """Show the sender that it was read, and all before it; `typing` until the answer, or for 25 s."""
        body: Json = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        await self._call("POST", f"{self._number}/messages", json=body)

    async def upload(self, file: Document) -> str:
        """The id under which the file can be sent for 30 days. A failure had no effect that anybody sees."""
        form = aiohttp.FormData()
        form.add_field("messaging_product", "whatsapp")
        form.add_field("type", file.mime)
        form.add_field("file", BytesIO(file.content), filename=file.name, content_type=file.mime)
        timeout = aiohttp.ClientTimeout(total=UPLOAD_SECONDS, sock_connect=CONNECT_SECONDS)
        try:
            answer = await self._call("POST", f"{self._number}/media", data=form, timeout=timeout)
            return str(answer["id"])
        except KeyError:
            raise SendError("trouble", "odd answer") from None
        except SendError as error:
            error.unknown = False
            raise

    # What is looked at.

    async def number(self) -> Json:
        """What Meta says of our number: its name, its quality, its limit."""
        fields = "verified_name,display_phone_number,quality_rating,messaging_limit_tier,status"
        return await self._call("GET", self._number, params={"fields": fields})

    async def templates(self) -> list[Json]:
        """Our templates, each language by itself: name, language, status, category."""
        params = {"fields": "name,language,status,category", "limit": "250"}
        answer = await self._call("GET", f"{self._account}/message_templates", params=params)
        found = answer.get("data")
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    async def subscriptions(self) -> list[Json]:
        """The apps that get this account's webhooks."""
        answer = await self._call("GET", f"{self._account}/subscribed_apps")
        found = answer.get("data")
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    # Files.

    async def download(self, media_id: str, *, sha256: str, most: int) -> AsyncIterator[bytes]:
        """A file that was sent to us, of `most` bytes. Its address is asked for anew each time: it ages in 5 minutes.

        Only from the hosts that the configuration names, following nowhere (QUALITY.md T17). Raises FetchError.
        """
        if not MEDIA_ID.fullmatch(media_id):
            raise FetchError("gone", "no id", permanent=True)
        try:
            info = await self._call("GET", media_id)
        except SendError as error:
            raise FetchError("gone" if error.permanent else "trouble", str(error), permanent=error.permanent) from None
        size = info.get("file_size")
        if isinstance(size, int) and size > most:
            raise FetchError("too_big", permanent=True)
        url = str(info.get("url", ""))
        if not self._may_fetch(url):
            raise FetchError("forbidden", "another host", permanent=True)
        wanted = str(info.get("sha256") or sha256)
        async for piece in self._pieces(url, wanted, most):
            yield piece

    def _may_fetch(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return False
        known = parts.username is None and host in self._settings.media_hosts
        if self._settings.is_local:  # a stand-in on this machine, without TLS
            return known and parts.scheme in ("http", "https")
        return known and parts.scheme == "https" and port in (None, 443)

    async def _pieces(self, url: str, wanted: str, most: int) -> AsyncIterator[bytes]:
        digest, size = hashlib.sha256(), 0
        try:
            async with self._open_session.get(url, allow_redirects=False) as response:
                if response.status in range(300, 400):
                    raise FetchError("forbidden", "leads elsewhere", permanent=True)
                if response.status != 200:
                    raise FetchError("trouble", f"HTTP {response.status}")
                async for piece in response.content.iter_chunked(PIECE):
                    digest.update(piece)
                    size += len(piece)
                    if size > most:
                        raise FetchError("too_big", permanent=True)
                    yield piece
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FetchError("trouble", type(error).__name__) from None
        if not _is_digest(wanted, digest.digest()):
            raise FetchError("changed", "not what was sent")

    # One call.

    @property
    def _open_session(self) -> aiohttp.ClientSession:
        assert self._session is not None
        return self._session

    async def _call(self, method: str, path: str, **how: Any) -> Json:
        """Raises SendError: unknown unless it surely had no effect."""
        url = f"{self._settings.graph_url}/{path}"
        try:
            async with self._open_session.request(method, url, allow_redirects=False, **how) as response:
                body = await response.content.read(LARGEST_ANSWER) if response.content_length != 0 else b""
                while not response.content.at_eof() and len(body) < LARGEST_ANSWER:
                    body += await response.content.read(LARGEST_ANSWER - len(body))
                return _checked(response.status, body)
        except NOT_SENT as error:
            raise SendError("trouble", type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SendError("trouble", type(error).__name__, unknown=True) from None


def _checked(status: int, body: bytes) -> Json:
    """A proxy's page or half a JSON is no answer of the Graph API: what happened is not known."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if status < 300 and isinstance(answer, dict) and "error" not in answer:
        return answer
    known = refusal(status, answer) if 400 <= status < 500 else None
    if known is not None:
        raise known
    raise SendError("trouble", f"HTTP {status}", unknown=True)


def _is_digest(wanted: str, digest: bytes) -> bool:
    """Webhooks tell it in base64, the file's own page in hexadecimal; what is neither says nothing."""
    if len(wanted) == 2 * len(digest):
        return wanted.lower() == digest.hex()
    try:
        told = base64.b64decode(wanted, validate=True)
    except (binascii.Error, ValueError):
        return True
    return told == digest if len(told) == len(digest) else True
