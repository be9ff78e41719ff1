"""What a request makes of a message: what the person will see of it."""

from typing import TYPE_CHECKING

from bot.playground.graph.messages import Choice, WhatsAppAccount, WhatsAppMessage
from bot.playground.graph.refusals import GraphRefused
from bot.playground.graph.requests import (
    Contact,
    ListMessage,
    Location,
    Media,
    Reaction,
    ReplyButtons,
    Send,
    TemplateMessage,
    Text,
    TextHeader,
    UrlMessage,
)

if TYPE_CHECKING:
    from bot.playground.graph.graph import Graph


def message_of(graph: "Graph", send: Send, person: WhatsAppAccount | None) -> WhatsAppMessage:
    """The message a request makes; raises what Meta would answer to its content."""
    number = person.number if person is not None else 0
    body = send.model_dump(exclude_none=True)[send.type]
    message = WhatsAppMessage(graph.wamid(number), True, graph.clock.now(), send.type, tag=_tag(send))
    message.body = body if isinstance(body, dict) else {send.type: body}
    message.reply_to = send.context.message_id if send.context is not None else ""
    content = send.content
    if isinstance(content, Text):
        message.text = content.body
    elif isinstance(content, Media):
        _show_media(graph, message, content)
    elif isinstance(content, ReplyButtons | ListMessage | UrlMessage):
        _show_interactive(message, content)
    elif isinstance(content, TemplateMessage):
        template, message.text, message.choices = graph.templates.draw(content)
        message.template, message.footer = template.name, template.footer
    elif isinstance(content, Reaction):
        _check_reaction(person, content)
        message.text = content.emoji
    elif isinstance(content, Location):
        message.text = content.name or ""
    else:
        message.text = _names(content)
    return message


def _tag(send: Send) -> str:
    return send.biz_opaque_callback_data or ""


def _show_media(graph: "Graph", message: WhatsAppMessage, content: Media) -> None:
    if content.id is None:
        raise GraphRefused(131053, f"the stand-in fetches no links, not even {content.link}")
    message.file = graph.media.for_sending(content.id, message.kind, graph.clock.now())
    message.text = getattr(content, "caption", None) or ""


def _show_interactive(message: WhatsAppMessage, content: ReplyButtons | ListMessage | UrlMessage) -> None:
    message.kind = content.type
    message.text = content.body.text
    message.header = content.header.text if isinstance(content.header, TextHeader) else ""
    message.footer = content.footer.text if content.footer is not None else ""
    if isinstance(content, ReplyButtons):
        message.choices = tuple(Choice(button.reply.id, button.reply.title) for button in content.action.buttons)
    elif isinstance(content, ListMessage):
        message.menu = content.action.button
        message.choices = tuple(
            Choice(row.id, row.title, row.description or "", section.title or "")
            for section in content.action.sections
            for row in section.rows
        )
    else:
        message.menu, message.url = content.action.parameters.display_text, content.action.parameters.url


def _check_reaction(person: WhatsAppAccount | None, content: Reaction) -> None:
    """Only on what is in the chat (a guess: Meta names no code for it)."""
    if person is not None and person.message(content.message_id) is None:
        raise GraphRefused(131009, "Message to react to is not known")


def _names(contacts: list[Contact]) -> str:
    return ", ".join(contact.name.formatted_name for contact in contacts)
