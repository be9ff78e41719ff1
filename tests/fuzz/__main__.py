"""`make fuzz`: many generated updates and configurations, and what came of them."""

import argparse
import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.configs import fuzz_configs
from tests.fuzz.fuzz import fuzz


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("--updates", type=int, default=100_000)
    parser.add_argument("--configs", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        result = asyncio.run(fuzz(Path(folder), updates=chosen.updates, seed=chosen.seed))
        configs = fuzz_configs(Path(folder), count=chosen.configs, seed=chosen.seed)
    print(
        f"{result.updates} updates: {result.failures.total()} set aside, {len(result.lost)} neighbours lost,", end=" "
    )
    print(f"{len(result.leaks)} leaks; slowest batch {result.slowest:.2f} s")
    for error, count in result.failures.most_common(20):
        print(f"  {count:6} {error}")
    print(f"{chosen.configs} configurations: {configs.refused} refused; {len(configs.faults)} badly")
    for text in (*result.malformed[:9], *result.lost[:5], *result.leaks[:5], *configs.faults[:5]):
        print(f"  ! {text}")
    return int(bool(result.lost or result.leaks or configs.faults))


if __name__ == "__main__":
    sys.exit(main())
