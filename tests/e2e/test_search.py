"""Self-service on the demo's page: found, and no ticket is opened; not found, and one is."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import Screen, chromium, demo_in, open_screen

pytestmark = pytest.mark.e2e

ANSWERED = "Bagaimana menentukan kode KBLI usaha saya?"
UNANSWERED = "Berapa produksi kelapa sawit per kecamatan tahun 2025?"


async def register(screen: Screen) -> None:
    """From the second suggestion of the empty chat to the choice of the type."""
    await screen.user.get_by_role("button", name=ANSWERED).click()
    await screen.presses(screen.user, "Setuju")
    await screen.sees(screen.user, "alamat e-mail")
    await screen.says(screen.user, "siti.aminah@contoh.go.id")
    code = await screen.mail.locator(".digits").text_content()
    await screen.sees(screen.user, "Kode sudah dikirim")
    await screen.says(screen.user, code or "")
    await screen.sees(screen.user, "Siapa nama Anda")
    await screen.says(screen.user, "Siti Aminah")
    for asked in ("lembaga apa", "untuk apa"):
        await screen.sees(screen.user, asked)
        await screen.presses(screen.user, "Lewati")
    await screen.sees(screen.user, "Pilih jenis konsultasi")


async def test_found_opens_no_ticket_and_is_counted_and_not_found_opens_one(tmp_path: Path) -> None:
    async with demo_in(tmp_path) as demo, chromium() as browser:
        screen = await open_screen(browser, demo.url, width=1280, height=860)
        await register(screen)
        await screen.presses(screen.user, "Klasifikasi")
        await screen.sees(screen.user, "Jenis konsultasi: Klasifikasi")
        await screen.presses(screen.user, "Kirim")
        await screen.sees(screen.user, "Mungkin jawabannya sudah ada")
        await screen.page.screenshot(path=tmp_path / "offered.png")
        await screen.presses(screen.user, "Sudah terjawab")
        await screen.sees(screen.user, "Tiket tidak dibuka")
        await expect(screen.staff.locator(".topic-row", has_text="1207-")).to_have_count(0)

        await demo.cast.admin.say("/laporan")
        report = await demo.cast.admin.sees("Laporan layanan")
        assert "Permintaan masuk: 0" in report.text
        assert "Terjawab mandiri: 1 (ditawari jawaban 1 kali, 0 diteruskan" in report.text

        await screen.says(screen.user, "/mulai")
        await screen.presses(screen.user, "Data")
        await screen.says(screen.user, UNANSWERED)
        await screen.sees(screen.user, "Tersimpan")
        await screen.presses(screen.user, "Kirim")
        await screen.sees(screen.user, "dibuka")
        await expect(screen.staff.locator(".topic-row", has_text="1207-")).to_have_count(1)
        await screen.page.screenshot(path=tmp_path / "opened.png")
        assert screen.errors == []
