"""`meja demo`: the real desk as its own process, against stand-ins, a mail box and a web page in this one."""

import asyncio
import errno
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import MovedClock
from bot.domain.calendar import WorkingCalendar
from bot.errors import Exit
from bot.playground.budgets import Limits
from bot.playground.cast import ADMIN_ID, SUPERVISOR_ID, Cast, assemble
from bot.playground.configuration import office, write_configuration
from bot.playground.control import Control
from bot.playground.desk import Desk, DeskFailed
from bot.playground.graph.budgets import GraphLimits
from bot.playground.graph.control import WhatsAppControl
from bot.playground.graph.graph import Graph
from bot.playground.graph.server import serve_graph
from bot.playground.graph.standard import approve_all
from bot.playground.mailbox import Mailbox
from bot.playground.page import OfficeSign, Page
from bot.playground.people import Person
from bot.playground.server import application, serve
from bot.playground.telegram import Telegram

PORT = 8107
PORTS = range(10_000, 30_000)
# The group's budget is Telegram's. A private chat may be as quick as somebody who clicks through the demo.
LIMITS = Limits(private_burst=30)
# The same for a pair on WhatsApp: with Meta's six seconds who clicks fast would wait for what they borrowed.
WHATSAPP_LIMITS = GraphLimits(pair_seconds=0.3)
_AFTER_OPENING = timedelta(hours=1)

Start = Callable[[WorkingCalendar], datetime]


class SharedClock(MovedClock):
    """The clock of the stand-in and, through its file, of the desk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(path)

    def move(self, seconds: float) -> None:
        """Jumps by so many seconds; the desk follows within 0.2 s."""
        offset = (self.now() - datetime.now(UTC)).total_seconds() + seconds
        half = self.path.with_suffix(".half")
        half.write_text(f"{offset:.3f}")
        half.replace(self.path)
        self.refresh()


@dataclass(frozen=True)
class Playground:
    """Everything that runs: the stand-ins, their people, the mail box, the clock, and the desk's process."""

    telegram: Telegram
    graph: Graph
    mailbox: Mailbox
    clock: SharedClock
    cast: Cast
    desk: Desk
    url: str
    show: Callable[[Person], Person]
    """Puts somebody more on the page."""


def in_office_hours(calendar: WorkingCalendar) -> datetime:
    """Now while the office is open, else an hour after its next opening: a demo should not begin with a closed door."""
    now = datetime.now(UTC)
    return now if calendar.is_open(now) else calendar.next_opening(now) + _AFTER_OPENING


@asynccontextmanager
async def playground(
    folder: Path,
    *,
    start: Start = in_office_hours,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits = LIMITS,
    say: Callable[[str], None] = print,
) -> AsyncIterator[Playground]:
    """Runs everything while open; files go into `folder`, which must be empty. `start` picks the first moment."""
    async with AsyncExitStack() as stack:
        clock = SharedClock(folder / "clock")
        sign = OfficeSign.of(office(), clock.now())
        clock.move((start(sign.calendar) - clock.now()).total_seconds())
        telegram = Telegram(clock, limits=limits)
        graph = Graph(clock, limits=WHATSAPP_LIMITS, bell=telegram.bell)
        approve_all(graph.templates)
        cast = assemble(telegram, graph)
        mailbox = await stack.enter_async_context(Mailbox(clock, bell=telegram.bell))
        config, log_file = folder / "meja.toml", folder / "meja.log"
        desk = Desk(config, clock_file=clock.path, log_file=log_file, bell=telegram.bell, say=say)
        app = application(telegram)
        whatsapp = WhatsAppControl(graph, name=sign.name)
        control = Control(telegram, mailbox, move_clock=clock.move, whatsapp=whatsapp)
        cast.enter(control.stage)
        whatsapp.add(cast.phone)
        control.add_to(app)
        Page(telegram, graph, desk, sign, cast.roles).add_to(app)
        url = await stack.enter_async_context(serve(telegram, host, port, app=app))
        web_port = free_port()
        webhook = f"http://127.0.0.1:{web_port}/whatsapp/{sign.code}"
        graph_url = await stack.enter_async_context(serve_graph(graph, webhook))
        _configure(config, telegram, mailbox, url, graph=graph, graph_url=graph_url, web_port=web_port)
        await stack.enter_async_context(desk)
        yield Playground(telegram, graph, mailbox, clock, cast, desk, url, control.stage.add)


def _configure(
    config: Path, telegram: Telegram, mailbox: Mailbox, url: str, *, graph: Graph, graph_url: str, web_port: int
) -> None:
    write_configuration(
        config,
        phone_number_id=graph.phone_number_id,
        waba_id=graph.waba_id,
        access_token=graph.token,
        app_secret=graph.app_secret,
        verify_token=graph.verify_token,
        graph_url=graph_url,
        pair_seconds=graph.budgets.limits.pair_seconds,
        web_port=web_port,
        token=telegram.token,
        staff_chat_id=telegram.staff.id,
        admin_id=ADMIN_ID,
        supervisor_id=SUPERVISOR_ID,
        api_url=url.replace("//0.0.0.0:", "//127.0.0.1:"),
        mail_host=mailbox.host,
        mail_port=mailbox.port,
        database=str(config.with_name("meja.db").resolve()),
    )


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on now. It is none of those the system gives out, so nobody is given it meanwhile."""
    while not _is_free(host, port := random.choice(PORTS)):
        pass
    return port


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
    return True


@contextmanager
def working_folder(folder: Path | None) -> Iterator[Path]:
    """A fresh folder for one run: below `folder`, where it stays, or a temporary one."""
    if folder is None:
        with TemporaryDirectory(prefix="meja-demo-") as temporary:
            yield Path(temporary)
    else:
        fresh = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}"
        fresh.mkdir(parents=True)
        yield fresh


async def demo(*, host: str = "127.0.0.1", port: int = PORT, folder: Path | None = None) -> int:
    """Runs until Ctrl-C or SIGTERM and gives the exit code. A taken port is replaced by a free one; a line tells."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)
    chosen = port if port and _is_free(host, port) else 0
    try:
        with working_folder(folder) as files:
            _say("starting the desk, stand-ins for Telegram and WhatsApp, and a mail box")
            async with playground(files, host=host, port=chosen, say=_say) as running:
                await _until_ready(running, stopped)
                _say(f"open {running.url} in a browser; Ctrl-C ends the demo")
                await stopped.wait()
    except DeskFailed as failure:
        _say(str(failure))
        return Exit.FAILURE
    _say("stopped")
    return Exit.OK


async def _until_ready(running: Playground, stopped: asyncio.Event) -> None:
    """Waits for the desk, unless the demo is ended before. Raises DeskFailed."""
    ready, ended = asyncio.ensure_future(running.desk.ready()), asyncio.ensure_future(stopped.wait())
    await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if ready.done():
        ready.result()
    ready.cancel()


def _say(line: str) -> None:
    print(f"meja: {line}", file=sys.stderr, flush=True)
