"""The nightly copy, and life after a restore: nobody comes back, no number is given twice, nobody is closed early."""

import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from bot import safekeeping
from bot.app import App
from bot.delivery.backups import FIRST_AFTER
from bot.settings import ConfigError
from storage import backup, erasure_list
from storage.base import DatabaseBusy, StorageUnavailable
from storage.erasures import hashes
from tests.crash.launch import write_configuration
from tests.flows.conftest import Office, office_at
from tests.flows.way import value

AT_NIGHT = {"backup": {"at": "03:30", "keep": 2}}


async def erase(office: Office) -> None:
    await office.user.say("/privasi")
    await office.user.sees("Data Anda pada")
    await office.user.press("Hapus data saya")
    await office.user.sees("Yang dihapus")
    await office.user.press("Lanjut menghapus")
    await office.user.sees("Langkah terakhir")
    await office.user.press("Hapus sekarang")
    await office.user.sees("H-1207-2611-0001")
    await office.settled()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


async def _look(office: Office) -> App:
    assert office.app is not None
    await office.app.backups.look()
    return office.app


async def test_a_copy_each_night_and_the_old_ones_go(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", **AT_NIGHT) as office, office.open():
        app = await _look(office)
        assert app.backups.last_at is None and not app.backups.is_old(office.clock.now())
        office.jump(seconds=FIRST_AFTER.total_seconds())
        await _look(office)
        assert (first := app.backups.last_at) is not None
        await _look(office)
        assert app.backups.last_at == first
        for _ in range(3):
            office.jump(days=1)
            await _look(office)
        found = backup.copies(tmp_path / "backups", "1207")
        assert len(found) == 2 and found[0][1].taken_at == app.backups.last_at
        assert backup.verify(found[0][0])[1] == []
        office.jump(hours=26, seconds=1)
        assert app.backups.is_old(office.clock.now())


async def test_a_desk_that_starts_after_the_night_makes_its_copy_at_once(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", **AT_NIGHT) as office:
        async with office.open():
            office.jump(hours=1)
            await _look(office)
        office.jump(days=2)
        async with office.open():
            app = await _look(office)
            assert app.backups.last_at is not None
            assert office.clock.now() - app.backups.last_at < timedelta(minutes=1)


@pytest.mark.parametrize("exit_code", [0, 3])
async def test_the_offices_own_command_gets_each_copy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, exit_code: int
) -> None:
    away = tmp_path / "away"
    script = f"import shutil, sys; shutil.copy(sys.argv[1], {str(away)!r}); sys.exit({exit_code})"
    part = {"backup": {"at": "03:30", "after": [sys.executable, "-c", script, "{file}"]}}
    async with office_at(tmp_path / "meja.db", **part) as office, office.open():
        office.jump(hours=1)
        await _look(office)
        (copy, _) = backup.copies(tmp_path / "backups", "1207")[0]
        assert away.read_bytes() == copy.read_bytes()
        assert ("the backup failed" in caplog.text) is bool(exit_code)


async def test_a_backup_that_fails_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("where a folder should be")
    async with office_at(tmp_path / "meja.db", **AT_NIGHT) as office, office.open():
        office.jump(hours=1)
        app = await _look(office)
        (tmp_path / "backups").unlink()
        await _look(office)
        assert app.backups.last_at is None
        office.jump(minutes=16)
        await _look(office)
        assert app.backups.last_at is not None


async def test_who_was_erased_stays_erased_after_a_restore(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with office_at(tmp_path / "meja.db", **AT_NIGHT) as office:
        config = write_configuration(tmp_path / "config.toml", office.settings)
        async with office.open():
            await office.admin.say("/bantuan")
            number, _ = await office.ticket("Pertanyaan zirkonia")
            await safekeeping.make_backup(config, None, clock=office.clock)
            (copy, _) = backup.copies(tmp_path / "backups", "1207")[0]
            await erase(office)
            await _look(office)
            assert len(erasure_list.read(tmp_path / "backups", "1207")) == 1
            with pytest.raises(DatabaseBusy, match="stop it first"):
                await safekeeping.restore(config, copy, None, clock=office.clock)
        assert await safekeeping.look_at_backup(copy)
        await safekeeping.restore(config, copy, None, clock=office.clock)
        assert "erased again: 1" in capsys.readouterr().out
        names = [path.name for path in _files(tmp_path)]
        assert not [name for name in names if "restoring" in name]
        assert len([name for name in names if name.startswith("meja.db.before-restore-")]) == 1
        office.jump(seconds=1)
        async with office.open() as app:
            await office.admin.sees("dipulihkan dari salinan")
            await office.settled()
            await app.jobs.sweep()
            assert await value(office, "SELECT count(*) FROM messages WHERE content LIKE '%zirkonia%'") == 0
            assert await value(office, "SELECT count(*) FROM identities WHERE sender = '1001'") == 0
            assert await office.status(number) == "closed"
            async with app.store.reader() as reader:
                assert len(await hashes(reader, "1207")) == 1


async def test_a_restored_desk_gives_no_number_twice_and_closes_nobody_too_early(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", **AT_NIGHT) as office:
        config = write_configuration(tmp_path / "config.toml", office.settings)
        async with office.open():
            await office.register()
            number = await office.ask("Pertanyaan pertama")
            await office.telegram.until(lambda: bool(office.telegram.topics))
            await office.answer(office.telegram.topics[-1])
            await office.settled()
            await safekeeping.make_backup(config, None, clock=office.clock)
            (copy, _) = backup.copies(tmp_path / "backups", "1207")[0]
            await office.move(days=5)
            await office.user.say("Saya masih menunggu")
            await office.settled()
        await safekeeping.restore(config, copy, None, clock=office.clock)
        async with office.open():
            for hours in (1, 24, 24):
                await office.settled()
                await office.move(hours=hours)
            assert await office.status(number) != "closed"
            await office.user.say("Terima kasih")
            await office.settled()
            other = await office.register(office.supervisor, name="Bu Lurah")
            assert await office.ask("Pertanyaan lain", user=other) == "1207-2611-0502"


async def test_a_damaged_copy_is_not_restored(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(office_at(tmp_path / "meja.db"))
        config = write_configuration(tmp_path / "config.toml", office.settings)
        async with office.open():
            await safekeeping.make_backup(config, tmp_path / "out")
        (copy, _) = backup.copies(tmp_path / "out", "1207")[0]
        copy.write_bytes(copy.read_bytes()[:-4096])
        assert not await safekeeping.look_at_backup(copy)
        before = (tmp_path / "meja.db").read_bytes()
        with pytest.raises(StorageUnavailable, match="not restored"):
            await safekeeping.restore(config, copy, None, clock=office.clock)
        assert (tmp_path / "meja.db").read_bytes() == before
        (tmp_path / "meja.secret").unlink()
        with pytest.raises(ConfigError, match=r"meja\.secret is gone"):
            await safekeeping.restore(config, copy, None, clock=office.clock)


async def test_the_drill_restores_the_newest_copy_and_touches_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with office_at(tmp_path / "meja.db", **AT_NIGHT) as office:
        config = write_configuration(tmp_path / "config.toml", office.settings)
        async with office.open():
            with pytest.raises(StorageUnavailable, match="run meja backup"):
                await safekeeping.drill(config)
            await safekeeping.make_backup(config, None, clock=office.clock)
            before = _files(tmp_path)
            await safekeeping.drill(config, clock=office.clock)
            assert "was restored in" in capsys.readouterr().out
            assert _files(tmp_path) == before
