"""The office's account on a platform that has rules of its own: templates, quality, limits, what was billed.

News of it comes by itself (Inbound, ACCOUNT); FIELDS is the table of what is understood. The admins learn of what
keeps the desk from reaching people.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.base import Inbound
from bot.desk import say
from bot.desk.context import Context
from storage import account_news, offices
from storage.account_news import News
from storage.base import Reader, Tx

APPROVED = "APPROVED"
# Words of the platform that mean trouble.
BAD_STATUS = ("DISABLED", "FLAGGED", "PAUSED", "PENDING_DELETION", "REJECTED", "LIMIT_EXCEEDED")
BAD_QUALITY = ("RED", "YELLOW", "LOW", "MEDIUM", "FLAGGED", "DOWNGRADE", "DOWNGRADED")
BAD_ACCOUNT = (
    *("ACCOUNT_DELETED", "ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION", "DISABLED_UPDATE"),
    *("FUNDING_SOURCE_ISSUE", "PARTNER_REMOVED", "PHONE_NUMBER_REMOVED"),
)
LONGEST = 200


@dataclass(frozen=True)
class Told:
    """What one piece of news says: `alarm` is the key of the text for the admins, "" for none."""

    topic: str
    value: str
    alarm: str = ""


Data = Mapping[str, Any]


def template_topic(name: str, lang: str) -> str:
    return f"template:{name}:{lang}"


def _word(data: Data, *names: str) -> str:
    """The first of these that is there, as a short text."""
    return next((str(data[name])[:LONGEST] for name in names if data.get(name)), "")


def _template(data: Data) -> Told:
    name, lang = _word(data, "message_template_name"), _word(data, "message_template_language")
    status = _word(data, "event").upper()
    return Told(template_topic(name, lang), status, "alarm_template" if status in BAD_STATUS else "")


def _category(data: Data) -> Told:
    name, lang = _word(data, "message_template_name"), _word(data, "message_template_language")
    category = _word(data, "new_category", "correct_category").upper()
    return Told(f"category:{name}:{lang}", category, "alarm_category" if category not in ("", "UTILITY") else "")


def _template_quality(data: Data) -> Told:
    name, lang = _word(data, "message_template_name"), _word(data, "message_template_language")
    score = _word(data, "new_quality_score").upper()
    return Told(f"template_quality:{name}:{lang}", score, "alarm_quality" if score in BAD_QUALITY else "")


def _number(data: Data) -> Told:
    event = _word(data, "event", "quality_rating").upper()
    return Told("quality", event, "alarm_quality" if event in BAD_QUALITY else "")


def _limit(data: Data) -> Told:
    return Told("limit", _word(data, "max_daily_conversation_per_phone", "max_daily_conversations_per_business"))


def _account(data: Data) -> Told:
    event = _word(data, "event", "alert_type").upper()
    return Told("account", event, "alarm_account" if event in BAD_ACCOUNT else "")


FIELDS: Mapping[str, Callable[[Data], Told]] = {
    "message_template_status_update": _template,
    "template_category_update": _category,
    "message_template_quality_update": _template_quality,
    "phone_number_quality_update": _number,
    "business_capability_update": _limit,
    "account_update": _account,
    "account_alerts": _account,
}


async def heard(tx: Tx, ctx: Context, inbound: Inbound) -> None:
    """Keep what is understood; the admins are told of a trouble when it is new."""
    read = FIELDS.get(inbound.change)
    if read is None:
        return
    told = read(inbound.data)
    before = await account_news.value(tx, ctx.office, inbound.channel, told.topic)
    await account_news.put(tx, ctx.office, inbound.channel, News(told.topic, told.value, inbound.at))
    limit = _word(inbound.data, "current_limit")
    if limit:
        await account_news.put(tx, ctx.office, inbound.channel, News("limit", limit, inbound.at))
    if told.alarm and told.value != before:
        what = told.topic.partition(":")[2]
        reason = _word(inbound.data, "reason")
        reason = "" if reason.upper() == "NONE" else reason
        await say.to_admins(
            tx, ctx, told.alarm, channel=inbound.channel, what=what.replace(":", ", "), value=told.value, reason=reason
        )


async def learned(tx: Tx, ctx: Context, channel: str, facts: Mapping[str, str]) -> None:
    """What was asked of the platform: topic -> value."""
    for topic, value in facts.items():
        await account_news.put(tx, ctx.office, channel, News(topic, value, ctx.now))


# What admins see.


async def overview(tx: Reader, ctx: Context, channel: str) -> dict[str, Any]:
    """The parameters of the text "admin_channel"."""
    traits = ctx.traits(channel)
    known = {news.topic: news.value for news in await account_news.of_channel(tx, ctx.office, channel)}
    month = ctx.calendar.local_date(ctx.now)
    prefix = f"billed:{channel}:{month:%Y-%m}:"
    return {
        "channel": channel,
        "quality": known.get("quality", ""),
        "limit": known.get("limit", ""),
        "account": known.get("account", ""),
        "templates": _templates(traits.templates, traits.template_languages, known),
        "missing": [purpose for purpose in PURPOSES if purpose not in traits.templates],
        "billed": await offices.counters(tx, ctx.office, prefix),
        **await _reach(tx, ctx, channel),
    }


PURPOSES = ("answer_ready", "notice", "warning", "closed_rate")


def _templates(
    names: Mapping[str, str], languages: Mapping[str, str], known: Mapping[str, str]
) -> list[dict[str, str]]:
    return [
        {
            "purpose": purpose,
            "name": name,
            "lang": lang,
            "status": known.get(template_topic(name, lang), ""),
            "category": known.get(f"category:{name}:{lang}", ""),
        }
        for purpose, name in names.items()
        for lang in dict.fromkeys(languages.values())
    ]


async def _reach(tx: Reader, ctx: Context, channel: str) -> dict[str, int]:
    """Of the people with an open ticket there: whose window is open, and whose is not; how much is held for them."""
    length = ctx.traits(channel).window
    since = ctx.now - length if length else ctx.now
    return await account_news.reach(tx, ctx.office, channel, since)
