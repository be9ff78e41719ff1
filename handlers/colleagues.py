"""Officers as somebody names them: by number or by part of a name, as /petugas lists them."""

from bot.desk.context import Context
from storage import officers
from storage.base import Reader
from storage.officers import Officer


async def present(tx: Reader, ctx: Context) -> list[Officer]:
    """Those who are in the group, by number."""
    return [row for row in await officers.all_of(tx, ctx.office) if row.left_at is None]


async def named(tx: Reader, ctx: Context, text: str) -> list[Officer]:
    """Those whom `text` may mean; a number or a whole name means one person, whoever else is called alike."""
    wanted = " ".join(text.casefold().removeprefix("@").split())
    here = await present(tx, ctx)
    exact = [row for row in here if wanted in (str(row.number), _words(row.name), _words(row.display_name or ""))]
    return exact or [row for row in here if wanted and any(wanted in name for name in _names(row))]


def _names(row: Officer) -> tuple[str, str]:
    return _words(row.name), _words(row.display_name or "")


def _words(name: str) -> str:
    return " ".join(name.casefold().split())
