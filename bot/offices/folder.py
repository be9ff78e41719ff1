"""A directory of offices: one file for each, and `meja.toml` with what they share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_settings import EnvSettingsSource, PydanticBaseSettingsSource, SettingsError

from bot.findings import Finding, bad, good
from bot.settings import ConfigError, Settings, checked, read
from bot.settings import load as load_alone
from storage import is_file

SHARED = "meja.toml"
# What belongs to the process, and so to all its offices.
COMMON = ("web", "log")
# Where an office's database is, unless somebody says otherwise.
DATABASE = "sqlite:///var/{code}.db"
CODE = "{code}"


class _Office(Settings):
    """One office among many: the environment stands in the shared settings already."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[Settings],  # type: ignore[override]
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@dataclass(frozen=True)
class Folder:
    """What a directory says: the offices by their code, and for each file that cannot be used why.

    `codes`: which office a broken file is known to be about, by the file's name. `is_shared`: there is a meja.toml.
    """

    offices: dict[str, Settings] = field(default_factory=dict)
    broken: dict[str, ConfigError] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    is_shared: bool = False


def load_folder(path: Path) -> Folder:
    """Read every office. Raises ConfigError only where what they share is broken."""
    shared = _shared(path)
    folder = Folder(is_shared=(path / SHARED).exists())
    owners: dict[tuple[str, str], str] = {}
    for file in sorted(path.glob("*.toml")):
        if file.name == SHARED:
            continue
        try:
            settings = _office(file, shared, folder.codes)
            _unlike_the_others(file, settings, folder, owners)
        except ConfigError as error:
            folder.broken[file.name] = error
        else:
            folder.offices[settings.office.code] = settings
    return folder


def load(path: Path, *, without_group: bool = False) -> Settings:
    """One office's settings, also of an office among many: then meja.toml lies beside its file. Raises ConfigError.

    `without_group`: the staff group may still be unknown, which a doctor can live with and a desk cannot.
    """
    if path.name == SHARED or not _is_there(path.parent / SHARED):
        return load_alone(path, without_group=without_group)
    return _office(path, _shared(path.parent), {}, without_group=without_group)


def _is_there(file: Path) -> bool:
    """A folder one may not look into says so by the office's own file."""
    try:
        return file.is_file()
    except PermissionError:
        return False


def _shared(path: Path) -> dict[str, Any]:
    """What stands in meja.toml, and over it what stands in the environment."""
    file = path / SHARED
    raw = read(file) if file.exists() else {}
    try:
        environment = EnvSettingsSource(Settings)()
    except SettingsError:
        raise ConfigError(bad("config", "environment")) from None
    return _over(raw, environment)


def _over(base: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of one with those of another over them, key by key."""
    merged = dict(base)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _over(under, value) if isinstance(under, dict) and isinstance(value, Mapping) else value
    return merged


def _office(file: Path, shared: dict[str, Any], codes: dict[str, str], *, without_group: bool = False) -> Settings:
    own = read(file)
    office = own.get("office")
    code = office.get("code") if isinstance(office, dict) else None
    if isinstance(code, str):
        codes[file.name] = code
    if misplaced := [key for key in COMMON if key in own]:
        raise ConfigError(*(bad("config", "shared", path=file, key=key, shared=SHARED) for key in misplaced))
    raw = _over({"storage": {"url": DATABASE}}, _over(shared, own))
    return checked(file, _with_code(raw, str(code)), _Office, without_group=without_group)


def _with_code(raw: dict[str, Any], code: str) -> dict[str, Any]:
    """Paths and addresses in what is shared name the office as {code}."""
    return {key: _named(value, code) for key, value in raw.items()}


def _named(value: Any, code: str) -> Any:
    if isinstance(value, dict):
        return _with_code(value, code)
    return value.replace(CODE, code) if isinstance(value, str) else value


def _unlike_the_others(file: Path, settings: Settings, folder: Folder, owners: dict[tuple[str, str], str]) -> None:
    """Two files must not be one office, nor share a bot: each would take the other's messages."""
    code = settings.office.code
    if code in folder.offices:
        raise ConfigError(bad("config", "same_code", path=file, code=code))
    same = [key for key, value in _its_own(settings) if (key, value) in owners]
    if same:
        its_own = dict(_its_own(settings))
        raise ConfigError(
            *(bad("config", "same", path=file, key=key, other=owners[key, its_own[key]], own=_own(key)) for key in same)
        )
    owners.update(((key, value), file.name) for key, value in _its_own(settings))


def _own(key: str) -> Finding:
    return good("own", key, url=DATABASE)


def _its_own(settings: Settings) -> Iterator[tuple[str, str]]:
    """What no other office may have: key and value."""
    yield "telegram.token", settings.telegram.token.get_secret_value()
    if settings.whatsapp.enabled:
        yield "whatsapp.phone_number_id", settings.whatsapp.phone_number_id
    if is_file(settings.storage.url):
        yield "storage.url", settings.storage.url
