"""/report PERIOD [csv] [koreksi REASON | nama REASON]: the figures at once, then picture, paper and workbook."""

from dataclasses import asdict

from bot.desk import reports, say
from bot.desk.context import Context
from bot.reports.periods import BadPeriod, parse
from bot.reports.workshop import Wish
from storage import audit
from storage.base import Tx

KINDS = (reports.PICTURE, *reports.PAPERS)
WHY = {"koreksi": "correction", "correction": "correction", "nama": "names", "names": "names"}


async def order(tx: Tx, ctx: Context, rest: str, *, chat: str, thread: str | None, sender: str) -> None:
    """Order the report as an admin typed it. With names it comes into a private chat only."""
    period, kinds, why = read(rest)
    try:
        parse(period, today=ctx.calendar.local_date(ctx.now))
    except BadPeriod:
        await say.to_chat(tx, ctx, chat, "admin_report_bad", thread=thread)
        return
    if "" in why.values() or ("names" in why and chat == "staff"):
        await say.to_chat(tx, ctx, chat, "admin_report_why", thread=thread)
        return
    actor = f"admin:{sender}"
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="report", period=period, **why)
    files = ctx.settings.report.files
    await say.drawn_later(tx, ctx, chat, "report", thread=thread, period=period, files=files)
    if files:
        supervisor = str(ctx.settings.supervisor.chat_id)
        wish = Wish(period, actor=actor, officers=chat == supervisor, **why)
        await reports.to_chat(tx, ctx, chat, asdict(wish), kinds, thread)


def read(rest: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """The period, the kinds of files, and why: {"correction": reason} or {"names": reason}."""
    words = rest.split()
    kinds: tuple[str, ...] = KINDS
    why: dict[str, str] = {}
    for place, word in enumerate(words):
        if word.casefold() in WHY:
            why = {WHY[word.casefold()]: " ".join(words[place + 1 :])}
            words = words[:place]
            break
    if any(word.casefold() == "csv" for word in words):
        kinds = (*KINDS, "csv")
    return " ".join(word for word in words if word.casefold() != "csv"), kinds, why
