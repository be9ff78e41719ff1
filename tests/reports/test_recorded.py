"""The desk itself writes the history: after each step its events fold into what the ticket's own row says."""

from dataclasses import dataclass, field
from random import Random

from pydantic import SecretStr

from bot.desk import closing, conversation, feedback, tickets
from bot.desk.calendars import configured
from bot.desk.context import Context
from bot.domain.ids import TicketId
from bot.domain.lifecycle import CLOSE_REASONS
from bot.reports.cycles import fold
from bot.settings import Mail, Office, Settings, Telegram
from bot.texts import Texts
from storage import accounts, identities, messages, officers, offices, ticket_events
from storage import tickets as ticket_rows
from storage.accounts import Account
from storage.base import Tx
from storage.identities import Identity
from storage.officers import Officer
from storage.tickets import Ticket
from tests.domain.cast import local
from tests.reports.cast import OFFICE, Desk

SETTINGS = Settings(
    office=Office(code=OFFICE, name="BPS Kabupaten Labuhanbatu"),
    telegram=Telegram(token=SecretStr("1:a"), staff_chat_id=-1001234567890),
    mail=Mail(host="localhost", from_address="konsultasi@contoh.id"),
)


@dataclass
class Consultation:
    """One ticket of the real desk, in one transaction."""

    tx: Tx
    texts: Texts
    user: Identity
    account: Account
    officer: Officer
    ticket_id: TicketId = field(init=False)

    def at(self, text: str) -> Context:
        now = local(text)
        calendar = configured(SETTINGS.office, now)
        return Context(SETTINGS, self.texts, calendar, secret=b"s", randomness=Random(now.timestamp()), now=now)

    async def ticket(self) -> Ticket:
        return await ticket_rows.need(self.tx, self.ticket_id)

    async def opens(self, when: str) -> None:
        ctx = self.at(when)
        ticket = await tickets.open_ticket(self.tx, ctx, self.user, self.account, "data", received=ctx.now)
        self.ticket_id = ticket.id

    async def officer_writes(self, when: str, *, question: bool = False) -> None:
        ctx = self.at(when)
        message = await messages.add(
            self.tx, OFFICE, ticket_id=self.ticket_id, identity_id=self.user.id, side="officer",
            officer_id=self.officer.id, content={"kind": "text", "text": "Halo", "entities": []}, album=None,
            reply_to=None, quote=None, at=ctx.now, inbox_id=None,
        )  # fmt: skip
        await conversation.delivered(self.tx, ctx, await self.ticket(), message, at=ctx.now, question=question)

    async def user_writes(self, when: str) -> None:
        ctx = self.at(when)
        await conversation.user_spoke(self.tx, ctx, await self.ticket(), at=ctx.now)

    async def user_is_content(self, when: str) -> None:
        ctx = self.at(when)
        await conversation.said_answered(self.tx, ctx, await self.ticket(), at=ctx.now)

    async def changes_type(self, when: str) -> None:
        await tickets.change_type(self.tx, self.at(when), await self.ticket(), self.officer, "metadata")

    async def closes(self, when: str) -> None:
        reason = CLOSE_REASONS["answered"]
        await closing.close(self.tx, self.at(when), await self.ticket(), reason, actor=f"officer:{self.officer.id}")

    async def rates(self, when: str, stars: int) -> None:
        assert await feedback.rate(self.tx, self.at(when), self.user, await self.ticket(), stars)

    async def reopens(self, when: str) -> None:
        ctx = self.at(when)
        await closing.reopen(self.tx, ctx, await self.ticket(), actor="user", received=ctx.now)

    async def agrees(self) -> None:
        """The last cycle, as folded, against the row."""
        row = await self.ticket()
        events = await ticket_events.of_ticket(self.tx, row.id)
        cycle = fold(events, self.at("2026-11-23 08:00").calendar)[-1]
        reason = cycle.sla.reason
        assert (cycle.status, cycle.type, cycle.number, cycle.officer_id) == (
            row.status, row.type, row.cycle, row.officer_id
        )  # fmt: skip
        assert (cycle.opened_at, cycle.first_response_at) == (row.opened_at, row.first_response_at)
        assert (cycle.sla.due_at, cycle.sla.paused_since) == (row.due_at, row.paused_at)
        assert (cycle.sla.marked_at, cycle.sla.last_answer_at) == (row.answered_at, row.last_answer_at)
        assert (cycle.sla.closed_at, reason.key if reason else None) == (row.closed_at, row.close_reason)


async def meet(tx: Tx, texts: Texts) -> Consultation:
    """A registered user and an officer."""
    at = local("2026-11-20 09:00")
    await offices.ensure(tx, OFFICE, "-1001234567890")
    account_id = await accounts.add(tx, OFFICE, email="siti@contoh.id", email_key="siti@contoh.id", at=at)
    user_id = await identities.add(tx, OFFICE, channel="telegram", sender="7", chat="7", lang="id", at=at)
    await identities.set_account(tx, user_id, account_id)
    account, user = await accounts.get(tx, account_id), await identities.get(tx, user_id)
    assert account is not None
    assert user is not None
    return Consultation(tx, texts, user, account, await officers.seen(tx, OFFICE, sender="9", name="Rina", at=at))


async def play(tx: Tx, texts: Texts) -> None:
    desk = await meet(tx, texts)
    for step in (
        desk.opens("2026-11-23 10:00"),
        desk.officer_writes("2026-11-23 11:00"),
        desk.user_writes("2026-11-23 12:00"),
        desk.changes_type("2026-11-23 12:10"),
        desk.officer_writes("2026-11-23 13:00", question=True),
        desk.officer_writes("2026-11-23 13:05"),
        desk.user_writes("2026-11-24 09:00"),
        desk.officer_writes("2026-11-24 10:00", question=True),
        desk.user_is_content("2026-11-24 14:00"),
        desk.closes("2026-11-24 15:00"),
        desk.rates("2026-11-24 15:30", stars=4),
        desk.reopens("2026-11-25 09:00"),
        desk.officer_writes("2026-11-25 10:00"),
        desk.closes("2026-11-25 11:00"),
        desk.rates("2026-11-25 12:00", stars=5),
    ):
        await step
        await desk.agrees()


async def test_the_folded_events_agree_with_the_row_after_every_step(desk: Desk, texts: Texts) -> None:
    await desk.store.run(play, texts)
    found = await desk.report("2026-11", now="2026-12-05 09:00")
    assert (found["opened"], found["reopened"], found["hasty"], found["closed"]) == (2, 1, 1, 2)
    assert (found["on_time"], found["judged"], found["rated"], found["stars_mean"]) == (2, 2, 2, 4.5)
    assert found["by_type"] == [{"type": "metadata", "n": 2}]
    assert found["first_response_median"] == 3_600
