"""What `meja check` finds at Telegram: token, clock, group, rights, and who can be told."""

import fcntl
from datetime import UTC, datetime, timedelta

from bot.channels.telegram.doctor import MARK
from bot.findings import as_lines
from bot.playground.faults import Fault
from tests.check.conftest import GROUP, At, Clinic


async def test_a_wrong_token(clinic: Clinic) -> None:
    clinic.configure(token="42:WRONG")
    said = await clinic.complains("token", "refused")
    assert "/mybots" in said and "42:WRONG" not in said


async def test_no_way_to_telegram(clinic: Clinic) -> None:
    clinic.configure(api_url="http://127.0.0.1:9")
    said = await clinic.complains("token", "unreachable")
    assert "127.0.0.1:9" in said and clinic.telegram.token not in said


async def test_a_page_of_somebody_else_instead_of_telegram(clinic: Clinic) -> None:
    clinic.telegram.break_with(Fault("getMe", what="bad gateway", times=None))
    await clinic.complains("token", "unreachable")


async def test_a_bot_that_still_serves_another_program(clinic: Clinic) -> None:
    answer = {"ok": True, "result": {"url": "https://lama.contoh.go.id/hook", "pending_update_count": 0}}
    clinic.telegram.break_with(Fault("getWebhookInfo", status=200, body=answer))
    assert "deleteWebhook" in await clinic.complains("token", "webhook")


async def test_a_clock_that_is_five_minutes_off(clinic: Clinic) -> None:
    clinic.clock = At(datetime.now(UTC) + timedelta(minutes=5))
    assert "set-ntp" in await clinic.complains("clock", "wrong")


async def test_the_number_of_the_group_is_found_in_what_waits(clinic: Clinic) -> None:
    clinic.configure(group=0)
    await clinic.admin.say("/id", topic=None)
    await clinic.admin.say("/start")
    said = await clinic.complains("group", "unknown")
    assert f"{GROUP} (Petugas PST)" in said and "111" not in said
    assert len(clinic.telegram.world.updates) == 2, "asking confirms nothing: the desk gets them all"


async def test_before_the_bot_is_in_a_group_it_says_how_to_get_there(clinic: Clinic) -> None:
    clinic.configure(group=0)
    assert "write /id there" in await clinic.complains("group", "unknown")


async def test_a_group_the_bot_is_not_in(clinic: Clinic) -> None:
    clinic.configure(group=-1009999999999)
    await clinic.admin.say("/id", topic=None)
    said = await clinic.complains("group", "unreachable")
    assert "chat not found" in said and str(GROUP) in said


async def test_no_number_is_looked_up_while_the_desk_runs(clinic: Clinic) -> None:
    clinic.configure(group=-1009999999999)
    await clinic.desk_was_here()
    with clinic.database.with_name("meja.db.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = await clinic.complains("group", "unreachable")
    assert "Stop the running desk" in said
    assert not any(request.method == "getUpdates" for request in clinic.telegram.ledger.requests)


async def test_a_name_of_a_strange_group_plays_no_tricks(clinic: Clinic) -> None:
    clinic.configure(group=0)
    clinic.telegram.staff.body["title"] = "PST\x1b[2J\u202egnihton"
    await clinic.admin.say("/id", topic=None)
    said = await clinic.complains("group", "unknown")
    assert "\x1b" not in said and "\u202e" not in said


async def test_a_group_that_moved(clinic: Clinic) -> None:
    clinic.telegram.upgrade_group(GROUP, -1005555555555)
    assert "-1005555555555" in await clinic.complains("group", "moved")


async def test_a_group_without_topics(clinic: Clinic) -> None:
    del clinic.telegram.staff.body["is_forum"]
    assert "Topics on" in await clinic.complains("group", "plain")


async def test_a_public_group(clinic: Clinic) -> None:
    clinic.telegram.staff.body["username"] = "pst_labuhanbatu"
    assert "counts as an officer" in await clinic.complains("group", "public")


async def test_a_bot_that_is_no_administrator(clinic: Clinic) -> None:
    clinic.telegram.staff.members[clinic.telegram.world.bot.id] = "member"
    assert "Promote to Admin" in await clinic.complains("rights", "member")


async def test_a_bot_that_may_not_manage_topics(clinic: Clinic) -> None:
    clinic.telegram.staff.rights.discard("can_manage_topics")
    assert "Manage Topics" in await clinic.complains("rights", "topics")


async def test_managing_topics_is_the_only_right_the_desk_needs(clinic: Clinic) -> None:
    clinic.telegram.staff.rights.intersection_update({"can_manage_chat", "can_manage_topics"})
    assert all(it.ok for it in await clinic.findings())


async def test_topics_of_erased_people_need_one_more_right(clinic: Clinic) -> None:
    clinic.path.write_text(clinic.path.read_text() + "\n[privacy]\ndelete_topics = true\n")
    clinic.telegram.staff.rights.discard("can_delete_messages")
    assert "Delete Messages" in await clinic.complains("rights", "deleting")
    clinic.telegram.staff.rights.add("can_delete_messages")
    assert all(it.ok for it in await clinic.findings())


async def test_a_group_that_forbids_the_delivery_mark(clinic: Clinic) -> None:
    clinic.telegram.staff.body["available_reactions"] = [{"type": "emoji", "emoji": "❤"}]
    assert MARK in await clinic.complains("rights", "reactions")


async def test_no_admin_and_how_to_learn_ones_own_number(clinic: Clinic) -> None:
    clinic.configure(admins=[])
    assert "Write /start" in await clinic.complains("admins", "none")
    await clinic.admin.say("/start")
    assert "111 (Ucok)" in await clinic.complains("admins", "none")


async def test_both_numbers_are_found_at_once(clinic: Clinic) -> None:
    clinic.configure(group=0, admins=[])
    await clinic.admin.say("/id", topic=None)
    await clinic.admin.say("/start")
    said = "\n".join(as_lines(await clinic.findings(), "en"))
    assert f"{GROUP} (Petugas PST)" in said and "111 (Ucok)" in said


async def test_an_admin_who_never_started_the_bot(clinic: Clinic) -> None:
    clinic.admin.account.started = False
    assert "t.me/meja_demo_bot" in await clinic.complains("admins", "silent")


async def test_complaints_must_not_go_to_those_complained_about(clinic: Clinic) -> None:
    clinic.configure(supervisor=f"chat_id = {GROUP}")
    await clinic.complains("complaints", "staff_group")


async def test_a_supervisor_who_never_started_the_bot(clinic: Clinic) -> None:
    clinic.supervisor.account.started = False
    assert "333" in await clinic.complains("complaints", "silent")


async def test_nobody_gets_the_complaints(clinic: Clinic) -> None:
    clinic.configure(supervisor="", admins=[])
    wrong = {(it.name, it.verdict) for it in await clinic.findings() if not it.ok}
    assert wrong == {("admins", "none"), ("complaints", "nobody")}
