"""The office's secret: the key of codes and links, in a file of its own."""

import os
import secrets
from pathlib import Path

from bot.findings import bad
from bot.settings import ConfigError, Settings
from storage import file_of

SECRET_BYTES = 32


def secret_path(settings: Settings) -> Path:
    """Where the key of codes and links lies: beside the database unless configured."""
    if settings.security.secret_file:
        return Path(settings.security.secret_file)
    return file_of(settings.storage.url).with_suffix(".secret")


def read_secret(path: Path, *, may_make: bool) -> bytes:
    """The office's 32 random bytes, made once for a new database. Raises ConfigError when they are gone later."""
    if path.exists():
        secret = path.read_bytes()
        if len(secret) != SECRET_BYTES:
            raise ConfigError(bad("secret", "broken", path=path))
        return secret
    if not may_make:
        raise ConfigError(bad("secret", "missing", path=path))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = secrets.token_bytes(SECRET_BYTES)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret
