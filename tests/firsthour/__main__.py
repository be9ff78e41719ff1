"""`make firsthour`: README followed on an empty machine, libraries and all. `--show`: with all that came out."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.firsthour.hour import hour, whole


async def main() -> int:
    with TemporaryDirectory() as folder:
        async with hour(Path(folder)) as first:
            try:
                await whole(first, with_pip=True)
            finally:
                if "--show" in sys.argv:
                    print(first.shell.page)
    for step, seconds in first.took.items():
        print(f"{step:20} {seconds:6.1f} s")
    print(f"{'first answered ticket':20} {sum(first.took.values()):6.1f} s, without the time to think")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
