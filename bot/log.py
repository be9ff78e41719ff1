"""Logs: events with fields, one line each, without anything that belongs to a person."""

import json
import logging
import sys
from datetime import UTC, datetime

from bot.settings import Log

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up(settings: Log) -> None:
    """Write to stderr, in the format and from the level asked for. Libraries speak from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if settings.format == "json" else Human())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in ("bot", "handlers", "storage"):
        logging.getLogger(ours).setLevel(settings.level.upper())


def fields(record: logging.LogRecord) -> dict[str, object]:
    """What was given as `extra`."""
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


def trace(record: logging.LogRecord) -> str:
    """Where it went wrong, without the message of the error: that may quote what somebody wrote."""
    if record.exc_info is None or record.exc_info[0] is None:
        return ""
    kind, _, traceback = record.exc_info
    steps = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        steps.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return f"{kind.__name__} at " + " > ".join(steps)


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **fields(record),
        }
        if found := trace(record):
            line["error"] = found
        return json.dumps(line, ensure_ascii=False, default=str)


class Human(logging.Formatter):
    """For a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        extra = " ".join(f"{key}={value}" for key, value in fields(record).items())
        found = trace(record)
        return f"{at} {record.levelname:<7} {record.getMessage()} {extra}{' · ' + found if found else ''}".rstrip()
