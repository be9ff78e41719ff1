"""What `meja check` finds at Meta: token, number, templates, and whether the webhook is to be found."""

import pytest

from tests.check.conftest import Ward


async def test_a_number_that_is_well(ward: Ward) -> None:
    assert [finding for finding in await ward.clinic.findings() if not finding.ok] == []
    assert await ward.says("whatsapp") == ["ok"]
    assert await ward.says("whatsapp_templates") == ["ok"]
    assert await ward.says("whatsapp_webhook") == ["ok"]


async def test_another_account(ward: Ward) -> None:
    ward.configure(account="999")
    await ward.complains("whatsapp", "refused")


async def test_without_names_of_templates_mail_stands_in(ward: Ward) -> None:
    ward.configure(templates="")
    assert await ward.says("whatsapp_templates") == ["by_mail"]


async def test_an_address_that_nobody_answers_is_for_later_unless_a_desk_runs(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.configure(public_url="http://127.0.0.1:9")
    assert await ward.says("whatsapp_webhook") == ["asleep"]


async def test_secrets_in_an_open_file(ward: Ward) -> None:
    ward.clinic.path.chmod(0o644)
    await ward.complains("config", "open")


async def test_what_is_missing_is_named(ward: Ward) -> None:
    ward.configure(secret="", words="")
    found = [(it.verdict, it.params["key"]) for it in await ward.clinic.findings()]
    assert found == [("missing", "whatsapp.app_secret"), ("missing", "whatsapp.verify_token")]
