"""Message templates as Meta keeps them: one text per name and language, approved or not."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.playground.graph.messages import Choice
from bot.playground.graph.refusals import GraphRefused
from bot.playground.graph.requests import TemplateMessage
from bot.playground.replies import Json

TemplateStatus = Literal["APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED"]
LONGEST_BODY = 1024
_PLACE = re.compile(r"\{\{(\d+)\}\}")
_NOT_IN_PARAMETERS = re.compile(r"[\n\t]| {5}")
_REFUSALS: dict[TemplateStatus, int] = {"PAUSED": 132015, "DISABLED": 132016, "PENDING": 132001, "REJECTED": 132001}


@dataclass(frozen=True, slots=True)
class Template:
    """A template in one language; `body` has {{1}}, {{2}}, …; `buttons` are the labels of its quick replies."""

    name: str
    language: str
    body: str
    buttons: tuple[str, ...] = ()
    category: Literal["UTILITY", "MARKETING", "AUTHENTICATION"] = "UTILITY"
    status: TemplateStatus = "APPROVED"
    footer: str = ""

    @property
    def places(self) -> int:
        return len(set(_PLACE.findall(self.body)))

    def filled(self, params: list[str]) -> str:
        """The text with its parameters."""
        return _PLACE.sub(lambda place: params[int(place[1]) - 1], self.body)

    def as_json(self, number: int) -> Json:
        """As GET /message_templates lists it."""
        components: list[Json] = [{"type": "BODY", "text": self.body}]
        if self.footer:
            components.append({"type": "FOOTER", "text": self.footer})
        if self.buttons:
            quick = [{"type": "QUICK_REPLY", "text": label} for label in self.buttons]
            components.append({"type": "BUTTONS", "buttons": quick})
        own = {"name": self.name, "language": self.language, "status": self.status, "category": self.category}
        return {**own, "components": components, "id": str(700_000_000_000_000 + number)}


@dataclass(slots=True)
class Templates:
    """All templates of the account."""

    _known: dict[tuple[str, str], Template] = field(default_factory=dict)

    def add(self, template: Template) -> None:
        self._known[template.name, template.language] = template

    def set_status(self, name: str, language: str, status: TemplateStatus) -> None:
        """What Meta's review or the quality rating decides."""
        self._known[name, language] = replace(self._known[name, language], status=status)

    def set_category(self, name: str, language: str, category: Literal["UTILITY", "MARKETING"]) -> None:
        self._known[name, language] = replace(self._known[name, language], category=category)

    def all(self) -> list[Template]:
        return list(self._known.values())

    def page(self, *, limit: int, after: int) -> Json:
        """One page of the list; the cursor is a position."""
        shown = [template.as_json(number) for number, template in enumerate(self.all(), start=1)]
        part = shown[after : after + limit]
        paging: Json = {"cursors": {"before": str(after), "after": str(after + len(part))}}
        if after + limit < len(shown):
            paging["next"] = "there is more"
        return {"data": part, "paging": paging}

    def draw(self, asked: TemplateMessage) -> tuple[Template, str, tuple[Choice, ...]]:
        """The template, its text and its quick replies; raises what Meta would answer."""
        template = self._known.get((asked.name, asked.language.code))
        if template is None:
            raise GraphRefused(132001, f"template name ({asked.name}) does not exist in {asked.language.code}")
        if template.status != "APPROVED":
            raise GraphRefused(_REFUSALS[template.status], f"template {asked.name} is {template.status}")
        params = asked.body
        if len(params) != template.places:
            raise GraphRefused(132000, f"body: {len(params)} parameters for {template.places} places")
        if any(_NOT_IN_PARAMETERS.search(param) for param in params):
            raise GraphRefused(132018, "Param text cannot have new-lines, tabs or more than 4 spaces in a row")
        if any(index >= len(template.buttons) for index in asked.payloads):
            raise GraphRefused(132012, f"buttons: {sorted(asked.payloads)} for {len(template.buttons)}")
        text = template.filled(params)
        if len(text) > LONGEST_BODY:
            raise GraphRefused(132005, f"{len(text)} characters")
        choices = (Choice(asked.payloads.get(index, label), label) for index, label in enumerate(template.buttons))
        return template, text, tuple(choices)
