"""A machine on which nothing is installed yet, within a folder.

Its `/opt`, `/etc`, `/usr/local` and `/var` are in that folder, its environment is empty. There is no user `meja`, no
root and no systemd: `sudo`, `adduser`, `install`, `systemctl` and `journalctl` are stood in for (`PROGRAMS`) by what
they come to here; systemd starts what the unit says. Everything else is real: git, make, pip, and the desk.
"""

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.firsthour.readme import ROOT
from tests.wizard.terminal import Terminal, program

PROGRAMS = {
    "sudo": '[ "$1" = -u ] && shift 2; SUDO_USER=ucok exec "$@"',
    "adduser": "exit 0",
    # What belongs to the user meja belongs to whoever runs this.
    "install": 'for word; do shift; case "$last" in -o) ;; *) [ "$word" = -o ] || set -- "$@" "$word" ;; esac;'
    ' last=$word; done; exec /usr/bin/install "$@"',
    "systemctl": 'cd "$MACHINE/var/lib/meja" || exit 1; start=$(sed -n "s#^ExecStart=##p"'
    ' "$MACHINE/etc/systemd/system/$3.service" | sed "s# /# $MACHINE/#g; s#^/#$MACHINE/#");'
    ' nohup $start >>"$MACHINE/journal" 2>&1 & echo $! >"$MACHINE/pid"',
    "journalctl": 'exec tail -n +1 -F "$MACHINE/journal"',
}
PROMPT = "[done: "
INSTALLING = 900.0


class Machine:
    def __init__(self, folder: Path, shell: Terminal) -> None:
        self.folder = folder
        self.shell = shell

    async def runs(self, line: str, *, within: float = 60.0) -> None:
        """One line of README, typed into the shell; AssertionError with what came out unless it ends well."""
        self.types(line)
        await self.is_done(within=within)

    def types(self, line: str) -> None:
        """Paths are this machine's; the address of the repository is that of this tree."""
        line = re.sub(r"(?<![\w.])/(?=(?:opt|etc|usr/local|var)/)", f"{self.folder}/", line)
        self.shell.types(line.replace("ADDRESS-OF-THIS-REPOSITORY", str(self.folder / "tree.git")))

    async def is_done(self, code: int = 0, *, within: float = 60.0) -> None:
        """The shell waits for the next line, after one that ended so."""
        said = await self.shell.sees(PROMPT, within=within)
        ended = await self.shell.sees("]")
        assert int(ended) == code, f"ended with {ended}: …{said[-3000:]}"

    def libraries_are_there(self) -> None:
        """As `make setup` leaves the clone, with the libraries of who runs the tests: for tests with little time."""
        clone = self.folder / "opt" / "meja"
        environment = clone / ".venv"
        venv.create(environment, symlinks=True)
        packages = next(environment.glob("lib/python3*/site-packages"))
        (packages / "meja.pth").write_text(f"{clone}\n{sysconfig.get_path('purelib')}\n")
        meja = environment / "bin" / "meja"
        meja.write_text(f"#!{environment}/bin/python\nfrom bot.__main__ import main\nmain()\n")
        meja.chmod(0o755)
        (environment / ".run-ready").touch()

    def stop(self) -> None:
        """As `systemctl stop` would."""
        pid = self.folder / "pid"
        if pid.exists():
            os.kill(int(pid.read_text()), 15)


@asynccontextmanager
async def machine(folder: Path) -> AsyncIterator[Machine]:
    _put_tree(folder / "tree.git")
    for name in ("bin", "home", "opt", "etc/systemd/system", "usr/local/bin", "var/lib"):
        (folder / name).mkdir(parents=True)
    for name, script in PROGRAMS.items():
        file = folder / "bin" / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
    bash = ("/bin/bash", "--norc", "--noprofile", "--noediting")
    async with program(*bash, cwd=folder, env=_env(folder), columns=400) as shell:
        here = Machine(folder, shell)
        await here.is_done()
        try:
            await here.runs("stty -echo")
            yield here
        finally:
            here.stop()


def _env(folder: Path) -> dict[str, str]:
    """Nothing but the way to Python, and to where pip finds its packages."""
    python = Path(sys.base_prefix) / "bin"
    pip = {key: value for key, value in os.environ.items() if key.startswith("PIP_") or key.endswith("_proxy")}
    cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    return {
        "PATH": f"{folder}/bin:{folder}/usr/local/bin:{python}:/usr/bin:/bin",
        "HOME": str(folder / "home"),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "PS1": f"{PROMPT}$?]",
        "MACHINE": str(folder),
        "PIP_CACHE_DIR": f"{cache}/pip",
        **pip,
    }


def _put_tree(repository: Path) -> None:
    """This tree as it stands, as a repository to clone."""
    git = ("git", f"--git-dir={repository}", f"--work-tree={ROOT}")
    who = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")
    subprocess.run(("git", "init", "--quiet", "--bare", str(repository)), check=True)
    subprocess.run((*git, "add", "--all"), check=True, cwd=ROOT)
    subprocess.run((*git, *who, "commit", "--quiet", "--message", "The tree"), check=True, cwd=ROOT)
