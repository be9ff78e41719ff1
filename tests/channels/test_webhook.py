"""A token that was used with a webhook before: the desk removes it, or it would wait for ever."""

from pathlib import Path

from bot.playground.faults import Fault
from tests.flows.conftest import office_at

WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


async def test_a_webhook_left_behind_is_removed_and_updates_are_polled(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db") as office:
        office.telegram.break_with(Fault("getUpdates", what="error", status=409, description=WEBHOOK))
        async with office.open():
            await office.user.say("/bantuan")
            await office.user.sees("/mulai")
            assert office.telegram.ledger.of("deleteWebhook")
