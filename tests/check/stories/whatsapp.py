"""Faults at Meta: token, number, templates, webhook."""

from typing import Any

import pytest

from bot.channels.whatsapp.client import Client
from bot.playground.graph.standard import NAMES
from storage import open_store
from tests.check.conftest import Ward
from tests.check.stories.book import OF_WHATSAPP, Story, tells

Patch = pytest.MonkeyPatch


@tells(OF_WHATSAPP, "whatsapp", "refused")
async def _a_wrong_token_of_meta(ward: Ward, patch: Patch) -> Story:
    ward.configure(token="EAAwrong")
    lines = yield
    assert "access_token" in lines and "EAAwrong" not in lines
    ward.configure(token=ward.graph.token)


@tells(OF_WHATSAPP, "whatsapp", "unreachable")
async def _no_way_to_meta(ward: Ward, patch: Patch) -> Story:
    ward.configure(url="http://127.0.0.1:9/v26.0")
    assert "allow http://127.0.0.1:9" in (yield)
    ward.configure(url=ward.url)


@tells(OF_WHATSAPP, "whatsapp", "poor")
async def _a_number_of_poor_quality(ward: Ward, patch: Patch) -> Story:
    ward.graph.quality = "RED"
    assert "within days" in (yield)
    ward.graph.quality = "GREEN"


@tells(OF_WHATSAPP, "whatsapp_templates", "unapproved")
async def _a_template_that_waits_for_approval_in_one_language(ward: Ward, patch: Patch) -> Story:
    ward.graph.templates.set_status(NAMES["warning"], "en", "PENDING")
    lines = yield
    assert NAMES["warning"] in lines and "wait for its approval" in lines
    ward.graph.templates.set_status(NAMES["warning"], "en", "APPROVED")


@tells(OF_WHATSAPP, "whatsapp_templates", "marketing")
async def _a_template_that_meta_takes_for_an_advertisement(ward: Ward, patch: Patch) -> Story:
    ward.graph.templates.set_category(NAMES["closed_rate"], "id", "MARKETING")
    assert "Appeal" in (yield)
    ward.graph.templates.set_category(NAMES["closed_rate"], "id", "UTILITY")


@tells(OF_WHATSAPP, "whatsapp_webhook", "no_address")
async def _no_public_address(ward: Ward, patch: Patch) -> Story:
    ward.configure(public_url="")
    assert "web.public_url" in (yield)
    ward.configure(public_url=ward.public_url)


@tells(OF_WHATSAPP, "whatsapp_webhook", "unsubscribed")
async def _an_app_that_does_not_follow_the_account(ward: Ward, patch: Patch) -> Story:
    async def nobody(client: Client) -> list[Any]:
        return []

    patch.setattr(Client, "subscriptions", nobody)
    assert "subscribe to messages" in (yield)
    patch.undo()


@tells(OF_WHATSAPP, "whatsapp_webhook", "unreachable")
async def _an_address_that_nobody_answers(ward: Ward, patch: Patch) -> Story:
    store = await _a_desk_runs(ward)
    ward.configure(public_url="http://127.0.0.1:9")
    assert "web.port" in (yield)
    ward.configure(public_url=ward.public_url)
    yield
    await store.close()


@tells(OF_WHATSAPP, "whatsapp_webhook", "foreign")
async def _an_address_where_somebody_else_answers(ward: Ward, patch: Patch) -> Story:
    store = await _a_desk_runs(ward)
    ward.configure(words="other words")
    assert "the same verify_token" in (yield)
    ward.configure(words=ward.graph.verify_token)
    yield
    await store.close()


async def _a_desk_runs(ward: Ward) -> Any:
    await ward.clinic.desk_was_here()
    return await open_store(f"sqlite:///{ward.clinic.database}")
