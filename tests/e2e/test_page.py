"""The demo's page in a real browser, as somebody who has never seen it would use it."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from bot.playground.demo import Playground
from tests.e2e.browser import Screen, chromium, demo_in, open_screen

pytestmark = pytest.mark.e2e

QUESTION = "Selamat pagi, berapa jumlah penduduk Labuhanbatu tahun 2025?"
ADDRESS = "siti.aminah@contoh.go.id"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Playground]:
    async with demo_in(tmp_path) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def register(screen: Screen) -> None:
    """From the suggested first message to the choice of the type, by clicks and keys."""
    await screen.user.get_by_role("button", name=QUESTION).click()
    await screen.presses(screen.user, "Setuju")
    await screen.sees(screen.user, "alamat e-mail")
    await screen.says(screen.user, ADDRESS)
    code = await screen.mail.locator(".digits").text_content()
    await screen.sees(screen.user, "Kode sudah dikirim")
    await screen.says(screen.user, code or "")
    await screen.sees(screen.user, "Siapa nama Anda")
    await screen.says(screen.user, "Siti Aminah")
    await screen.sees(screen.user, "lembaga apa")
    await screen.presses(screen.user, "Lewati")
    await screen.sees(screen.user, "untuk apa")
    await screen.presses(screen.user, "Lewati")
    await screen.sees(screen.user, "Pilih jenis konsultasi")


async def open_ticket(screen: Screen) -> None:
    """A registered person sends the question; the officer opens its topic."""
    await screen.presses(screen.user, "Data")
    await screen.sees(screen.user, "Jenis konsultasi")
    await screen.presses(screen.user, "Kirim")
    await screen.sees(screen.user, "dibuka")
    await screen.staff.locator(".topic-row", has_text="1207-").click()
    await screen.sees(screen.staff, QUESTION)


async def ask_with_a_photo(screen: Screen) -> None:
    """A question of two lines and a photo, sent; the officer opens its topic and finds all of it."""
    user, staff = screen.user, screen.staff
    await screen.presses(user, "Data")
    await screen.sees(user, "Jenis konsultasi")
    box = user.locator("textarea")
    await box.fill("Per kecamatan.")
    await box.press("Shift+Enter")
    await box.press_sequentially("Untuk Renstra.")
    await box.press("Enter")
    await user.get_by_role("button", name="Lampirkan").click()
    await screen.page.get_by_role("menuitem", name="Foto").click()
    await expect(user.locator(".media.photo")).to_be_visible()
    await screen.presses(user, "Kirim")
    await screen.sees(user, "dibuka")
    await staff.locator(".topic-row", has_text="1207-").click()
    await screen.sees(staff, "Siti Aminah")
    await screen.sees(staff, "Untuk Renstra.")
    await expect(staff.locator(".media.photo")).to_be_visible()


async def talk(screen: Screen) -> None:
    """The officer takes and answers; a reply, an edit and a reaction come back; each is seen on the other side."""
    user, staff = screen.user, screen.staff
    await screen.presses(staff, "Ambil")
    await screen.sees(user, "kini melayani tiket")
    await screen.says(staff, "Tabelnya ada di bab 3.")
    await screen.sees(user, "Tabelnya ada di bab 3.")
    mark = staff.locator(".row.out", has_text="bab 3").locator(".reaction")
    await expect(mark).to_have_text("👌")
    await screen.does(user, "Tabelnya ada di bab 3.", "Balas")
    await screen.says(user, "Terima kasih! Ada versi Excel?")
    await expect(staff.locator(".row", has_text="versi Excel").locator(".quote")).to_contain_text("bab 3")
    await screen.does(user, "Ada versi Excel?", "Ubah")
    await screen.says(user, "Terima kasih! Ada versi CSV?")
    await screen.sees(staff, "versi CSV")
    await screen.does(user, "Tabelnya ada di bab 3.", "Beri reaksi ❤")
    await expect(mark).to_have_text("❤")


async def close_and_rate(screen: Screen) -> None:
    """The officer closes with a reason; the user rates and thanks; the topic is closed."""
    user, staff = screen.user, screen.staff
    await screen.says(staff, "/tutup selesai")
    await screen.sees(user, "Bagaimana layanan kami")
    await screen.presses(user, "5")
    await screen.sees(user, "saran atau masukan")
    await screen.says(user, "Cepat.")
    await screen.sees(user, "sudah tercatat")
    await expect(staff.locator(".barred")).to_contain_text("Topik ini ditutup")
    await expect(staff.locator(".topic-row.closed")).to_have_count(1)


async def test_a_whole_consultation_by_clicks_and_keys(demo: Playground, browser: Browser, tmp_path: Path) -> None:
    screen = await open_screen(browser, demo.url, width=1280, height=860)
    await register(screen)
    await ask_with_a_photo(screen)
    await talk(screen)
    await close_and_rate(screen)
    before = await screen.page.locator(".clock-day").text_content()
    await screen.page.get_by_role("button", name="+7 hari").click()
    await expect(screen.page.locator(".clock-day")).not_to_have_text(before or "")
    assert await screen.overflow() <= 0
    await screen.page.screenshot(path=tmp_path / "wide.png")
    assert screen.errors == []


async def test_nothing_overflows_on_a_small_phone(demo: Playground, browser: Browser, tmp_path: Path) -> None:
    screen = await open_screen(browser, demo.url, width=360, height=740, dark=True)
    await screen.user.get_by_role("button", name=QUESTION).click()
    await screen.sees(screen.user, "Sebelum mulai")
    await demo.cast.user.album(["photo", "photo", "photo"], caption="Tiga foto")
    await demo.cast.user.send("location")
    await demo.cast.user.send("poll")
    await expect(screen.user.locator(".media.poll")).to_be_visible()
    for name in ("Petugas", "Surat", "Waktu", "Warga"):
        tab = screen.page.locator("#tabs").get_by_role("button", name=name)
        await tab.click()
        await expect(tab).to_have_attribute("aria-current", "true")
        assert await screen.overflow() <= 0, f"{name} is wider than the screen"
        await screen.page.screenshot(path=tmp_path / f"{name}.png")
    await screen.page.locator("#language").click()
    await expect(screen.page.locator("#tabs")).to_contain_text("Officers")
    assert await screen.overflow() <= 0
    assert screen.errors == []


async def test_several_people_at_once_each_in_their_language(demo: Playground, browser: Browser) -> None:
    screen = await open_screen(browser, demo.url, width=1280, height=860)
    await screen.user.get_by_role("button", name="Tambah orang").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_label("Nama").fill("John Smith")
    await dialog.get_by_label("Bahasa").select_option("en")
    await dialog.get_by_role("button", name="Tambah orang").click()
    await expect(screen.user.get_by_role("button", name="John", pressed=True)).to_be_visible()
    await screen.says(screen.user, "How many people live in Labuhanbatu?")
    await screen.sees(screen.user, "Do you agree?")
    await screen.user.locator(".person[title='Siti Aminah']").click()
    await screen.says(screen.user, "Halo")
    await screen.sees(screen.user, "Setuju?")
    await expect(screen.user.locator(".row", has_text="Do you agree?")).to_have_count(0)
    assert screen.errors == []


async def test_a_killed_desk_takes_up_what_was_written_meanwhile(demo: Playground, browser: Browser) -> None:
    screen = await open_screen(browser, demo.url, width=1280, height=860)
    await register(screen)
    await open_ticket(screen)
    await screen.page.get_by_role("button", name="Uji ketahanan").click()
    await screen.page.get_by_role("menuitem", name="Matikan paksa").click()
    await expect(screen.page.locator("#strip")).to_contain_text("Meja mati")
    await screen.says(screen.user, "Masih di sana?")
    mine = screen.user.locator(".row.out", has_text="Masih di sana?")
    await expect(mine.get_by_role("img", name="Terkirim, menunggu meja")).to_be_visible()
    await expect(screen.page.locator("#strip")).to_contain_text("Meja berjalan")
    await expect(mine.get_by_role("img", name="Sudah dicatat meja")).to_be_visible()
    await screen.sees(screen.staff, "Masih di sana?")
    await expect(screen.staff.locator(".row", has_text="Masih di sana?")).to_have_count(1)


async def test_what_people_write_is_never_markup(demo: Playground, browser: Browser) -> None:
    screen = await open_screen(browser, demo.url, width=1280, height=860)
    evil = '<img src=x onerror="document.title=1"><b>tebal</b>'
    await screen.says(screen.user, evil)
    await screen.sees(screen.user, evil)
    assert await screen.user.locator(".row.out :is(img, b)").count() == 0
    assert await screen.page.title() == "Meja Konsultasi"
    assert screen.errors == []


async def test_the_page_keeps_to_itself(demo: Playground) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(demo.url) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy
        order = {"act": "kill"}
        async with http.post(
            f"{demo.url}/play/desk", json=order, headers={"Origin": "https://elsewhere.example"}
        ) as no:
            assert no.status == 403
        async with http.post(f"{demo.url}/play/desk", json={"act": "dance"}) as no:
            assert no.status == 400
        async with http.get(f"{demo.url}/static/..%2fdemo.py") as no:
            assert no.status == 404
    assert demo.desk.restarts == 0
