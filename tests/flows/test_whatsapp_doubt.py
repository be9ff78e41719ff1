"""What a desk on WhatsApp must not take for something else: old news, other people, another platform's chats."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.channels.base import Inbound, Kind, Place, Sender
from bot.playground.faults import Fault
from handlers.dispatch import dispatch
from storage import parks
from storage.base import Tx
from storage.parks import Park
from tests.flows.conftest import Office, office_at
from tests.flows.on_whatsapp import ticket


async def _do(office: Office, act: Callable[[Tx], Awaitable[Any]]) -> Any:
    assert office.app is not None
    return await office.app.store.run(act)


async def _answer_under_way(tx: Tx) -> None:
    """As a kill leaves it: the request was cut, and its first news had come."""
    await tx.execute(
        "UPDATE outbox SET state = 'sending', result = $1 WHERE kind = 'relay' AND dest = 'user'", {"seen": "wamid.1"}
    )


async def _state(tx: Tx) -> Any:
    return await tx.value("SELECT state FROM outbox WHERE kind = 'relay' AND dest = 'user'")


async def test_the_desk_starts_though_the_window_of_what_was_under_way_has_closed(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", whatsapp=True) as office:
        async with office.open():
            _, topic = await ticket(office)
            await office.officer.say("Tiga persen.", topic=topic)
            await office.phone.sees("Tiga persen.")
            await office.settled()
            await _do(office, _answer_under_way)
        office.jump(hours=25)
        async with office.open():
            assert await _do(office, _state) == "sent"


async def test_parks_on_one_platform_hold_up_nobody_on_the_other(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", whatsapp=True) as office:
        async with office.open() as app:
            await office.settled()

            async def park(tx: Tx) -> None:
                for n in range(3):
                    until = office.clock.now() + timedelta(minutes=15)
                    await parks.put(tx, app.context().office, Park(f"62812600010{n}", until, "whatsapp"))

            await _do(office, park)
        async with office.open():
            await office.user.say("/bantuan")
            await office.user.sees("/mulai")


async def test_news_of_a_row_that_had_the_number_before_says_nothing_of_this_one(whatsapp_office: Office) -> None:
    """A database that was restored, or begun anew beside an old number, gives numbers of rows once more."""
    office = whatsapp_office
    _, topic = await ticket(office)
    await office.graph.hooks.all_taken()
    await office.move(hours=25)
    await office.officer.say("Masih ditahan.", topic=topic)
    await office.officer.sees("DITAHAN", topic=topic)
    await office.settled()
    assert await _do(office, _state) == "held" and office.app is not None
    row_id = await _do(office, lambda tx: tx.value("SELECT max(id) FROM outbox WHERE state = 'held'"))
    for tag in (str(row_id), f"{row_id}-1", f"{row_id}-1/0"):
        at = office.clock.now()
        read = Inbound(
            Kind.STATUS, "whatsapp", Place.PRIVATE, "", Sender(""), at, ref=f"wamid.{tag}", change="read", tag=tag
        )
        await office.app.store.run(dispatch, office.app.context(), read, None, "whatsapp:other")
    assert await _do(office, _state) == "held"


async def test_a_file_that_could_not_be_had_is_fetched_anew_when_it_is_sent_again(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    body = {"ok": False, "error_code": 400, "description": "Bad Request: file is temporarily unavailable"}
    office.telegram.break_with(Fault("getFile", "error", status=400, times=1, body=body))
    await office.officer.send("photo", topic=topic, caption="Grafiknya")
    told = await office.officer.sees("BELUM sampai", topic=topic)
    await office.officer.press("Kirim lagi", topic=topic, message=told)
    await office.phone.sees("Grafiknya")
