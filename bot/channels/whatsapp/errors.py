"""What Meta's error codes mean for the desk: CODES is the table. Codes count, never titles (WHATSAPP.md §2.8)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.channels.base import SendError

Json = dict[str, Any]

# A limit that does not say for how long.
THROTTLED = timedelta(seconds=5)
# Spam and messaging limits last for hours; nothing is given up meanwhile.
LIMITED = timedelta(minutes=15)
PAIRED = timedelta(seconds=4)

_LATER = SendError("trouble")
_FLOOD = SendError("flood", retry_after=THROTTLED, whole=True)
_LIMITED = SendError("channel_down", retry_after=LIMITED)
_GONE = SendError("undeliverable", permanent=True)
_MEDIA = SendError("media", permanent=True)
_BAD = SendError("rejected", permanent=True)
_TEMPLATE = SendError("bad_template", permanent=True)
_DOWN = SendError("channel_down", whole=True)


def _all(error: SendError, *codes: int) -> dict[int, SendError]:
    return dict.fromkeys(codes, error)


CODES: dict[int, SendError] = {
    131047: SendError("window_closed", permanent=True),
    131056: SendError("paired", retry_after=PAIRED),
    **_all(_FLOOD, 130429, 4, 80007),
    **_all(_LIMITED, 131048, 131064),
    **_all(_LATER, 1, 2, 131000, 131016, 131057),
    **_all(_GONE, 131026, 131021, 131030, 131049, 131050, 131062),
    131051: SendError("unsupported", permanent=True),
    **_all(_MEDIA, 131052, 131053),
    **_all(_BAD, 100, 131008, 131009),
    **_all(_TEMPLATE, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018),
    **_all(_DOWN, 0, 3, 10, 190, *range(200, 300), 131005, 131031, 131042, 131045, 368),
}


def send_error(code: Any, detail: str = "") -> SendError:
    """The desk's error for a code of the Graph API; one that is not known is a refusal."""
    known = CODES.get(code, _BAD) if isinstance(code, int) else _BAD
    return replace(known, detail=f"{code} {detail}".strip())


def refusal(status: int, body: Any) -> SendError | None:
    """The error in an answer of HTTP status 4xx; None where the body is no error of the Graph API's own."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return None
    data = error.get("error_data")
    details = data.get("details", "") if isinstance(data, dict) else ""
    return send_error(error["code"], str(details or error.get("message", ""))[:200])
