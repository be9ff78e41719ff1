"""What officers write shows the public no account of theirs: no user name, no link to a person, no own telephone."""

from dataclasses import replace

from bot.channels.base import Content
from bot.desk.context import Context
from bot.domain import discretion
from storage import officers
from storage.base import Reader


def plain(content: Content) -> Content:
    """Without the marks that lead to somebody's account."""
    return replace(content, entities=[dict(entity) for entity in discretion.without_accounts(content.entities)])


async def gives_away(tx: Reader, ctx: Context, content: Content) -> bool:
    """Whether it names an officer's account: by the user name, or as a contact card with the telephone number."""
    named = discretion.handles(content.text, content.entities)
    owner = str(content.data.get("user_id", "")) if content.kind == "contact" else ""
    if not named and not owner:
        return False
    return any(row.username in named or row.sender == owner for row in await officers.all_of(tx, ctx.office))
