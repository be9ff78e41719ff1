"""Somebody is blocked with a reason, told kindly, may complain, and is let in again."""

from tests.flows.conftest import Office
from tests.flows.way import seen_by, staff_words, value


def notices(office: Office) -> int:
    return sum("tidak dapat kami terima" in message.text for message in office.user.chat)


async def test_who_is_blocked_is_told_the_way_to_object_and_nothing_of_theirs_is_passed_on(office: Office) -> None:
    number, topic = await office.ticket()
    await office.officer.say("/blokir", topic=topic)
    await office.officer.sees("Cara pakai: /blokir", topic=topic)
    await office.officer.say("/blokir kata-kata kasar", topic=topic)
    told = await office.user.sees("tidak dapat kami terima")
    assert "/pengaduan" in told.text and "kasar" not in seen_by(office.user)
    for words in ("Hai", "Halo?", "/mulai"):
        await office.user.say(words)
    await office.settled()
    assert notices(office) == 1 and "Halo?" not in staff_words(office)
    await office.move(days=1)
    await office.user.say("Masih di sini")
    await office.settled()
    assert notices(office) == 2 and "Masih di sini" not in staff_words(office)
    await office.supervisor.say("/mulai")
    await office.user.say("/pengaduan Saya diblokir tanpa alasan")
    await office.user.sees("Pengaduan tercatat")
    await office.supervisor.sees("Saya diblokir tanpa alasan")
    await office.admin.say("/blokir lagi", topic=topic)  # the topic is closed: others can only press
    await office.admin.sees("tidak mengubah apa pun", topic=topic)
    audited = await value(office, "SELECT actor || json_extract(data, '$.reason') FROM audit WHERE action = 'block'")
    assert audited == "officer:1kata-kata kasar"
    assert await office.status(number) == "closed"


async def test_a_press_lets_the_person_in_again(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.say("/blokir iklan", topic=topic)
    await office.user.sees("tidak dapat kami terima")
    await office.officer.sees("memblokir", topic=topic)
    await office.officer.press("Buka blokir", topic=topic)
    await office.user.sees("Anda dapat menulis kepada kami lagi")
    await office.officer.sees("membuka blokir", topic=topic)
    await office.user.say("Terima kasih. Berapa PDRB?")
    await office.user.sees("jenis konsultasi")
    await office.admin.say("/buka-blokir", topic=topic)
    await office.admin.sees("tidak mengubah apa pun", topic=topic)
    await office.admin.say("/riwayat", topic=topic)
    history = (await office.admin.sees("Riwayat", topic=topic)).text
    assert "pengguna diblokir" in history and "blokir dibuka" in history


async def test_admins_see_who_is_blocked_and_lift_it_by_the_number(office: Office) -> None:
    number, topic = await office.ticket()
    await office.officer.say("/blokir daftar", topic=topic)  # an officer who looks for the list blocks nobody
    await office.officer.sees("tidak dikenal", topic=topic)
    await office.officer.say("/blokir iklan berulang", topic=topic)
    await office.user.sees("tidak dapat kami terima")
    await office.admin.say("/blokir daftar", topic=topic)
    listed = await office.admin.sees("Pengguna yang diblokir", topic=topic)
    assert number in listed.text and "iklan berulang" in listed.text and "Siti" not in listed.text
    await office.admin.say("/diblokir buka 1207-2611-9999")
    await office.admin.sees("Cara pakai: /diblokir")
    await office.admin.say(f"/diblokir buka {number}")
    await office.admin.sees("Tidak ada.")
    await office.user.sees("Anda dapat menulis kepada kami lagi")
    assert await value(office, "SELECT count(*) FROM audit WHERE action = 'unblock'") == 1


async def test_who_writes_after_the_ban_was_lifted_late_is_heard(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.say("/blokir iklan", topic=topic)
    await office.user.sees("tidak dapat kami terima")
    await office.move(days=30)
    await office.admin.say("/bukablokir", topic=topic)
    await office.user.sees("Anda dapat menulis kepada kami lagi")
    await office.user.say("/mulai")
    await office.user.sees("jenis konsultasi")
