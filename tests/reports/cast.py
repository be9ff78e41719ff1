"""The desk of the report tests: tickets with hand-written histories in a real database.

A story is a list of lines: local date, time, kind of event, and what it tells (`reason=answered`, `stars=4`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.calendar import WorkingCalendar
from bot.domain.ids import OfficerId, TicketId
from bot.domain.skm import Element
from bot.domain.sla import due_at
from bot.reports.board import board_params
from bot.reports.cycles import TicketCycle, fold
from bot.reports.report import report_params
from storage import accounts, identities, officers, outbox, survey_answers, ticket_events, tickets
from storage.base import Store, Tx
from storage.rows import stamp
from storage.ticket_events import TicketEvent
from tests.domain.cast import calendar as calendar_of
from tests.domain.cast import local

OFFICE = "1207"
STAFF_CHAT = "-1001234567890"
BEGINNINGS = ("opened", "reopened")
ACTORS = {"opened": "user", "user_spoke": "user", "resumed": "user", "rated": "user", "late": "system"}


def told(story: tuple[str, ...], calendar: WorkingCalendar, ticket: TicketId) -> list[TicketEvent]:
    """The events of a story; due moments of beginnings follow from the calendar, `due=…` is a local moment."""
    events: list[TicketEvent] = []
    cycle = 0
    for n, line in enumerate(story, start=1):
        day, time, kind, *rest = line.split()
        at = local(f"{day} {time}", calendar.zone)
        data: dict[str, Any] = dict(part.split("=") for part in rest)
        actor = data.pop("by", ACTORS.get(kind, "officer:1"))
        if kind in BEGINNINGS:
            cycle += 1
            data = {"type": "data", "due_at": stamp(due_at(at, calendar))} | data
        events.append(TicketEvent(n, OFFICE, ticket, cycle, kind, at, actor, _typed(data, calendar.zone)))
    return events


def _typed(data: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """What the story says in words as the desk records it."""
    if "due" in data:
        data["due_at"] = stamp(local(data.pop("due").replace("T", " "), zone))
    if "stars" in data:
        data["stars"] = int(data["stars"])
    if "hasty" in data:
        data["hasty"] = data["hasty"] == "yes"
    return data


def cycles(*story: str, calendar: WorkingCalendar | None = None) -> list[TicketCycle]:
    calendar = calendar or calendar_of()
    return fold(told(story, calendar, TicketId(1)), calendar)


@dataclass
class Desk:
    """One office with its database; moments are written in its own zone."""

    store: Store
    calendar: WorkingCalendar = field(default_factory=calendar_of)
    count: int = 0

    async def ticket(self, *story: str, **columns: Any) -> str:
        """A ticket to which this happened; `columns` overrule what its row says. The number of the ticket."""
        self.count += 1
        number = f"1207-2611-{self.count:04d}"
        await self.store.run(self._write, number, story, columns)
        return number

    async def _write(self, tx: Tx, number: str, story: tuple[str, ...], columns: dict[str, Any]) -> None:
        ticket_id = await _row(tx, number)
        events = told(story, self.calendar, ticket_id)
        for event in events:
            await ticket_events.add(
                tx, OFFICE, ticket_id, event.cycle, event.kind, at=event.at, actor=event.actor, **event.data
            )
        await tickets.change(tx, ticket_id, **_columns(events) | columns)

    async def goes_on(self, number: str, *story: str) -> None:
        """Later events of a ticket's last cycle."""
        await self.store.run(self._append, number, story)

    async def _append(self, tx: Tx, number: str, story: tuple[str, ...]) -> None:
        ticket = await tickets.of_number(tx, OFFICE, number)
        assert ticket is not None
        before = await ticket_events.of_ticket(tx, ticket.id)
        later = told(story, self.calendar, ticket.id)
        for event in later:
            cycle = event.cycle + before[-1].cycle
            await ticket_events.add(tx, OFFICE, ticket.id, cycle, event.kind, at=event.at, actor="user", **event.data)
        await tickets.change(tx, ticket.id, **_columns([*before, *later]))

    async def officer(self, name: str) -> OfficerId:
        found = await self.store.run(officers.seen, OFFICE, sender=name, name=name, at=self.moment("2026-01-05 08:00"))
        return found.id

    async def message(self, number: str, *, state: str, follow_up: str | None = "answer") -> None:
        """An outbox row to the ticket's user."""
        await self.store.run(self._queue, number, state, follow_up)

    async def _queue(self, tx: Tx, number: str, state: str, follow_up: str | None) -> None:
        ticket = await tickets.of_number(tx, OFFICE, number)
        assert ticket is not None
        at = self.moment("2026-11-23 10:00")
        await outbox.add(
            tx, OFFICE, lane="u:1", dest="user", kind="relay", payload={}, at=at, rank=outbox.RELAY,
            ticket_id=ticket.id, follow_up=follow_up, state=state,
        )  # fmt: skip

    async def survey(self, number: str, value: int, *, at: str, besides: str = "") -> None:
        """The same answer to every element, `besides` one left out."""
        await self.store.run(self._answer, number, value, self.moment(at), besides)

    async def _answer(self, tx: Tx, number: str, value: int, at: datetime, besides: str) -> None:
        ticket = await tickets.of_number(tx, OFFICE, number)
        assert ticket is not None
        for element in Element:
            if element != besides:
                await survey_answers.put(tx, OFFICE, ticket.id, ticket.cycle, element=element, value=value, at=at)

    def moment(self, text: str) -> datetime:
        return local(text, self.calendar.zone)

    async def report(self, period: str, *, now: str) -> dict[str, Any]:
        async with self.store.reader() as reader:
            return await report_params(
                reader, office=OFFICE, calendar=self.calendar, now=self.moment(now), period=period
            )

    async def board(self, *, now: str, staff_chat: str = STAFF_CHAT, page: int = 0) -> dict[str, Any]:
        async with self.store.reader() as reader:
            return await board_params(
                reader, office=OFFICE, calendar=self.calendar, now=self.moment(now), staff_chat=staff_chat, page=page
            )


async def _row(tx: Tx, number: str) -> TicketId:
    """A ticket's row with an account and a chat of its own."""
    at = local("2026-01-05 08:00")
    email = f"{number}@contoh.id"
    account = await accounts.add(tx, OFFICE, email=email, email_key=email, at=at)
    identity = await identities.add(tx, OFFICE, channel="telegram", sender=number, chat=number, lang="id", at=at)
    return await tickets.add(
        tx, OFFICE, number=number, account_id=account, identity_id=identity, lang="id", type="data",
        status="waiting_officer", opened_at=at, due_at=at,
    )  # fmt: skip


def _columns(events: list[TicketEvent]) -> dict[str, Any]:
    """What the row of the running cycle says after these events, as far as figures look at it."""
    columns: dict[str, Any] = {}
    for event in events:
        if event.kind in BEGINNINGS:
            columns = {"opened_at": event.at, "closed_at": None, "cycle": event.cycle}
        if event.kind == "closed":
            columns |= {"closed_at": event.at, "status": "closed"}
        if "due_at" in event.data:
            columns["due_at"] = event.data["due_at"]
    return columns
