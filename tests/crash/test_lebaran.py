"""From outside, with MEJA_CLOCK_FILE: a consultation over Nyepi and Idul Fitri 2027, in all three zones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clock import MovedClock
from bot.domain.offices import zone_label
from bot.playground.budgets import OFF
from bot.playground.chats import Topic
from bot.playground.mailbox import Mailbox
from bot.playground.messages import Message
from bot.playground.server import serve
from bot.playground.spec import Spec
from bot.playground.telegram import Telegram
from tests.crash.conftest import QUICK
from tests.crash.launch import Desk, write_configuration
from tests.flows.conftest import Office, settings_for


class Journey:
    """An office in its zone, its desk a process, and one clock file for everybody."""

    def __init__(self, office: Office, desk: Desk, clock: MovedClock, path: Path, zone: ZoneInfo) -> None:
        self.office, self.desk, self.zone = office, desk, zone
        self._clock, self._path = clock, path

    def go_to(self, local: str) -> None:
        """Set everybody's clock to this local time."""
        moment = datetime.fromisoformat(local).replace(tzinfo=self.zone)
        self._path.write_text(str((moment - datetime.now(UTC)).total_seconds()))
        self._clock.refresh()

    def local(self, message: Message) -> str:
        """When it was sent, by the office's wall clock."""
        return f"{datetime.fromtimestamp(message.body['date'], self.zone):%Y-%m-%d %H:%M}"

    @property
    def topic(self) -> Topic:
        return self.office.telegram.topics[0]


@asynccontextmanager
async def journey_in(zone: str, folder: Path) -> AsyncIterator[Journey]:
    clock_file = folder / "clock"
    clock_file.write_text("0")
    clock = MovedClock(clock_file)
    telegram = Telegram(clock, limits=OFF, spec=Spec.find())
    async with Mailbox(clock, bell=telegram.bell) as mailbox, serve(telegram) as url:
        settings = settings_for(url, mailbox, folder / "meja.db", office={"timezone": zone}, **QUICK)
        desk = Desk(write_configuration(folder / "meja.toml", settings), clock_file=clock_file)
        office = Office(telegram, mailbox, clock, settings)
        try:
            yield Journey(office, desk, clock, clock_file, ZoneInfo(zone))
        finally:
            await desk.end()
        assert telegram.violations == []


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
async def test_a_consultation_over_lebaran_2027(zone: str, tmp_path: Path) -> None:
    async with journey_in(zone, tmp_path) as journey:
        office, user, officer = journey.office, journey.office.user, journey.office.officer
        label = zone_label(journey.zone)
        journey.go_to("2027-03-05 10:00")
        await journey.desk.start()
        await office.supervisor.say("/bantuan")
        await office.register()
        await user.press("Data")
        await user.sees("pertanyaan")
        await user.say("Berapa harga beras menjelang Lebaran?")
        await user.sees("Kirim")
        await user.press("Kirim")
        assert f"Kamis, 18 Maret 2027 pukul 15.30 {label}" in (await user.sees("dibuka")).text
        await office.telegram.until(lambda: bool(office.telegram.topics))
        await officer.sees("harga beras", topic=journey.topic)
        await user.say("/pengaduan Loket tutup lebih awal")
        assert "Senin, 22 Maret 2027" in (await user.sees("P-1207")).text

        await journey.desk.stop()
        journey.go_to("2027-03-10 09:00")
        await journey.desk.start()
        await user.press("Selesai")
        await user.say("Selamat Idul Fitri")
        notice = await user.sees("libur")
        assert "idulfitri" in notice.text.replace(" ", "").lower()
        assert "Selasa, 16 Maret 2027" in notice.text

        journey.go_to("2027-03-18 08:10")
        await officer.sees("sudah dekat", topic=journey.topic)
        await officer.say("/jawab Harga rata-rata Rp15.200 per kilogram.", topic=journey.topic)
        await user.sees("Rp15.200")
        await officer.sees("menandai", topic=journey.topic)
        journey.go_to("2027-03-18 21:30")
        await officer.say("Tabelnya ada di situs web kami.", topic=journey.topic)
        await user.sees("Tabelnya")

        # Five days later it is night: nobody is warned before the morning. The complaint that is late is told any time,
        # and after the warnings, so who has heard of it knows that none went out.
        journey.go_to("2027-03-23 21:40")
        await office.supervisor.sees("melewati batas tanggapan")
        journey.go_to("2027-03-24 08:01")
        warning = await user.sees("menunggu balasan Anda")
        assert journey.local(warning) == "2027-03-24 08:01"
        assert f"Jumat, 26 Maret 2027 pukul 08.00 {label}" in warning.text
        journey.go_to("2027-03-25 08:01")
        await user.sees("Pengingat terakhir")
        journey.go_to("2027-03-26 08:01")
        closed = await user.sees("belum ada balasan selama 7 hari")
        assert journey.local(closed) == "2027-03-26 08:01"
        await user.sees("Bagaimana layanan kami")
        await user.press("5")
        await user.sees("saran atau masukan")
        await user.press("Lewati")
        await user.sees("sudah tercatat")

        await journey.desk.stop()
        journey.go_to("2027-03-28 10:00")
        await journey.desk.start()
        await user.press("Buka kembali")
        assert f"Rabu, 31 Maret 2027 pukul 15.30 {label}" in (await user.sees("dibuka kembali")).text
        await officer.sees("membuka kembali", topic=journey.topic)
        await office.admin.say("/report 2027-03")
        report = (await office.admin.sees("Maret 2027")).text
        assert "100,0 % (1 dari 1)" in report
        assert "dibuka kembali: 1\n" in report
        assert "5,0 dari 5" in report
        assert not any("melewati tenggat" in message.text for message in user.chat)
        assert await journey.desk.stop() == 0
