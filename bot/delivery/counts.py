"""What a desk counts while it works. Plain numbers: they are drawn only when somebody asks for /metrics."""

from collections import Counter

from bot.channels.base import SendError, Sent
from storage.timings import Timings


class Counts:
    """Since the start of the process. No label names a person."""

    def __init__(self) -> None:
        self.updates = 0
        self.repeats = 0
        self.intake = Timings()
        self.sends: Counter[str] = Counter()
        self.mails: Counter[str] = Counter()
        self.floods = 0
        self.flood_seconds = 0.0

    def posted(self, outcome: Sent | SendError) -> None:
        """A request of the outbox came to its end: "sent", or the cause."""
        if isinstance(outcome, Sent):
            self.sends["sent"] += 1
            return
        self.sends["unknown" if outcome.unknown else outcome.cause] += 1
        if outcome.retry_after is not None:
            self.floods += 1
            self.flood_seconds += outcome.retry_after.total_seconds()

    def mailed(self, outcome: Sent | SendError) -> None:
        """The same for a mail: "sent", the server's code, or what went wrong."""
        self.mails["sent" if isinstance(outcome, Sent) else outcome.detail or outcome.cause] += 1
