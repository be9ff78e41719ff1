"""One life of the desk's process: it may end at any moment something of it gets in or out."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from bot.clock import Clock


class Life:
    """Counts the events on the desk's wires; at the end of its fuse, or when told, the process is dead.

    A dead process is not told so: its tasks wait for ever for what they asked of the world, as memory that is gone.
    """

    def __init__(self, clock: Clock, *, fuse: int | None = None) -> None:
        """`fuse`: how many events it survives; None: as many as there are."""
        self._clock = clock
        self._fuse = fuse
        self._buried: list[Callable[[], None]] = []
        self.dead = asyncio.Event()
        self.ended: datetime | None = None

    def at_end(self, bury: Callable[[], None]) -> None:
        """What the operating system does for a process that died, such as closing its files."""
        self._buried.append(bury)

    def spare(self) -> None:
        """No fuse any more: it lives until it is told to die."""
        self._fuse = None

    def survives(self) -> bool:
        """One event on a wire; False from the moment of death on."""
        if self._fuse is not None:
            self._fuse -= 1
            if self._fuse < 0:
                self.end()
        return not self.dead.is_set()

    async def passes(self) -> None:
        """One event on a wire: it returns to the living only."""
        if not self.survives():
            await asyncio.get_running_loop().create_future()

    def end(self) -> None:
        """Die now."""
        if not self.dead.is_set():
            self.dead.set()
            self.ended = self._clock.now()
            for bury in self._buried:
                bury()
