"""Every content field of a message, both ways, with everything that is done with it: silent drops 0 (table.py)."""

import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
import pytest_asyncio

from bot.channels.telegram.parse import CONTENT, FRAME, REFUSED, SERVICE
from bot.playground.spec import spec_path
from tests.fidelity.stage import Stage, sides, walk
from tests.fidelity.table import TABLE, field_of, row
from tests.flows.way import swift

OF_TEXT = {"text"}


def message_fields() -> list[str]:
    """The fields of Message in the description of the Bot API that the stand-in checks by."""
    path = spec_path()
    if not path.is_file():
        pytest.skip("the description of the Bot API is not here")
    described = json.loads(path.read_text(encoding="utf-8"))
    return [field["name"] for field in described["types"]["Message"]["fields"]]


def unclassified(fields: Iterable[str]) -> list[str]:
    return sorted(set(fields) - OF_TEXT - CONTENT.keys() - set(REFUSED) - SERVICE.keys() - FRAME)


def test_every_field_of_a_message_is_classified() -> None:
    """A new version of the Bot API brings no kind of message that nobody thought of."""
    assert unclassified(message_fields()) == []


def test_a_field_of_tomorrow_is_noticed() -> None:
    assert unclassified([*message_fields(), "hologram"]) == ["hologram"]


def test_no_field_is_of_two_kinds_and_none_is_made_up() -> None:
    tables = [OF_TEXT, CONTENT.keys(), set(REFUSED), SERVICE.keys(), FRAME]
    everything = [name for table in tables for name in table]
    assert len(everything) == len(set(everything))
    assert set(everything) == set(message_fields())


def test_every_content_has_its_row() -> None:
    assert {field_of(kind) for kind in TABLE} == OF_TEXT | CONTENT.keys() | set(REFUSED) | {"hologram"}


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["user to officer", "officer to user"])
async def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One office for a whole direction. The user reads English, so that the language of an answer shows."""
    folder: Path = tmp_path_factory.mktemp("fidelity")
    async with swift(folder) as office:
        _, topic = await office.ticket()
        await office.user.say("/bahasa")
        await office.user.sees("Pilih bahasa")
        await office.user.press("English")
        await office.settled()
        user, officer = sides(office, topic)
        pair = (user, officer) if request.param == "user to officer" else (officer, user)
        yield Stage(office, *pair)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", TABLE)
async def test_nothing_is_dropped_in_silence(stage: Stage, kind: str) -> None:
    assert await walk(stage, kind) == row(kind)
