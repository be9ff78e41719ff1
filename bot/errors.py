"""How the program ends: exit codes that operators and service managers rely on, and what it ended for."""

from enum import IntEnum


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
