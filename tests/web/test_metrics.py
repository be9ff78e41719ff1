"""/metrics of a desk that works: every promised family, right numbers, and nobody's data."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from bot.playground.demo import free_port
from bot.playground.faults import Fault
from tests.flows.conftest import Office, office_at
from tests.web import rules

Samples = dict[tuple[str, str], float]
# QUALITY.md §5, and what the alert rules in docs/ops/alerts.yml ask for besides.
PROMISED = {
    "meja_updates", "meja_intake_commit_seconds", "meja_outbox_depth", "meja_outbox_age_seconds", "meja_sends",
    "meja_retry_after_seconds", "meja_tickets_open", "meja_sla_breach", "meja_smtp", "meja_db_commit_seconds",
    "meja_wal_bytes", "meja_dedupe_hits", "meja_last_backup_timestamp_seconds", "meja_ready", "meja_stuck",
    "meja_inbox_depth", "meja_inbox_age_seconds", "meja_poll_silence_seconds", "meja_floods", "meja_build_info",
}  # fmt: skip


async def _metrics(port: int) -> tuple[str, Samples, set[str]]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as response:
        assert response.status == 200
        text = await response.text()
    families = list(text_string_to_metric_families(text))
    samples = {
        (sample.name, "/".join(value for name, value in sample.labels.items() if name != "office")): sample.value
        for family in families
        for sample in family.samples
    }
    return text, samples, {family.name for family in families}


async def test_what_prometheus_reads(tmp_path: Path) -> None:
    port = free_port()
    parts: dict[str, Any] = {"web": {"port": port}, "backup": {"at": "03:30"}}
    async with office_at(tmp_path / "meja.db", **parts) as office, office.open() as app:
        office.jump(hours=1)
        await app.backups.look()
        await office.ticket("Pertanyaan zirkonia")
        office.telegram.break_with(Fault("sendMessage", "flood", retry_after=1))
        await office.user.say("Kata zirkonia lagi")
        await office.officer.sees("Kata zirkonia lagi", topic=office.telegram.topics[-1])
        await office.settled()
        office.jump(days=5)
        text, samples, names = await _metrics(port)
        assert names >= PROMISED
        served = len(office.telegram.ledger.updates)
        assert samples["meja_updates_total", ""] == served
        assert samples["meja_intake_commit_seconds_count", ""] > 0
        assert samples["meja_sends_total", "sent"] > 5 and samples["meja_sends_total", "flood"] == 1
        assert samples["meja_retry_after_seconds_total", ""] == samples["meja_floods_total", ""] == 1
        assert samples["meja_smtp_total", "sent"] == 1
        assert samples["meja_db_commit_seconds_bucket", "+Inf"] == samples["meja_db_commit_seconds_count", ""] > 10
        assert samples["meja_tickets_open", "waiting_officer"] == samples["meja_sla_breach", ""] == 1
        assert samples["meja_wal_bytes", ""] > 0 and samples["meja_ready", ""] == 1
        assert samples["meja_outbox_depth", "relay"] == 0
        assert app.backups.last_at is not None
        assert samples["meja_last_backup_timestamp_seconds", ""] == app.backups.last_at.timestamp()
        _names_nobody(office, text)
        assert list(rules.mistakes(_all_in(text))) == []
        assert rules.firing(_all_in(text), office.clock.now()) == {"MejaBackupOld", "MejaLateAnswers"}


def _all_in(text: str) -> list[Sample]:
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def _names_nobody(office: Office, text: str) -> None:
    said = str([(sample.name, sample.labels) for sample in _all_in(text)])  # seconds may have any digits
    for word in ("zirkonia", "Siti", "Rina", "contoh.go.id", str(office.user.id), str(office.officer.id), "1207-2611"):
        assert word not in said


async def test_what_waits_shows_with_its_age(tmp_path: Path) -> None:
    port = free_port()
    async with office_at(tmp_path / "meja.db", web={"port": port}) as office, office.open():
        await office.register()
        await office.settled()
        office.telegram.break_with(Fault("sendMessage", status=500, times=10_000))
        await office.user.say("/status")
        await office.app.drained()  # type: ignore[union-attr]
        office.jump(minutes=6)
        text, samples, _ = await _metrics(port)
        assert rules.firing(_all_in(text), office.clock.now()) == {"MejaOutboxStuck"}
        assert samples["meja_outbox_depth", "prompt"] == 1
        assert 360 <= samples["meja_outbox_age_seconds", "prompt"] < 400
        office.telegram.faults.clear()


def test_a_desk_without_web_does_not_load_the_library() -> None:
    code = "import sys, bot.app, handlers.dispatch; print([m for m in sys.modules if m.startswith('prometheus')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
