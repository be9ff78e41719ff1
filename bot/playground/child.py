"""`python -m bot.playground.child PARENT …` becomes `python -m bot …`, and is ended when its parent is gone."""

import ctypes
import os
import signal
import sys
from contextlib import suppress

# From <linux/prctl.h>; it outlives the exec. Where there is no such call, the desk stays behind as before.
PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, *rest = sys.argv[1:]
    with suppress(AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == int(parent):  # else it died before we asked
        os.execv(sys.executable, [sys.executable, "-m", "bot", *rest])


if __name__ == "__main__":
    main()
