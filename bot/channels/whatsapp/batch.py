"""A webhook's body as rows of the inbox: every message, status and notice of a batch by itself, in order.

Nothing in a body may take its neighbours with it: what is not shaped as Meta shapes it becomes a row all the same, and
is set aside when it is read.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.channels.base import RawUpdate

CHANNEL = "whatsapp"
OTHER = f"{CHANNEL}:other"
ACCOUNT = f"{CHANNEL}:account"
LONGEST_ID = 256

Json = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """`updates` in the order in which they are to be handled; `foreign` counts what belongs to another number."""

    updates: list[RawUpdate] = field(default_factory=list)
    foreign: int = 0


@dataclass(frozen=True)
class _Item:
    at: int
    update: RawUpdate


def split(body: Any, *, number: str, account: str) -> Batch:
    """`number`: our phone number id; `account`: our WhatsApp Business account."""
    items, foreign, last = [], 0, 0
    for entry in _objects(body, "entry"):
        for change in _objects(entry, "changes"):
            value = change.get("value")
            value = value if isinstance(value, dict) else {}
            if _is_foreign(entry, value, number, account):
                foreign += 1
                continue
            for item in _items(entry, change.get("field"), value):
                last = item.at or last
                items.append(_Item(last, item.update))
    # Meta's clock has seconds: within one, the place in the batch decides.
    return Batch([item.update for item in sorted(items, key=lambda item: item.at)], foreign)


def _is_foreign(entry: Json, value: Json, number: str, account: str) -> bool:
    metadata = value.get("metadata")
    if isinstance(metadata, dict) and "phone_number_id" in metadata:
        return str(metadata["phone_number_id"]) != number
    return bool(account) and str(entry.get("id")) != account


def _objects(body: Any, key: str) -> list[Json]:
    found = body.get(key) if isinstance(body, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _list(value: Json, key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []


def _items(entry: Json, name: Any, value: Json) -> Iterator[_Item]:
    if name != "messages":
        yield _notice(entry, name, value)
        return
    for message in _list(value, "messages"):
        yield _message(value, message)
    for status in _list(value, "statuses"):
        yield _status(value, status)
    if errors := _list(value, "errors"):
        yield _notice(entry, "errors", {"errors": errors})


def _message(value: Json, message: Any) -> _Item:
    contacts = _contacts_of(value, message, "from", "from_user_id")
    raw = {"metadata": value.get("metadata"), "contacts": contacts, "messages": [message]}
    known = _id(message)
    return _item(
        raw, message, kept_id(known) if _is_plain(known) else "", _person(contacts, message, "from_user_id", "from")
    )


def kept_id(known: str) -> str:
    """What is kept of a wamid, or of wamid:status, to know repeats by: it has the person's number in it, in base64."""
    wamid, colon, state = known.partition(":")
    return hashlib.sha256(wamid.encode()).hexdigest() + colon + state


def _status(value: Json, status: Any) -> _Item:
    contacts = _contacts_of(value, status, "recipient_id", "recipient_user_id")
    raw = {"metadata": value.get("metadata"), "contacts": contacts, "statuses": [status]}
    known, state = _id(status), status.get("status") if isinstance(status, dict) else None
    plain = _is_plain(known) and isinstance(state, str)
    update_id = kept_id(f"{known}:{state}") if plain else ""
    return _item(raw, status, update_id, _person(contacts, status, "recipient_user_id", "recipient_id"))


def _notice(entry: Json, name: Any, value: Json) -> _Item:
    """News of the account: no id, so the same words at the same time are the same news."""
    raw = {"field": name, "value": value, "time": entry.get("time")}
    at = entry.get("time")
    return _Item(at if isinstance(at, int) else 0, RawUpdate(f"news:{_digest(raw)}", ACCOUNT, json.dumps(raw)))


def _item(raw: Json, item: Any, update_id: str, person: str) -> _Item:
    kept = update_id if _is_plain(update_id) else f"odd:{_digest(raw)}"
    lane = f"{CHANNEL}:{person}" if _is_plain(person) else OTHER
    return _Item(_seconds(item), RawUpdate(kept, lane, json.dumps(raw)))


def _contacts_of(value: Json, item: Any, *names: str) -> list[Any]:
    """Whose it is: of a batch's contacts those with one of its ids; a single one is meant unless it is somebody else.

    `names`: where the item has the number and the business-scoped id, which a contact has as wa_id and user_id.
    """
    contacts = _list(value, "contacts")
    ids = [item.get(name) if isinstance(item, dict) else None for name in names]
    told = {id for id in ids if isinstance(id, str)}
    meant = [contact for contact in contacts if isinstance(contact, dict) and told & set(_ids(contact))]
    return meant or [contact for contact in contacts if len(contacts) == 1 and not _is_other(contact, *ids)]


def _is_other(contact: Any, number: Any, user: Any) -> bool:
    """Whether it tells another id of a kind that the item tells too: nobody is taken for somebody else."""
    told = contact if isinstance(contact, dict) else {}
    both = ((told.get("wa_id"), number), (told.get("user_id"), user))
    return any(isinstance(theirs, str) and isinstance(own, str) and theirs != own for theirs, own in both)


def _ids(contact: Json) -> list[str]:
    return [contact[name] for name in ("user_id", "wa_id") if isinstance(contact.get(name), str)]


def _person(contacts: list[Any], item: Any, *names: str) -> str:
    """The id that `parse` will give the sender: the business-scoped one where it is known."""
    named = item if isinstance(item, dict) else {}
    contact = contacts[0] if contacts and isinstance(contacts[0], dict) else {}
    found = (named.get(names[0]), contact.get("user_id"), named.get(names[1]), contact.get("wa_id"))
    return next((value for value in found if isinstance(value, str) and value), "").lstrip("+")


def _id(item: Any) -> str:
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) else ""


def _is_plain(text: str) -> bool:
    """Whether it can be kept as an id: anything odd could make the database refuse the whole batch."""
    return 0 < len(text) <= LONGEST_ID and text.isascii() and text.isprintable()


def _seconds(item: Any) -> int:
    found = item.get("timestamp") if isinstance(item, dict) else None
    try:
        return max(0, min(int(str(found)[:20]), 2**40))
    except ValueError:
        return 0


def _digest(raw: Any) -> str:
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()[:40]
