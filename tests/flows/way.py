"""How a person comes to each state of the dialogue, and what the database says about them afterwards."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.playground.people import Person
from tests.flows.conftest import Office, office_at

QUESTION = "Berapa jumlah penduduk Labuhanbatu tahun 2025?"
Step = Callable[[Office, Person], Awaitable[None]]


@asynccontextmanager
async def swift(folder: Path, **settings: Any) -> AsyncIterator[Office]:
    """A running desk whose staff group takes a thousand messages a minute: for tests that post many."""
    pace = {"pace": {"group_messages": 1000, "bot_per_second": 1000}}
    async with office_at(folder / "meja.db", telegram=pace, **settings) as office, office.open():
        yield office


def address_of(user: Person) -> str:
    return f"user{user.id}@contoh.go.id"


async def ask_for_code(office: Office, user: Person, address: str) -> str:
    """The address typed, the code that came."""
    await user.say(address)
    code = (await office.mailbox.mail_to(address)).code
    await user.sees("Kode sudah dikirim")
    return code


def another(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def _consent(office: Office, user: Person) -> None:
    await user.say(QUESTION)
    await user.sees("Setuju? Tekan")


async def _email(office: Office, user: Person) -> None:
    await user.press("Setuju")
    await user.sees("alamat e-mail")


async def _code(office: Office, user: Person) -> None:
    await user.say(address_of(user))
    await user.sees("Kode sudah dikirim")


async def _name(office: Office, user: Person) -> None:
    await user.say((await office.mailbox.mail_to(address_of(user))).code)
    await user.sees("Siapa nama")


async def _origin(office: Office, user: Person) -> None:
    await user.say("Siti Aminah")
    await user.sees("lembaga apa")


async def _use(office: Office, user: Person) -> None:
    await user.press("Lewati")
    await user.sees("digunakan")


async def _type(office: Office, user: Person) -> None:
    await user.press("Lewati")
    await user.sees("jenis konsultasi")


async def _question(office: Office, user: Person) -> None:
    await user.press("Data")
    await user.sees("tersimpan")


async def _ticket(office: Office, user: Person) -> None:
    await user.press("Kirim")
    opened = await user.sees("dibuka")
    number = next(word for word in opened.text.split() if word.startswith("1207-"))
    await office.telegram.until(lambda: any(number in topic.name for topic in office.telegram.topics))
    await office.officer.sees(number, topic=await office.telegram.opened(number))


async def _closed(office: Office, user: Person) -> None:
    topic = office.telegram.topics[-1]
    sent = await office.officer.say("Ini jawabannya.", topic=topic)
    await user.sees("Ini jawabannya.")
    await office.telegram.until(lambda: "👌" in str(sent.reactions))
    await office.officer.say("/tutup selesai", topic=topic)
    await user.sees("Bagaimana layanan kami")


async def _feedback(office: Office, user: Person) -> None:
    await user.press("5")
    await user.sees("saran atau masukan")


async def _after_close(office: Office, user: Person) -> None:
    await user.say("Satu hal lagi")
    await user.sees("sudah ditutup")


async def _idle(office: Office, user: Person) -> None:
    await user.say("/batal")
    await user.sees("dihapus")


async def _complaint(office: Office, user: Person) -> None:
    await user.say("/pengaduan")
    await user.sees("Pengaduan dan saran")


ROAD: dict[str, Step] = {
    "consent": _consent,
    "email": _email,
    "code": _code,
    "name": _name,
    "origin": _origin,
    "use": _use,
    "type": _type,
    "question": _question,
    "ticket": _ticket,
    "closed": _closed,
}
# States beside the road: after which step of it, and how from there.
TURNS: dict[str, tuple[str, Step]] = {
    "idle": ("type", _idle),
    "feedback": ("closed", _feedback),
    "after_close": ("closed", _after_close),
    "complaint": ("email", _complaint),
}
STATES = ("new", *ROAD, *TURNS)


async def to(office: Office, state: str, user: Person | None = None) -> Person:
    """Bring the person (else the user of the cast) to that state; registered on the way, with a question typed."""
    person = user or office.user
    if state == "new":
        return person
    last, turn = TURNS.get(state, (state, None))
    for name, step in ROAD.items():
        await step(office, person)
        if name == last:
            break
    if turn is not None:
        await turn(office, person)
    return person


async def value(office: Office, sql: str, *args: Any) -> Any:
    """The first column of the first row."""
    assert office.app is not None
    async with office.app.store.reader() as reader:
        return await reader.value(sql, *args)


async def state_of(office: Office, user: Person | None = None) -> str:
    """Where the dialogue stands, with all that was typed handled."""
    assert office.app is not None
    await office.app.drained()
    sender = str((user or office.user).id)
    found = await value(
        office,
        "SELECT state FROM dialogues WHERE identity_id = (SELECT id FROM identities WHERE sender = $1)",
        sender,
    )
    return str(found or "new")


async def drafts(office: Office, user: Person | None = None) -> list[str]:
    """The texts typed and not sent, oldest first; "" for what has none."""
    assert office.app is not None
    await office.app.drained()
    sender = str((user or office.user).id)
    joined = await value(
        office,
        "SELECT group_concat(json_extract(content, '$.text'), char(31)) FROM (SELECT content FROM messages"
        " WHERE ticket_id IS NULL AND identity_id = (SELECT id FROM identities WHERE sender = $1) ORDER BY id)",
        sender,
    )
    return [] if joined is None else str(joined).split("\x1f")


async def mail_tried(office: Office) -> None:
    """Every mail that waits has been tried and refused for now."""
    untried = (
        "SELECT count(*) FROM outbox WHERE kind = 'mail' AND (state = 'sending' OR (state = 'queued' AND attempts = 0))"
    )
    async with asyncio.timeout(60):
        while await value(office, untried):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # the row itself is what is waited for


def seen_by(user: Person) -> str:
    """Everything the bot wrote to this person."""
    return "\n".join(message.text for message in user.chat if message.by_bot)


def staff_words(office: Office) -> str:
    """Everything that stands in the staff group, topic names included."""
    texts = [message.text for message in office.telegram.staff.messages]
    return "\n".join([*texts, *(topic.name for topic in office.telegram.topics)])
