"""`meja check` where all is well: only good marks, and nothing left behind."""

import pytest

from storage import open_store
from tests.check.conftest import SUPERVISOR, Clinic


async def test_a_new_desk_with_everything_in_place_has_only_good_marks(clinic: Clinic) -> None:
    findings = await clinic.findings()
    assert [it.name for it in findings if not it.ok] == []
    assert [(it.name, it.verdict) for it in findings] == [
        ("config", "ok"),
        ("database", "new"),
        ("secret", "new"),
        ("disk", "ok"),
        ("backup", "none"),
        ("holidays", "ok"),
        ("privacy", "nobody"),
        ("mail", "anonymous"),
        ("token", "ok"),
        ("clock", "ok"),
        ("group", "ok"),
        ("rights", "ok"),
        ("admins", "ok"),
        ("complaints", "chat"),
    ]


async def test_looking_leaves_nothing_behind(clinic: Clinic) -> None:
    await clinic.findings()
    assert list(clinic.folder.iterdir()) == [clinic.path]
    assert clinic.mailbox.mails == []
    methods = {request.method for request in clinic.telegram.ledger.requests}
    assert methods == {"getMe", "getWebhookInfo", "getChat", "getChatMember", "sendChatAction"}


async def test_offline_asks_nobody(clinic: Clinic) -> None:
    findings = await clinic.findings(offline=True)
    assert all(it.ok for it in findings)
    assert clinic.telegram.ledger.requests == [] and clinic.mailbox.connections == 0


async def test_a_desk_that_ran_before_is_well(clinic: Clinic) -> None:
    await clinic.desk_was_here()
    found = {it.name: it.verdict for it in await clinic.findings()}
    assert (found["database"], found["schema"], found["secret"]) == ("well", "ok", "ok")


async def test_a_running_desk_is_no_fault(clinic: Clinic) -> None:
    await clinic.desk_was_here()
    store = await open_store(f"sqlite:///{clinic.database}")
    findings = await clinic.findings()
    await store.close()
    assert all(it.ok for it in findings)
    assert next(it for it in findings if it.name == "database").verdict == "in_use"


@pytest.mark.parametrize(
    ("supervisor", "verdict"),
    [
        (f"chat_id = {SUPERVISOR}\nemail = 'kepala@contoh.go.id'", "both"),
        ("email = 'kepala@contoh.go.id'", "mail"),
        ("", "admins"),
    ],
)
async def test_it_says_who_gets_complaints(clinic: Clinic, supervisor: str, verdict: str) -> None:
    clinic.configure(supervisor=supervisor)
    findings = await clinic.findings()
    assert all(it.ok for it in findings) and findings[-1].verdict == verdict
