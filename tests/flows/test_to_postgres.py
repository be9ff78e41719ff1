"""An office moves from its file to PostgreSQL in the middle of a consultation."""

from pathlib import Path

from storage import transfer
from tests.flows.conftest import office_at


async def test_a_consultation_goes_on_after_the_move(tmp_path: Path, postgres_url: str) -> None:
    async with office_at(tmp_path / "meja.db") as office:
        async with office.open():
            number, topic = await office.ticket()
            await office.settled()
        await office.user.say("Masih ada?")
        await transfer.transfer(tmp_path / "meja.db", postgres_url)
        moved = office.settings.storage.model_copy(update={"url": postgres_url})
        security = office.settings.security.model_copy(update={"secret_file": str(tmp_path / "meja.secret")})
        office.settings = office.settings.model_copy(update={"storage": moved, "security": security})
        async with office.open():
            await office.officer.sees("Masih ada?", topic=topic)
            await office.answer(topic, "Masih, ini tabelnya.")
            await office.officer.say("/tutup selesai", topic=topic)
            await office.user.sees("Bagaimana layanan kami")
            assert await office.status(number) == "closed"
