"""/sla: the board turns its pages and refreshes in place, for admins alone."""

import pytest

from bot.playground.people import Person
from bot.reports import board
from tests.flows.conftest import Office
from tests.flows.way import to


async def test_the_board_turns_its_pages_and_refreshes_in_place(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "PAGE_LINES", 1)
    first, topic = await office.ticket()
    await to(office, "ticket", Person(office.telegram, id=1002, first_name="Budi"))
    await office.admin.say("/sla")
    shown = await office.admin.sees("Halaman 1 dari 2")
    assert first in shown.text
    assert [label for row in shown.buttons for label in row] == ["Segarkan", "Berikutnya ›"]
    await office.admin.press("Berikutnya ›")
    turned = await office.admin.sees("Halaman 2 dari 2")
    assert (turned.id, first in turned.text) == (shown.id, False)
    await office.officer.say("/tutup spam", topic=topic)
    await office.settled()
    await office.admin.press("Segarkan")
    fresh = await office.admin.sees("Menunggu petugas: 1")
    assert fresh.id == shown.id
    assert "Halaman" not in fresh.text, "a page that is there no more becomes the last one"


async def test_only_admins_turn_the_pages_of_the_board_in_the_group(office: Office) -> None:
    await office.ticket()
    await office.admin.say("/sla", topic=None)
    shown = await office.officer.sees("Standar: 3 hari kerja", topic=None)
    await office.officer.press("Segarkan", topic=None, message=shown)
    await office.officer.sees_answer("admin")
