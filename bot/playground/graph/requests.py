"""What POST /messages takes, to the letter: strict models with the limits of the Cloud API (WHATSAPP.md §2.1-2.5)."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.playground.graph.refusals import GraphRefused
from bot.playground.replies import Json

MOST_ROWS = 10
_LONGEST_OPAQUE = 512


class _Strict(BaseModel):
    """No field too many, no number given as text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_SAYS_SOMETHING = r"\S"
Short = Annotated[str, Field(max_length=20, pattern=_SAYS_SOMETHING)]
RowTitle = Annotated[str, Field(max_length=24, pattern=_SAYS_SOMETHING)]
Small = Annotated[str, Field(max_length=60, pattern=_SAYS_SOMETHING)]
Description = Annotated[str, Field(max_length=72, pattern=_SAYS_SOMETHING)]
Medium = Annotated[str, Field(max_length=1024, pattern=_SAYS_SOMETHING)]
Long = Annotated[str, Field(max_length=4096, pattern=_SAYS_SOMETHING)]
RowId = Annotated[str, Field(min_length=1, max_length=200)]
ButtonId = Annotated[str, Field(min_length=1, max_length=256)]


class Context(_Strict):
    message_id: str = Field(min_length=1)


class Text(_Strict):
    body: Long
    preview_url: bool = False


class Media(_Strict):
    """By `id` of an upload or by `link`, never both."""

    id: str | None = None
    link: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Media":
        if (self.id is None) == (self.link is None):
            raise ValueError("exactly one of id and link")
        return self


class Image(Media):
    caption: Medium | None = None


class Video(Media):
    caption: Medium | None = None


class Document(Media):
    caption: Medium | None = None
    filename: Annotated[str, Field(min_length=1, max_length=240)] | None = None


class Audio(Media):
    voice: bool = False


class Sticker(Media):
    pass


class Location(_Strict):
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    name: str | None = None
    address: str | None = None


class ContactName(_Strict):
    formatted_name: str = Field(min_length=1)
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    prefix: str | None = None
    suffix: str | None = None

    @model_validator(mode="after")
    def _one_more(self) -> "ContactName":
        if not any((self.first_name, self.last_name, self.middle_name, self.prefix, self.suffix)):
            raise ValueError("at least one part of the name besides formatted_name")
        return self


class ContactPhone(_Strict):
    phone: str | None = None
    type: str | None = None
    wa_id: str | None = None


class ContactEmail(_Strict):
    email: str | None = None
    type: str | None = None


class Contact(_Strict):
    name: ContactName
    phones: list[ContactPhone] = []
    emails: list[ContactEmail] = []
    org: dict[str, str] | None = None


class Reaction(_Strict):
    """An empty `emoji` takes the reaction back."""

    message_id: str = Field(min_length=1)
    emoji: str


class Words(_Strict):
    text: Medium


class Footer(_Strict):
    text: Small


class TextHeader(_Strict):
    type: Literal["text"]
    text: Small


class MediaHeader(_Strict):
    type: Literal["image", "video", "document"]
    image: Image | None = None
    video: Video | None = None
    document: Document | None = None


class ReplyOption(_Strict):
    id: ButtonId
    title: Short


class ReplyButton(_Strict):
    type: Literal["reply"]
    reply: ReplyOption


class ReplyAction(_Strict):
    buttons: list[ReplyButton] = Field(min_length=1, max_length=3)

    @model_validator(mode="after")
    def _all_different(self) -> "ReplyAction":
        _different([button.reply.id for button in self.buttons])
        _different([button.reply.title for button in self.buttons])
        return self


class Row(_Strict):
    id: RowId
    title: RowTitle
    description: Description | None = None


class Section(_Strict):
    title: RowTitle | None = None
    rows: list[Row] = Field(min_length=1, max_length=MOST_ROWS)


class ListAction(_Strict):
    button: Short
    sections: list[Section] = Field(min_length=1, max_length=10)

    @model_validator(mode="after")
    def _few_different_rows(self) -> "ListAction":
        rows = [row for section in self.sections for row in section.rows]
        if len(rows) > MOST_ROWS:
            raise ValueError(f"Total row count exceed max allowed count: {MOST_ROWS}")
        if len(self.sections) > 1 and not all(section.title for section in self.sections):
            raise ValueError("a title for each of several sections")
        _different([row.id for row in rows])
        return self


class UrlParameters(_Strict):
    display_text: Short
    url: Annotated[str, Field(pattern=r"^https?://")]


class UrlAction(_Strict):
    name: Literal["cta_url"]
    parameters: UrlParameters


class ReplyButtons(_Strict):
    type: Literal["button"]
    body: Words
    action: ReplyAction
    header: TextHeader | MediaHeader | None = None
    footer: Footer | None = None


class ListMessage(_Strict):
    type: Literal["list"]
    body: Words  # its page says 4,096, its machine-readable description 1,024: the careful side
    action: ListAction
    header: TextHeader | None = None
    footer: Footer | None = None


class UrlMessage(_Strict):
    type: Literal["cta_url"]
    body: Words
    action: UrlAction
    header: TextHeader | None = None
    footer: Footer | None = None


Interactive = Annotated[ReplyButtons | ListMessage | UrlMessage, Field(discriminator="type")]


class Language(_Strict):
    code: str = Field(min_length=2)
    policy: Literal["deterministic"] = "deterministic"


class TextParameter(_Strict):
    type: Literal["text"]
    text: Medium
    parameter_name: str | None = None


class PayloadParameter(_Strict):
    type: Literal["payload"]
    payload: ButtonId


class HeaderComponent(_Strict):
    type: Literal["header"]
    parameters: list[TextParameter]


class BodyComponent(_Strict):
    type: Literal["body"]
    parameters: list[TextParameter]


class ButtonComponent(_Strict):
    """`index` counts the template's buttons from 0; Meta's own examples have it as text and as a number."""

    type: Literal["button"]
    sub_type: Literal["quick_reply", "url"]
    index: str | int
    parameters: list[PayloadParameter | TextParameter] = Field(min_length=1, max_length=1)


Component = Annotated[HeaderComponent | BodyComponent | ButtonComponent, Field(discriminator="type")]


class TemplateMessage(_Strict):
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
    language: Language
    components: list[Component] = []

    @property
    def body(self) -> list[str]:
        """The texts for {{1}}, {{2}}, …"""
        parts = [part for part in self.components if isinstance(part, BodyComponent)]
        return [parameter.text for part in parts for parameter in part.parameters]

    @property
    def payloads(self) -> dict[int, str]:
        """What each quick reply sends back, by the button's index."""
        parts = [part for part in self.components if isinstance(part, ButtonComponent)]
        first = {int(part.index): part.parameters[0] for part in parts}
        return {index: one.payload for index, one in first.items() if isinstance(one, PayloadParameter)}


Kind = Literal[
    "text", "image", "video", "document", "audio", "sticker", "location", "contacts", "reaction", "interactive",
    "template",
]  # fmt: skip
Content = (
    Text | Image | Video | Document | Audio | Sticker | Location | list[Contact] | Reaction | ReplyButtons
    | ListMessage | UrlMessage | TemplateMessage
)  # fmt: skip


class Send(_Strict):
    """One message: to a phone number (`to`) or a business-scoped user id (`recipient`); with both, `to` wins."""

    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual"] = "individual"
    to: Annotated[str, Field(pattern=r"^\+?[0-9]{6,16}$")] | None = None
    recipient: Annotated[str, Field(pattern=r"^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$")] | None = None
    type: Kind = "text"
    context: Context | None = None
    biz_opaque_callback_data: Annotated[str, Field(max_length=_LONGEST_OPAQUE)] | None = None
    text: Text | None = None
    image: Image | None = None
    video: Video | None = None
    document: Document | None = None
    audio: Audio | None = None
    sticker: Sticker | None = None
    location: Location | None = None
    contacts: Annotated[list[Contact], Field(min_length=1)] | None = None
    reaction: Reaction | None = None
    interactive: Interactive | None = None
    template: TemplateMessage | None = None

    @model_validator(mode="after")
    def _has_its_content_only(self) -> "Send":
        given = [kind for kind in get_args(Kind) if getattr(self, kind) is not None]
        if given != [self.type]:
            raise ValueError(f"type {self.type} with the objects {given}")
        if self.to is None and self.recipient is None:
            raise ValueError("neither to nor recipient")
        return self

    @property
    def content(self) -> Content:
        """The object named by `type`."""
        found: Content = getattr(self, self.type)
        return found


class TypingIndicator(_Strict):
    type: Literal["text"]


class Read(_Strict):
    """Marks a message of the user, and all before it, as read; may show that somebody writes."""

    messaging_product: Literal["whatsapp"]
    status: Literal["read"]
    message_id: str = Field(min_length=1)
    typing_indicator: TypingIndicator | None = None


def read_send(body: Json) -> Send:
    """The request, checked; raises what the Graph API would answer."""
    try:
        return Send.model_validate(body)
    except ValidationError as error:
        raise _refusal(error) from None


def read_read(body: Json) -> Read:
    """The same for marking as read."""
    try:
        return Read.model_validate(body)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> GraphRefused:
    """100 for a key there is not, 131008 for one that is missing, 131009 for a value that will not do."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return GraphRefused(100, f'Unexpected key "{first["loc"][-1]}" on param "{where}".')
    if first["type"] == "missing":
        return GraphRefused(131008, f"The parameter {where} is required.")
    return GraphRefused(131009, f"{where}: {first['msg']}")


def _different(values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise ValueError(f"given twice: {values}")
