"""Takes the README's picture of the demo in the middle of a busy morning: `python -m tests.e2e.picture`."""

import asyncio
from pathlib import Path

from playwright.async_api import expect

from bot.playground.chats import Topic
from bot.playground.demo import Playground, working_folder
from bot.playground.people import Person
from tests.e2e.browser import chromium, demo_in, open_screen

PICTURE = Path(__file__).parents[2] / "docs" / "demo.png"
WIDTH, HEIGHT = 1600, 900


async def open_ticket(demo: Playground, person: Person, *, question: str, type: str, offered: bool = False) -> Topic:
    """The person registers by mail, asks, and the ticket's topic opens. `offered`: an answer is, and is not enough."""
    name = f"{person.account.first_name} {person.account.last_name}"
    address = f"{name.lower().replace(' ', '.')}@contoh.go.id"
    before = len(demo.telegram.topics)
    await person.say(question)
    await person.sees("Setuju?")
    await person.press("Setuju")
    await person.sees("alamat e-mail")
    await person.say(address)
    code = (await demo.mailbox.mail_to(address)).code
    await person.sees("Kode sudah dikirim")
    await person.say(code)
    await person.sees("Siapa nama")
    await person.say(name)
    for asked in ("lembaga apa", "untuk apa"):
        await person.sees(asked)
        await person.press("Lewati")
    await person.sees("jenis konsultasi")
    await person.press(type)
    await person.sees("Jenis konsultasi")
    await person.press("Kirim")
    if offered:
        await person.sees("Mungkin jawabannya sudah ada")
        await person.press("Tetap tanya petugas")
    await person.sees("dibuka")
    await demo.telegram.until(lambda: len(demo.telegram.topics) > before)
    topic = demo.telegram.topics[-1]
    await demo.cast.officer.sees(question, topic=topic)
    return topic


async def ask_on_whatsapp(demo: Playground) -> None:
    """Maria's ticket on WhatsApp, from the list of types to the officer's answer."""
    phone, address = demo.cast.phone, "maria.sihombing@contoh.go.id"
    question = "Berapa luas panen padi tahun 2025?"
    await phone.say(question)
    await phone.sees("Setuju")
    await phone.tap("Setuju")
    await phone.sees("alamat e-mail")
    await phone.say(address)
    code = (await demo.mailbox.mail_to(address)).code
    await phone.sees("Kode sudah dikirim")
    await phone.say(code)
    await phone.sees("Siapa nama")
    await phone.say("Maria Sihombing")
    for asked in ("lembaga apa", "untuk apa"):
        await phone.sees(asked)
        await phone.say("Lewati")
    await phone.sees("jenis konsultasi")
    await phone.tap("Data")
    await phone.sees("Jenis konsultasi")
    await phone.tap("Kirim")
    await phone.sees("dibuka")
    await demo.telegram.until(lambda: demo.telegram.topics[-1].name.endswith("Maria Sihombing") or None)
    topic = demo.telegram.topics[-1]
    await demo.cast.officer.sees(question, topic=topic)
    await demo.cast.officer.say("Selamat pagi. Angkanya 21.480 hektare, terlampir tabelnya.", topic=topic)
    await phone.sees("21.480")
    await phone.say("Terima kasih, sangat membantu")


async def play(demo: Playground) -> None:
    """Four people's tickets in different states; the first is in the middle of its talk, another is on WhatsApp."""
    officer, siti = demo.cast.officer, demo.cast.user
    budi = Person(demo.telegram, id=1002, first_name="Budi", last_name="Hartono")
    lasma = Person(demo.telegram, id=1003, first_name="Lasma", last_name="Tampubolon")
    closed = await open_ticket(demo, lasma, question="Apa arti inflasi tahun kalender?", type="Metadata")
    await officer.say("Perubahan harga sejak Desember tahun lalu.", topic=closed)
    await lasma.sees("Perubahan harga")
    await officer.say("/tutup selesai", topic=closed)
    await lasma.sees("Bagaimana layanan kami")
    cart = "Kode KBLI untuk usaha kopi keliling?"
    await open_ticket(demo, budi, question=cart, type="Klasifikasi", offered=True)
    await ask_on_whatsapp(demo)
    topic = await open_ticket(demo, siti, question="Berapa jumlah penduduk Labuhanbatu tahun 2025?", type="Data")
    await officer.press("Ambil", topic=topic)
    await siti.sees("melayani tiket")
    sent = await officer.say("Selamat pagi, Ibu Siti. Tabelnya di Labuhanbatu Dalam Angka 2026, bab 3.", topic=topic)
    copy = await siti.sees("bab 3")
    await siti.react(copy, "❤")
    await demo.telegram.until(lambda: "❤" in sent.reactions.values())
    await siti.say("Terima kasih! Apakah ada versi Excel?", reply_to=copy)
    await officer.sees("versi Excel", topic=topic)
    table = "penduduk-2025.xlsx"
    await officer.send("document", topic=topic, file_name=table, content=bytes(18_400), caption="Ada, Ibu. Silakan.")
    await siti.sees("Silakan", kind="document")
    for person in (lasma, budi):
        demo.show(person)


async def main() -> None:
    """Plays the morning and writes docs/demo.png."""
    with working_folder(None) as files:
        async with demo_in(files) as demo, chromium() as browser:
            await play(demo)
            screen = await open_screen(browser, demo.url, width=WIDTH, height=HEIGHT)
            await screen.staff.locator(".topic-row", has_text="Siti Aminah").click()
            await screen.sees(screen.staff, "Silakan.")
            await expect(screen.staff.locator(".row.out", has_text="Silakan.").locator(".reaction")).to_have_text("👌")
            await screen.page.screenshot(path=PICTURE)
            assert screen.errors == [], screen.errors


if __name__ == "__main__":
    asyncio.run(main())
