"""What somebody who sets up a desk needs from Telegram: whose token it is, which group wrote /id, who may be told.

Waiting updates are looked at without an offset: that confirms none, so the desk gets them all.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.channels.telegram import doctor
from bot.channels.telegram.doctor import SECONDS, UNREACHABLE, Api
from bot.findings import Finding, bad, good

ID_COMMAND = "/id"


class Busy(Exception):
    """Somebody else reads this bot's updates."""


@dataclass(frozen=True)
class Heard:
    """A chat that wrote to the bot: a group or a person. `asked_id`: it wrote /id; `sender` did."""

    chat: int
    name: str
    is_group: bool
    asked_id: bool
    sender: tuple[int, str] | None


@asynccontextmanager
async def _api(url: str, token: str) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        yield Api(session, f"{url}/bot{token}")


async def bot(url: str, token: str) -> Finding:
    """Whose token it is (`username`, `id` in the finding), or why it will not do."""
    try:
        async with _api(url, token) as api:
            return await doctor.token(api, url)
    except UNREACHABLE as error:
        return bad("token", "unreachable", url=url, error=type(error).__name__)


async def heard(url: str, token: str) -> list[Heard]:
    """Who wrote of late, the newest first. Raises Busy, and what is in UNREACHABLE."""
    async with _api(url, token) as api:
        answer = await api.call("getUpdates", timeout=0)
    if answer.result is None:
        raise Busy
    return [found for update in reversed(answer.result) if (found := _heard(update)) is not None]


def _heard(update: dict[str, Any]) -> Heard | None:
    chat = doctor.chat_of(update)
    if chat.get("type") not in (*doctor.GROUPS, *doctor.PEOPLE):
        return None
    message = update.get("message")
    text, sender = (str(message.get("text", "")), message.get("from")) if isinstance(message, dict) else ("", None)
    return Heard(
        int(chat["id"]),
        doctor.name_of(chat),
        chat["type"] in doctor.GROUPS,
        text.split("@")[0].strip() == ID_COMMAND,
        (int(sender["id"]), doctor.name_of(sender)) if sender and not sender.get("is_bot") else None,
    )


async def group(url: str, token: str, chat: int) -> list[Finding]:
    """What there is to say about the group for the officers: kind and rights. Raises what is in UNREACHABLE."""
    async with _api(url, token) as api:
        found = await api.call("getChat", chat_id=chat)
        if found.moved_to is not None:
            return [bad("group", "moved", id=chat, new=found.moved_to)]
        if found.result is None:
            return [bad("group", "unreachable", id=chat, reason=found.reason, seen=bad("seen", "no_groups"))]
        me = await api.call("getMe")
        return [*doctor.kinds(found.result), await doctor.rights(api, found.result, me.result["id"], deletes=False)]


async def admins(url: str, token: str, ids: list[int], username: str) -> Finding:
    """Whether the bot may write to each of them. Raises what is in UNREACHABLE."""
    async with _api(url, token) as api:
        silent = [str(id) for id in ids if not await api.may_write(id)]
    if silent:
        return bad("admins", "silent", ids=", ".join(silent), username=username)
    return good("admins", count=len(ids))
