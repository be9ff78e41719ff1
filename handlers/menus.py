"""The commands that Telegram offers while somebody types "/", drawn from the same tables that handle them."""

from bot.channels.base import Menu
from bot.texts import Texts

# Indonesian name -> English name, in the order in which they are offered.
PUBLIC = {
    "mulai": "start",
    "status": "status",
    "standar": "standard",
    "pengaduan": "complaint",
    "privasi": "privacy",
    "email": "email",
    "bahasa": "language",
    "bantuan": "help",
    "batal": "cancel",
}
STAFF = (
    "ambil",
    "jawab",
    "tanya",
    "tutup",
    "catatan",
    "jenis",
    "pisah",
    "pindah",
    "lepas",
    "perpanjang",
    "baku",
    "riwayat",
    "tarik",
    "blokir",
    "report",
    "sla",
    "petugas",
    "piket",
    "libur",
    "masuk",
    "antrean",
    "tolak",
)


def menus(texts: Texts) -> list[Menu]:
    """Indonesian for everybody, English for apps in English, and the officers' own in their group."""
    return [
        Menu("private", "", tuple((name, texts.label(f"command.{name}", "id")) for name in PUBLIC)),
        Menu("private", "en", tuple((alias, texts.label(f"command.{name}", "en")) for name, alias in PUBLIC.items())),
        Menu("staff", "", tuple((name, texts.label(f"command.{name}", "id")) for name in STAFF)),
    ]
