"""Many offices in one process: they come, change, break and go, and the others do not notice."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import pytest

from bot.offices.house import House
from bot.settings import ConfigError
from tests.flows.conftest import Office
from tests.flows.trouble import becomes_true
from tests.offices.conftest import Town, run


async def consult(office: Office, said: str) -> None:
    """A whole question and its answer."""
    _, topic = await office.ticket(f"Berapa inflasi? {said}")
    await office.answer(topic, f"Sekian. {said}")


async def still_works(office: Office, said: str) -> None:
    """A word of the user reaches the officers of the same office."""
    await office.user.say(said)
    await office.officer.sees(said, topic=office.telegram.topics[-1])


def opens(house: House, *codes: str) -> Callable[[], bool]:
    return lambda: {code for code, desk in house.desks.items() if desk.app is not None} == set(codes)


async def test_offices_work_side_by_side_each_in_its_own_file(town: Town) -> None:
    offices = [await town.found(code) for code in ("1201", "1202", "1203")]
    async with run(town):
        await asyncio.gather(*(consult(office, office.settings.office.code) for office in offices))
    for office in offices:
        said = "\n".join(message.text for message in office.telegram.topics[-1].messages)
        others = {other.settings.office.code for other in offices} - {office.settings.office.code}
        assert not [code for code in others if f"? {code}" in said]


async def test_an_office_comes_changes_breaks_and_goes_while_another_one_works(town: Town) -> None:
    first = await town.found("1201")
    async with run(town) as house:
        await consult(first, "satu")
        polls = house.desks["1201"].app
        second = await town.found("1202")
        await house.reload()
        await consult(second, "dua")

        changed = second.settings.office.model_copy(update={"phone": "(0624) 99999"})
        second.settings = second.settings.model_copy(update={"office": changed})
        town.write(second)
        await house.reload()
        await becomes_true(opens(house, "1201", "1202"))
        await second.user.say("/bantuan")
        await second.user.sees("(0624) 99999")

        await second.admin.say("/bantuan")
        good = town.file("1202").read_text()
        town.file("1202").write_text(good.replace("[mail]", "[surat]"))
        await house.reload()
        assert opens(house, "1201")()
        told = await second.admin.sees("tidak dapat dipakai lagi")
        assert "1202.toml: surat: nama ini tidak dikenal" in told.text
        assert await house.readiness() == {"1202.toml": ["configuration"], "1201": []}

        town.file("1202").write_text("[office", encoding="utf-8")  # not even TOML
        await house.reload()
        town.file("1202").write_text(good)
        await house.reload()
        await becomes_true(opens(house, "1201", "1202"))
        await second.admin.sees("sudah benar lagi")
        await still_works(second, "Masih di sana?")

        town.file("1202").unlink()
        await house.reload()
        assert opens(house, "1201")()
        await still_works(first, "Tidak terganggu")
        assert house.desks["1201"].app is polls  # it was never opened anew


async def test_what_they_share_stands_in_one_file_and_the_environment_goes_over_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.found("1201")
    path = town.folder / "meja.toml"
    path.write_text(path.read_text() + '\n[office]\nphone = "1"\nwebsite = "http://a"\n[service]\nsilence_days = 9\n')
    file = town.file("1201")
    file.write_text(file.read_text().replace("[office]", '[office]\nwebsite = "http://b"'))
    monkeypatch.setenv("MEJA_OFFICE__EMAIL", "a@b.go.id")
    monkeypatch.setenv("MEJA_OFFICE__WEBSITE", "http://c")
    settings = House(town.folder).folder.offices["1201"]
    assert (settings.office.website, settings.office.email) == ("http://b", "a@b.go.id")
    assert (settings.service.silence_days, settings.office.phone) == (9, "(0624) 21207")
    assert settings.storage.url.endswith("/1201.db")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text + "\n[web]\nport = 1\n", "all offices share this table"),
        (lambda text: text.replace('code = "1202"', 'code = "1201"'), "is that of another file"),
        (lambda text: text.replace("1202:STANDIN", "1201:STANDIN"), "has the same"),
        (lambda text: text.replace("staff_chat_id", "#"), "staff_chat_id: missing"),
        (lambda text: text.replace("[", "", 1), "not valid TOML"),
    ],
)
async def test_a_broken_file_is_only_its_offices_trouble(
    town: Town, change: Callable[[str], str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    for code in ("1201", "1202"):
        await town.found(code)
    town.file("1202").write_text(change(town.file("1202").read_text()))
    async with run(town) as house:
        await becomes_true(opens(house, "1201"))
        assert list(house.desks) == ["1201"]
    assert said in caplog.text
    assert "STANDIN" not in caplog.text.replace("telegram.token: 1201.toml", "")


@pytest.mark.parametrize("what", ["gone", "emptied", "without what all need"])
async def test_files_that_are_just_being_written_close_no_office(
    town: Town, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An empty meja.toml would begin each office anew in another database."""
    offices = {code: await town.found(code) for code in ("1201", "1202")}
    shared = town.folder / "meja.toml"
    async with run(town) as house:
        await becomes_true(opens(house, *offices))
        apps = [desk.app for desk in house.desks.values()]
        if what == "gone":
            shared.unlink()
        elif what == "emptied":
            shared.write_text("")
        for code in offices if what == "without what all need" else ():
            town.file(code).write_text(town.file(code).read_text().replace("[mail]", "[surat]"))
        await house.reload()
        assert [desk.app for desk in house.desks.values()] == apps
        for office in offices.values():
            await office.user.say("/mulai")
            await office.user.sees("Setuju")
    assert "goes on as before" in caplog.text or "at the next start" in caplog.text
    assert not (town.folder / "var").exists()


async def test_two_offices_on_one_file_are_a_configuration_error(town: Town) -> None:
    for code in ("1201", "1202"):
        await town.found(code)
    shared = town.folder / "meja.toml"
    shared.write_text(shared.read_text().replace("{code}", "1201"))
    told = House(town.folder).folder.broken["1202.toml"].told("en")
    assert told[0].endswith('as in "sqlite:///var/{code}.db"')


async def test_a_directory_without_a_usable_office_is_a_configuration_error(town: Town) -> None:
    with pytest.raises(ConfigError, match="holds no office"):
        House(town.folder)
    await town.found("1201")
    town.file("1201").write_text("[office]\n")
    with pytest.raises(ConfigError, match=r"1201\.toml: telegram: missing"):
        House(town.folder)


async def test_an_office_without_its_key_is_only_its_own_trouble(town: Town) -> None:
    offices = [await town.found(code) for code in ("1201", "1202")]
    async with run(town):
        await consult(offices[0], "satu")
        await consult(offices[1], "dua")
    os.unlink(town.folder.parent / "1202.secret")  # noqa: PTH108
    async with run(town) as house:
        await becomes_true(lambda: house.desks["1202"].problem is not None)
        assert "from a backup" in str(house.desks["1202"].problem)
        await still_works(offices[0], "Tidak terganggu")


async def test_a_second_process_on_the_same_files_waits_for_its_turn(town: Town) -> None:
    office = await town.found("1201")
    waiting: Any = None
    async with House(town.folder).open():
        await consult(office, "satu")
        waiting = House(town.folder)
        opened = waiting.open()
        await opened.__aenter__()
        await asyncio.sleep(0)
        assert not opens(waiting, "1201")()
    await becomes_true(opens(waiting, "1201"))
    await still_works(office, "Yang kedua bekerja")
    await opened.__aexit__(None, None, None)
