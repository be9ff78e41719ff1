"""`meja`: the commands of the program. Each imports what it needs when it is called."""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer

from bot.errors import Exit, ending, first_cause

cli = typer.Typer(
    help="Meja Konsultasi: a consultation desk for statistics offices.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Config = Annotated[Path, typer.Option("--config", "-c", help="The office's TOML file, or a directory of them.")]


def main() -> None:
    """Run a command; whatever goes wrong ends in a clear line and an exit code, never in a trace."""
    try:
        cli()
    except Exception as error:
        _end(error)


def _end(error: Exception, config: Path | None = None) -> NoReturn:
    """Say what went wrong, in the language of that configuration."""
    cause = first_cause(error)
    lines, code, is_foreseen = ending(cause, config)
    if not is_foreseen:
        _have_a_log()
        logging.getLogger(__name__).critical("the program failed", exc_info=cause)
    for line in lines:
        print(f"meja: {line}", file=sys.stderr)
    sys.exit(code)


def _have_a_log() -> None:
    """What fails before the configuration is read must not be told in Python's own way, with the error's words."""
    if not logging.getLogger().handlers:
        from bot import log
        from bot.settings import Log

        log.set_up(Log())


def _asynchronous(command: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            asyncio.run(command(*args, **kwargs))
        except typer.BadParameter:
            raise
        except Exception as error:
            _end(error, kwargs.get("config"))

    return run


@cli.command()
def init(
    config: Config = Path("config.toml"),
    lang: Annotated[Literal["id", "en", ""], typer.Option(help="In which language; asked for if left out.")] = "",
    ask: Annotated[bool, typer.Option("--ask/--no-input", help="Ask, or do with what the options say.")] = True,
    code: Annotated[str, typer.Option(help="The office's BPS code.")] = "",
    name: Annotated[str, typer.Option(help="The office's name.")] = "",
    token_file: Annotated[Path | None, typer.Option(help="A file with the bot's token in it.")] = None,
    group: Annotated[int, typer.Option(help="The staff group's number; else the group that wrote /id.")] = 0,
    admin: Annotated[list[int] | None, typer.Option(help="An admin's number; may be repeated.")] = None,
    mail_host: Annotated[str, typer.Option(help="The mail server.")] = "",
    mail_port: Annotated[int, typer.Option(help="Its port; 587 if left out.")] = 0,
    mail_security: Annotated[Literal["starttls", "tls", "none", ""], typer.Option(help="How it encrypts.")] = "",
    mail_user: Annotated[str, typer.Option(help="The account there, if it wants one.")] = "",
    mail_password_file: Annotated[Path | None, typer.Option(help="A file with its password in it.")] = None,
    mail_from: Annotated[str, typer.Option(help="The address mails come from.")] = "",
    supervisor: Annotated[str, typer.Option(help="Who gets complaints: an e-mail address.")] = "",
    data: Annotated[str, typer.Option(help="Where the data goes, such as sqlite:////var/lib/meja/meja.db.")] = "",
    secret_file: Annotated[str, typer.Option(help="With PostgreSQL: where the key file goes.")] = "",
    backup_folder: Annotated[str, typer.Option(help="Where the nightly copies go; beside the data if left out.")] = "",
    whatsapp_number: Annotated[str, typer.Option(help="WhatsApp too: Meta's id of the telephone number.")] = "",
    whatsapp_account: Annotated[str, typer.Option(help="Meta's id of the WhatsApp Business account.")] = "",
    whatsapp_token_file: Annotated[Path | None, typer.Option(help="A file with Meta's token in it.")] = None,
    whatsapp_secret_file: Annotated[Path | None, typer.Option(help="A file with the app secret in it.")] = None,
    webhook: Annotated[bool, typer.Option("--webhook", help="Telegram calls the desk instead of being asked.")] = False,
    public_url: Annotated[str, typer.Option(help="How the desk is reached from outside: https://…")] = "",
    web_port: Annotated[int, typer.Option(help="Where the desk listens for its proxy; 8080 if left out.")] = 0,
    graph_url: Annotated[str, typer.Option(help="Another Graph API server, such as a stand-in.")] = "",
    api_url: Annotated[str, typer.Option(help="Another Bot API server, such as a stand-in.")] = "",
) -> None:
    """Set up a desk: asks for everything, tests each answer at once, and writes the configuration."""
    from bot.wizard.wizard import run

    given = {
        "office.code": code,
        "office.name": name,
        "telegram.token": token_file and _secret_in(token_file),
        "telegram.staff_chat_id": group,
        "telegram.admin_ids": admin,
        "telegram.api_url": api_url.rstrip("/"),
        "mail.host": mail_host,
        "mail.port": mail_port,
        "mail.security": mail_security,
        "mail.username": mail_user,
        "mail.password": mail_password_file and _secret_in(mail_password_file),
        "mail.from_address": mail_from,
        "supervisor.email": supervisor,
        "storage.url": data,
        "security.secret_file": secret_file,
        "backup.folder": backup_folder,
        "whatsapp.enabled": bool(whatsapp_number),
        "whatsapp.phone_number_id": whatsapp_number,
        "whatsapp.waba_id": whatsapp_account,
        "whatsapp.access_token": whatsapp_token_file and _secret_in(whatsapp_token_file),
        "whatsapp.app_secret": whatsapp_secret_file and _secret_in(whatsapp_secret_file),
        "whatsapp.graph_url": graph_url.rstrip("/"),
        "telegram.mode": "webhook" if webhook else "",
        "web.public_url": public_url.rstrip("/"),
        "web.port": web_port,
    }
    sys.exit(run(config, lang, {key: value for key, value in given.items() if value}, asks=ask))


def _secret_in(path: Path) -> str:
    """A secret stands in a file: what stands in a command everybody on the machine can read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be read ({type(error).__name__})") from None


@cli.command()
@_asynchronous
async def run(config: Config = Path("config.toml")) -> None:
    """Run the desk until SIGTERM or Ctrl-C: one office's, or all those of a directory (SIGHUP: read it again)."""
    from bot.running import run

    await run(config)


@cli.command()
@_asynchronous
async def check(
    config: Config = Path("config.toml"),
    json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Only what is on this machine.")] = False,
    lang: Annotated[Literal["id", "en", ""], typer.Option(help="In which language; the office's if left out.")] = "",
) -> None:
    """Look at everything the desk needs, and say what to mend; nothing is sent and nothing is written."""
    from bot.check import check
    from bot.findings import as_json, as_lines, summary
    from bot.settings.faults import language_of

    findings, said_in = await check(config, offline=offline), lang or language_of(config)
    if json:
        typer.echo(as_json(findings, said_in))
    else:
        for line in as_lines([*findings, summary(findings, config, offline=offline)], said_in):
            typer.secho(line, fg={"✓": "green", "✗": "red"}.get(line[0]))
    if not all(finding.ok for finding in findings):
        sys.exit(Exit.CHECK_FAILED)


@cli.command()
def version() -> None:
    """The program's version, and the schema of the databases it works on."""
    from bot.version import program
    from storage.migrate import migrations, postgres_migrations

    schema = max(step.number for step in [*migrations(), *postgres_migrations()])
    typer.echo(f"meja {program()}, schema {schema}, Python {sys.version.partition(' ')[0]}")


@cli.command()
@_asynchronous
async def report(
    config: Config = Path("config.toml"),
    period: Annotated[str, typer.Option(help="2026-10, 2026-Q3, 2026-S1, 2026, 2026-10-01..2026-10-15.")] = "",
    out: Annotated[Path, typer.Option(help="Where the files go.")] = Path(),
    lang: Annotated[Literal["id", "en"], typer.Option(help="In which language.")] = "id",
    kinds: Annotated[str, typer.Option(help="Which files: png, pdf, xlsx, csv.")] = "pdf,xlsx",
    names: Annotated[str, typer.Option(help="With who asked; the reason is written into the audit.")] = "",
    correction: Annotated[str, typer.Option(help="Count a closed period anew, for this reason.")] = "",
    officers: Annotated[bool, typer.Option("--officers", help="With the ratings of single officers.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Of a directory: one CSV with a row for each office.")] = False,
) -> None:
    """Write the report of a period, also while the desk is running."""
    from bot.reporting import report
    from bot.reports.workshop import Wish

    wish = Wish(period, lang=lang, names=names, correction=correction, officers=officers)
    if all_:
        from bot.offices.national import report as report_all

        typer.echo(await report_all(config, Wish(period, lang=lang), out))
        return
    await report(config, wish, kinds.split(","), out)


@cli.command()
@_asynchronous
async def export(
    config: Config = Path("config.toml"),
    period: Annotated[str, typer.Option(help="2026-10, 2026-Q3, 2026-S1, 2026, 2026-10-01..2026-10-15.")] = "",
    silastik: Annotated[bool, typer.Option("--silastik", help="The rows to type into Silastik again.")] = False,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("silastik.csv"),
    names: Annotated[str, typer.Option(help="With who asked; the reason is written into the audit.")] = "",
) -> None:
    """Write one row for each ticket of a period as CSV, also while the desk is running."""
    if not silastik:
        raise typer.BadParameter("choose what to export: --silastik")
    from bot.reporting import export
    from bot.reports.workshop import Wish

    await export(config, Wish(period, names=names), out)


@cli.command()
@_asynchronous
async def status(
    config: Config = Path("config.toml"),
    json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """How each office stands: who runs it, its queues, its last poll, its late tickets. Nothing is written."""
    from bot.offices.national import as_json, as_lines, status

    states = await status(config)
    typer.echo(as_json(states) if json else "\n".join(as_lines(states)))


@cli.command()
@_asynchronous
async def retention(
    config: Config = Path("config.toml"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go; works beside a desk.")] = False,
) -> None:
    """Delete what is older than [privacy.keep] says, as the desk does every night by itself."""
    from bot.offices.folder import load
    from bot.retention import look_at_retention, retain

    settings = load(config, without_group=True)
    for name, count in (await (look_at_retention if dry_run else retain)(settings)).items():
        typer.echo(f"{name:14} {count:9} {'would go' if dry_run else 'gone'}")


@cli.command()
@_asynchronous
async def backup(
    config: Config = Path("config.toml"),
    out: Annotated[Path | None, typer.Option(help="Another folder than the configured one.")] = None,
) -> None:
    """Copy the database, also while the desk runs; the copy is looked at before it gets its name."""
    from bot.safekeeping import make_backup

    await make_backup(config, out)


@cli.command()
@_asynchronous
async def restore(
    file: Annotated[Path | None, typer.Argument(help="The copy.")] = None,
    config: Config = Path("config.toml"),
    to: Annotated[Path | None, typer.Option(help="Another place than that of the configured database.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Only look whether the copy could be restored.")] = False,
    drill: Annotated[
        bool, typer.Option("--drill", help="Practise with the newest copy, in a folder of its own.")
    ] = False,
    settle: Annotated[
        bool, typer.Option("--settle", help="After pg_restore: erase again, doubt, skip numbers.")
    ] = False,
) -> None:
    """Put a copy in the place of the database, beside no desk; who was erased since stays erased."""
    from bot import safekeeping

    if drill:
        await safekeeping.drill(config)
    elif settle:
        await safekeeping.settle(config)
    elif file is None:
        raise typer.BadParameter("which copy?")
    elif not verify:
        await safekeeping.restore(config, file, to)
    elif not await safekeeping.look_at_backup(file):
        sys.exit(Exit.CHECK_FAILED)


@cli.command()
@_asynchronous
async def migrate(
    to: Annotated[str, typer.Option(envvar="MEJA_MIGRATE_TO", help="An empty database: postgresql://user@host/name.")],
    config: Config = Path("config.toml"),
) -> None:
    """Copy the desk's file into an empty PostgreSQL, all of it or nothing; not beside a running desk."""
    from bot.moving import move

    await move(config, to)


@cli.command()
@_asynchronous
async def demo(
    port: Annotated[int, typer.Option(help="Where the page is; 0 takes a free port.")] = 8107,
    script: Annotated[bool, typer.Option("--script", help="Play one consultation in the terminal instead.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --script: steps and ledger as JSON.")] = False,
    break_: Annotated[str, typer.Option("--break", help='With --script: "send" swallows what the desk sends.')] = "",
    channel: Annotated[str, typer.Option(help='With --script: "telegram" or "whatsapp".')] = "telegram",
) -> None:
    """The whole desk against stand-ins: no token, no network."""
    try:
        from bot.playground.demo import demo
        from bot.playground.script import play
    except ModuleNotFoundError as missing:
        library = str(missing.name).partition(".")[0]
        print(f"meja: the demo needs {library}: install it with `make setup` or `pip install .[demo]`", file=sys.stderr)
        sys.exit(Exit.FAILURE)

    if script:
        sys.exit(await play(json=json, broken=break_, channel=channel))
    sys.exit(await demo(port=port))


if __name__ == "__main__":
    main()
