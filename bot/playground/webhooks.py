"""Posting updates to a webhook, as Telegram's own server does (TELEGRAM.md §2, WebhookActor).

One request at a time for each lane, so many at once altogether; an update is posted again and again until it is taken
or its day is over; the receiver may say how long to wait.
"""

import asyncio
from random import Random

import aiohttp

from bot.clock import Clock
from bot.playground.updates import Hook, Queued, UpdateQueue

ANSWER_SECONDS = 60.0
# After the first failure at once, then so long and doubled each time, up to some time between the last two.
FIRST_WAIT = 2.0
LONGEST_WAIT = (60.0, 120.0)
LONGEST_RETRY_AFTER = 3600.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Postman:
    """Posts the queue's updates while a webhook is set; `run` until it is cancelled."""

    def __init__(self, updates: UpdateQueue, clock: Clock, *, seed: int = 0) -> None:
        self._updates = updates
        self._clock = clock
        self._random = Random(seed)
        self._lanes: dict[object, asyncio.Task[None]] = {}

    async def run(self) -> None:
        while self._updates.hook is None:
            await self._updates.changed.heard()
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
            try:
                while True:
                    self._send_out(session)
                    await self._updates.changed.heard()
            finally:
                for task in self._lanes.values():
                    task.cancel()
                await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    def _send_out(self, session: aiohttp.ClientSession) -> None:
        """A round for each lane that has something, as far as there are connections."""
        hook = self._updates.hook
        for queued in self._updates.due() if hook else ():
            if hook and queued.lane not in self._lanes and len(self._lanes) < hook.most_connections:
                self._lanes[queued.lane] = asyncio.create_task(self._round(session, queued.lane))

    async def _round(self, session: aiohttp.ClientSession, lane: object) -> None:
        """Post the lane's updates one after the other until none is left or there is no webhook any more."""
        wait = 0.0
        try:
            while (hook := self._updates.hook) and (queued := self._first(lane)):
                pause = await self._post(session, hook, queued)
                if pause is None:
                    wait = 0.0
                    continue
                await asyncio.sleep(max(pause, wait))
                wait = min(max(FIRST_WAIT, wait * 2), self._random.uniform(*LONGEST_WAIT))
        finally:
            del self._lanes[lane]
            self._updates.changed.ring()

    def _first(self, lane: object) -> Queued | None:
        return next((queued for queued in self._updates.due() if queued.lane == lane), None)

    async def _post(self, session: aiohttp.ClientSession, hook: Hook, queued: Queued) -> float | None:
        """None: it was taken. Else how long the receiver asked to wait, 0 where it did not."""
        headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
        retry_after = 0.0
        try:
            async with session.post(hook.url, json=queued.update, headers=headers) as response:
                await response.read()
                taken, error = 200 <= response.status < 300, f"Wrong response from the webhook: {response.status}"
                retry_after = _seconds(response.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, TimeoutError, OSError):
            taken, error = False, "Connection failed"
        self._updates.posted(queued, taken=taken)
        if not taken:
            hook.error_at, hook.error = self._clock.now(), error
        return None if taken else min(retry_after, LONGEST_RETRY_AFTER)


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0
