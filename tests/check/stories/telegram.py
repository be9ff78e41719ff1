"""Faults at Telegram: token, clock, group, rights, and who cannot be told."""

import re
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.channels.telegram.doctor import MARK
from tests.check.conftest import ADMIN, GROUP, SUPERVISOR, At, Clinic
from tests.check.stories.book import OF_A_DESK, Story, number_in, tells

Patch = pytest.MonkeyPatch


@tells(OF_A_DESK, "token", "refused")
async def _a_wrong_token(clinic: Clinic, patch: Patch) -> Story:
    clinic.configure(token="42:WRONG")
    lines = yield
    assert "API Token" in lines and "42:WRONG" not in lines
    clinic.configure(token=clinic.telegram.token)


@tells(OF_A_DESK, "token", "unreachable")
async def _no_way_to_telegram(clinic: Clinic, patch: Patch) -> Story:
    clinic.configure(api_url="http://127.0.0.1:9")
    assert "allow http://127.0.0.1:9" in (yield)
    clinic.configure(api_url=clinic.url)


@tells(OF_A_DESK, "token", "webhook")
async def _a_bot_that_still_serves_another_program(clinic: Clinic, patch: Patch) -> Story:
    """Its fix is an address to open; the stand-in's is another than Telegram's."""
    await clinic.telegram.call(clinic.telegram.token, "setWebhook", {"url": "https://lama.contoh.go.id/hook"}, {})
    found = re.search(r"(http\S+)/bot<TOKEN>/deleteWebhook", (yield))
    assert found is not None
    async with aiohttp.ClientSession() as browser:
        await browser.get(f"{found[1]}/bot{clinic.telegram.token}/deleteWebhook")


@tells(OF_A_DESK, "clock", "wrong")
async def _a_clock_that_is_five_minutes_off(clinic: Clinic, patch: Patch) -> Story:
    clinic.clock = At(datetime.now(UTC) + timedelta(minutes=5))
    assert "timedatectl set-ntp true" in (yield)
    clinic.clock = None


@tells(OF_A_DESK, "group", "unknown")
async def _a_group_whose_number_nobody_knows(clinic: Clinic, patch: Patch) -> Story:
    clinic.configure(group=0)
    await clinic.admin.say("/id", topic=None)
    clinic.configure(group=number_in((yield), r"(-\d+) \(Petugas PST\)"))


@tells(OF_A_DESK, "group", "unreachable")
async def _a_group_the_bot_is_not_in(clinic: Clinic, patch: Patch) -> Story:
    clinic.configure(group=-1009999999999)
    await clinic.admin.say("/id", topic=None)
    clinic.configure(group=number_in((yield), r"(-\d+) \(Petugas PST\)"))


@tells(OF_A_DESK, "group", "moved")
async def _a_group_that_moved(clinic: Clinic, patch: Patch) -> Story:
    clinic.telegram.upgrade_group(GROUP, -1005555555555)
    clinic.configure(group=number_in((yield), r"staff_chat_id = (-\d+)"))


@tells(OF_A_DESK, "group", "plain")
async def _a_group_without_topics(clinic: Clinic, patch: Patch) -> Story:
    del clinic.telegram.staff.body["is_forum"]
    assert "Topics on" in (yield)
    clinic.telegram.staff.body["is_forum"] = True


@tells(OF_A_DESK, "group", "public")
async def _a_public_group(clinic: Clinic, patch: Patch) -> Story:
    clinic.telegram.staff.body["username"] = "pst_labuhanbatu"
    assert "private" in (yield)
    del clinic.telegram.staff.body["username"]


@tells(OF_A_DESK, "rights", "member")
async def _a_bot_that_is_no_administrator(clinic: Clinic, patch: Patch) -> Story:
    await clinic.admin.set_bot_status("member")
    assert "Promote to Admin" in (yield)
    await clinic.admin.set_bot_status("administrator", rights={"can_manage_chat", "can_manage_topics"})


@tells(OF_A_DESK, "rights", "topics")
async def _a_bot_that_may_not_manage_topics(clinic: Clinic, patch: Patch) -> Story:
    clinic.telegram.staff.rights.discard("can_manage_topics")
    assert "Manage Topics" in (yield)
    clinic.telegram.staff.rights.add("can_manage_topics")


@tells(OF_A_DESK, "rights", "reactions")
async def _a_group_that_forbids_the_delivery_mark(clinic: Clinic, patch: Patch) -> Story:
    clinic.telegram.staff.body["available_reactions"] = [{"type": "emoji", "emoji": "❤"}]
    lines = yield
    assert MARK in lines and "All Reactions" in lines
    del clinic.telegram.staff.body["available_reactions"]


@tells(OF_A_DESK, "rights", "deleting")
async def _topics_that_are_to_be_deleted(clinic: Clinic, patch: Patch) -> Story:
    clinic.path.write_text(clinic.path.read_text() + "\n[privacy]\ndelete_topics = true\n")
    clinic.telegram.staff.rights.discard("can_delete_messages")
    assert "Delete Messages" in (yield)
    clinic.telegram.staff.rights.add("can_delete_messages")


@tells(OF_A_DESK, "admins", "none")
async def _no_admin(clinic: Clinic, patch: Patch) -> Story:
    clinic.configure(admins=[])
    await clinic.admin.say("/start")
    clinic.configure(admins=[number_in((yield), r"(\d+) \(Ucok\)")])


@tells(OF_A_DESK, "admins", "silent")
async def _an_admin_who_never_started_the_bot(clinic: Clinic, patch: Patch) -> Story:
    clinic.admin.account.started = False
    assert "press Start" in (yield)
    await clinic.admin.say("/start")


@tells(OF_A_DESK, "complaints", "staff_group")
async def _complaints_to_those_complained_about(clinic: Clinic, patch: Patch) -> Story:
    clinic.configure(supervisor=f"chat_id = {GROUP}")
    assert "supervisor.email" in (yield)
    clinic.configure(supervisor='email = "kepala@contoh.go.id"')


@tells(OF_A_DESK, "complaints", "silent")
async def _a_supervisor_who_never_started_the_bot(clinic: Clinic, patch: Patch) -> Story:
    clinic.supervisor.account.started = False
    lines = yield
    assert str(SUPERVISOR) in lines and "press Start" in lines
    await clinic.supervisor.say("/start")


@tells(OF_A_DESK, "complaints", "nobody")
async def _nobody_gets_the_complaints(clinic: Clinic, patch: Patch) -> Story:
    clinic.configure(supervisor="", admins=[])
    assert "telegram.admin_ids" in (yield)
    clinic.configure(admins=[ADMIN])
