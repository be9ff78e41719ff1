"""The office's account on WhatsApp: news of it, /wa, and what the admins must hear."""

from tests.flows.conftest import Office
from tests.flows.on_whatsapp import address_of, ticket


async def test_wa_shows_templates_quality_limits_and_what_was_billed(whatsapp_office: Office) -> None:
    office, admin = whatsapp_office, whatsapp_office.admin
    _, topic = await ticket(office)
    await office.officer.say("Jawaban.", topic=topic)
    await office.phone.sees("Jawaban.")
    await office.settled()
    await office.graph.hooks.all_taken()
    assert office.app is not None
    await office.app.accounts.look()
    await office.settled()
    await admin.say("/start")
    await admin.sees("Setuju")
    await admin.say("/wa")
    shown = (await admin.sees("Mutu nomor")).text
    assert "Mutu nomor: GREEN" in shown and "TIER_" in shown
    assert "jawaban tersedia (id): APPROVED · konsultasi_jawaban_tersedia" in shown
    assert "penutupan dan penilaian (en): APPROVED" in shown
    billed = sum(message.by_business for message in office.phone.chat)
    assert f"service: {billed}" in shown, "each message once, though two statuses name its price"
    assert "jendela terbuka 1, tertutup 0" in shown


async def test_a_paused_template_and_a_drop_of_quality_are_said_once(whatsapp_office: Office) -> None:
    office, admin = whatsapp_office, whatsapp_office.admin
    await admin.say("/start")
    await admin.sees("Setuju")
    for _ in range(2):
        office.graph.set_template("konsultasi_jawaban_tersedia", "id", "PAUSED")
    await admin.sees("PAUSED")
    office.graph.recategorise("konsultasi_selesai_nilai", "id")
    await admin.sees("MARKETING")
    office.graph.set_quality("RED")
    await admin.sees("Mutu")
    await office.graph.hooks.all_taken()
    await office.settled()
    assert sum("PAUSED" in message.text for message in admin.chat) == 1
    await admin.say("/wa")
    shown = (await admin.sees("Mutu nomor")).text
    assert "jawaban tersedia (id): PAUSED" in shown and "kategori MARKETING" in shown and "TIER_250" in shown


async def test_a_template_that_is_paused_brings_the_mail_at_once(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    await office.move(hours=25)
    await office.settled()
    office.graph.templates.set_status("konsultasi_jawaban_tersedia", "id", "PAUSED")
    await office.officer.say("Jawaban tanpa pemberitahuan.", topic=topic)
    await office.officer.sees("BELUM sampai ke pengguna", topic=topic)
    await office.settled()
    await office.move(minutes=1)
    mail = await office.mailbox.mail_to(address_of(office.phone))
    assert "Jawaban tanpa pemberitahuan." in mail.text


async def test_an_office_without_whatsapp_says_so(office: Office) -> None:
    await office.admin.say("/wa")
    await office.admin.sees("belum dipakai")
