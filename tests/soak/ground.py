"""Where a soak happens: a stand-in that remembers each call, a mail box, one clock for all, and the desk's process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import MovedClock
from bot.playground.arguments import Upload
from bot.playground.budgets import OFF
from bot.playground.mailbox import Mail, Mailbox
from bot.playground.replies import Json, Reply
from bot.playground.server import serve
from bot.playground.spec import Spec
from bot.playground.telegram import Telegram
from tests.crash.conftest import QUICK
from tests.crash.launch import Desk, write_configuration
from tests.flows.conftest import settings_for
from tests.simulation.wires import Call
from tests.soak.nursery import ForkedDesk

# An answer is on its way so long at most, on a machine that has other things to do.
TRANSIT = timedelta(seconds=1)


@dataclass
class Life:
    """One process of the desk, and when it was killed."""

    ended: datetime | None = None


@dataclass
class Network:
    """What the desk's requests came to, as far as the far side can tell."""

    calls: list[Call] = field(default_factory=list)


class Watched(Telegram):
    """The stand-in, which also notes for each request what its sender can have learnt, and which process it was."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.network = Network()
        self.life = Life()
        self.under_way = 0  # requests that are not answered yet, polls left out

    @property
    def waiting(self) -> int:
        """Updates that are not confirmed."""
        return len(self.world.updates)

    async def call(self, token: str, method: str, params: Json, files: dict[str, Upload] | None = None) -> Reply:
        if method == "getUpdates":
            return await super().call(token, method, params, files)
        call = Call(self.life, method, params, self.clock.now())
        self.network.calls.append(call)
        self.under_way += 1
        try:
            call.reply = await super().call(token, method, params, files)
        finally:
            self.under_way -= 1
        call.ended = self.clock.now() + TRANSIT
        is_clear = isinstance(call.reply.body, dict) and call.reply.status < 500 and not call.reply.cut
        call.outcome = "answered" if is_clear else "unknown"
        return call.reply


@dataclass(frozen=True)
class Letter:
    """A mail as the people of the simulation read it."""

    code: str


class Letters:
    """Everybody's mail, in the manner of `tests.simulation.wires.MailRoom`."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    @property
    def letters(self) -> list[Letter]:
        return list(map(_letter, self._mailbox.mails))

    def to(self, address: str) -> list[Letter]:
        return list(map(_letter, self._mailbox.to(address)))


def _letter(mail: Mail) -> Letter:
    try:
        return Letter(mail.code)
    except LookupError:
        return Letter("")


@dataclass
class Ground:
    """`path` is the database. The desk does not run yet."""

    telegram: Watched
    mailbox: Mailbox
    clock: MovedClock
    path: Path
    clock_file: Path
    desk: Desk | ForkedDesk

    def jump(self, delta: timedelta) -> None:
        """Everybody's clock goes forward; the desk reads the file a moment later."""
        before = float(self.clock_file.read_text())
        part = self.clock_file.with_suffix(".part")
        part.write_text(str(before + delta.total_seconds()))
        part.replace(self.clock_file)
        self.clock.refresh()


@asynccontextmanager
async def ground(folder: Path, *, start: datetime, is_deadly: bool) -> AsyncIterator[Ground]:
    """An office in this folder, whose clocks begin at `start`; where the desk dies often, it is born cheaply."""
    clock_file = folder / "clock"
    clock_file.write_text(str((start - datetime.now(start.tzinfo)).total_seconds()))
    clock = MovedClock(clock_file)
    telegram = Watched(clock, limits=OFF, spec=Spec.find())
    path = folder / "meja.db"
    async with Mailbox(clock, bell=telegram.bell) as mailbox, serve(telegram) as url:
        settings = settings_for(url, mailbox, path, **QUICK)
        make = ForkedDesk if is_deadly else Desk
        desk = make(write_configuration(folder / "meja.toml", settings), clock_file=clock_file)
        try:
            yield Ground(telegram, mailbox, clock, path, clock_file, desk)
        finally:
            await desk.end()
