"""Faults of the Graph API: the Telegram stand-in's script, with Meta's errors."""

from dataclasses import dataclass

from bot.playground.faults import Fault
from bot.playground.graph.refusals import GraphRefused
from bot.playground.replies import CUT, Reply

_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class GraphFault(Fault):
    """As `Fault`; `method` is messages, read, upload, media, download, templates, phone or *; `chat_id` the number.

    An "error" answers with Meta's `code`; a "flood" with 131056, or 130429 for the whole number (`whole_bot`).
    `swallow`: accepted and never arrives; a failed status with `code` follows, or with `code=0` nothing at all.
    """

    code: int = 131000

    def spoil(self, reply: Reply | None) -> Reply:
        """The answer the caller gets; `reply` is the true one, where the call was applied."""
        if self.what == "cut":
            return CUT
        if self.what == "flood":
            return GraphRefused(130429 if self.whole_bot else 131056).reply
        if self.what == "bad gateway":
            return Reply(502, _BAD_GATEWAY, content_type="text/html")
        if self.what == "truncated":
            return Reply(200, b'{"messaging_product":"whatsapp","messages":[{"id":"wam')
        if self.what == "delay" and reply is not None:
            return reply
        if self.body is not None:
            return Reply(self.status, self.body)
        return GraphRefused(self.code, self.description).reply
