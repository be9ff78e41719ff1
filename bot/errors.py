"""How the program ends: exit codes that operators and service managers rely on, and what is said then."""

from enum import IntEnum
from pathlib import Path


class Exit(IntEnum):
    """The codes of sysexits.h where one fits."""

    OK = 0
    CHECK_FAILED = 1
    FAILURE = 70
    BUSY = 75
    CONFIG = 78
    INTERRUPTED = 130


def first_cause(error: Exception) -> Exception:
    """What went wrong first among tasks that ran side by side."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def ending(error: Exception, config: Path | None) -> tuple[list[str], Exit, bool]:
    """What to say of an error in the language of that configuration, the exit code, and whether it was foreseen."""
    from bot.findings import Wording, bad
    from bot.settings import ConfigError
    from bot.settings.faults import language_of
    from storage.base import DatabaseBusy, SchemaTooNew, Trouble

    lang = language_of(config or Path())
    if isinstance(error, ConfigError):
        return error.told(lang), Exit.CONFIG, True
    if isinstance(error, Trouble):
        codes = {DatabaseBusy: Exit.BUSY, SchemaTooNew: Exit.CONFIG}
        said = Wording(lang).line(bad("storage", error.kind, **error.facts))
        return [said], codes.get(type(error), Exit.FAILURE), True
    said = Wording(lang).line(bad("command", "unexpected", kind=type(error).__name__))
    return [said], Exit.FAILURE, False
