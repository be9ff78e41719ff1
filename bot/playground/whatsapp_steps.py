"""The scripted consultation on WhatsApp; officers answer in the Telegram group as ever."""

from bot.playground.graph.messages import WhatsAppMessage
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.steps import ANSWER, DAY, DETAIL, DUE, QUESTION, Play, Step, opening

ADDRESS = "maria.sihombing@contoh.go.id"
LATE = "Versi Excel sudah kami siapkan."
TOO_SOON = 131056


def _phone(play: Play) -> WhatsAppPhone:
    return play.running.cast.phone


async def _sees(play: Play, text: str) -> WhatsAppMessage:
    return await _phone(play).sees(text, within=play.within)


async def greeting(play: Play) -> list[str]:
    """Maria writes on WhatsApp: she is greeted, and asked for her consent with buttons."""
    await _phone(play).say(QUESTION)
    await _sees(play, "Sahabat Data")
    await _phone(play).tap("Setuju", within=play.within)
    asked = next(message for message in _phone(play).chat if message.choices)
    assert asked.labels[:2] == ["Setuju", "Tidak setuju"], f"buttons are {asked.labels}"
    return ["greeted", "consent asked with reply buttons"]


async def registration(play: Play) -> list[str]:
    """She gives her address and the code from her mail, her name, and skips the rest."""
    phone = _phone(play)
    await _sees(play, "alamat e-mail")
    await phone.say(ADDRESS)
    mail = await play.running.mailbox.mail_to(ADDRESS, within=play.within)
    await _sees(play, "Kode sudah dikirim")
    await phone.say(mail.code)
    await _sees(play, "Siapa nama")
    await phone.say("Maria Sihombing")
    for asked in ("lembaga apa", "untuk apa"):
        await _sees(play, asked)
        await phone.tap("Lewati", within=play.within)
    return ["verified by a code of real e-mail", "long choices are lists"]


async def question(play: Play) -> list[str]:
    """She picks the type from a list, adds a message and a photo, and sends: a ticket with number and due date."""
    phone = _phone(play)
    kinds = await _sees(play, "jenis konsultasi")
    assert kinds.kind == "list" and "Data" in kinds.labels, f"expected a list of types: {kinds}"
    await phone.tap("Data")
    await _sees(play, "Jenis konsultasi")
    await phone.say(DETAIL)
    await phone.send("image", caption="Tabel tahun lalu")
    await phone.tap("Kirim", within=play.within)
    opened = await _sees(play, "dibuka")
    play.number = next(word for word in opened.text.replace("*", "").split() if word.startswith("1207-"))
    assert DUE in opened.text, f"expected the due date {DUE}: {opened.text}"
    return [f"ticket {play.number}", f"due {DUE}: the third working day"]


async def topic(play: Play) -> list[str]:
    """A topic opens in the staff group: the card names the channel; message and photo follow."""
    await play.until(lambda: any(play.number in topic.name for topic in play.running.telegram.topics))
    card = await play.officer_sees(play.number)
    assert "WhatsApp" in card.text and "Jendela 24 jam" in card.text, f"card without channel or window: {card}"
    await play.officer_sees(DETAIL)
    await play.officer_sees("Tabel tahun lalu", kind="photo")
    return ["the card shows the 24-hour window", "the photo came over from one platform to the other"]


async def answer(play: Play) -> list[str]:
    """Rina takes the ticket and answers; the mark on her message says that it arrived."""
    await play.officer.press("Ambil", topic=play.topic)
    await _sees(play, "kini melayani tiket")
    sent = await play.officer.say(ANSWER, topic=play.topic)
    copy = await _sees(play, ANSWER)
    await play.until(lambda: "👌" in sent.reactions.values())
    await _phone(play).read()
    await play.until(lambda: "👀" in sent.reactions.values())
    await _phone(play).say("Terima kasih! Apakah ada versi Excel?", reply_to=copy)
    shown = await play.officer_sees("versi Excel")
    assert shown.reply_to == sent.id, f"the reply quotes {shown.reply_to}, not {sent.id}"
    return ["arrived, then read: the mark follows", "her reply quotes the officer's own message"]


async def window(play: Play) -> list[str]:
    """A day later the window is closed: the next answer is held, a template says so, her tap lets it out."""
    play.running.clock.move(DAY)
    late = await play.officer.say(LATE, topic=play.topic)
    await play.officer_sees("DITAHAN")
    call = await _sees(play, "sudah tersedia")
    assert call.template, "what came outside the window is no template"
    assert not any(LATE in message.text for message in _phone(play).chat), "the answer came outside the window"
    await _phone(play).tap("Lihat jawaban")
    await _sees(play, LATE)
    # The silence counts from the news that it arrived: the clock may move only after that.
    await play.until(lambda: bool({"👌", "👀"} & set(late.reactions.values())))
    return ["held and said at once", "one template outside the window", "the tap let the answer out"]


async def silence(play: Play) -> list[str]:
    """Maria is silent: the reminder and the close after 7 days come as templates, and she rates under the last one."""
    await play.officer.say("/jawab", topic=play.topic)
    for days, text in ((5, "menunggu balasan Anda"), (1, "menunggu balasan Anda"), (1, "sudah ditutup")):
        play.running.clock.move(days * DAY)
        said = await _sees(play, text)
        assert said.template, f"{text!r} is no template"
    await play.until(lambda: play.topic.closed)
    await _phone(play).tap("5")
    await _sees(play, "saran atau masukan")
    await _phone(play).tap("Lewati")
    await play.officer_sees("5 dari 5")
    return ["reminded twice, closed after seven days, all by template", "rated under the template"]


async def book(play: Play) -> list[str]:
    """The stand-in's book: every webhook taken, nothing refused, nobody written to freely outside the window."""
    book = play.running.graph.book
    await play.until(lambda: not book.waiting)
    # A pace counted on two clocks may differ by a moment: one refused for that went out a little later.
    refused = [request.details for request in book.requests if request.status != 200 and request.code != TOO_SOON]
    assert not refused, f"refused: {refused}"
    assert play.running.telegram.ledger.inside_penalty == 0, "requests inside a penalty"
    return [f"{len(book.hooks)} webhooks taken, {len(book.sent())} messages sent, none refused for good"]


WHATSAPP_STEPS: tuple[Step, ...] = (opening, greeting, registration, question, topic, answer, window, silence, book)
