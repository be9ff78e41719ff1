"""Each ✗ of `meja check` is brought about, told, and gone once its fix is done as the line below it says."""

import tomllib
from contextlib import suppress

import pytest

from bot.findings import as_lines
from bot.texts import packaged
from tests.check.conftest import Clinic, Ward
from tests.check.stories import machine, telegram, whatsapp  # noqa: F401 (they enter the book)
from tests.check.stories.book import OF_A_DESK, OF_POSTGRES, OF_WHATSAPP, Story
from tests.check.stories.configuration import OF_CONFIGURATION, ROWS


@pytest.mark.parametrize(("name", "verdict"), OF_A_DESK)
async def test_a_fault_is_gone_when_its_fix_is_done(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, name: str, verdict: str
) -> None:
    await _play(clinic, name, verdict, OF_A_DESK[name, verdict](clinic, monkeypatch))


@pytest.mark.parametrize(("name", "verdict"), OF_WHATSAPP)
async def test_a_fault_at_meta_is_gone_when_its_fix_is_done(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, name: str, verdict: str
) -> None:
    await _play(ward.clinic, name, verdict, OF_WHATSAPP[name, verdict](ward, monkeypatch))


@pytest.mark.parametrize(("name", "verdict"), OF_POSTGRES)
async def test_a_fault_of_the_server_is_gone_when_its_fix_is_done(
    clinic: Clinic, postgres_server: str, name: str, verdict: str
) -> None:
    await _play(clinic, name, verdict, OF_POSTGRES[name, verdict](clinic, postgres_server))


async def _play(clinic: Clinic, name: str, verdict: str, story: Story) -> None:
    await anext(story)
    wrong = [it for it in await clinic.findings() if not it.ok]
    told = "\n".join(as_lines([it for it in wrong if (it.name, it.verdict) == (name, verdict)], "en"))
    assert "  → " in told and len(wrong) == 1 + (verdict == "nobody"), wrong  # nobody: no admin either
    with suppress(StopAsyncIteration):
        await story.asend(told)
    wrong = [it for it in await clinic.findings() if not it.ok]
    with suppress(StopAsyncIteration):
        await anext(story)
    assert wrong == []


def test_every_fault_has_its_story() -> None:
    texts = tomllib.loads((packaged() / "en" / "check.toml").read_text("utf-8"))
    fixes = {(name, verdict) for name, table in texts.items() for verdict in table.get("fix", {})}
    of_files = {("config", verdict) for verdict in {row.verdict for row in ROWS} | OF_CONFIGURATION.keys()}
    assert fixes == {*OF_A_DESK, *OF_WHATSAPP, *OF_POSTGRES, *of_files}
