"""One step in a process forked for it: what drawing libraries take (V8, typst) goes back when the step is done."""

import gc
import os
import traceback
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


class NotDrawn(Exception):
    """The forked process ended without having done its step."""


def apart(step: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> None:
    """Run `step(*args)` in a fork and wait for it: only what it writes to files is left. Raises NotDrawn.

    For processes that run nothing else beside (a report is one): a fork takes no threads along.
    """
    gc.freeze()  # a collection in the fork would copy every page it looks at
    child = os.fork()
    if child == 0:
        _end(step, *args, **kwargs)
    _, status = os.waitpid(child, 0)
    if status:
        raise NotDrawn(f"{step.__name__} ended with status {status}")


def _end(step: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    code = 1
    try:
        step(*args, **kwargs)
        code = 0
    except BaseException:  # whatever it is, this process must not go on as if it were its parent
        traceback.print_exc()
    finally:
        os._exit(code)
