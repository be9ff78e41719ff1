"""What somebody offers to the web: an address, a method, and who answers. Costs nothing where no server runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the server's library is loaded only where one runs
    from aiohttp import web

MEGABYTE = 1 << 20

# From a request to its answer. It may raise aiohttp's HTTPException, and NotKept, which is answered with 503.
Handler = Callable[["web.Request"], Awaitable["web.StreamResponse"]]
# Why each office is not ready, by its code; an empty list is a ready one.
Readiness = Callable[[], Awaitable[dict[str, list[str]]]]


@dataclass(frozen=True)
class Route:
    """`path` is the whole one, such as "/telegram/1207", or ends in "/*", which stands for one more part of a path.

    `largest` is the most a request's body may hold, in bytes. One route for each method and path; a GET answers HEAD.
    """

    method: str
    path: str
    handler: Handler
    largest: int = MEGABYTE


def last_part(request: Any) -> str:
    """What stands in the place of the "*"."""
    return str(request.path).rpartition("/")[2]
