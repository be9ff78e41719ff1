"""The clock that the desk goes by: the machine's, or that of a demo or a test."""

import os
from pathlib import Path

from bot.clock import Clock, MovedClock, SystemClock
from bot.findings import bad
from bot.settings.error import ConfigError
from bot.settings.model import Settings
from bot.settings.values import is_loopback


def pick_clock(settings: Settings) -> Clock:
    """The system's clock, or the moved one of demo and tests. Raises ConfigError away from loopback."""
    path = _clock_file()
    if path is None:
        return SystemClock()
    if not (settings.telegram.is_local and is_loopback(settings.mail.host) and _whatsapp_is_local(settings)):
        raise ConfigError(bad("config", "clock"))
    return MovedClock(path)


def _clock_file() -> Path | None:
    """Where a moved clock is written, if one is asked for (`MEJA_CLOCK_FILE`)."""
    name = os.environ.get("MEJA_CLOCK_FILE", "")
    return Path(name) if name else None


def _whatsapp_is_local(settings: Settings) -> bool:
    return settings.whatsapp.is_local or not settings.whatsapp.enabled
