"""What a service manager hears of the process (``Type=notify``, ``WatchdogSec=``): a datagram needs no library.

Where nobody listens (``NOTIFY_SOCKET`` is not set), nothing is said.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

# Two missed signs of life are still none too few: systemd asks for one in half its time.
SHARE = 1 / 3


def notify(state: str) -> None:
    """Tell the manager, such as ``READY=1``. A manager that does not listen is none of the desk's trouble."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
        datagrams.connect("\0" + address[1:] if address[0] == "@" else address)
        datagrams.sendall(state.encode())


def watchdog_seconds() -> float | None:
    """How often the manager wants a sign of life; None: it wants none, or from another process."""
    usec, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not usec.isdecimal() or int(usec) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(usec) / 1_000_000


@asynccontextmanager
async def serving(status: str) -> AsyncIterator[None]:
    """The process is ready while this is open, and shows that its event loop is alive."""
    notify(f"READY=1\nSTATUS={status}")
    beating = asyncio.create_task(_beat(), name="watchdog")
    try:
        yield
    finally:
        beating.cancel()
        notify("STOPPING=1")


async def _beat() -> None:
    seconds = watchdog_seconds()
    while seconds is not None:
        notify("WATCHDOG=1")
        await asyncio.sleep(seconds * SHARE)
