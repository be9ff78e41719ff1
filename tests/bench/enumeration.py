"""`python -m tests.bench.enumeration`: how long the answer to a typed address takes, from outside (QUALITY.md T7).

An address nobody uses, one that has an account, one that is full, and for a change of address one that is another's:
whoever measures must not be able to tell them apart. Prints the medians; the promise is 50 ms between any two.
"""

import asyncio
import random
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from bot.desk import new_email
from bot.desk.registration import CHATS_MOST
from bot.playground.people import Person
from storage import accounts, dialogues, identities
from storage.base import Tx
from tests.flows.conftest import Office, office_at

SAMPLES = 200
FIRST = 10_000
OFFICE = "1207"
# Who asks, and whose the address is.
KINDS = (
    ("registering", "unknown"),
    ("registering", "known"),
    ("registering", "full"),
    ("changing", "unknown"),
    ("changing", "taken"),
)
QUICK = {"telegram": {"pace": {"bot_per_second": 100_000}}, "mail": {"codes_per_hour": 10_000}}


async def _seed(tx: Tx, now: datetime) -> None:
    """For each sample somebody who is asked for an address, and what there is behind the address they will type."""
    for number, (who, whose) in enumerate(_samples()):
        sender = str(FIRST + number)
        asker = await identities.add(tx, OFFICE, channel="telegram", sender=sender, chat=sender, lang="id", at=now)
        if who == "changing":
            own = await accounts.add(tx, OFFICE, email=f"own{number}@x.id", email_key=f"own{number}@x.id", at=now)
            await identities.set_account(tx, asker, own)
            await dialogues.go(tx, OFFICE, asker, "idle", at=now)
            await dialogues.set_overlay(tx, asker, str(new_email.Overlay(new_email.ADDRESS, now)))
        else:
            await dialogues.go(tx, OFFICE, asker, "email", at=now)
        if whose != "unknown":
            await _owned(tx, number, CHATS_MOST if whose == "full" else 1, now)


async def _owned(tx: Tx, number: int, chats: int, now: datetime) -> None:
    address = _address(number)
    account = await accounts.add(tx, OFFICE, email=address, email_key=address, at=now)
    for chat in range(chats):
        sender = f"{number}.{chat}"
        owner = await identities.add(tx, OFFICE, channel="telegram", sender=sender, chat=sender, lang="id", at=now)
        await identities.set_account(tx, owner, account)


def _samples() -> list[tuple[str, str]]:
    samples = [kind for kind in KINDS for _ in range(SAMPLES)]
    random.Random(7).shuffle(samples)
    return samples


def _address(number: int) -> str:
    return f"a{number}@d{number}.id"


async def _measure(office: Office) -> dict[tuple[str, str], list[float]]:
    """Milliseconds from the typed address to the answer on the phone."""
    took: dict[tuple[str, str], list[float]] = {kind: [] for kind in KINDS}
    for number, kind in enumerate(_samples()):
        person = Person(office.telegram, id=FIRST + number, first_name="x")
        began = perf_counter()
        await person.say(_address(number))
        await person.sees("Kode sudah dikirim")
        took[kind].append((perf_counter() - began) * 1000)
    return took


async def main() -> None:
    with TemporaryDirectory() as folder:
        async with office_at(Path(folder) / "meja.db", start=datetime.now(UTC), **QUICK) as office, office.open():
            assert office.app is not None
            await office.app.store.run(_seed, office.clock.now())
            took = await _measure(office)
    for (who, whose), times in took.items():
        low, _, high = quantiles(times, n=4)
        print(f"{who:12} {whose:8} median {median(times):6.1f} ms, quartiles {low:.1f} to {high:.1f}, n {len(times)}")
    medians = [median(times) for times in took.values()]
    print(f"between any two medians: {max(medians) - min(medians):.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
