"""What becomes of every kind of content, and of everything that is done with it. The same in both directions.

    M   mirrored: the other side sees it
    a   answered: it cannot be passed on, and its sender is told so, in their language, beside the message

A kind is a content field of the Bot API's Message, or with a word in brackets a case of it. A reaction cell is about
both sides: the sender's on their own message, and (where there is a copy) the other side's on the copy.
"""

ACTS = ("new", "reply", "edit text", "edit caption", "edit media", "reaction on", "reaction off")

TABLE = {
    # kind                         new reply text caption media  on  off
    "text":                         "M   M    M     M      M     M   M",
    "photo":                        "M   M    M     M      M     M   M",
    "live_photo":                   "M   M    M     M      M     M   M",
    "video":                        "M   M    M     M      M     M   M",
    "animation":                    "M   M    M     M      M     M   M",
    "document":                     "M   M    M     M      M     M   M",
    "audio":                        "M   M    M     M      M     M   M",
    "voice":                        "M   M    M     M      M     M   M",
    "video_note":                   "M   M    M     M      M     M   M",
    "sticker":                      "M   M    M     M      M     M   M",
    "location":                     "M   M    M     M      M     M   M",
    "location (live)":              "M   M    M     a      M     M   M",  # its moves are not passed on
    "venue":                        "M   M    M     M      M     M   M",
    "contact":                      "M   M    M     M      M     M   M",
    "poll":                         "M   M    M     M      M     M   M",
    "poll (quiz)":                  "M   M    M     M      M     M   M",
    "dice":                         "M   M    M     M      M     M   M",  # what it shows, in words
    "rich_message":                 "M   M    M     M      M     M   M",
    "checklist":                    "M   M    M     M      M     M   M",
    "game":                         "M   M    M     M      M     M   M",
    "story":                        "M   M    M     M      M     M   M",
    "paid_media":                   "a   a    a     a      a     a   a",
    "invoice":                      "a   a    a     a      a     a   a",
    "giveaway":                     "a   a    a     a      a     a   a",
    "giveaway_winners":             "a   a    a     a      a     a   a",
    "gift":                         "a   a    a     a      a     a   a",
    "unique_gift":                  "a   a    a     a      a     a   a",
    "checklist_tasks_done":         "a   a    a     a      a     a   a",
    "checklist_tasks_added":        "a   a    a     a      a     a   a",
    "poll_option_added":            "a   a    a     a      a     a   a",
    "poll_option_deleted":          "a   a    a     a      a     a   a",
    "hologram (of tomorrow)":       "a   a    a     a      a     a   a",  # a field nobody knows yet
}  # fmt: skip


def row(kind: str) -> dict[str, str]:
    """What is expected of each act."""
    return dict(zip(ACTS, TABLE[kind].split(), strict=True))


def field_of(kind: str) -> str:
    """The field of Message that a row is about."""
    return kind.split(" ")[0]
