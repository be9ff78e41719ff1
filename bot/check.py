"""`meja check`: a doctor. It looks at everything a desk needs and says what to mend; it sends and writes nothing.

(It does ask Telegram to show "typing …" to admins and supervisor: the only way to learn whether the bot may write.)
"""

import json
import os
import shutil
import tomllib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib

from bot.app import SECRET_BYTES, secret_path
from bot.clock import Clock, SystemClock
from bot.desk import calendars
from bot.settings import ConfigError, Mail, Settings, load
from bot.texts import packaged
from storage import file_of
from storage.health import Health, examine

SECONDS = 15.0
LEAST_FREE_GB = 1
LARGEST_SKEW = 60.0
# The reaction that marks an officer's message as delivered (DESIGN.md §3).
MARK = "👌"
GROUPS = ("group", "supergroup")
UNREACHABLE = (aiohttp.ClientError, TimeoutError, ValueError)
WELL = (Health.NEW, Health.WELL, Health.IN_USE)


@dataclass(frozen=True)
class Finding:
    """`name` and `verdict` are keys of ``templates/*/check.toml``; `params` fill its text, findings among them too."""

    name: str
    verdict: str
    ok: bool
    params: dict[str, Any]


def good(name: str, verdict: str = "ok", **params: Any) -> Finding:
    return Finding(name, verdict, True, params)


def bad(name: str, verdict: str, **params: Any) -> Finding:
    return Finding(name, verdict, False, params)


async def check(path: Path, *, offline: bool = False, clock: Clock | None = None) -> list[Finding]:
    """Everything there is to say about the desk of this configuration. `offline`: only what is on this machine."""
    try:
        settings = load(path, without_group=True)
    except ConfigError as error:
        return [bad("config", "broken", problem=line) for line in error.lines]
    now = (clock or SystemClock()).now()
    findings = [_config(path, settings), *_machine(settings, now)]
    if not offline:
        findings.append(await _mail(settings.mail))
        findings += [finding async for finding in _telegram(settings, now)]
    return findings


# This machine.


def _config(path: Path, settings: Settings) -> Finding:
    """Secrets in the file must not be for everybody's eyes."""
    secrets = (settings.telegram.token.get_secret_value(), settings.mail.password.get_secret_value())
    text = path.read_text(encoding="utf-8")
    is_open = path.stat().st_mode & 0o007 and any(secret and secret in text for secret in secrets)
    return bad("config", "open", path=path) if is_open else good("config", path=path)


def _machine(settings: Settings, now: datetime) -> Iterator[Finding]:
    database = file_of(settings.storage.url)
    folder = _standing(database.parent)
    health = examine(database)
    if health in WELL and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        yield bad("database", "unwritable", folder=database.parent)
    else:
        yield Finding("database", health, health in WELL, {"path": database})
    yield _secret(secret_path(settings), is_new=health is Health.NEW)
    yield _disk(folder)
    yield _holidays(settings, now)


def _standing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there: the desk makes the rest."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _secret(path: Path, *, is_new: bool) -> Finding:
    if not path.exists():
        return good("secret", "new", path=path) if is_new else bad("secret", "missing", path=path)
    state = path.stat()
    if state.st_size != SECRET_BYTES:
        return bad("secret", "broken", path=path)
    return bad("secret", "open", path=path) if state.st_mode & 0o077 else good("secret", path=path)


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free // 1_000_000_000
    if free < LEAST_FREE_GB:
        return bad("disk", "full", free=free, folder=folder, least=LEAST_FREE_GB)
    return good("disk", free=free)


def _holidays(settings: Settings, now: datetime) -> Finding:
    """This year's table, and from October on next year's too (DOMAIN.md §3)."""
    calendar = calendars.configured(settings.office, now)
    today = calendar.local_date(now)
    missing = calendar.missing_year(today)
    return good("holidays", year=today.year) if missing is None else bad("holidays", "missing", year=missing)


# The mail server.


async def _mail(mail: Mail) -> Finding:
    """As far as a mail would go: connection, encryption, login."""
    where: dict[str, Any] = {"host": mail.host, "port": mail.port}
    smtp = aiosmtplib.SMTP(
        hostname=mail.host, port=mail.port, use_tls=mail.security == "tls", start_tls=False, timeout=SECONDS
    )
    step = "connect"
    try:
        await smtp.connect()
        if mail.security == "starttls":
            step = "tls"
            await smtp.starttls()
        if mail.username:
            step = "login"
            await smtp.login(mail.username, mail.password.get_secret_value())
        await smtp.quit()
    except (aiosmtplib.SMTPException, OSError) as error:
        return bad("mail", step, **where, error=type(error).__name__)
    finally:
        smtp.close()
    return good("mail", **where) if mail.username else good("mail", "anonymous", **where)


# Telegram.


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


async def _telegram(settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    telegram = settings.telegram
    base = f"{telegram.api_url}/bot{telegram.token.get_secret_value()}"
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
            async for finding in _bot(Api(session, base), settings, now):
                yield finding
    except UNREACHABLE as error:
        yield bad("token", "unreachable", url=telegram.api_url, error=type(error).__name__)


async def _bot(api: Api, settings: Settings, now: datetime) -> AsyncIterator[Finding]:
    me = await api.call("getMe")
    if me.result is None:
        yield bad("token", "refused", reason=me.reason)
        return
    username = me.result["username"]
    webhook = (await api.call("getWebhookInfo")).result
    if webhook and webhook["url"]:
        yield bad("token", "webhook", username=username, url=webhook["url"], api=settings.telegram.api_url)
    else:
        yield good("token", username=username)
    if me.at is not None:
        yield _clock((now - me.at).total_seconds())
    async for finding in _group(api, settings, me.result["id"]):
        yield finding
    silent = [str(admin) for admin in settings.telegram.admin_ids if not await api.may_write(admin)]
    yield await _admins(api, settings, silent, username)
    yield await _complaints(api, settings, username)


def _clock(skew: float) -> Finding:
    return bad("clock", "wrong", seconds=round(skew)) if abs(skew) >= LARGEST_SKEW else good("clock")


async def _group(api: Api, settings: Settings, bot: int) -> AsyncIterator[Finding]:
    wanted = settings.telegram.staff_chat_id
    found = await api.call("getChat", chat_id=wanted) if wanted else Answer(None, "", None)
    if found.moved_to is not None:
        yield bad("group", "moved", id=wanted, new=found.moved_to)
    elif found.result is None:
        verdict = "unreachable" if wanted else "unknown"
        yield bad("group", verdict, id=wanted, reason=found.reason, seen=await _seen(api, settings, "groups"))
    else:
        for finding in _kind(found.result):
            yield finding
        yield await _rights(api, found.result, bot)


def _kind(chat: dict[str, Any]) -> Iterator[Finding]:
    title = _printable(chat.get("title", ""))
    is_private, is_forum = not chat.get("username"), chat.get("is_forum", False)
    if not is_forum:
        yield bad("group", "plain", title=title)
    if not is_private:
        yield bad("group", "public", title=title, username=chat["username"])
    if is_forum and is_private:
        yield good("group", title=title)


async def _rights(api: Api, chat: dict[str, Any], bot: int) -> Finding:
    """An administrator reads all messages and learns of reactions; topics need a right of their own.

    Nothing else is needed: the desk deletes and pins nothing in the group.
    """
    member = (await api.call("getChatMember", chat_id=chat["id"], user_id=bot)).result or {}
    if member.get("status") != "administrator":
        return bad("rights", "member")
    if not member.get("can_manage_topics"):
        return bad("rights", "topics")
    allowed = chat.get("available_reactions")
    marks = allowed is None or any(reaction.get("emoji") == MARK for reaction in allowed)
    return good("rights") if marks else bad("rights", "reactions")


async def _admins(api: Api, settings: Settings, silent: list[str], username: str) -> Finding:
    admins = settings.telegram.admin_ids
    if not admins:
        return bad("admins", "none", seen=await _seen(api, settings, "people"))
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


async def _seen(api: Api, settings: Settings, what: str) -> Finding:
    """The groups or people in the waiting updates. Without an offset none is confirmed, so the desk gets them all.

    Never while the desk runs: of two who ask, Telegram turns one away.
    """
    if examine(file_of(settings.storage.url)) is Health.IN_USE:
        return bad("seen", "running")
    updates = (await api.call("getUpdates", timeout=0)).result or []
    kinds = GROUPS if what == "groups" else ("private",)
    names = {chat["id"]: _name(chat) for chat in map(_chat, updates) if chat.get("type") in kinds}
    if not names:
        return bad("seen", f"no_{what}")
    return bad("seen", what, list=", ".join(f"{id} ({name})" for id, name in names.items()))


def _chat(update: dict[str, Any]) -> dict[str, Any]:
    """The chat an update is about; an empty one where there is none."""
    body = next((value for value in update.values() if isinstance(value, dict)), {})
    chat: dict[str, Any] = body.get("chat") or body.get("message", {}).get("chat") or {}
    return chat


def _name(chat: dict[str, Any]) -> str:
    return _printable(str(chat.get("title") or chat.get("first_name") or ""))


def _printable(text: str) -> str:
    """Names come from strangers: none may play tricks on the terminal."""
    return "".join(letter for letter in text if letter.isprintable())


# Saying it.


class Wording:
    """The texts of one language."""

    def __init__(self, lang: str) -> None:
        self._tables = tomllib.loads((packaged() / lang / "check.toml").read_text("utf-8"))

    def label(self, finding: Finding) -> str:
        return str(self._tables[finding.name]["label"])

    def says(self, finding: Finding) -> str:
        return self._fill(self._tables[finding.name][finding.verdict], finding)

    def fix(self, finding: Finding) -> str:
        """What to do about it; nothing for a good finding."""
        return "" if finding.ok else self._fill(self._tables[finding.name]["fix"][finding.verdict], finding)

    def _fill(self, text: str, finding: Finding) -> str:
        values = finding.params.items()
        return text.format(**{key: self.says(value) if isinstance(value, Finding) else value for key, value in values})


def summary(findings: list[Finding], path: Path, *, offline: bool) -> Finding:
    wrong = sum(not finding.ok for finding in findings)
    if wrong:
        return Finding("summary", "wrong", False, {"count": wrong})
    return good("summary", "offline" if offline else "ok", path=path)


def as_lines(findings: list[Finding], lang: str) -> Iterator[str]:
    """A line for each finding, and one below it with the fix where it needs one."""
    wording = Wording(lang)
    for finding in findings:
        yield f"{'✓' if finding.ok else '✗'} {wording.label(finding)}: {wording.says(finding)}"
        if fix := finding.name != "summary" and wording.fix(finding):
            yield f"  → {fix}"


def as_json(findings: list[Finding], lang: str) -> str:
    """`{ok, checks: [{name, finding, ok, says, fix}]}`."""
    wording = Wording(lang)
    checks = [
        {"name": it.name, "finding": it.verdict, "ok": it.ok, "says": wording.says(it), "fix": wording.fix(it)}
        for it in findings
    ]
    return json.dumps({"ok": all(it.ok for it in findings), "checks": checks}, ensure_ascii=False, indent=2)
