"""Texts for which the platform has approved a template: what may be said when a person's window is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.base import TemplateCall
from bot.desk.context import Context
from storage.outbox import OutboxRow

# Parameters that are moments, and are written out.
MOMENTS = ("close_at", "reopen_until")
# These two only say that something waits: with an open window there is nothing to say.
CALLS = ("answer_ready", "notice")


@dataclass(frozen=True)
class Template:
    """`purpose`: what the office registered it for (`Traits.templates`); `params`: which of the text's own fill it, in
    order; `buttons`: so many of the text's first buttons are its quick replies."""

    purpose: str
    params: tuple[str, ...] = ()
    buttons: int = 0


# By the key of the text it stands for.
TEMPLATES: Mapping[str, Template] = {
    "answer_ready": Template("answer_ready", ("number",), 1),
    "notice": Template("notice", ("number",), 1),
    "warn5": Template("warning", ("number", "close_at"), 2),
    "warn6": Template("warning", ("number", "close_at"), 2),
    "closed_rate": Template("closed_rate", ("number", "reopen_until"), 5),
}


def stands_for(ctx: Context, channel: str, row: OutboxRow) -> bool:
    """Whether the row may go out as a template there."""
    template = TEMPLATES.get(row.payload.get("key", "")) if row.kind == "text" else None
    return template is not None and template.purpose in ctx.traits(channel).templates


def call_of(ctx: Context, channel: str, payload: Mapping[str, Any]) -> TemplateCall:
    """The row's text as the platform's template, in the person's language if it is approved in it."""
    template, traits = TEMPLATES[payload["key"]], ctx.traits(channel)
    flat = [data for row in payload["buttons"] for _, data in row]
    return TemplateCall(
        name=traits.templates[template.purpose],
        lang=traits.template_languages.get(payload["lang"], payload["lang"]),
        params=tuple(_written(ctx, name, payload["params"][name], payload["lang"]) for name in template.params),
        payloads=tuple(flat[: template.buttons]),
    )


def _written(ctx: Context, name: str, value: str, lang: str) -> str:
    return ctx.texts.moment(datetime.fromisoformat(value), lang) if name in MOMENTS else value
