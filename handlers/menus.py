"""The commands that Telegram offers while somebody types "/", drawn from the same tables that handle them."""

from collections.abc import Iterable, Sequence

from bot.channels.base import Menu
from bot.texts import Texts
from handlers import admin, officer

# Indonesian name -> English name, in the order in which they are offered.
PUBLIC = {
    "mulai": "start",
    "status": "status",
    "cari": "search",
    "pindahkan": "move",
    "standar": "standard",
    "pengaduan": "complaint",
    "privasi": "privacy",
    "email": "email",
    "bahasa": "language",
    "bantuan": "help",
    "batal": "cancel",
}
# In the order of their use; admins have more.
STAFF = (*officer.COMMANDS, "catatan", "piket", "bantuan")
ADMIN = tuple(name for name in admin.COMMANDS if name not in ("laporan", "piket"))


def menus(texts: Texts, admins: Sequence[str] = ()) -> list[Menu]:
    """Indonesian for everybody, English for apps in English, the officers' own in their group; and more for admins."""
    return [
        Menu("private", "", _described(texts, PUBLIC, "id")),
        Menu("private", "en", _described(texts, PUBLIC, "en")),
        Menu("staff", "", _described(texts, STAFF, "id")),
        *(Menu("staff", "", _described(texts, (*STAFF, *ADMIN), "id"), admin) for admin in admins),
        *(Menu("private", "", _described(texts, (*PUBLIC, *ADMIN, "piket"), "id"), admin) for admin in admins),
    ]


def _described(texts: Texts, names: Iterable[str], lang: str) -> tuple[tuple[str, str], ...]:
    """Each command with its words; the public's by the names of the language."""
    return tuple(
        (PUBLIC.get(name, name) if lang == "en" else name, texts.label(f"command.{name}", lang)) for name in names
    )
