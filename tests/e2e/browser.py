"""Debian's Chromium, driven by Playwright, and a page that remembers what went wrong on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.playground.demo import Playground, playground

CHROMIUM = Path("/usr/bin/chromium")
HAS_CHROMIUM = CHROMIUM.exists()
PATIENCE_MS = 60_000


@dataclass
class Screen:
    """The demo's page as somebody has it open; `errors` is what the browser complained about."""

    page: Page
    errors: list[str] = field(default_factory=list)
    folder: Path = Path()  # for pictures

    @property
    def user(self) -> Locator:
        return self.page.locator("#pane-user")

    @property
    def whatsapp(self) -> Locator:
        return self.page.locator("#pane-whatsapp")

    @property
    def staff(self) -> Locator:
        return self.page.locator("#pane-staff")

    @property
    def mail(self) -> Locator:
        return self.page.locator("#pane-mail")

    async def says(self, pane: Locator, text: str) -> None:
        """Types a text into a pane's box and presses Enter."""
        box = pane.locator("textarea")
        await box.fill(text)
        await box.press("Enter")

    async def sees(self, pane: Locator, text: str) -> None:
        """Waits for a message with this text."""
        await expect(pane.locator(".row", has_text=text).last).to_be_visible()

    async def presses(self, pane: Locator, label: str) -> None:
        """Presses the newest inline button with this label."""
        await pane.get_by_role("log").get_by_role("button", name=label, exact=True).last.click()

    async def does(self, pane: Locator, text: str, action: str) -> None:
        """Opens the menu of the first message with this text (later ones may quote it), and chooses."""
        bubble = pane.locator(".bubble", has_text=text).first
        await bubble.hover()
        await bubble.locator(".more").click()
        await self.page.get_by_role("menuitem", name=action).click()

    async def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(await self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless browser. Fails where there is none: the page is not proved without it."""
    assert HAS_CHROMIUM, f"the browser test needs {CHROMIUM}: apt-get install chromium fonts-noto-color-emoji"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


async def open_screen(browser: Browser, url: str, *, width: int, height: int, dark: bool = False) -> Screen:
    """Opens the page in a window of its own and waits until it shows the chat."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    screen = Screen(await context.new_page())
    screen.page.on("console", lambda line: screen.errors.append(line.text) if line.type == "error" else None)
    screen.page.on("pageerror", lambda error: screen.errors.append(str(error)))
    await screen.page.goto(url)
    await expect(screen.user.locator(".log-list > *").first).to_be_visible()
    return screen


@asynccontextmanager
async def demo_in(folder: Path) -> AsyncIterator[Playground]:
    """The whole demo on a free port, its desk serving."""
    async with playground(folder) as running:
        await running.desk.ready()
        yield running
