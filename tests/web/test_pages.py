"""The pages behind links in mails: nothing happens before the form is sent, and no link opens another door."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.playground.demo import free_port
from tests.flows.conftest import Office, office_at

PUBLIC = "http://127.0.0.1:1"
ADDRESS = "orang.lain@contoh.go.id"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    web = {"public_url": PUBLIC, "port": free_port()}
    async with office_at(tmp_path / "meja.db", web=web) as office, office.open():
        yield office


async def _link(office: Office) -> str:
    """The link in a mail with a code that somebody else asked for, as it is reached here."""
    user = office.user
    await user.say("/mulai")
    await user.sees("Setuju")
    await user.press("Setuju")
    await user.sees("alamat e-mail")
    await user.say(ADDRESS)
    mail = await office.mailbox.mail_to(ADDRESS)
    link = next(word for word in mail.text.split() if word.startswith(PUBLIC))
    return link.replace(PUBLIC, f"http://127.0.0.1:{office.settings.web.port}")


async def test_who_wants_no_codes_says_so_on_a_page_and_gets_none(office: Office) -> None:
    link = await _link(office)
    assert ADDRESS not in link and "@" not in link
    async with aiohttp.ClientSession() as visitor:
        async with visitor.get(link) as page:
            text = await page.text()
            assert page.status == 200 and "Jangan kirim kode lagi" in text
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            assert page.headers["Cache-Control"] == "no-store"
        await office.user.sees("Kode sudah dikirim")
        await office.move(minutes=2)
        await office.user.press("Kirim ulang")
        await office.mailbox.mail_to(ADDRESS)
        async with visitor.post(link) as page:
            assert page.status == 200 and "tidak akan menerima kode lagi" in await page.text()
    before = len(office.mailbox.mails)
    await office.move(minutes=5)
    await office.user.press("Kirim ulang")
    await office.settled()
    assert len(office.mailbox.mails) == before


@pytest.mark.parametrize(
    "bend", [lambda s: s[:-1] + ("A" if s[-1] != "A" else "B"), lambda s: s.partition(".")[0], str.upper]
)
async def test_a_bent_link_leads_nowhere(office: Office, bend: object) -> None:
    link = await _link(office)
    head, _, token = link.rpartition("/")
    assert callable(bend)
    async with aiohttp.ClientSession() as visitor:
        for address in (f"{head}/{bend(token)}", link.replace("/tolak/", "/nilai/"), f"{head}/"):
            async with visitor.post(address, data={"stars": "5"}) as page:
                assert page.status == 404, address
        async with visitor.post(link, data=b"x" * 10_000) as page:
            assert page.status in (200, 413)
