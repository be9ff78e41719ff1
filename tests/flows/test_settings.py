"""/atur: an admin changes the office's settings in the chat, sees what that does, and gets the file's value back."""

from pathlib import Path

import pytest

from bot.desk import adjustments
from bot.desk.adjustments import KNOBS
from bot.playground.people import Person
from storage import open_store, settings_overrides
from tests.flows.conftest import ADMIN, Office, office_at


async def _audit(office: Office, action: str) -> list[str]:
    assert office.app is not None
    async with office.app.store.reader() as reader:
        data = await reader.value("SELECT group_concat(actor || ' ' || data, ';') FROM audit WHERE action = $1", action)
    return str(data or "").split(";") if data else []


def _setting(office: Office, key: str) -> str:
    assert office.app is not None
    return adjustments.value_in(office.app.context().settings, key)


async def test_shorter_hours_are_shown_saved_and_taken_back_with_the_due_moments(office: Office) -> None:
    await office.ticket()  # Monday 10.00: due on Thursday at the end of service
    admin = office.admin
    await admin.say("/atur")
    await admin.sees("Semua masih seperti di berkas")
    await admin.press("Jam layanan")
    await admin.sees("Kamis: 08:00-15:30")
    await admin.press("Kamis")
    await admin.sees("/atur kamis 08:00-15:00")
    await admin.press("08:00-15:00")
    await admin.sees("Tenggat 1 tiket terbuka bergeser")
    assert _setting(office, "office.hours.thu") == "08:00-15:30"
    await admin.press("Simpan")
    await admin.sees("Disimpan. Tenggat 1 tiket")
    await office.user.sees("15.00 WIB")
    assert _setting(office, "office.hours.thu") == "08:00-15:00"
    await admin.press("Kembali ke isi berkas")
    await admin.sees("08:00-15:00 → 08:00-15:30")
    await admin.press("Simpan")
    await admin.sees("Disimpan. Tenggat 1 tiket")
    await office.user.sees("15.30 WIB")
    assert _setting(office, "office.hours.thu") == "08:00-15:30"
    entries = await _audit(office, "setting")
    assert [entry.split(" ")[0] for entry in entries] == [f"admin:{ADMIN}"] * 2
    assert '"before":"08:00-15:30","after":"08:00-15:00"' in entries[0] and "office.hours.thu" in entries[0]


async def test_what_was_changed_holds_after_a_restart_and_goes_over_the_file(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db") as office:
        async with office.open():
            await office.admin.say("/atur jumat 08:00-11:00, 13:30-16:00")
            await office.admin.sees("Jumat: 08:00-16:00 → 08:00-11:00, 13:30-16:00")
            await office.admin.press("Simpan")
            await office.admin.sees("Disimpan")
            await office.settled()
        async with office.open():
            assert _setting(office, "office.hours.fri") == "08:00-11:00, 13:30-16:00"
            await office.admin.say("/atur")
            await office.admin.sees("Jumat: 08:00-11:00, 13:30-16:00 (berkas: 08:00-16:00)")


@pytest.mark.parametrize(
    "typed",
    [
        "senin delapan",
        "senin 15:00-08:00",
        "tiket 99",
        "pagi 13:00",
        "email mungkin",
        "percakapan 1",
        "malam 25:00-08:00",
    ],
)
async def test_a_value_that_will_not_do_changes_nothing_and_says_how_it_is_written(office: Office, typed: str) -> None:
    await office.admin.say(f"/atur {typed}")
    await office.admin.sees("Nilai itu belum dapat dipakai")
    await office.settled()
    assert office.app is not None and office.app.context().settings == office.settings


async def test_the_office_is_never_closed_all_week(office: Office) -> None:
    for day in ("senin", "selasa", "rabu", "kamis"):
        await office.admin.say(f"/atur {day} tutup")
        await office.admin.press("Simpan", message=await office.admin.sees("→ tutup"))
        await office.admin.sees("Disimpan")
    await office.settled()
    await office.admin.say("/atur friday tutup")
    await office.admin.sees("Nilai itu belum dapat dipakai")


async def test_less_time_for_data_says_that_it_is_deleted_tonight(office: Office) -> None:
    await office.admin.say("/atur percakapan 365")
    await office.admin.sees("Yang lebih lama dihapus malam ini")
    await office.admin.press("Batal")
    await office.admin.sees("Percakapan (hari): 730")
    assert _setting(office, "privacy.keep.conversation_days") == "730"
    await office.admin.say("/atur percakapan 1000")
    await office.admin.press("Simpan", message=await office.admin.sees("730 → 1000"))
    await office.admin.sees("Disimpan")
    await office.user.say("/privasi")
    await office.user.sees("1.000 hari")


async def test_an_old_button_does_not_undo_what_somebody_else_changed(office: Office) -> None:
    admin = office.admin
    await admin.say("/atur tiket 2")
    old = await admin.sees("1 → 2")
    data = old.keyboard[0][0]["callback_data"]
    await admin.say("/atur tiket 3")
    await admin.press("Simpan", message=await admin.sees("1 → 3"))
    await admin.sees("Disimpan")
    await admin.press_data(old, data)
    await admin.sees_answer("tidak berlaku")
    assert _setting(office, "service.max_open_tickets") == "3"
    assert len(await _audit(office, "setting")) == 1


async def test_ten_presses_of_save_at_once_are_one_change(office: Office) -> None:
    await office.admin.say("/atur nama name")
    shown = await office.admin.sees("Petugas PST 3 → nama")
    for _ in range(10):
        await office.admin.press_data(shown, shown.keyboard[0][0]["callback_data"])
    await office.settled()
    assert _setting(office, "service.officer_names") == "name" and len(await _audit(office, "setting")) == 1


async def test_an_officer_cannot_press_an_admin_s_menu(office: Office) -> None:
    await office.admin.say("/atur survei tidak", topic=None)
    shown = await office.admin.sees("ya → tidak", topic=None)
    await office.officer.press_data(shown, shown.keyboard[0][0]["callback_data"])
    await office.officer.sees_answer("admin")
    assert _setting(office, "service.survey") == "true"


async def test_closed_days_roster_officers_and_snippets_are_under_the_same_roof(office: Office) -> None:
    _, topic = await office.ticket()
    admin = office.admin
    await admin.say("/libur 2026-11-25 rapat")
    await admin.sees("dicatat sebagai hari libur")
    await office.user.sees("Jumat, 27 November")
    await admin.say("/atur")
    await admin.press("Hari libur", message=await admin.sees("Semua masih"))
    await admin.sees("Rabu, 25 November 2026: libur, rapat")
    await admin.press("✕ 2026-11-25")
    await admin.sees("Belum ada.")
    await office.user.sees("Kamis, 26 November")
    await admin.press("« Kembali")
    await admin.press("Piket", message=await admin.sees("Semua masih"))
    await admin.sees("/piket senin 2,3")
    await admin.press("« Kembali")
    await admin.press("Jawaban baku", message=await admin.sees("Semua masih"))
    await admin.say("/atur baku salam: Selamat pagi, {nama} dari {planet}")
    await admin.sees("Isian ini tidak dikenal: planet")
    await admin.say("/atur baku salam: Selamat pagi, {nama}.")
    listed = await admin.sees("salam: Selamat pagi")
    await office.officer.say("/baku salam", topic=topic)
    await office.user.sees("Selamat pagi, Siti Aminah.")
    await admin.press("✕ salam", message=listed)
    await admin.sees("Belum ada.", topic="private")
    assert len(await _audit(office, "day_dropped")) == 1 and len(await _audit(office, "snippet_removed")) == 1


async def test_every_setting_can_be_shown_and_its_choices_are_taken(office: Office) -> None:
    """No button of the menu leads to a value that the configuration would refuse."""
    for name, knob in KNOBS.items():
        for choice in knob.choices:
            adjustments.with_value(office.settings, knob.key, choice)
        await office.admin.say(f"/atur {name}")
        await office.admin.sees(f"/atur {name} ")


async def test_an_override_that_does_not_fit_any_more_is_left_out(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db") as office:
        store = await open_store(office.settings.storage.url)
        for key, value in (("service.max_open_tickets", "77"), ("service.gone", "1"), ("office.hours.mon", "")):
            row = settings_overrides.Override(key, value, "admin:111", office.clock.now())
            await store.run(settings_overrides.put, "1207", row)
        await store.close()
        (office_secret := (tmp_path / "meja.secret")).write_bytes(bytes(32))
        office_secret.chmod(0o600)
        async with office.open():
            assert _setting(office, "service.max_open_tickets") == "1" and _setting(office, "office.hours.mon") == ""


async def test_a_person_reads_the_officer_s_name_at_once(office: Office) -> None:
    colleague = Person(office.telegram, id=2002, first_name="Joko", staff="member")
    _, topic = await office.ticket()
    await office.admin.say("/atur nama name")
    await office.admin.press("Simpan", message=await office.admin.sees("→ nama"))
    await office.admin.sees("Disimpan")
    await colleague.say("/ambil", topic=topic)
    await office.user.sees("Joko dari BPS")
