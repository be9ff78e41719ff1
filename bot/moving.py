"""`meja migrate`: a desk's file into a PostgreSQL, once."""

import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.findings import bad
from bot.secret import secret_path
from bot.settings import ConfigError, Settings, load
from storage import file_of, is_file
from storage.base import StorageUnavailable
from storage.transfer import size, transfer


def _file(settings: Settings) -> Path:
    path = file_of(settings.storage.url)
    if not path.exists():
        told = f"{path} is not there: nothing is to be copied; let storage.url name the new place"
        raise StorageUnavailable(told, "nothing_to_copy", path=path)
    return path


async def move(config: Path, to: str) -> None:
    """Copy every row, and say what is to be done next. Raises ConfigError, and what `transfer` does."""
    settings = load(config, without_group=True)
    if not is_file(settings.storage.url):
        raise ConfigError(bad("command", "no_file", path=config))
    if is_file(to):
        raise ConfigError(bad("command", "to"))
    path = _file(settings)
    with Progress(
        TextColumn("{task.description:20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task("", total=2 * size(path))  # each goes over, and is compared
        counts = await transfer(path, to, lambda table, rows: progress.update(task, advance=rows, description=table))
        progress.update(task, total=2 * sum(counts.values()), completed=2 * sum(counts.values()), description="done")
    for table, count in counts.items():
        if count:
            print(f"{table:24} {count:>10,}")
    print(f"{sum(counts.values()):,} rows, each compared. {path} stays as it is: put it away.", file=sys.stderr)
    print(f"next: storage.url names the new place, security.secret_file {secret_path(settings)}", file=sys.stderr)
