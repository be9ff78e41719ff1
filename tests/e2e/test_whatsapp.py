"""A whole consultation on WhatsApp on the demo's page, by clicks and keys; the officers are in the Telegram group."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from bot.playground.demo import Playground
from tests.e2e.browser import Screen, chromium, demo_in, open_screen

pytestmark = pytest.mark.e2e

QUESTION = "Selamat pagi, berapa jumlah penduduk Labuhanbatu tahun 2025?"
ADDRESS = "maria.sihombing@contoh.go.id"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Playground]:
    async with demo_in(tmp_path) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def picks(phone: Locator, row: str) -> None:
    """Opens the newest list that has this row, chooses it, and sends it, as one does on a phone."""
    for button in reversed(await phone.locator(".wa-button[aria-haspopup]").all()):
        await button.click()
        choice = phone.locator(".wa-row", has_text=row)
        if await choice.count():
            await choice.first.click()
            await phone.locator(".wa-send").click()
            return
        await phone.locator(".wa-sheet .tool").click()
    raise AssertionError(f"no list has {row}")


async def register(screen: Screen) -> None:
    """From the suggested first message to the choice of the type."""
    phone = screen.whatsapp
    await phone.get_by_role("button", name=QUESTION).click()
    await screen.presses(phone, "Setuju")
    await screen.sees(phone, "alamat e-mail")
    await screen.says(phone, ADDRESS)
    code = await screen.mail.locator(".digits").text_content()
    await screen.sees(phone, "Kode sudah dikirim")
    await screen.says(phone, code or "")
    await screen.sees(phone, "Siapa nama Anda")
    await screen.says(phone, "Maria Sihombing")
    await screen.sees(phone, "lembaga apa")
    await screen.says(phone, "Lewati")
    await screen.sees(phone, "untuk apa")
    await picks(phone, "Lewati")
    await screen.sees(phone, "Pilih jenis konsultasi")


async def ask(screen: Screen) -> None:
    """The type from a list, a detail and a photo, sent; the officer opens its topic and finds all of it."""
    phone, staff = screen.whatsapp, screen.staff
    await picks(phone, "Data")
    await screen.sees(phone, "Jenis konsultasi")
    await screen.says(phone, "Per kecamatan.")
    await phone.get_by_role("button", name="Lampirkan").click()
    await screen.page.get_by_role("menuitem", name="Foto").click()
    await expect(phone.locator(".media.photo")).to_be_visible()
    await screen.presses(phone, "Kirim")
    await screen.sees(phone, "dibuka")
    await staff.locator(".topic-row", has_text="1207-").click()
    await screen.sees(staff, "Maria Sihombing")
    await screen.sees(staff, "Per kecamatan.")
    await expect(staff.locator(".media.photo")).to_be_visible()


async def talk(screen: Screen) -> None:
    """The officer takes and answers; a reply and a reaction come back; blue ticks say that the office has read."""
    phone, staff = screen.whatsapp, screen.staff
    await screen.presses(staff, "Ambil")
    await screen.sees(phone, "kini melayani tiket")
    await screen.says(staff, "Tabelnya ada di bab 3.")
    await screen.sees(phone, "Tabelnya ada di bab 3.")
    mark = staff.locator(".row.out", has_text="bab 3").locator(".reaction")
    await expect(mark).to_have_text("👀")  # seen: the chat is open on the phone
    await screen.does(phone, "Tabelnya ada di bab 3.", "Balas")
    await screen.says(phone, "Terima kasih! Ada versi Excel?")
    await expect(staff.locator(".row", has_text="versi Excel").locator(".quote")).to_contain_text("bab 3")
    await screen.does(phone, "Tabelnya ada di bab 3.", "Beri reaksi ❤️")
    await expect(mark).to_have_text("❤")


async def after_the_window(screen: Screen) -> None:
    """A day later an answer is held and a template says so; a tap lets it out, and its mark shows that it arrived."""
    phone, staff = screen.whatsapp, screen.staff
    await screen.page.get_by_role("button", name="+1 hari").click()
    await expect(phone.locator(".below")).to_contain_text("tertutup")
    await screen.says(staff, "Versi Excel terlampir pada e-mail.")
    await screen.sees(staff, "DITAHAN")
    await screen.sees(phone, "sudah tersedia")
    await expect(phone.locator(".row", has_text="Versi Excel terlampir")).to_have_count(0)
    await screen.page.screenshot(path=screen.folder / "held.png")
    await phone.get_by_role("button", name="Lihat jawaban").last.click()
    await screen.sees(phone, "Versi Excel terlampir")
    await screen.sees(staff, "Pengguna kembali")


async def close_and_rate(screen: Screen) -> None:
    """The officer closes with a reason; the user rates from a list and thanks; the topic is closed."""
    phone, staff = screen.whatsapp, screen.staff
    await screen.says(staff, "/tutup selesai")
    await screen.sees(phone, "Bagaimana layanan kami")
    await picks(phone, "5")
    await screen.sees(phone, "saran atau masukan")
    await screen.says(phone, "Cepat.")
    await screen.sees(phone, "sudah tercatat")
    await expect(staff.locator(".barred")).to_contain_text("Topik ini ditutup")


async def test_a_whole_consultation_on_whatsapp_by_clicks_and_keys(
    demo: Playground, browser: Browser, tmp_path: Path
) -> None:
    screen = await open_screen(browser, demo.url, width=1600, height=900)
    await register(screen)
    await ask(screen)
    await talk(screen)
    await screen.page.screenshot(path=tmp_path / "talk.png")
    screen.folder = tmp_path
    await after_the_window(screen)
    await close_and_rate(screen)
    await screen.page.screenshot(path=tmp_path / "wide.png")
    assert await screen.overflow() <= 0
    assert screen.errors == []
