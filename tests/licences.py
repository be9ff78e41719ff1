"""docs/licences.md: every library the desk is installed with, its pinned version, its licence, and who wants it.

`python -m tests.licences` writes it from the environment that requirements.txt made.
"""

import re
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
PINNED = ROOT / "requirements.txt"
# What an office may run and pass on without asking anybody.
ALLOWED = (
    "MIT",
    "BSD",
    "Apache",
    "PSF",
    "Python Software Foundation",
    "ISC",
    "MPL",
    "LGPL",
    "Unlicense",
    "Zlib",
    "0BSD",
)
HEAD = """# Licences

Every library that `requirements.txt` installs, made by `make licences`; `docs/decisions.md` says why the desk wants its
own. None asks anything of an office that runs the desk. Who passes it on passes on their notices too, which stand in
each library's folder; python-telegram-bot (LGPL) is used unchanged, as a library.

| library | version | licence | wanted by |
|---|---|---|---|
"""


def pinned() -> dict[str, str]:
    """Name -> version, as `requirements.txt` says, Windows' own left out."""
    lines = re.findall(r"^([\w.-]+)==([\w.]+)(.*)", PINNED.read_text("utf-8"), re.MULTILINE)
    return {name: version for name, version, marker in lines if not re.search(r"(==|<) ?'(win32|Windows|3)", marker)}


def direct() -> set[str]:
    """Those that pyproject.toml names for running, reports, PostgreSQL, the demo and the build."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    wanted += [it for extra in project["project"]["optional-dependencies"].values() for it in extra]
    return {re.split(r"[<>=!~\[ ;]", requirement)[0] for requirement in wanted}


def licence_of(found: Distribution) -> str:
    """In a few words, from whichever of the three places says it."""
    said = found.metadata.get("License-Expression") or ""
    classified = [it.rpartition(" :: ")[2] for it in found.metadata.get_all("Classifier", []) if "License ::" in it]
    classified = [it for it in classified if it != "OSI Approved"]
    written = (found.metadata.get("License") or "").strip().partition("\n")[0]
    return said or " or ".join(sorted(classified)) or written


def wanted_by(names: dict[str, str]) -> dict[str, set[str]]:
    """Name -> those of the others that ask for it."""
    wishes: dict[str, set[str]] = {name: {"the desk"} if name in direct() else set() for name in names}
    for name in names:
        for requirement in distribution(name).requires or ():
            asked = re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")
            if asked in wishes and "extra ==" not in requirement:
                wishes[asked].add(name)
    return wishes


def page() -> str:
    """The whole text."""
    names = pinned()
    wishes = wanted_by(names)
    rows = [
        f"| {name} | {version} | {licence_of(distribution(name))} | {', '.join(sorted(wishes[name]))} |"
        for name, version in names.items()
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
