"""The office's post: shows the office to its neighbours, reads their letters, passes on what they are to have.

Only where offices share a database. Each letter is one transaction, and what was not done is found again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.base import SendError
from bot.delivery.marks import SICK_PAUSE, NewContext
from bot.desk import newcomers, passing, referral
from bot.desk.context import Context
from storage import letters, neighbours, referrals
from storage import newcomers as newcomer_rows
from storage.base import StorageUnavailable, Store, Tx
from storage.letters import Letter
from storage.referrals import Referral

log = logging.getLogger(__name__)

PAGE = 50
TIDIED_EVERY = timedelta(hours=1)
# What nobody came for, and what nobody took.
KEPT = referral.LIFE + timedelta(days=2)

READERS: dict[str, Callable[[Tx, Context, Letter], Awaitable[None]]] = {
    "accept": referral.accepted,
    "refuse": newcomers.refused,
    "conversation": newcomers.take_in,
}
FACTS = ("name", "name_en", "address", "phone", "email", "website")


class Post:
    """`name_of_bot` asks Telegram under which name links lead to the office's bot. Raises SendError."""

    def __init__(self, store: Store, context: NewContext, name_of_bot: Callable[[], Awaitable[str]]) -> None:
        self._store = store
        self._context = context
        self._name_of_bot = name_of_bot
        self._called = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._tidied_at: datetime | None = None

    def start(self) -> None:
        self._store.listen("post", lambda office: self.call())
        self._called.set()
        self._task = asyncio.create_task(self._work(), name="post")

    async def stop(self) -> None:
        """What is under way is undone, and done anew by the next one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def call(self) -> None:
        """There is something for this office."""
        self._called.set()

    async def look(self) -> None:
        """The tick: what no hint told of is found all the same."""
        self._called.set()

    async def _work(self) -> None:
        """Whenever it is called; no failure ends it."""
        while True:
            await self._called.wait()
            self._called.clear()
            try:
                await self._tidy()
                waits = await self._store.run(_waiting, self._context())
                await self._read(waits.letters)
                await self._pass_on(waits.referrals)
            except StorageUnavailable:
                await asyncio.sleep(SICK_PAUSE)
                self._called.set()
            except Exception:
                log.exception("the post failed", extra={"action": "post"})
                await asyncio.sleep(SICK_PAUSE)

    async def _tidy(self) -> None:
        """Now and then: the office shows itself to the others, and what has waited too long is ended."""
        ctx = self._context()
        if self._tidied_at is not None and timedelta(0) <= ctx.now - self._tidied_at < TIDIED_EVERY:
            return
        await self._store.run(_end_waiting, ctx)
        try:
            bot = await self._name_of_bot()
        except SendError as error:
            log.info("the bot's name is not known yet", extra={"action": "post", "cause": error.cause})
            return
        office = ctx.settings.office
        facts = {key: getattr(office, key) for key in FACTS}
        await self._store.run(neighbours.show, ctx.office, facts=facts, bot=bot, at=ctx.now)
        self._tidied_at = ctx.now

    async def _read(self, waiting: list[Letter]) -> None:
        """One letter that cannot be dealt with holds up no other."""
        for letter in waiting:
            try:
                await self._store.run(_deal_with, self._context(), letter.id)
            except StorageUnavailable:
                raise
            except Exception:
                log.exception("a letter failed", extra={"action": "post", "letter": letter.id, "kind": letter.kind})

    async def _pass_on(self, accepted: list[Referral]) -> None:
        """Files go ahead one by one; what they belong to follows when nothing more is waited for."""
        for found in accepted:
            if await self._store.run(passing.is_waiting, self._context(), found):
                continue
            for number, media_id in await self._store.run(passing.enclosures, found):
                await self._store.run(passing.enclose, self._context(), found, number, media_id)
            await self._store.run(_deliver, self._context(), found)


@dataclass(frozen=True)
class _Waiting:
    letters: list[Letter]
    referrals: list[Referral]


async def _waiting(tx: Tx, ctx: Context) -> _Waiting:
    """What there is to do; the sender's and the receiver's part in one look, for most often there is neither."""
    return _Waiting(await letters.waiting(tx, ctx.office, PAGE), await referrals.accepted(tx, ctx.office))


async def _deal_with(tx: Tx, ctx: Context, letter_id: int) -> None:
    letter = await letters.get(tx, letter_id)
    if letter is not None:
        await READERS[letter.kind](tx, ctx, letter)


async def _deliver(tx: Tx, ctx: Context, found: Referral) -> None:
    await referral.deliver(tx, ctx, found.id)


async def _end_waiting(tx: Tx, ctx: Context) -> None:
    """Nobody waits for ever, and nothing lies between the offices for ever."""
    await referral.expire(tx, ctx)
    for newcomer in await newcomer_rows.overdue(tx, ctx.office, ctx.now - newcomers.PATIENCE):
        await newcomers.give_up(tx, ctx, newcomer)
    await letters.expire(tx, ctx.office, ctx.now - KEPT)
