"""Reading a configuration: all that is wrong in it told at once, secrets from the files that hold them."""

import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from bot.findings import Finding, bad, good
from bot.settings.error import ConfigError
from bot.settings.model import Settings
from bot.settings.parts import Storage, WhatsApp
from bot.settings.values import TOKEN, WEBHOOK_SECRET

# Meta repeats a webhook for so long (WHATSAPP.md §1.6): as long must we know what has come already.
LEAST_UPDATES_DAYS = 7
# What stands in for a table that is broken, while the others are looked at.
STAND_INS: dict[str, Any] = {
    "office": {"code": "0000", "name": "BPS"},
    "telegram": {"token": "0:x", "staff_chat_id": -1},
    "mail": {"host": "localhost", "from_address": "a@b.id"},
}


def load(path: Path, *, without_group: bool = False) -> Settings:
    """Read one office's file. Raises ConfigError, whose findings hold no secret.

    `without_group`: the staff group may still be unknown, which a doctor can live with and a desk cannot.
    """
    return checked(path, read(path), without_group=without_group)


def checked(
    path: Path, raw: dict[str, Any], model: type[Settings] = Settings, *, without_group: bool = False
) -> Settings:
    """The settings of one office from what stands in its file at `path`. Raises ConfigError."""
    try:
        settings = model(**raw)
    except ValidationError as error:
        raise ConfigError(*_everything(path, raw, model, error, without_group=without_group)) from None
    except SettingsError:
        raise ConfigError(bad("config", "environment")) from None
    settings, faults = _completed(settings, path, without_group=without_group)
    if faults:
        from bot.settings.faults import at_a_glance

        raise ConfigError(*at_a_glance(path, faults))
    return settings


def _everything(
    path: Path, raw: dict[str, Any], model: type[Settings], error: ValidationError, *, without_group: bool
) -> list[Finding]:
    """What is wrong with values, and what is incomplete in the tables that have nothing wrong."""
    from bot.settings.faults import at_a_glance, of_fields

    faults = of_fields(path, error)
    broken = {str(fault["loc"][0]) for fault in error.errors()}
    rest = {key: value for key, value in raw.items() if key not in broken}
    with suppress(ValidationError):  # what the environment says goes over these too
        others = _completed(model(**STAND_INS | rest), path, without_group=without_group)[1]
        faults += [other for other in others if other.params["key"].partition(".")[0] not in broken]
    return at_a_glance(path, faults)


def _completed(settings: Settings, path: Path, *, without_group: bool) -> tuple[Settings, list[Finding]]:
    """The same settings with their secrets, and what is missing."""
    settings, faults = _with_secrets(settings, path)
    wanted = [*_for_webhooks(settings), *_for_whatsapp(settings)]
    if not (settings.telegram.staff_chat_id or without_group):
        wanted.append("telegram.staff_chat_id")
    if settings.storage.url.startswith("postgresql:") and not settings.security.secret_file:
        wanted.append("security.secret_file")  # there is no file to lie beside
    if not settings.telegram.token.get_secret_value():
        wanted.append("telegram.token")
    if wanted:
        from bot.settings.faults import missing

        known = {fault.params["key"].removesuffix("_file") for fault in faults}
        faults += [missing(path, key) for key in dict.fromkeys(wanted) if key not in known]
    days = settings.privacy.keep.updates_days
    if settings.whatsapp.enabled and days < LEAST_UPDATES_DAYS:
        from bot.settings.faults import unusable

        faults.append(unusable(path, "privacy.keep.updates_days", days))
    return settings, faults


def _for_webhooks(settings: Settings) -> list[str]:
    """What is missing to be called by Telegram."""
    if settings.telegram.mode == "polling":
        return []
    lacks = [] if settings.web.port else ["web.port"]
    return lacks if settings.telegram.webhook_url or settings.web.public_url else [*lacks, "web.public_url"]


def _for_whatsapp(settings: Settings) -> list[str]:
    """What is missing where it is switched on."""
    whatsapp = settings.whatsapp
    if not whatsapp.enabled:
        return []
    wanted = ("phone_number_id", "waba_id", "access_token", "app_secret", "verify_token")
    lacks = [f"whatsapp.{key}" for key in wanted if not _said(getattr(whatsapp, key))]
    return lacks if settings.web.port else [*lacks, "web.port"]


def is_folder(path: Path) -> bool:
    """Whether it is a directory of offices. What one may not look at is taken for a file, which then says so."""
    try:
        return path.is_dir()
    except PermissionError:
        return False


def read(path: Path) -> dict[str, Any]:
    """What stands in a TOML file. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        kind = _UNREAD.get(type(error), "unreadable")
        raise ConfigError(bad("config", kind, path=path, error=error.strerror)) from None
    except UnicodeDecodeError:
        raise ConfigError(bad("config", "no_text", path=path)) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        from bot.settings.faults import of_toml

        raise ConfigError(of_toml(path, error, text)) from None


_UNREAD: dict[type[OSError], str] = {
    FileNotFoundError: "absent",
    IsADirectoryError: "folder",
    PermissionError: "forbidden",
}


class _Secrets:
    """What stands in files of its own. `faults`: those that cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Finding] = []

    def read(self, key: str, name: str) -> SecretStr | None:
        """None where it cannot be had. The name is not told: somebody may have written the secret itself there."""
        try:
            # A service manager says where its credentials are: "$CREDENTIALS_DIRECTORY/token".
            return SecretStr(Path(os.path.expandvars(name)).read_text(encoding="utf-8").strip())
        except OSError as error:
            kind = _UNREAD.get(type(error), "unreadable")
        except (UnicodeDecodeError, ValueError):
            kind = "no_text"
        self.faults.append(bad("config", "secret_file", path=self.path, key=key, problem=good("secret_file", kind)))
        return None

    def over(self, part: Any, table: str, key: str) -> Any:
        """The part with its secret from the file it names, if it names one."""
        name = getattr(part, f"{key}_file")
        secret = self.read(f"{table}.{key}_file", name) if name else None
        return part if secret is None else part.model_copy(update={key: secret})

    def refuse(self, key: str) -> None:
        from bot.settings.faults import hidden

        self.faults.append(hidden(self.path, key))


def _with_secrets(settings: Settings, path: Path) -> tuple[Settings, list[Finding]]:
    """The same settings with secrets read from the files they name, and what is wrong with these."""
    secrets, catalogue = _Secrets(path), settings.catalogue
    telegram = secrets.over(settings.telegram, "telegram", "token")
    telegram = secrets.over(telegram, "telegram", "webhook_secret")
    whatsapp: WhatsApp = settings.whatsapp
    for key in ("access_token", "app_secret", "verify_token"):
        whatsapp = secrets.over(whatsapp, "whatsapp", key)
    parts = {
        "telegram": telegram,
        "whatsapp": whatsapp,
        "mail": secrets.over(settings.mail, "mail", "password"),
        "catalogue": catalogue.model_copy(update={"webapi": secrets.over(catalogue.webapi, "catalogue.webapi", "key")}),
        "storage": _storage(settings.storage, secrets),
    }
    unread = {fault.params["key"] for fault in secrets.faults}
    for key, pattern in (("token", TOKEN), ("webhook_secret", WEBHOOK_SECRET)):
        named = f"telegram.{key}_file"
        is_read = getattr(telegram, f"{key}_file") and named not in unread
        if is_read and not pattern.fullmatch(getattr(telegram, key).get_secret_value()):
            secrets.refuse(named)
    return settings.model_copy(update=parts), secrets.faults


def _storage(storage: Storage, secrets: _Secrets) -> Storage:
    url = secrets.read("storage.url_file", storage.url_file) if storage.url_file else None
    try:
        return storage if url is None else Storage(url=url.get_secret_value(), url_file=storage.url_file)
    except ValidationError:
        secrets.refuse("storage.url_file")
        return storage


def _said(value: str | SecretStr) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)
