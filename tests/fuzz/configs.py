"""Configurations that people might write by mistake: each is taken, or refused in short lines without a secret."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bot.settings import ConfigError, load
from bot.texts import packaged

SECRETS = ("314159:RAHASIA-TOKEN", "kata-sandi-rahasia", "kunci-rahasia")
MOST_LINES, LONGEST_LINE = 5, 400
VALUES = (
    '""', "0", "-1", "true", "[]", "{}", '"x"', "1.5", "99999999999999999999", '["08:00"]',
    "2026-02-30", "nan", '"\\u0000"',
    '"0:0"', '"ftp://x"', '"a@b"', '"25:00-26:00"', "[1, 2, 3]", '"""a\nb"""', "'x", "=", "[[",
    "\x00", "\ud800", "id", "é",
)  # fmt: skip


@dataclass
class Configs:
    refused: int = 0
    faults: list[str] = field(default_factory=list)


def fuzz_configs(folder: Path, *, count: int, seed: int) -> Configs:
    """Spoil the commented example in one to four places, so many times."""
    result, random = Configs(), Random(seed)
    path = folder / "config.toml"
    for number in range(count):
        path.write_bytes(_spoilt(random).encode("utf-8", "surrogatepass"))
        try:
            load(path, without_group=random.random() < 0.5)
        except ConfigError as error:
            result.refused += 1
            told = [*_faults(error.told("id")), *_faults(error.told("en"))]
            result.faults += [f"{number}: {fault}" for fault in told]
        except Exception as error:  # whatever it is, it is what is looked for
            result.faults.append(f"{number}: {type(error).__name__}: {error}")
    return result


def _faults(lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    found = [f"a secret in {text}" for secret in SECRETS if secret in text]
    found += [f"{len(text.splitlines())} lines"] if len(text.splitlines()) > MOST_LINES else []
    return found + [f"a long line: {line[:100]}" for line in lines if len(line) > LONGEST_LINE]


def _spoilt(random: Random) -> str:
    text = (packaged() / "config.example.toml").read_text("utf-8")
    lines = re.sub(r"^#(?=\S)", "" if random.random() < 0.3 else "#", text, flags=re.MULTILINE).splitlines()
    lines = [_with_secret(line) for line in lines]
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(lines))
        match random.randrange(6):
            case 0:
                lines[at] = lines[at].replace("=", "", 1)
            case 1:
                lines.insert(at, random.choice(lines))
            case 2:
                lines[at] = re.sub(r"^#?(\w+) ", r"\1x ", lines[at])
            case 3:
                lines[at] = lines[at].replace('"', "", 1)
            case _:
                lines[at] = re.sub(r"= .*", lambda _: f"= {random.choice(VALUES)}", lines[at])
    return "\n".join(lines)


def _with_secret(line: str) -> str:
    for key, secret in zip(("token", "password", "key"), SECRETS, strict=True):
        if line == f'{key} = ""':
            return f'{key} = "{secret}"'
    return line
