"""What the log tells at DEBUG: the whole way of a message under one number, and nothing of anybody.

QUALITY.md P12, T11, T19. Every flow test looks for what its people said (`office_at`); here things go wrong on purpose,
with rare words.
"""

import json
import logging
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import log as logs
from bot.channels.whatsapp.webhook import signature
from bot.playground.faults import Fault
from bot.playground.graph.faults import GraphFault
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.people import Person
from bot.settings import Log
from tests.channels.whatsapp.conftest import text, wrapped
from tests.crash.launch import Desk, write_configuration
from tests.flows import on_whatsapp
from tests.flows.conftest import Office, office_at
from tests.flows.silence import listening, personal, slips
from tests.flows.trouble import becomes_true, time_flies

SENDER = 7_766_554_433
ADDRESS = "zubaidah.unik@contoh.go.id"
PHONE = "0812-6677-8899"
RARE = {"zubaidah", "unik@contoh", "zirkonia", PHONE, "081266778899", str(SENDER), "STANDIN"}
WORDS = f"Pertanyaan zirkonia, telepon {PHONE}"


async def _with_zubaidah(office: Office) -> tuple[str, Any]:
    office.user = Person(office.telegram, id=SENDER, first_name="Zubaidah", last_name="Unik", username="zubaidah_u")
    await office.register(name="Zubaidah Unik", address=ADDRESS)
    number = await office.ask(WORDS)
    await office.telegram.until(lambda: bool(office.telegram.topics))
    return number, office.telegram.topics[-1]


async def _things_go_wrong(office: Office, topic: Any) -> None:
    telegram, user = office.telegram, office.user
    for fault in (
        Fault("sendMessage", "flood", retry_after=1),
        Fault("sendMessage", status=500),
        Fault("sendMessage", what="cut", phase="after"),
        Fault("sendMessage", status=400, description=f"Bad Request: can't parse {WORDS}"),
    ):
        telegram.break_with(fault)
        await user.say(f"{WORDS}, lagi")
    await user.send("document", caption=WORDS, name="zirkonia.pdf")
    await office.officer.say(f"Ibu Zubaidah, {WORDS}", topic=topic)
    await user.say("/pengaduan")
    await user.say(f"Keluhan {WORDS}")
    await user.say("zirkonia yang tidak dapat diproses")


async def test_nothing_of_anybody_stands_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as written:
        async with office_at(tmp_path / "meja.db") as office, office.open() as app:
            monkeypatch.setattr(app.inbox, "_dispatch", _sometimes(app.inbox._dispatch))
            _, topic = await _with_zubaidah(office)
            await _things_go_wrong(office, topic)
            await becomes_true(lambda: written.of("an update failed"))
            odd = {"message": {"text": WORDS, "from": {"id": SENDER, "first_name": "Zubaidah"}}}
            office.telegram.world.updates.put_raw(odd)
            await becomes_true(lambda: sum("failed" in line for line in written.lines) > 3)
            codes = {mail.code for mail in office.mailbox.to(ADDRESS)}
        secrets = RARE | codes | personal(office.telegram, office.mailbox)
    assert len(written.lines) > 50
    assert slips(written.lines, secrets) == []


def _sometimes(dispatch: Any) -> Any:
    async def other(tx: Any, ctx: Any, inbound: Any, *rest: Any) -> None:
        if inbound.content is not None and "tidak dapat diproses" in inbound.content.text:
            raise ValueError(f"cannot handle {WORDS} of {ADDRESS} {SENDER}")
        await dispatch(tx, ctx, inbound, *rest)

    return other


async def test_nothing_of_anybody_on_whatsapp_stands_in_the_log(tmp_path: Path) -> None:
    """Meta's answers quote, its webhooks are forged, come late, and are no updates at all."""
    with listening() as written:
        async with office_at(tmp_path / "meja.db", whatsapp=True) as office, office.open():
            phone = WhatsAppPhone(office.graph, 6281266778899, "Zubaidah Unik", username="zubaidah_u")
            await on_whatsapp.register(office, phone)
            await on_whatsapp.ask(office, WORDS, phone=phone)
            await office.telegram.until(lambda: bool(office.telegram.topics))
            await _meta_goes_wrong(office, phone)
            await _webhooks_go_wrong(office, phone)
            await office.settled()
            secrets = RARE | personal(office.telegram, office.mailbox, office.graph)
    assert {phone.account.wa_id, phone.account.bsuid, phone.chat[0].wamid} <= secrets
    for told in ("a webhook with a wrong signature", "older than Meta repeats anything", "a webhook of another number"):
        assert written.of(told), told
    assert slips(written.lines, secrets) == []


async def _meta_goes_wrong(office: Office, phone: WhatsAppPhone) -> None:
    topic, graph = office.telegram.topics[-1], office.graph
    for struck, fault in enumerate(
        (
            GraphFault("messages", "flood"),
            GraphFault("messages", "bad gateway"),
            GraphFault("messages", "cut", "after"),
            GraphFault("messages", "error", code=100, description=f"(#100) {WORDS} to {phone.account.wa_id}"),
            GraphFault("messages", phase="swallow", code=131026),
        ),
        start=1,
    ):
        graph.break_with(fault)
        await office.officer.say(f"Ibu Zubaidah, {WORDS}", topic=topic)
        await time_flies(office, lambda: graph.faults.hits == struck)  # noqa: B023 (asked at once)


async def _webhooks_go_wrong(office: Office, phone: WhatsAppPhone) -> None:
    """Forged; older than anything Meta repeats; another number's; no update at all."""
    secret, sender = office.graph.app_secret, phone.account.wa_id
    old = wrapped(messages=[text(1, at=1_700_000_000, sender=sender, body=WORDS)])
    foreign = json.loads(json.dumps(old).replace(office.graph.phone_number_id, "999"))
    odd = wrapped(messages=[text(2, sender=sender) | {"text": WORDS}])
    url = f"http://127.0.0.1:{office.settings.web.port}/whatsapp/1207"
    async with aiohttp.ClientSession() as session:
        for told, key in ((old, "forged"), (old, secret), (foreign, secret), (odd, secret)):
            body = json.dumps(told).encode()
            proof = {"X-Hub-Signature-256": signature(key.encode(), body)}
            async with session.post(url, data=body, headers=proof) as answer:
                assert answer.status == (200 if key == secret else 403)


async def test_one_number_leads_from_the_update_to_the_request(tmp_path: Path) -> None:
    with listening() as written:
        async with office_at(tmp_path / "meja.db") as office, office.open():
            _, topic = await office.ticket()
            before = len(written.lines)
            await office.answer(topic, "Ini jawabannya yang panjang")
            await office.settled()
    ways = [line for line in map(_loaded, written.lines[before:]) if line.get("event") is not None]
    (event,) = {line["event"] for line in ways if line.get("kind") == "relay"}
    steps = [(line["message"], line.get("kind")) for line in ways if line["event"] == event]
    assert steps[:3] == [("queued", "relay"), ("handled", None), ("sent", "relay")]
    assert ("queued", "react") in steps and ("sent", "react") in steps


def _loaded(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.crash
@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
async def test_a_process_shows_no_secret_to_the_machine(tmp_path: Path, channel: str) -> None:
    """Neither in its command line nor in its log, when it works and when it breaks."""
    async with office_at(tmp_path / "meja.db", log={"level": "debug"}, whatsapp=channel == "whatsapp") as office:
        desk = Desk(write_configuration(tmp_path / "desk.toml", office.settings))
        try:
            await desk.start()
            await (_with_zubaidah(office) if channel == "telegram" else on_whatsapp.ticket(office))
            await office.telegram.until(lambda: len(office.telegram.topics) == 1)
            command = Path(f"/proc/{desk.process.pid}/cmdline").read_text()  # noqa: ASYNC240
            assert office.telegram.token not in command and "desk.toml" in command
            assert await desk.stop() == 0
        finally:
            await desk.end()
        assert [line for line in desk.lines if '"message": "sent"' in line]
        graph = office.graph if channel == "whatsapp" else None
        assert slips(desk.lines, RARE | personal(office.telegram, office.mailbox, graph)) == []


@pytest.mark.parametrize(
    "secret",
    [
        "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
        "https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe",
        "siti.aminah@contoh.go.id",
        "+62 812-6677-8899",
        "081266778899",
        "@siti_aminah",
        "postgresql://meja:rahasia-sekali@127.0.0.1/meja",
        "EAAGm0PX4ZCpsBAKZBexampleexample",
        "https://graph.facebook.com/v26.0/1/messages?access_token=rahasia-sekali&x=1",
        "Authorization: Bearer rahasia-sekali",
        "hub.verify_token=rahasia-sekali",
        "ID.13491208655302741918",
        "ID.ENT.11815799212886844830",
        "wamid.HBgNNjI4MTI2Njc3ODg5ORUCABIYFDNBMTY=",
    ],
)
def test_what_slips_through_is_blotted_out(secret: str) -> None:
    line = logs.blot(f"polling failed error={secret} row=12 at 2026-11-23T03:00:00.123+00:00")
    for part in (secret.partition("://")[2] or secret, "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "rahasia-sekali"):
        assert part not in line
    assert "row=12 at 2026-11-23T03:00:00.123+00:00" in line


def test_the_search_finds_a_slip_and_nothing_else() -> None:
    lines = [
        f'{{"at": "2026-11-23T03:00", "level": "info", "message": "{said}"}}'
        for said in ("sent", "for SITI a.", "1712")
    ]
    assert slips(lines, {"Siti A", "712", "zirkonia", "2026-11-23T03:00"}) == [lines[1]]


def _record(name: str, message: str, *args: object, error: Exception | None = None) -> logging.LogRecord:
    caught = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, "x.py", 1, message, args, caught)


@pytest.mark.parametrize("kind", ["human", "json"])
def test_libraries_tell_the_event_and_errors_the_place(kind: str) -> None:
    try:
        raise ValueError("zirkonia")
    except ValueError as error:
        line = logs.formatter(kind).format(
            _record("asyncio", "Task exception was never retrieved\nfuture: zirkonia %s", "zirkonia", error=error)
        )
    assert "zirkonia" not in line and "\n" not in line
    assert "asyncio: Task exception was never retrieved" in line and "ValueError at test_logs.py:" in line


def test_the_format_follows_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Log().format == "auto"
    for is_terminal, kind in ((True, logs.Human), (False, logs.Json)):
        monkeypatch.setattr("sys.stderr.isatty", lambda answer=is_terminal: answer, raising=False)
        assert type(logs.formatter("auto")) is kind
