"""How the Graph API says no: one exception, with Meta's codes, titles and the shape of its error object."""

from bot.playground.replies import Json, Reply

_TITLES = {
    4: "(#4) Application request limit reached",
    100: "(#100) Invalid parameter",
    190: "Invalid OAuth access token - Cannot parse access token",
    130429: "(#130429) Rate limit hit",
    131000: "(#131000) Something went wrong",
    131008: "(#131008) Required parameter is missing",
    131009: "(#131009) Parameter value is not valid",
    131016: "(#131016) Service unavailable",
    131026: "(#131026) Message undeliverable",
    131047: "(#131047) Re-engagement message",
    131048: "(#131048) Spam rate limit hit",
    131049: "(#131049) This message was not delivered to maintain healthy ecosystem engagement",
    131051: "(#131051) Unsupported message type",
    131052: "(#131052) Media download error",
    131053: "(#131053) Media upload error",
    131056: "(#131056) (Business Account, Consumer Account) pair rate limit hit",
    131062: "(#131062) Business-scoped user id is not supported for this message",
    131064: "(#131064) Messaging limit reached",
    132000: "(#132000) Number of parameters does not match the expected number of params",
    132001: "(#132001) Template name does not exist in the translation",
    132005: "(#132005) Translated text too long",
    132012: "(#132012) Parameter format does not match format in the created template",
    132015: "(#132015) Template is paused",
    132016: "(#132016) Template is disabled",
    132018: "(#132018) Template parameters have issues",
}
_STATUSES = {4: 429, 190: 401, 130429: 429, 131000: 500, 131016: 503}
_BAD_REQUEST = 400


class GraphRefused(Exception):
    """A request the Graph API turns down; `details` is for people, `code` is what programs must look at."""

    def __init__(self, code: int, details: str = "", *, status: int | None = None, subcode: int | None = None) -> None:
        self.code = code
        self.details = details
        self.status = status or _STATUSES.get(code, _BAD_REQUEST)
        self.subcode = subcode
        super().__init__(f"{title(code)}: {details}")

    @property
    def reply(self) -> Reply:
        error: Json = {"message": title(self.code), "type": "OAuthException", "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error |= {"error_data": {"messaging_product": "whatsapp", "details": self.details}, "fbtrace_id": "AStandIn0"}
        return Reply(self.status, {"error": error})


def title(code: int) -> str:
    """Meta's own words for a code; they change between versions, so nobody may rely on them."""
    return _TITLES.get(code, f"(#{code}) Unknown error")


def error_of_status(code: int, details: str = "") -> Json:
    """The entry of a failed status's `errors`."""
    return {
        "code": code,
        "title": title(code).partition(") ")[2],
        "message": title(code).partition(") ")[2],
        "error_data": {"details": details or title(code)},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }
