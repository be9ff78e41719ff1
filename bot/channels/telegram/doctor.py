"""A doctor for the Telegram side: token, clock, staff group, rights, and whether those who must be told can be told.

It sends and confirms nothing. (It does ask Telegram to show "typing …" to admins and supervisor: nothing else tells
whether the bot may write to them.)
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.clock import Clock
from bot.findings import Finding, bad, good
from bot.settings import Settings

SECONDS = 15.0
LARGEST_SKEW = 60.0
# The reaction that marks an officer's message as delivered (DESIGN.md §3).
MARK = "👌"
GROUPS = ("group", "supergroup")
PEOPLE = ("private",)
UNREACHABLE = (aiohttp.ClientError, TimeoutError, ValueError)
Waiting = list[dict[str, Any]] | None


@dataclass(frozen=True)
class Answer:
    """`result`, or None and Telegram's words (`reason`); `at` is Telegram's clock, aware."""

    result: Any
    reason: str
    at: datetime | None
    moved_to: int | None = None


@dataclass(frozen=True)
class Api:
    """The Bot API, as plain as can be."""

    session: aiohttp.ClientSession
    base: str

    async def call(self, method: str, **params: Any) -> Answer:
        """One call. Raises what is in UNREACHABLE when there is no answer of the Bot API's own."""
        async with self.session.post(f"{self.base}/{method}", json=params) as response:
            body = await response.json(content_type=None)
            date = response.headers.get("Date")
        if not isinstance(body, dict):
            raise ValueError("no answer of the Bot API")
        parameters = body.get("parameters", {})
        return Answer(
            body.get("result"),
            _printable(str(body.get("description", ""))),
            parsedate_to_datetime(date) if date else None,
            parameters.get("migrate_to_chat_id"),
        )

    async def may_write(self, chat: int) -> bool:
        return (await self.call("sendChatAction", chat_id=chat, action="typing")).result is not None


async def look(settings: Settings, clock: Clock, *, running: bool) -> AsyncIterator[Finding]:
    """What there is to say about the bot and its group. `running`: a desk reads the bot's updates now."""
    telegram = settings.telegram
    base = f"{telegram.api_url}/bot{telegram.token.get_secret_value()}"
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
            async for finding in _bot(Api(session, base), settings, clock, running):
                yield finding
    except UNREACHABLE as error:
        yield bad("token", "unreachable", url=telegram.api_url, error=type(error).__name__)


async def _bot(api: Api, settings: Settings, clock: Clock, running: bool) -> AsyncIterator[Finding]:
    me = await api.call("getMe")
    yield await token(api, settings.telegram.api_url, me, ours=settings.telegram_webhook)
    if me.result is None:
        return
    username = me.result["username"]
    if me.at is not None:
        yield _clock((clock.now() - me.at).total_seconds())
    group = await _chat_of(api, settings)
    known = group.result is not None and settings.telegram.admin_ids
    waiting = [] if known else None if running else await _waiting(api)
    async for finding in _group(api, group, settings, me.result["id"], waiting):
        yield finding
    yield await _admins(api, settings, username, waiting)
    yield await _complaints(api, settings, username)


async def token(api: Api, url: str, me: Answer | None = None, *, ours: str = "") -> Finding:
    """Whose token it is, and whether its updates come here. `me`: what getMe said, if it was asked already; `ours`: the
    desk's own webhook."""
    me = me or await api.call("getMe")
    if me.result is None:
        return bad("token", "refused", reason=me.reason)
    username = me.result["username"]
    webhook = (await api.call("getWebhookInfo")).result
    if webhook and webhook["url"] not in ("", ours):
        return bad("token", "webhook", username=username, url=webhook["url"], api=url)
    return good("token", username=username)


def _clock(skew: float) -> Finding:
    return bad("clock", "wrong", seconds=round(skew)) if abs(skew) >= LARGEST_SKEW else good("clock")


async def _chat_of(api: Api, settings: Settings) -> Answer:
    """The staff group as Telegram describes it; nothing, without a word, when its number is not known yet."""
    wanted = settings.telegram.staff_chat_id
    return await api.call("getChat", chat_id=wanted) if wanted else Answer(None, "", None)


async def _group(api: Api, group: Answer, settings: Settings, bot: int, waiting: Waiting) -> AsyncIterator[Finding]:
    wanted = settings.telegram.staff_chat_id
    if group.moved_to is not None:
        yield bad("group", "moved", id=wanted, new=group.moved_to)
    elif group.result is None:
        verdict = "unreachable" if wanted else "unknown"
        yield bad("group", verdict, id=wanted, reason=group.reason, seen=_seen(waiting, "groups", GROUPS))
    else:
        for finding in kinds(group.result):
            yield finding
        yield await rights(api, group.result, bot, deletes=settings.privacy.delete_topics)


def kinds(chat: dict[str, Any]) -> Iterator[Finding]:
    """Whether a group is what a staff group must be: with topics, and private. `chat` as getChat gives it."""
    title = _printable(chat.get("title", ""))
    is_private, is_forum = not chat.get("username"), chat.get("is_forum", False)
    if not is_forum:
        yield bad("group", "plain", title=title)
    if not is_private:
        yield bad("group", "public", title=title, username=chat["username"])
    if is_forum and is_private:
        yield good("group", title=title)


async def rights(api: Api, chat: dict[str, Any], bot: int, *, deletes: bool) -> Finding:
    """An administrator reads all messages and learns of reactions; topics need a right of their own.

    Nothing else is needed, unless the office wants the topics of erased people deleted.
    """
    member = (await api.call("getChatMember", chat_id=chat["id"], user_id=bot)).result or {}
    if member.get("status") != "administrator":
        return bad("rights", "member")
    if not member.get("can_manage_topics"):
        return bad("rights", "topics")
    if deletes and not member.get("can_delete_messages"):
        return bad("rights", "deleting")
    allowed = chat.get("available_reactions")
    marks = allowed is None or any(reaction.get("emoji") == MARK for reaction in allowed)
    return good("rights") if marks else bad("rights", "reactions")


async def _admins(api: Api, settings: Settings, username: str, waiting: Waiting) -> Finding:
    admins = settings.telegram.admin_ids
    if not admins:
        return bad("admins", "none", seen=_seen(waiting, "people", PEOPLE))
    silent = [str(admin) for admin in admins if not await api.may_write(admin)]
    if silent:
        return bad("admins", "silent", ids=", ".join(silent), username=username)
    return good("admins", count=len(admins))


async def _complaints(api: Api, settings: Settings, username: str) -> Finding:
    """To the supervisor's chat, by mail, or to the admins; never to the staff group (SK No. 107, Pengaduan Layanan)."""
    chat, address = settings.supervisor.chat_id, settings.supervisor.email
    if chat is not None and chat == settings.telegram.staff_chat_id:
        return bad("complaints", "staff_group")
    if chat is not None and not await api.may_write(chat):
        return bad("complaints", "silent", id=chat, username=username)
    if chat is not None:
        return good("complaints", "both" if address else "chat", address=address)
    if address:
        return good("complaints", "mail", address=address)
    return good("complaints", "admins") if settings.telegram.admin_ids else bad("complaints", "nobody")


# Ids that an operator cannot know: they stand in what waits for the bot.


async def _waiting(api: Api) -> list[dict[str, Any]]:
    """The updates that wait. Without an offset none is confirmed, so the desk gets them all.

    Asked for once: who asks again at once gets a single one (TELEGRAM.md §2). And never while a desk runs: of two who
    ask, Telegram turns one away.
    """
    return (await api.call("getUpdates", timeout=0)).result or []


def _seen(waiting: Waiting, what: str, kinds: tuple[str, ...]) -> Finding:
    """The groups or the people in the waiting updates."""
    if waiting is None:
        return bad("seen", "running")
    names = {chat["id"]: name_of(chat) for chat in map(chat_of, waiting) if chat.get("type") in kinds}
    if not names:
        return bad("seen", f"no_{what}")
    return bad("seen", what, list=", ".join(f"{id} ({name})" for id, name in names.items()))


def chat_of(update: dict[str, Any]) -> dict[str, Any]:
    """The chat an update is about; an empty one where there is none."""
    body = next((value for value in update.values() if isinstance(value, dict)), {})
    chat: dict[str, Any] = body.get("chat") or body.get("message", {}).get("chat") or {}
    return chat


def name_of(chat: dict[str, Any]) -> str:
    """A group's title or a person's first name, fit for a terminal."""
    return _printable(str(chat.get("title") or chat.get("first_name") or ""))


def _printable(text: str) -> str:
    """Names come from strangers: none may play tricks on the terminal."""
    return "".join(letter for letter in text if letter.isprintable())
