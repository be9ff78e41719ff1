"""Links in our mails that let somebody do one thing on a page of ours without logging in.

A link names what it is for and is signed: nobody can make one, or turn one into another. Opening it changes nothing,
for programs that look at mails open links too; the page asks, and only the answer counts.
"""

import base64
import binascii
import hmac
from hashlib import sha256

from bot.desk.context import Context

SIGNATURE_BYTES = 16
LONGEST = 300


def open_at(ctx: Context, door: str, *parts: str) -> str:
    """The whole address of the page behind `door`; "" where the office has no public address.

    `parts`: what the page is about; no secret and nothing about a person that the receiver does not know.
    """
    public = ctx.settings.web.public_url
    return f"{public}/{door}/{ctx.office}/{_token(ctx, door, parts)}" if public else ""


def behind(ctx: Context, door: str, token: str) -> tuple[str, ...] | None:
    """What the link was made for; None when we never made it."""
    head, _, _ = token.partition(".")
    try:
        padded = head + "=" * (-len(head) % 4)
        parts = tuple(base64.b64decode(padded, altchars=b"-_", validate=True).decode("utf-8").split("\n"))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    known = len(token) <= LONGEST and hmac.compare_digest(_token(ctx, door, parts).encode(), token.encode())
    return parts if known else None


def _token(ctx: Context, door: str, parts: tuple[str, ...]) -> str:
    body = "\n".join(parts).encode()
    seal = hmac.new(ctx.secret, b"door\n" + f"{door}\n{ctx.office}\n".encode() + body, sha256).digest()
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (body, seal[:SIGNATURE_BYTES]))
