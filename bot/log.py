"""Logs: events with fields, one line each, without anything that belongs to a person.

Three things keep it so. What is logged are events and the desk's own numbers, never words, addresses, codes or chats.
Of an error stands where it happened, not what it says, for it may quote what somebody wrote; of libraries the bare
event. And should anything slip through all the same, what looks like a token, an address, a phone number or an account
is blotted out at the last moment.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime

from bot.settings import Log
from storage import trail

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
OURS = ("bot", "handlers", "storage")
BLOTTED = "***"
# A bot's token, with or without the "bot" of its address; keys and passwords in addresses; mail addresses; Indonesian
# phone numbers; Meta's tokens, bare, in an address or a header; its own numbers for people, and the ids of messages, in
# which the number of a telephone stands in base64; a user name on Telegram.
SUSPICIOUS = re.compile(
    r"""\d{3,}:[A-Za-z0-9_-]{10,}
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
    | (?<![\w.-])(?:\+?62[ -]?|0)8[\d-]{7,13}\d(?![\w.])
    | \b(?:EAA|age-secret-key-)\w{10,}
    | \b(?:access_token|verify_token|app_secret)=[^\s&"]+ | \bBearer\s+[^\s"]+
    | \bwamid\.[\w+/=-]+ | \b[A-Z]{2}(?:\.ENT)?\.\d{6,}
    | (?<!\w)@[A-Za-z]\w{4,31}""",
    re.VERBOSE | re.IGNORECASE,
)


def set_up(settings: Log) -> None:
    """Write to stderr, in the format and from the level asked for. Libraries speak from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(settings.format))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in OURS:
        logging.getLogger(ours).setLevel(settings.level.upper())


def formatter(kind: str) -> logging.Formatter:
    """`auto`: for people on a terminal, for machines anywhere else."""
    is_human = kind == "human" or (kind == "auto" and sys.stderr.isatty())
    return Human() if is_human else Json()


def fields(record: logging.LogRecord) -> dict[str, object]:
    """What was given as `extra`, and the update that the work follows from."""
    given = {key: value for key, value in vars(record).items() if key not in _STANDARD}
    event = trail.event()
    return given if event is None else {"event": event, **given}


def told(record: logging.LogRecord) -> str:
    """What happened. A library's words may quote anything, after its first line or in what is filled into it."""
    if record.name.partition(".")[0] in OURS or record.name == "__main__":
        return record.getMessage()
    return f"{record.name}: {str(record.msg).partition(chr(10))[0]}"


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


def blot(line: str) -> str:
    """The line without what looks like a secret or like somebody's."""
    return SUSPICIOUS.sub(BLOTTED, line)


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": told(record),
            **fields(record),
        }
        if found := trace(record):
            line["error"] = found
        return blot(json.dumps(line, ensure_ascii=False, default=str))


class Human(logging.Formatter):
    """For a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        extra = " ".join(f"{key}={value}" for key, value in fields(record).items())
        found = trace(record)
        line = f"{at} {record.levelname:<7} {told(record)} {extra}{' · ' + found if found else ''}".rstrip()
        return blot(line).replace("\n", " ")
