"""What may go out at once is claimed along with something else; what stands against that leaves no trace."""

from typing import Any

import pytest

from bot.delivery import claims, outbox
from bot.delivery.compose import compose
from tests.flows.conftest import Office
from tests.flows.trouble import becomes_true, texts

MANY = 8


async def _counted(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How lanes are looked at and rows claimed from now on."""
    assert office.app is not None
    names: list[str] = []
    run = office.app.store.run

    async def counted(use_case: Any, *args: Any, **kwargs: Any) -> Any:
        step = getattr(use_case, "func", use_case)
        if getattr(step, "__self__", None).__class__ is claims.Claims:
            names.append(step.__name__)
        return await run(use_case, *args, **kwargs)

    monkeypatch.setattr(office.app.store, "run", counted)
    return names


async def test_where_a_lane_went_last_its_next_message_goes_without_a_claim_of_its_own(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, topic = await office.ticket()
    await office.user.say("Yang pertama [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    await office.settled()
    names = await _counted(office, monkeypatch)
    await office.user.say("Yang kedua [user/2]")
    await office.officer.sees("[user/2]", topic=topic)
    await office.settled()
    assert "look" in names
    assert "claim" not in names


async def test_what_stands_against_it_undoes_the_claim_and_the_row_takes_the_ordinary_way(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order, once each, and the first claim counts for nothing: it was never committed."""
    _, topic = await office.ticket()
    await office.user.say("Sebelumnya [user/0]")
    await office.officer.sees("[user/0]", topic=topic)
    refused: set[int] = set()

    async def once_refused(tx: Any, ctx: Any, row: Any, place: Any) -> Any:
        if row.id not in refused:
            refused.add(row.id)
            raise LookupError("not now")
        return await compose(tx, ctx, row, place)

    monkeypatch.setattr(claims, "compose", once_refused)
    for number in range(1, MANY):
        await office.user.say(f"Berturut-turut [user/{number}]")
    await office.officer.sees(f"[user/{MANY - 1}]", topic=topic)
    await office.settled()
    assert [f"[user/{number}]" in message.text for number, message in enumerate(texts(topic, "[user/"))] == [
        True
    ] * MANY
    assert office.app is not None
    async with office.app.store.reader() as reader:
        odd = await reader.value(
            "SELECT count(*) FROM outbox WHERE kind = 'relay' AND (attempts != 1 OR uncertain = 1)"
        )
    assert odd == 0


async def test_while_the_desk_stops_nothing_more_is_claimed_and_what_was_is_marked(office: Office) -> None:
    _, topic = await office.ticket()
    await office.user.say("Sebelumnya [user/0]")
    await office.officer.sees("[user/0]", topic=topic)
    for number in range(1, MANY):
        await office.user.say(f"Menjelang berhenti [user/{number}]")
    await office.officer.sees("[user/1]", topic=topic)
    assert office.app is not None
    await office.app.outbox.stop()
    async with office.app.store.reader() as reader:
        assert await reader.value("SELECT count(*) FROM outbox WHERE state IN ('sending', 'unknown')") == 0


async def test_a_mark_that_cannot_be_written_keeps_no_turn(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the group would have room for one request less, for ever."""
    _, topic = await office.ticket()
    await office.user.say("Sebelumnya [user/0]")
    await office.officer.sees("[user/0]", topic=topic)
    await office.settled()
    assert office.app is not None
    write, failed = office.app.outbox._marks.write, 0

    async def once_failed(*args: Any, **kwargs: Any) -> Any:
        nonlocal failed
        failed += 1
        if failed == 1:
            raise LookupError("not now")
        return await write(*args, **kwargs)

    monkeypatch.setattr(office.app.outbox._marks, "write", once_failed)
    monkeypatch.setattr(outbox, "SICK_PAUSE", 0.01)
    await office.user.say("Tandanya gagal [user/1]")
    await becomes_true(lambda: failed > 1)
    await office.settled()
    pacer = office.app.outbox._pacers["telegram"]
    assert pacer.budget(str(office.telegram.staff.id))._requests == 0
