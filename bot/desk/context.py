"""What a use case knows besides its transaction: the office, its rules, and the moment it acts in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Protocol

from bot.channels.base import Traits
from bot.domain.calendar import WorkingCalendar
from bot.domain.silence import QuietHours
from bot.settings import Settings
from bot.texts import Texts

PLAIN = Traits()


class Randomness(Protocol):
    """Where tokens and codes come from: the system's generator, or a seeded one in a simulation."""

    def getrandbits(self, k: int, /) -> int: ...

    def randrange(self, stop: int, /) -> int: ...


@dataclass(frozen=True)
class Context:
    """One for each transaction. `now` is aware UTC; `calendar` holds configuration and holidays, without overrides."""

    settings: Settings
    texts: Texts
    calendar: WorkingCalendar
    secret: bytes
    randomness: Random | Randomness
    now: datetime
    drained_at: datetime | None = None  # up to here every waiting update of the platform is in the inbox
    channels: Mapping[str, Traits] = field(default_factory=dict)
    file: Settings | None = None  # the settings without what /atur laid over them, where that is anything

    def traits(self, channel: str) -> Traits:
        """What the channel can do; of one that is not in use any more, what most can."""
        return self.channels.get(channel, PLAIN)

    @property
    def office(self) -> str:
        return self.settings.office.code

    @property
    def filed(self) -> Settings:
        """The settings as the configuration file has them."""
        return self.file or self.settings

    @property
    def quiet(self) -> QuietHours:
        return QuietHours.parse(self.settings.service.quiet_hours)

    @property
    def admins(self) -> tuple[str, ...]:
        return tuple(str(admin) for admin in self.settings.telegram.admin_ids)

    @property
    def bot_id(self) -> str:
        """The desk's own id on Telegram: the first part of its token."""
        return self.settings.telegram.token.get_secret_value().partition(":")[0]

    def token(self) -> str:
        """An opaque id that nobody can guess (96 bits)."""
        return f"{self.randomness.getrandbits(96):024x}"
