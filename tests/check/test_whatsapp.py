"""What `meja check` finds at Meta: token, number, templates, and whether the webhook is to be found."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.channels.whatsapp.client import Client
from bot.clock import SystemClock
from bot.playground.graph.graph import Graph
from bot.playground.graph.server import serve_graph
from bot.playground.graph.standard import NAMES, approve_all
from bot.playground.mailbox import Mailbox
from bot.playground.server import serve
from bot.playground.telegram import Telegram
from storage import open_store
from tests.channels.whatsapp.conftest import Number, web_server
from tests.check.conftest import Clinic

WHATSAPP = """
[whatsapp]
enabled = true
phone_number_id = "{number}"
waba_id = "{account}"
access_token = "{token}"
app_secret = "{secret}"
verify_token = "{words}"
graph_url = "{url}"
[whatsapp.templates]
{templates}
[web]
port = 8080
public_url = "{public_url}"
"""


class Ward:
    """A clinic with the second channel on."""

    def __init__(self, clinic: Clinic, graph: Graph, url: str, public_url: str) -> None:
        self.clinic, self.graph = clinic, graph
        self._values = {
            "number": graph.phone_number_id,
            "account": graph.waba_id,
            "token": graph.token,
            "secret": graph.app_secret,
            "words": graph.verify_token,
            "url": url,
            "templates": "\n".join(f'{purpose} = "{name}"' for purpose, name in NAMES.items()),
            "public_url": public_url,
        }
        self.configure()

    def configure(self, **values: str) -> None:
        self._values |= values
        self.clinic.configure()
        path = self.clinic.path
        path.write_text(path.read_text() + WHATSAPP.format(**self._values))

    async def complains(self, name: str, verdict: str) -> str:
        return await self.clinic.complains(name, verdict)

    async def says(self, name: str) -> list[str]:
        return [finding.verdict for finding in await self.clinic.findings() if finding.name == name]


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    clock = SystemClock()
    graph, telegram = Graph(clock), Telegram(clock)
    approve_all(graph.templates)
    async with AsyncExitStack() as stack:
        mailbox = await stack.enter_async_context(Mailbox(clock))
        clinic = Clinic(telegram, mailbox, await stack.enter_async_context(serve(telegram)), tmp_path)
        number = Number(graph)
        url = await stack.enter_async_context(serve_graph(graph, "http://127.0.0.1:9/"))
        from bot.channels.whatsapp.channel import make

        channel = make(number.settings(url), receive=number.receive, label=lambda key, lang: key)
        base = await stack.enter_async_context(web_server(channel.routes("1207")))
        yield Ward(clinic, graph, url, base)


async def test_a_number_that_is_well(ward: Ward) -> None:
    assert [finding for finding in await ward.clinic.findings() if not finding.ok] == []
    assert await ward.says("whatsapp") == ["ok"]
    assert await ward.says("whatsapp_templates") == ["ok"]
    assert await ward.says("whatsapp_webhook") == ["ok"]


async def test_a_wrong_token_of_meta(ward: Ward) -> None:
    ward.configure(token="EAAwrong")
    said = await ward.complains("whatsapp", "refused")
    assert "access_token" in said and "EAAwrong" not in said


async def test_another_account(ward: Ward) -> None:
    ward.configure(account="999")
    await ward.complains("whatsapp", "refused")


async def test_no_way_to_meta(ward: Ward) -> None:
    ward.configure(url="http://127.0.0.1:9/v26.0")
    assert "127.0.0.1:9" in await ward.complains("whatsapp", "unreachable")


async def test_a_number_of_poor_quality(ward: Ward) -> None:
    ward.graph.quality = "RED"
    await ward.complains("whatsapp", "poor")


async def test_a_template_that_waits_for_approval_in_one_language(ward: Ward) -> None:
    ward.graph.templates.set_status(NAMES["warning"], "en", "PENDING")
    said = await ward.complains("whatsapp_templates", "unapproved")
    assert NAMES["warning"] in said and "en" in said and "PENDING" in said


async def test_a_template_that_meta_takes_for_an_advertisement(ward: Ward) -> None:
    ward.graph.templates.set_category(NAMES["closed_rate"], "id", "MARKETING")
    await ward.complains("whatsapp_templates", "marketing")


async def test_without_names_of_templates_mail_stands_in(ward: Ward) -> None:
    ward.configure(templates="")
    assert await ward.says("whatsapp_templates") == ["by_mail"]


async def test_without_a_public_address_meta_finds_nobody(ward: Ward) -> None:
    ward.configure(public_url="")
    assert "/whatsapp/1207" in await ward.complains("whatsapp_webhook", "no_address")


async def test_an_address_that_nobody_answers_is_for_later_unless_a_desk_runs(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.configure(public_url="http://127.0.0.1:9")
    assert await ward.says("whatsapp_webhook") == ["asleep"]


async def test_an_app_that_does_not_follow_the_account(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(client: Client) -> list[Any]:
        return []

    monkeypatch.setattr(Client, "subscriptions", nobody)
    await ward.complains("whatsapp_webhook", "unsubscribed")


async def test_an_address_where_somebody_else_answers(ward: Ward) -> None:
    await ward.clinic.desk_was_here()
    ward.configure(words="other words")
    store = await open_store(f"sqlite:///{ward.clinic.database}")
    assert await ward.says("whatsapp_webhook") == ["foreign"]
    await store.close()


async def test_secrets_in_an_open_file(ward: Ward) -> None:
    ward.clinic.path.chmod(0o644)
    await ward.complains("config", "open")


async def test_what_is_missing_is_named(ward: Ward) -> None:
    ward.configure(secret="", words="")
    problems = [str(finding.params["problem"]) for finding in await ward.clinic.findings()]
    assert len(problems) == 2
    assert "whatsapp.app_secret: missing" in problems[0] and "whatsapp.verify_token: missing" in problems[1]
