"""The cast of the stand-in's own tests: a clock that only moves when told, a Telegram, its bot seen from outside."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.playground.arguments import Upload
from bot.playground.telegram import Telegram

NOON = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


class StoppedClock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


class Caller:
    """Calls methods as the bot would and gives back results or refusals."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    async def __call__(self, method: str, *, files: dict[str, Upload] | None = None, **params: Any) -> Any:
        """The result; fails where Telegram refuses."""
        reply = await self._telegram.call(self._telegram.token, method, params, files)
        assert reply.status == 200, reply.body
        return reply.result

    async def refused(self, method: str, **params: Any) -> str:
        """The description of the refusal."""
        reply = await self._telegram.call(self._telegram.token, method, params)
        assert isinstance(reply.body, dict), reply
        assert reply.body["ok"] is False, reply.body
        return str(reply.body["description"])

    async def updates(self, *kinds: str, **params: Any) -> list[Any]:
        """The waiting updates, each as its inner object when `kinds` names them."""
        found = await self("getUpdates", **params)
        return [update[kind] for update in found for kind in update if kind in kinds] if kinds else found
