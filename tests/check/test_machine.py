"""What `meja check` finds on this machine: configuration, database, key file, disk, holidays."""

from datetime import UTC, datetime

import pytest

from bot.findings import as_lines
from bot.settings import is_folder
from storage import open_store, settings_overrides
from tests.check.conftest import At, Clinic
from tests.check.stories.configuration import as_somebody_else


async def test_every_fault_of_the_configuration_is_said(clinic: Clinic) -> None:
    clinic.configure(group='"minus seratus"', admins="'saya'")
    findings = await clinic.findings()
    assert [(it.name, it.verdict) for it in findings] == [("config", "value")] * 2
    assert "telegram.staff_chat_id" in "".join(as_lines(findings, "id"))


@pytest.mark.parametrize(
    ("spoilt", "key"),
    [
        ("[office.closures]\nbesok = 'libur'", "office.closures.besok"),
        ("[office.closures]\n'2026-12-31..2026-12-28' = 'libur'", "office.closures.2026-12-31..2026-12-28"),
        ("[office.working_days]\n'26-12-2026' = 'masuk'", "office.working_days.26-12-2026"),
        ("[[office.dated_hours]]\nfirst = 'Ramadan'\nlast = '2027-03-09'", "office.dated_hours.0.first"),
        ("[office.hours]\nmon = ''\ntue = ''\nwed = ''\nthu = ''\nfri = ''", "office.hours"),
    ],
)
async def test_a_calendar_that_cannot_be_read(clinic: Clinic, spoilt: str, key: str) -> None:
    clinic.path.write_text(clinic.path.read_text() + spoilt)
    findings = await clinic.findings()
    assert {it.name for it in findings} == {"config"}
    assert findings[0].params["key"] == key


async def test_who_may_not_read_the_configuration_is_told_as_whom_to_call(clinic: Clinic) -> None:
    """As README sets it up, the folder is closed to everybody but the desk's user."""
    with as_somebody_else(clinic.folder):
        assert not is_folder(clinic.path)
        assert "sudo -u meja" in await clinic.complains("config", "forbidden")


async def test_a_missing_token_says_where_to_get_one(clinic: Clinic) -> None:
    clinic.configure(token="")
    assert "@BotFather" in await clinic.complains("config", "missing")


async def test_a_readable_configuration_without_secrets_is_fine(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.configure(token="")
    clinic.path.chmod(0o644)
    monkeypatch.setenv("MEJA_TELEGRAM__TOKEN", clinic.telegram.token)
    assert all(it.ok for it in await clinic.findings())


@pytest.mark.parametrize(("month", "wrong"), [(9, False), (10, True)])
async def test_next_years_holidays_are_asked_for_from_october_on(clinic: Clinic, month: int, wrong: bool) -> None:
    clinic.clock = At(datetime(2027, month, 2, tzinfo=UTC))
    found = next(it for it in await clinic.findings(offline=True) if it.name == "holidays")
    assert found.ok is not wrong


async def test_a_catalogue_file_with_a_wrong_row_says_which(clinic: Clinic) -> None:
    own = clinic.folder / "katalog.csv"
    own.write_text("title,answer\nSatu,Ada\nDua,\n")
    clinic.path.write_text(f"{clinic.path.read_text()}\n[catalogue]\nfile = '{own}'\n")
    assert "line 3: answer: missing" in await clinic.complains("catalogue", "row")
    own.write_text("title,answer\nSatu,Ada\n")
    assert [it.params["entries"] for it in await clinic.findings() if it.name == "catalogue"] == [1]
    own.unlink()
    assert "catalogue.file" in await clinic.complains("catalogue", "unreadable")


async def test_a_year_without_holidays(clinic: Clinic) -> None:
    clinic.clock = At(datetime(2031, 3, 3, tzinfo=UTC))
    lines = "\n".join(as_lines(await clinic.findings(offline=True), "id"))
    assert "✗ Hari libur: daftar tahun 2031" in lines and "/libur" in lines


async def _override(clinic: Clinic, key: str, value: str) -> None:
    await clinic.desk_was_here()
    store = await open_store(f"sqlite:///{clinic.database}")
    row = settings_overrides.Override(key, value, "admin:111", datetime(2026, 11, 23, tzinfo=UTC))
    await store.run(settings_overrides.put, "1207", row)
    await store.close()


async def test_what_was_changed_in_the_chat_is_shown(clinic: Clinic) -> None:
    await _override(clinic, "office.hours.mon", "09:00-15:00")
    found = {it.name: it for it in await clinic.findings()}
    assert found["settings"].ok and found["settings"].params["list"] == 'office.hours.mon = "09:00-15:00"'
