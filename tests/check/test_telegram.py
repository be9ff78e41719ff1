"""What `meja check` finds at Telegram: token, clock, group, rights, and who can be told."""

import fcntl

from bot.findings import as_lines
from bot.playground.faults import Fault
from tests.check.conftest import GROUP, Clinic


async def test_a_page_of_somebody_else_instead_of_telegram(clinic: Clinic) -> None:
    clinic.telegram.break_with(Fault("getMe", what="bad gateway", times=None))
    await clinic.complains("token", "unreachable")


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


async def test_managing_topics_is_the_only_right_the_desk_needs(clinic: Clinic) -> None:
    clinic.telegram.staff.rights.intersection_update({"can_manage_chat", "can_manage_topics"})
    assert all(it.ok for it in await clinic.findings())


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
