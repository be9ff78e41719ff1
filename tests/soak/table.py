"""What a soak has shown: the lines of its table, and which promises were broken."""

from statistics import median

from tests.soak.gauges import Sample, p
from tests.soak.soak import Outcome

# A run shorter than this says nothing about memory.
LONG = 20_000
RSS_GROWTH, MOST_WAL, P99_MS = 0.10, 64.0, 50.0
FILES_SLACK = 4


def lines(outcome: Outcome) -> list[tuple[str, str]]:
    plan, verdict, samples = outcome.plan, outcome.verdict, _warm(outcome.samples)
    return [
        ("updates", f"{outcome.updates:,}"),
        ("real time, s", f"{outcome.seconds:,.0f} ({outcome.updates / outcome.seconds:.1f} updates a second)"),
        ("time that passed for the desk", str(outcome.passed).split(".")[0]),
        ("requests to the stand-in (polls left out)", f"{outcome.requests:,}"),
        (f"faults ({plan.faults:g} of a hundred requests)", f"{outcome.faults_hit:,}"),
        ("SIGKILLs", f"{outcome.kills:,}"),
        ("messages that people wrote to each other", f"{verdict.said:,}"),
        ("edits of them", f"{verdict.edited:,}"),
        ("arrived", f"{verdict.arrived:,}"),
        ("kept for a ticket that is not opened yet", f"{verdict.drafts:,}"),
        (
            "feedback and complaints, or said not to be delivered",
            f"{verdict.said - verdict.arrived - verdict.drafts:,}",
        ),
        ("second copies, each marked as possible in the database", f"{verdict.doubled:,}"),
        ("requests inside a retry_after (each while its refusal was on the way)", f"{verdict.inside_penalty:,}"),
        ("memory after warming up / at the end / highest, MiB", _memory(outcome.samples)),
        ("open files after warming up: lowest / median / highest", _files(samples)),
        ("database's log, highest, MiB", f"{max((s.wal for s in outcome.samples), default=0):.1f}"),
        ("intake to commit (served to confirmed), median / p99, ms", _delays(outcome.served)),
        ("offered to confirmed, median / p99, ms", _delays(outcome.offered)),
        ("a bare flush on the same disk, median / p99, ms", _delays([s.flush for s in outcome.samples])),
        ("PRAGMA integrity_check", outcome.integrity),
        ("exit code after SIGTERM", str(outcome.exit_code)),
        ("promises broken", str(len(broken(outcome)))),
    ]


def broken(outcome: Outcome) -> list[str]:
    """Each a sentence."""
    found = [*outcome.verdict.faults, *outcome.errors]
    if outcome.integrity != "ok":
        found.append(f"the database is damaged: {outcome.integrity}")
    if outcome.exit_code != 0:
        found.append(f"the desk ended with {outcome.exit_code}")
    if max((s.wal for s in outcome.samples), default=0) >= MOST_WAL:
        found.append("the database's log grew too long")
    if outcome.updates >= LONG and not outcome.kills:
        found += _worn(outcome)
    return found


def _worn(outcome: Outcome) -> list[str]:
    """What a long run without kills must not show."""
    found = []
    early, late = _ends(outcome.samples)
    if _rss(late) > _rss(early) * (1 + RSS_GROWTH):
        found.append(f"memory grew from {_rss(early):.1f} to {_rss(late):.1f} MiB")
    # As fast as it goes, the number of connections side by side is what it happens to be.
    if outcome.plan.rate and median(s.files for s in late) > median(s.files for s in early) + FILES_SLACK:
        found.append("more and more files are open")
    if outcome.plan.rate == 10 and p(outcome.served, 0.99) >= P99_MS:
        found.append(f"intake to commit takes {p(outcome.served, 0.99):.0f} ms (p99)")
    return found


def _warm(samples: list[Sample]) -> list[Sample]:
    """Without the first tenth."""
    return samples[len(samples) // 10 :]


def _ends(samples: list[Sample]) -> tuple[list[Sample], list[Sample]]:
    """The second tenth, and the last one."""
    tenth = max(1, len(samples) // 10)
    return samples[tenth : 2 * tenth] or samples, samples[-tenth:]


def _rss(samples: list[Sample]) -> float:
    return median(s.rss for s in samples)


def _memory(samples: list[Sample]) -> str:
    early, late = _ends(samples)
    growth = _rss(late) / _rss(early) - 1
    return f"{_rss(early):.1f} / {_rss(late):.1f} ({growth:+.1%}) / {max(s.rss for s in samples):.1f}"


def _files(samples: list[Sample]) -> str:
    files = [s.files for s in samples]
    return f"{min(files)} / {median(files):.0f} / {max(files)}"


def _delays(values: list[float]) -> str:
    return f"{p(values, 0.5):.1f} / {p(values, 0.99):.1f}"
