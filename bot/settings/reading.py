"""Reading a configuration: errors a clerk can act on, secrets from the files that hold them."""

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from bot.settings.model import Settings
from bot.settings.parts import Storage, WhatsApp
from bot.settings.values import TOKEN, WEBHOOK_SECRET

# Meta repeats a webhook for so long (WHATSAPP.md §1.6): as long must we know what has come already.
LEAST_UPDATES_DAYS = 7
MOST_LINES = 5


class ConfigError(Exception):
    """The configuration cannot be used. `lines` say file, key, what is expected and how to find it."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def load(path: Path, *, without_group: bool = False) -> Settings:
    """Read one office's file. Raises ConfigError, whose lines hold no secret.

    `without_group`: the staff group may still be unknown, which a doctor can live with and a desk cannot.
    """
    settings = checked(path, read(path))
    if not (settings.telegram.staff_chat_id or without_group):
        raise ConfigError([f"{path}: telegram.staff_chat_id: missing; {_HINTS['telegram.staff_chat_id']}"])
    return settings


def checked(path: Path, raw: dict[str, Any], model: type[Settings] = Settings) -> Settings:
    """The settings of one office from what stands in its file at `path`. Raises ConfigError."""
    try:
        settings = model(**raw)
    except ValidationError as error:
        raise ConfigError(_lines(path, error.errors(include_input=False))) from None
    except SettingsError:
        raise ConfigError(["environment: a MEJA_ variable: expected JSON for a list, such as [111, 222]"]) from None
    _check_webhook(settings, path)
    return _with_secrets(settings, path)


def _check_webhook(settings: Settings, path: Path) -> None:
    if settings.telegram.mode == "polling":
        return
    if not settings.web.port:
        raise ConfigError([f"{path}: web.port: missing; with a webhook the desk is called, and must listen"])
    if not (settings.telegram.webhook_url or settings.web.public_url):
        raise ConfigError([f"{path}: web.public_url: missing; {_HINTS['web.public_url']}"])


def is_folder(path: Path) -> bool:
    """Whether it is a directory of offices. What one may not look at is taken for a file, which then says so."""
    try:
        return path.is_dir()
    except PermissionError:
        return False


def read(path: Path) -> dict[str, Any]:
    """What stands in a TOML file. Raises ConfigError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError([f"{path}: not found; `meja init` makes it"]) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: expected one TOML file"]) from None
    except PermissionError:
        raise ConfigError([f"{path}: you may not read it; begin the command with: sudo -u meja"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read ({type(error).__name__})"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: not valid TOML: {error}"]) from None


def _lines(path: Path, faults: Sequence[Any]) -> list[str]:
    """One for each fault, as long as they can be read at a glance: one lost heading is many unknown keys."""
    if len(faults) <= MOST_LINES:
        return [_line(path, fault) for fault in faults]
    told = [_line(path, fault) for fault in faults[: MOST_LINES - 1]]
    return [*told, f"{path}: {len(faults) - len(told)} more; mend these first, they may be the cause of the others"]


def _line(path: Path, fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"] if part != "[key]") or "(file)"
    problem = _PROBLEMS.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    hint = _HINTS.get(key, "see config.example.toml")
    return f"{path}: {key}: {problem}; {hint}"


_PROBLEMS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "string_type": "expected text in quotes",
}


_HINTS = {
    "telegram.token": "@BotFather gives it: /mybots, your bot, API Token",
    "telegram.staff_chat_id": "the number of the staff group, such as -1001234567890; `meja check` finds it",
    "telegram.admin_ids": "numeric Telegram ids such as [111, 222]",
    "whatsapp.phone_number_id": "Meta's app dashboard shows it: WhatsApp, API Setup, Phone number ID",
    "whatsapp.waba_id": "Meta's app dashboard shows it: WhatsApp, API Setup, WhatsApp Business Account ID",
    "whatsapp.access_token": "of a system user in Meta's business settings, without an end",
    "whatsapp.app_secret": "Meta's app dashboard shows it: App settings, Basic, App secret",
    "whatsapp.verify_token": "words of your own; the same ones go into Meta's webhook form",
    "office.code": 'the BPS code of the office in four digits, such as "1207"',
    "web.public_url": "how Telegram reaches the desk from outside, such as https://konsultasi.example.go.id",
    "mail.host": "the mail server of the office",
    "mail.from_address": "the address codes are sent from",
}


def _with_secrets(settings: Settings, path: Path) -> Settings:
    """The same settings with secrets read from the files they name. Raises ConfigError."""
    telegram, mail, catalogue, storage = settings.telegram, settings.mail, settings.catalogue, settings.storage
    if storage.url_file:
        url = _secret(path, "storage.url_file", storage.url_file).get_secret_value()
        storage = Storage(url=url, url_file=storage.url_file)
    if storage.url.startswith("postgresql:") and not settings.security.secret_file:
        raise ConfigError([f"{path}: security.secret_file: missing; with PostgreSQL there is no file to lie beside"])
    if telegram.token_file:
        telegram = telegram.model_copy(update={"token": _secret(path, "telegram.token_file", telegram.token_file)})
    if telegram.webhook_secret_file:
        secret = _secret(path, "telegram.webhook_secret_file", telegram.webhook_secret_file)
        if not WEBHOOK_SECRET.fullmatch(secret.get_secret_value()):
            raise ConfigError([f"{path}: telegram.webhook_secret_file: expected 43 to 256 letters, digits, _ and -"])
        telegram = telegram.model_copy(update={"webhook_secret": secret})
    if mail.password_file:
        mail = mail.model_copy(update={"password": _secret(path, "mail.password_file", mail.password_file)})
    if catalogue.webapi.key_file:
        key = _secret(path, "catalogue.webapi.key_file", catalogue.webapi.key_file)
        catalogue = catalogue.model_copy(update={"webapi": catalogue.webapi.model_copy(update={"key": key})})
    whatsapp = _whatsapp_with_secrets(settings, path)
    if not TOKEN.fullmatch(telegram.token.get_secret_value()):
        raise ConfigError([f"{path}: telegram.token: missing or no token; {_HINTS['telegram.token']}"])
    parts = {"telegram": telegram, "whatsapp": whatsapp, "mail": mail, "catalogue": catalogue, "storage": storage}
    return settings.model_copy(update=parts)


def _said(value: str | SecretStr) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _whatsapp_with_secrets(settings: Settings, path: Path) -> WhatsApp:
    """Complete when it is switched on. Raises ConfigError."""
    whatsapp = settings.whatsapp
    for key in ("access_token", "app_secret", "verify_token"):
        if name := getattr(whatsapp, f"{key}_file"):
            whatsapp = whatsapp.model_copy(update={key: _secret(path, f"whatsapp.{key}_file", name)})
    if not whatsapp.enabled:
        return whatsapp
    wanted = ("phone_number_id", "waba_id", "access_token", "app_secret", "verify_token")
    missing = [key for key in wanted if not _said(getattr(whatsapp, key))]
    lines = [f"{path}: whatsapp.{key}: missing; {_HINTS[f'whatsapp.{key}']}" for key in missing]
    if not settings.web.port:
        lines.append(f"{path}: web.port: missing; WhatsApp calls the desk, which must listen")
    if settings.privacy.keep.updates_days < LEAST_UPDATES_DAYS:
        lines.append(
            f"{path}: privacy.keep.updates_days: WhatsApp repeats for 7 days what it got no answer to;"
            f" expected at least {LEAST_UPDATES_DAYS}"
        )
    if lines:
        raise ConfigError(lines)
    return whatsapp


def _secret(path: Path, key: str, name: str) -> SecretStr:
    try:
        # A service manager says where its credentials are: "$CREDENTIALS_DIRECTORY/token".
        return SecretStr(Path(os.path.expandvars(name)).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: {key}: cannot be read ({type(error).__name__})"]) from None
