"""Which update the work at hand follows from: one number from the inbox through handler, outbox and request.

It stands in the context of the task or thread that works, so that nobody has to hand it on; logs show it as `event`.
"""

from contextvars import ContextVar

from bot.domain.ids import InboxId

_EVENT: ContextVar[InboxId | None] = ContextVar("event", default=None)


def event() -> InboxId | None:
    """The row of the inbox; None: the desk acts by itself."""
    return _EVENT.get()


class following:
    """``with following(row):`` what is done inside follows from that update. (A class: it is on everybody's way.)"""

    __slots__ = ("_row", "_token")

    def __init__(self, row: InboxId | None) -> None:
        self._row = row

    def __enter__(self) -> None:
        self._token = _EVENT.set(self._row)

    def __exit__(self, *error: object) -> None:
        _EVENT.reset(self._token)
