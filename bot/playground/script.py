"""`meja demo --script`: one whole consultation, played by machine against the real desk, each step checked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from json import dumps
from time import monotonic

from rich.console import Console
from rich.markup import escape

from bot.domain.calendar import WorkingCalendar
from bot.errors import Exit
from bot.playground.demo import Playground, playground, working_folder
from bot.playground.faults import Fault
from bot.playground.replies import Json
from bot.playground.steps import STEPS, Play, Step
from bot.playground.whatsapp_steps import WHATSAPP_STEPS

MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # 10.00 WIB, a week without holidays
PATIENCE = 20.0
SHORT_PATIENCE = 3.0
FAULTS = {"send": Fault("sendMessage", phase="swallow", times=None)}
CHANNELS = {"telegram": STEPS, "whatsapp": WHATSAPP_STEPS}


@dataclass
class Outcome:
    """What became of the script: `steps` in order, and where it stopped, if it did."""

    steps: list[Json] = field(default_factory=list)
    failure: Json | None = None

    def as_json(self, running: Playground, seconds: float) -> Json:
        ok = self.failure is None
        book = {**running.telegram.ledger.as_json(), "violations": running.telegram.violations}
        book["whatsapp"] = running.graph.book.as_json()
        return {"ok": ok, "seconds": seconds, "steps": self.steps, "failure": self.failure, "ledger": book}


async def play(*, json: bool = False, broken: str = "", channel: str = "telegram") -> int:
    """Plays all steps and gives the exit code: 0, or 1 after the first that fails.

    `json`: one document on stdout instead of lines. `broken`: a name from FAULTS; the script must then fail.
    `channel`: where the public writes, a name from CHANNELS.
    """
    console = Console(stderr=json, highlight=False)
    if broken not in ("", *FAULTS):
        console.print(f"meja: --break knows {', '.join(FAULTS)}")
        return Exit.CONFIG
    if channel not in CHANNELS:
        console.print(f"meja: --channel knows {', '.join(CHANNELS)}")
        return Exit.CONFIG
    began = monotonic()
    with working_folder(None) as files:
        async with playground(files, start=_on_monday, say=console.print) as running:
            outcome = await _play_on(running, console, broken, CHANNELS[channel])
            seconds = round(monotonic() - began, 2)
            if json:
                print(dumps(outcome.as_json(running, seconds), ensure_ascii=False, indent=1))
    return _conclude(console, outcome, seconds)


def _on_monday(calendar: WorkingCalendar) -> datetime:
    return MONDAY


async def _play_on(running: Playground, console: Console, broken: str, steps: tuple[Step, ...]) -> Outcome:
    if broken:
        running.telegram.break_with(FAULTS[broken])
    stage = Play(running, within=SHORT_PATIENCE if broken else PATIENCE)
    outcome = Outcome()
    for step in steps:
        if not await _play_step(stage, step, outcome, console):
            break
    return outcome


async def _play_step(stage: Play, step: Step, outcome: Outcome, console: Console) -> bool:
    began = monotonic()
    try:
        checked = await step(stage)
    except AssertionError as error:
        outcome.failure = {"step": _title(step), "error": str(error), "last": stage.last_messages()}
        return False
    seconds = round(monotonic() - began, 2)
    outcome.steps.append({"step": _title(step), "seconds": seconds, "checked": checked})
    console.print(f"[green]✓[/] [bold]{_title(step)}[/] [dim]{seconds:.1f} s[/]")
    for line in checked:
        console.print(f"    [dim]{escape(line)}[/]")
    return True


def _title(step: Step) -> str:
    return (step.__doc__ or step.__name__).splitlines()[0].rstrip(".")


def _conclude(console: Console, outcome: Outcome, seconds: float) -> int:
    if outcome.failure is None:
        checks = sum(len(step["checked"]) for step in outcome.steps)
        console.print(f"[green]all {len(outcome.steps)} steps passed, {checks} things checked, {seconds:.1f} s[/]")
        return Exit.OK
    failure = outcome.failure
    console.print(f"[red]✗[/] [bold]{failure['step']}[/]")
    console.print(failure["error"], markup=False)
    for place, messages in failure["last"].items():
        console.print(f"[dim]the last messages of {place}:[/]")
        for message in messages:
            console.print(f"    {message}", markup=False)
    return Exit.CHECK_FAILED
