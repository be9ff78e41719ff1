"""/ringkas and /silastik: what officers note for the office's own list, and the public never sees."""

from tests.flows.conftest import Office


async def test_notes_for_the_list_are_kept_and_never_reach_the_user(office: Office) -> None:
    _, topic = await office.ticket()
    before = len(office.user.chat)
    await office.officer.say("/ringkas Jumlah penduduk per kecamatan, 2025", topic=topic)
    await office.officer.sees("Dicatat untuk daftar tiket: Jumlah penduduk per kecamatan, 2025", topic=topic)
    await office.officer.say("/silastik KS-2026-118", topic=topic)
    await office.officer.sees("Silastik KS-2026-118", topic=topic)
    await office.settled()
    assert len(office.user.chat) == before


async def test_a_note_without_words_or_too_long_is_explained(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.say("/ringkas", topic=topic)
    await office.officer.sees("SATU KALIMAT", topic=topic)
    await office.officer.say("/silastik " + "9" * 41, topic=topic)
    await office.officer.sees("/silastik NOMOR", topic=topic)
