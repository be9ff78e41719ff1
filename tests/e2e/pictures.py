"""The pictures of the pages in docs/, taken from the demo: `make pictures`."""

import argparse
import asyncio
import shutil
import tempfile
from pathlib import Path

from playwright.async_api import Locator

from bot.playground.demo import Playground, working_folder
from tests.e2e.browser import Screen, chromium, demo_in, open_screen
from tests.e2e.picture import play

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH, HEIGHT = 1280, 760
MINUTE = 60.0
# The painted ground behind a talk would make a picture three times as big.
PLAIN = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".chat { background: #dfe7ea !important } .chat::before { display: none !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
NAMES = ("card", "answer", "note", "close", "phone", "settings", "board")


async def take(folder: Path) -> None:
    """Play a morning, and take every picture of NAMES."""
    with working_folder(None) as files:
        async with demo_in(files) as demo, chromium() as browser:
            await play(demo)
            demo.clock.move(MINUTE)  # what the group may still be sent is spent
            screen = await open_screen(browser, demo.url, width=WIDTH, height=HEIGHT)
            await screen.page.evaluate(PLAIN)
            await _ticket(demo, screen, folder)
            await _admin(demo, screen, folder)
            assert screen.errors == [], screen.errors


async def _shot(where: Locator, folder: Path, name: str) -> None:
    await where.screenshot(path=folder / f"{name}.png", animations="disabled")


async def _ticket(demo: Playground, screen: Screen, folder: Path) -> None:
    """A ticket from its card to its close, as the officers see it; the user's phone in the middle."""
    officer = demo.cast.officer
    await _open(screen, "Budi")
    await screen.sees(screen.staff, "kopi keliling")
    await _shot(screen.staff, folder, "card")
    topic = next(topic for topic in demo.telegram.topics if "Siti" in topic.name)
    await _open(screen, "Siti Aminah")
    await screen.sees(screen.staff, "Silakan.")
    await _shot(screen.staff, folder, "answer")
    await _shot(screen.user, folder, "phone")
    await officer.say("// Ibu Siti dari Dinas Kesehatan, pernah bertanya bulan lalu", topic=topic)
    await officer.say("/jawab", topic=topic)
    await officer.sees("disampaikan", topic=topic)
    await screen.sees(screen.staff, "disampaikan")
    await _shot(screen.staff, folder, "note")
    await officer.say("/tutup", topic=topic)
    await screen.sees(screen.staff, "alasan")
    await _shot(screen.staff, folder, "close")


async def _open(screen: Screen, name: str) -> None:
    """Into this topic."""
    await screen.staff.locator(".topic-row", has_text=name).click()


async def _admin(demo: Playground, screen: Screen, folder: Path) -> None:
    """What an admin reads in the group's General topic."""
    admin = demo.cast.admin
    await _open(screen, "General")
    await admin.say("/atur senin 08:00-15:00", topic=None)
    await screen.sees(screen.staff, "Simpan?")
    await _shot(screen.staff, folder, "settings")
    await admin.say("/sla", topic=None)
    await screen.sees(screen.staff, "Standar")
    await _shot(screen.staff, folder, "board")


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.e2e.pictures", description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER)
    folder = parser.parse_args().out
    with tempfile.TemporaryDirectory() as room:
        asyncio.run(take(Path(room)))
        folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            shutil.copy(Path(room) / f"{name}.png", folder / f"{name}.png")


if __name__ == "__main__":
    main()
