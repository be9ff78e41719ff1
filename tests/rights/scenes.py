"""Every turn at which a desk has buttons: stories frozen at the moments when each kind of button hangs somewhere."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.playground.faults import Fault
from bot.playground.messages import Message
from bot.playground.people import Person
from tests.flows import on_whatsapp
from tests.flows.conftest import Office, office_at
from tests.flows.way import ROAD, swift, to
from tests.rights.ground import Ground

SUPERVISORS, LEFT = -1007777777777, 2009
QUICK = {"telegram": {"pace": {"group_messages": 1000, "bot_per_second": 1000}}}
Scene = Callable[[Path], Awaitable[list[Ground]]]


def colleagues(office: Office) -> tuple[Person, Person]:
    """Joko, and somebody who is going to leave."""
    joko = Person(office.telegram, id=2002, first_name="Joko", staff="member")
    return joko, Person(office.telegram, id=LEFT, first_name="X2009", staff="member")


async def _road(folder: Path) -> list[Ground]:
    """A consultation from the first word to the erasure, with every list and menu there is."""
    async with swift(folder, supervisor={"chat_id": SUPERVISORS}) as office:
        return await grounds_of_road(office)


async def grounds_of_road(office: Office) -> list[Ground]:
    user, admin_ = office.user, office.admin
    grounds = []
    for step in ROAD:
        if step == "email":
            await user.say("/bahasa")
        await ROAD[step](office, user)
        if step == "ticket":
            topic = office.telegram.topics[0]
            grounds.append(await Ground.of(office))
            joko, leaver = colleagues(office)
            for command in ("// hadir", "/ambil"):
                await joko.say(command, topic=topic)
            await leaver.say("// hadir", topic=topic)
            await office.settled()
            await leaver.leave()
            office.jump(seconds=5)
            await office.officer.say("/ambil", topic=topic)
            for command in ("/pindah", "/jenis", "/tutup"):
                await office.officer.say(command, topic=topic)
            for command in ("/batal", "/standar", "/privasi", "/email", "/batal", "/pengaduan", "/batal"):
                await user.say(command)
                grounds += [await Ground.of(office)] if command in ("/email", "/pengaduan") else []
            for command in (
                "/atur",
                "/atur senin",
                "/atur senin 09:00-15:00",
                "/atur baku salam: Selamat pagi",
                "/antrean",
                "/sla",
                "/libur 2026-12-01 x",
            ):
                await admin_.say(command)
            await office.settled()
            await admin_.press("Hari libur", message=_last(office, "Semua masih"))
        grounds.append(await Ground.of(office))
    for label in ("5", "Hapus data saya", "Lanjut menghapus", "Tarik persetujuan", "Perbaiki nama"):
        await user.press(label)
        grounds.append(await Ground.of(office))
    await user.say("/batal")
    await user.press("Lewati")
    grounds.append(await Ground.of(office))
    await user.say("Satu hal lagi")
    assert office.app is not None
    await office.app.drained()
    await office.move(minutes=1)  # what is said to words after a close waits a moment for more of them
    return [*grounds, await Ground.of(office)]


def _last(office: Office, text: str) -> Message:
    return next(message for message in reversed(office.admin.chat) if text in message.text)


async def _offered(folder: Path) -> list[Ground]:
    """An address with a slip; an answer offered, taken, and doubted."""
    async with swift(folder, catalogue={"offer": True}) as office:
        user = await to(office, "email")
        await user.say("siti@gmial.com")
        await user.sees("Apakah maksud Anda")
        grounds = [await Ground.of(office)]
        await user.press("Ya")
        await user.say((await office.mailbox.mail_to("siti@gmail.com")).code)
        await user.sees("Siapa nama")
        for step in ("origin", "use", "type"):
            await ROAD[step](office, user)
        await user.press("Klasifikasi")
        await user.sees("tersimpan")
        await user.say("Bagaimana mencari kode KBLI untuk usaha saya?")
        await user.press("Kirim")
        await user.sees("Mungkin jawabannya sudah ada")
        grounds.append(await Ground.of(office))
        await user.press("Sudah terjawab")
        await user.sees("Tiket tidak dibuka")
        return [*grounds, await Ground.of(office)]


async def _rated(folder: Path) -> list[Ground]:
    """Silence, a close, a rating and the survey; an answer that comes too late."""
    async with swift(folder) as office:
        user = office.user
        _, topic = await office.ticket()
        await office.answer(topic)
        await office.move(days=5, minutes=1)
        await user.sees("menunggu balasan Anda")
        grounds = [await Ground.of(office)]
        await office.officer.say("/tutup selesai", topic=topic)
        await user.sees("Bagaimana layanan kami")
        await user.press("5")
        await user.sees("saran atau masukan")
        await user.say("Bagus")
        await user.sees("Survei Kepuasan Masyarakat")
        await user.press("Isi survei")
        await user.sees("Pertanyaan 1 dari 9")
        grounds.append(await Ground.of(office))
        await office.settled()
        await office.admin.say("Tambahan dari saya", topic=topic)  # the topic is closed: others can only read
        await office.admin.sees("sudah ditutup", topic=topic)
        return [*grounds, await Ground.of(office)]


async def _asides(folder: Path) -> list[Ground]:
    """Beside an open ticket: a complaint, another address, a name put right; somebody else with the same mailbox."""
    async with swift(folder) as office:
        user = office.user
        await office.ticket()
        grounds = []
        for command, asked, words, then in (
            ("/pengaduan", "Pengaduan dan saran", "Terlalu lama", "tercatat"),
            ("/email", "alamat yang baru", "siti.baru@contoh.go.id", "Kode sudah dikirim"),
        ):
            await user.say(command)
            await user.sees(asked)
            await user.say(words)
            await user.sees(then)
            grounds.append(await Ground.of(office))
            await user.say("/batal")
        await user.say("/privasi")
        await user.sees("Data Anda pada")
        await user.press("Perbaiki nama")
        await user.sees("nama Anda yang benar")
        await user.say("Siti Aminah Nasution")
        await user.sees("Sudah benar?")
        grounds.append(await Ground.of(office))
        budi = Person(office.telegram, id=1002, first_name="Budi")
        await office.register(budi, name="Budi", address="user1001@contoh.go.id")
        return [*grounds, await Ground.of(office)]


async def _two(folder: Path) -> list[Ground]:
    """Two open tickets, and then a new notice of privacy."""
    async with office_at(folder / "meja.db", service={"max_open_tickets": 2}, **QUICK) as office:
        async with office.open():
            user = office.user
            await office.ticket()
            await user.say("/mulai")
            await user.sees("jenis konsultasi")
            await office.ask("Pertanyaan tentang penduduk")
            await user.say("/status")
            await user.sees("2 tiket terbuka")
            grounds = [await Ground.of(office)]
        privacy = office.settings.privacy.model_copy(update={"version": "2"})
        office.settings = office.settings.model_copy(update={"privacy": privacy})
        async with office.open():
            await user.say("Halo lagi")
            await user.sees("Pemberitahuan privasi kami berubah")
            return [*grounds, await Ground.of(office)]


async def _stuck(folder: Path) -> list[Ground]:
    """More answers that failed than a page of the queue holds; then their person is blocked."""
    async with swift(folder) as office:
        _, topic = await office.ticket()
        refusal = Fault(
            "sendMessage", chat_id=office.user.id, status=400, description="Bad Request: something new", times=9
        )
        office.telegram.break_with(refusal)
        for number in range(9):
            await office.officer.say(f"Jawaban {number}", topic=topic)
            await office.officer.sees("BELUM sampai", topic=topic)
        await office.admin.say("/antrean")
        shown = await office.admin.sees("Tertahan: 9")
        grounds = [await Ground.of(office)]
        drop = next(label for row in shown.buttons for label in row if label.startswith("Buang"))
        await office.admin.press(drop)
        await office.admin.sees("Tulis alasannya")
        grounds.append(await Ground.of(office))
        await office.officer.say("/blokir kasar", topic=topic)
        await office.officer.sees("memblokir", topic=topic)
        return [*grounds, await Ground.of(office)]


async def _elsewhere(folder: Path) -> list[Ground]:
    """A ticket on Telegram and its person on WhatsApp too, as is a colleague with the same mailbox; and back."""
    async with office_at(folder / "meja.db", whatsapp=True, **QUICK) as office, office.open():
        phone, user = office.phone, office.user
        await office.register(address=on_whatsapp.address_of(phone))
        await office.ask("Berapa inflasi Oktober?")
        await on_whatsapp.register(office)
        await office.mailbox.mail_to(on_whatsapp.address_of(phone))  # the mailbox hears of the other chat
        await phone.say("/pindahkan")
        await phone.sees("masih terbuka di Telegram")
        grounds = [await Ground.of(office)]
        budi = Person(office.telegram, id=1002, first_name="Budi")
        await office.register(budi, name="Budi", address=on_whatsapp.address_of(phone))
        await phone.tap("Pindahkan ke sini")
        await user.sees("ingin melanjutkan tiket")
        grounds.append(await Ground.of(office))
        await user.press("Setuju, pindahkan")
        await phone.sees("kini ada di percakapan ini")
        await user.say("/status")
        await user.sees("masih terbuka di WhatsApp")
        return [*grounds, await Ground.of(office)]


async def _held(folder: Path) -> list[Ground]:
    """An answer that waits until its person on WhatsApp has tapped."""
    async with office_at(folder / "meja.db", whatsapp=True, **QUICK) as office, office.open():
        _, topic = await on_whatsapp.ticket(office)
        await office.move(hours=25)
        await office.officer.say("Ini tabelnya.", topic=topic)
        await office.phone.sees("tersedia", kind="template")
        return [await Ground.of(office)]


SCENES: dict[str, Scene] = {
    "a consultation": _road,
    "an offer": _offered,
    "a rating": _rated,
    "beside a ticket": _asides,
    "two tickets": _two,
    "stuck": _stuck,
    "two channels": _elsewhere,
    "a closed window": _held,
}
# What hangs where on its way; all the rest is in the consultation.
KINDS: dict[str, set[str]] = {
    "an offer": {"email", "self_answered", "ask_officer", "need_officer"},
    "a rating": {"still_needed", "answered", "survey_answer", "staff_reopen"},
    "beside a ticket": {"finish", "new_email_resend", "privacy_name_yes", "earlier"},
    "two tickets": {"switch", "privacy_menu"},
    "stuck": {"send_again", "stuck_again", "stuck_drop", "stuck_keep", "stuck_page", "unblock"},
    "two channels": {"move_here", "move_away"},
    "a closed window": {"show_held"},
}
ELSEWHERE = {kind for kinds in KINDS.values() for kind in kinds}
