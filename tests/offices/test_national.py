"""Over all offices at once, for whoever has the directory: how they stand, and what they did."""

import csv
from pathlib import Path

from bot.offices.house import House
from bot.offices.national import as_lines, report, status
from bot.reports.workshop import Wish
from tests.flows.trouble import becomes_true
from tests.offices.conftest import Town, run
from tests.offices.test_city import owned
from tests.offices.test_house import consult, opens


async def test_how_each_office_stands(city: Town) -> None:
    for code in ("1201", "1202"):
        await city.found(code)
    async with run(city) as house:
        await becomes_true(lambda: owned(house) == {"1201", "1202"})
        await consult(city.offices["1201"], "satu")
        await city.found("1203")
        city.file("1203").write_text("[office]\n")
        first, second, broken = await status(city.folder)
        assert (first.office, first.open, first.late, first.stuck) == ("1201", 1, 0, 0)
        assert (second.office, second.open) == ("1202", 0)
        assert first.owner == second.owner != ""
        assert first.last_poll is not None and first.last_poll < 60
        assert "1203.toml: telegram: missing" in broken.problem
    assert [state.owner for state in await status(city.folder)] == ["", "", ""]
    lines = list(as_lines(await status(city.folder)))
    assert "nobody" in lines[1] and "1203.toml" in lines[3]


async def test_offices_on_files_too(town: Town) -> None:
    for code in ("1201", "1202"):
        await town.found(code)
    house: House
    async with run(town) as house:
        await becomes_true(opens(house, "1201", "1202"))
        assert [state.owner for state in await status(town.folder)] == ["this machine"] * 2
    await town.found("1203")
    assert [state.problem != "" for state in await status(town.folder)] == [False, False, True]


async def test_what_all_of_them_did_in_a_period(city: Town, tmp_path: Path) -> None:
    for code in ("1201", "1202"):
        await city.found(code)
    async with run(city) as house:
        await becomes_true(lambda: owned(house) == {"1201", "1202"})
        for office in city.offices.values():
            await consult(office, "satu")
    file = await report(city.folder, Wish(""), tmp_path)
    with file.open(encoding="utf-8-sig") as stream:
        head, *rows = csv.reader(stream, delimiter=";")
    assert [row[:2] for row in rows] == [["1201", "BPS Kabupaten 1201"], ["1202", "BPS Kabupaten 1202"], ["", "SEMUA"]]
    requests = head.index("Permintaan masuk")
    assert [row[requests] for row in rows] == ["1", "1", "2"]
