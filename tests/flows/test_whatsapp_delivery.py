"""WhatsApp's own ways of going wrong: doubtful outcomes, files that cannot be fetched, a number that is shut out."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels.base import SendError
from bot.channels.whatsapp.batch import kept_id
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.channels.whatsapp.webhook import signature
from bot.playground.faults import Fault
from bot.playground.graph.faults import GraphFault
from storage.base import Tx
from tests.channels.whatsapp.conftest import text, wrapped
from tests.flows.conftest import Office, office_at
from tests.flows.on_whatsapp import ticket

# Messages of people: a status has its state behind the message's id.
HERS = "SELECT count(*) FROM inbox WHERE channel = 'whatsapp' AND update_id NOT LIKE '%:%'"


def _seen(office: Office, text: str) -> int:
    return sum(text in message.text for message in office.phone.chat if message.by_business)


async def _value(office: Office, sql: str) -> Any:
    assert office.app is not None
    async with office.app.store.reader() as reader:
        return await reader.value(sql)


async def test_an_answer_that_was_cut_is_known_by_its_status_and_not_repeated(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    office.graph.break_with(GraphFault("messages", "cut", phase="after"))
    sent = await office.officer.say("Tiga persen.", topic=topic)
    await office.phone.sees("Tiga persen.")
    await office.telegram.until(lambda: "👌" in str(sent.reactions))
    await office.settled()
    assert _seen(office, "Tiga persen.") == 1


async def test_an_answer_that_never_arrived_goes_once_more_when_no_status_came(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    office.graph.break_with(GraphFault("messages", "cut", phase="before"))
    await office.officer.say("Tiga persen.", topic=topic)
    await office.graph.until(lambda: office.graph.faults.hits)
    await _state(office, "unknown")
    assert _seen(office, "Tiga persen.") == 0
    await office.move(seconds=31)
    await office.phone.sees("Tiga persen.")
    await office.settled()
    assert _seen(office, "Tiga persen.") == 1


async def _state(office: Office, state: str) -> None:
    """Some row is in it."""
    async with asyncio.timeout(60):
        while not await _value(office, f"SELECT count(*) FROM outbox WHERE state = '{state}'"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_file_of_a_user_reaches_the_officers_whole(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    content = bytes(range(256)) * 10_000  # several parts
    await office.phone.send("document", content=content, name="tabel.pdf", caption="Ini tabelnya")
    post = await office.officer.sees("Ini tabelnya", topic=topic)
    file = office.telegram.world.files.by_id(post.body["document"]["file_id"])
    assert file is not None and file.content == content and post.body["document"]["file_name"] == "tabel.pdf"


async def test_a_file_of_an_officer_reaches_the_user_whole(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    sent = await office.officer.send("photo", topic=topic, caption="Grafiknya")
    seen = await office.phone.sees("Grafiknya")
    stored = office.telegram.world.files.by_id(sent.body["photo"][-1]["file_id"])
    assert seen.file is not None and stored is not None and seen.file.content == stored.content
    await office.telegram.until(lambda: "👌" in str(sent.reactions))


async def test_an_album_of_an_officer_arrives_one_by_one_in_order(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    await office.officer.album(["photo", "photo", "document"], caption="Tiga berkas", topic=topic)
    await office.officer.say("Itu semuanya.", topic=topic)
    await office.phone.sees("Itu semuanya.")
    shown = [message.kind for message in office.phone.chat if message.by_business][-4:]
    assert sorted(shown[:3]) == ["document", "image", "image"] and shown[3] == "text"


async def test_what_is_written_behind_a_file_waits_for_it(whatsapp_office: Office) -> None:
    """The file is fetched while words could overtake it; a fetch that fails is tried again."""
    office = whatsapp_office
    _, topic = await ticket(office)
    office.graph.break_with(Fault("download", "bad gateway", times=1))
    await office.phone.send("image", caption="Foto ini")
    await office.phone.say("Apa artinya?")
    await office.graph.until(lambda: office.graph.faults.hits)
    await office.move(seconds=3)
    await office.officer.sees("Foto ini", topic=topic)
    await office.officer.sees("Apa artinya?", topic=topic)


async def test_a_file_that_cannot_be_fetched_is_said_to_both(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    office.graph.break_with(Fault("media", "error", status=404, times=None, body={"error": {"code": 100}}))
    await office.phone.send("document", caption="Ini tabelnya")
    post = await office.officer.sees("Ini tabelnya", topic=topic)
    assert "document" not in post.body
    await office.phone.sees("belum dapat diteruskan")
    await office.phone.say("Sudah sampai?")
    await office.officer.sees("Sudah sampai?", topic=topic)


async def test_a_file_too_large_for_the_other_side_is_said_to_the_officer(whatsapp_office: Office) -> None:
    """A bot may download 20 MB at most (TELEGRAM.md §4)."""
    office = whatsapp_office
    _, topic = await ticket(office)
    await office.officer.send("document", topic=topic, caption="Besar", size=21 * 1024 * 1024)
    told = await office.officer.sees("berkas terlalu besar", topic=topic)
    assert told.reply_to is not None
    assert _seen(office, "Besar") == 0


async def test_a_correction_is_a_message_of_its_own(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    sent = await office.officer.say("Tiga persen.", topic=topic)
    await office.phone.sees("Tiga persen.")
    await office.settled()
    await office.officer.edit(sent, text="Empat persen.", topic=topic)
    assert (await office.phone.sees("Empat persen.")).text == "Pembetulan:\nEmpat persen."


async def test_what_cannot_be_taken_back_is_said_to_the_officer(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    sent = await office.officer.say("Salah kirim.", topic=topic)
    await office.phone.sees("Salah kirim.")
    await office.settled()
    await office.officer.say("/tarik", topic=topic, reply_to=sent)
    await office.officer.sees("tidak mengizinkan penghapusannya", topic=topic)


async def test_a_number_that_is_shut_out_pauses_and_the_admins_hear_of_it_twice(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    office.graph.break_with(GraphFault("messages", "error", status=401, code=190, times=2))
    await office.admin.say("/bantuan")
    await office.officer.say("Tiga persen.", topic=topic)
    await office.admin.sees("tidak menerima pesan dari kita")
    assert _seen(office, "Tiga persen.") == 0
    for _ in range(2):
        await office.move(seconds=61)
    await office.phone.sees("Tiga persen.")
    await office.settled()
    assert office.app is not None
    await office.app.watch.look()
    await office.admin.sees("Pesan diterima lagi")
    assert sum("tidak menerima pesan" in message.text for message in office.admin.chat) == 1


async def test_a_thousand_updates_in_one_post_are_kept_and_worked_off(tmp_path: Path) -> None:
    """Of fifty strangers: each is greeted, and everything they wrote is kept in order."""
    async with office_at(tmp_path / "meja.db", whatsapp=True) as office, office.open() as app:
        now = int(office.clock.now().timestamp())
        messages = [text(n, at=now, sender=f"62812600{n % 50:05}", body=f"kata {n}") for n in range(1_000)]
        assert await _post(office, wrapped(messages=messages)) == 200
        assert await _value(office, HERS) == 1_000
        assert await _post(office, wrapped(messages=messages)) == 200  # Meta repeats itself
        await app.inbox.idle()
        assert await _value(office, HERS) == 1_000
        assert await _value(office, f"{HERS} AND state != 'done'") == 0
        assert await _value(office, "SELECT count(*) FROM identities WHERE channel = 'whatsapp'") == 50
        kept = await _value(office, "SELECT group_concat(content) FROM messages WHERE identity_id = 1")
        order = [n for n in range(1_000) if f'kata {n}"' in kept]
        positions = [kept.index(f'kata {n}"') for n in order]
        assert positions == sorted(positions) and len(order) >= 10


async def _post(office: Office, body: Any) -> int:
    raw = json.dumps(body).encode()
    headers = {"X-Hub-Signature-256": signature(office.graph.app_secret.encode(), raw)}
    url = f"http://127.0.0.1:{office.settings.web.port}/whatsapp/1207"
    async with aiohttp.ClientSession() as session, session.post(url, data=BytesIO(raw), headers=headers) as answer:
        return answer.status


async def test_news_that_overtakes_a_cut_answer_settles_it_at_once(whatsapp_office: Office) -> None:
    """The status was handled while the request was still under way; then the connection is cut."""
    office = whatsapp_office
    _, topic = await ticket(office)
    told = "SELECT count(*) = 2 FROM inbox WHERE state = 'done' AND update_id IN ('{0}:sent', '{0}:delivered')"
    _spoil(office, told.format)
    sent = await office.officer.say("Tiga persen.", topic=topic)
    await office.telegram.until(lambda: "👌" in str(sent.reactions))
    assert await _value(office, "SELECT count(*) FROM outbox WHERE state = 'unknown'") == 0
    assert _seen(office, "Tiga persen.") == 1


@pytest.mark.parametrize(
    "when", ["SELECT 1", "SELECT count(*) FROM inbox WHERE update_id = '{0}:failed' AND state = 'done'"]
)
async def test_a_failure_beside_a_cut_answer_is_a_failure(whatsapp_office: Office, when: str) -> None:
    """Whichever is known first."""
    office = whatsapp_office
    _, topic = await ticket(office)
    office.graph.break_with(GraphFault("messages", "error", phase="swallow", code=131026))
    _spoil(office, when.format)
    await office.officer.say("Tiga persen.", topic=topic)
    await office.officer.sees("tidak dapat menerima pesan", topic=topic)
    await office.settled()
    assert _seen(office, "Tiga persen.") == 0


def _spoil(office: Office, when: Callable[[str], str]) -> None:
    """The next message's answer is lost, as soon as that query finds something."""
    assert office.app is not None
    channel = office.app.channels["whatsapp"]
    assert isinstance(channel, WhatsAppChannel)
    client, real = channel._client, channel._client.message

    async def message(body: dict[str, Any]) -> str:
        client.message = real  # type: ignore[method-assign]
        ref = await real(body)
        async with asyncio.timeout(60):
            while not await _value(office, when(kept_id(ref))):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        raise SendError("trouble", "cut", unknown=True)

    client.message = message  # type: ignore[method-assign]


async def test_a_fetch_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", whatsapp=True) as office:
        async with office.open():
            _, topic = await ticket(office)
            office.graph.break_with(Fault("download", "bad gateway", times=None))
            await office.phone.send("image", caption="Foto ini")
            await office.graph.until(lambda: office.graph.faults.hits)
        office.graph.faults.clear()
        office.jump(minutes=2)
        async with office.open():
            post = await office.officer.sees("Foto ini", topic=topic)
            assert "photo" in post.body
            assert await _value(office, "SELECT count(*) FROM media WHERE state = 'here'") == 1


async def test_copies_of_files_go_when_they_are_delivered_and_a_week_has_passed(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    await office.phone.send("image", caption="Foto ini")
    await office.officer.sees("Foto ini", topic=topic)
    await office.settled()
    assert await _value(office, "SELECT count(*) FROM media_parts") == 1
    for _ in range(9):
        await office.move(days=1)
    assert await _value(office, "SELECT count(*) FROM media_parts") == 0
    assert await _value(office, "SELECT count(*) FROM media") == 0


async def test_what_arrived_before_a_kill_is_not_sent_again_even_to_somebody_who_left(tmp_path: Path) -> None:
    """The status came while the request was under way; then the process died, and the person cannot be reached now."""
    async with office_at(tmp_path / "meja.db", whatsapp=True) as office:
        async with office.open() as app:
            _, topic = await ticket(office)
            await office.officer.say("Tiga persen.", topic=topic)
            await office.phone.sees("Tiga persen.")
            await office.settled()
            await app.store.run(_as_killed, office.clock.now())
        async with office.open():
            await office.settled()
            row = "FROM outbox WHERE dest = 'user' AND kind = 'relay'"
            assert await _value(office, f"SELECT state {row}") == "sent"
            assert "wamid.seen" in await _value(office, f"SELECT result {row}")
            assert _seen(office, "Tiga persen.") == 1


async def _as_killed(tx: Tx, now: datetime) -> None:
    await tx.execute(
        "UPDATE outbox SET state = 'sending', result = $1 WHERE dest = 'user' AND kind = 'relay'",
        {"seen": "wamid.seen"},
    )
    await tx.execute("UPDATE identities SET unreachable_at = $1, unreachable_reason = 'blocked'", now)
