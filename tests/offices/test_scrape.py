"""/metrics of many offices: several are looked at together, and a sick database does not keep the answer for ever."""

import asyncio
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.delivery.health import Health
from bot.offices.house import House
from bot.web import metrics
from tests.flows.trouble import becomes_true
from tests.offices.conftest import Town, run

CODES = ("1201", "1202")


async def _samples(house: House, family: str) -> dict[str, float]:
    """The values of this family, by office."""

    def found() -> Iterator[tuple[str, float]]:
        for one in text_string_to_metric_families(text):
            if one.name == family:
                yield from ((sample.labels["office"], sample.value) for sample in one.samples)

    answer = await metrics.page(house._apps)(None)  # type: ignore[arg-type]
    text = answer.body.decode()  # type: ignore[attr-defined]
    return dict(found())


async def test_offices_are_looked_at_together_and_no_more_are_begun_with_when_it_takes_long(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in CODES:
        await town.found(code)
    async with run(town) as house:
        await becomes_true(lambda: len(house._apps()) == len(CODES))
        together = asyncio.Barrier(len(CODES))

        async def faults(self: Health, fresh: float | None = None) -> list[str]:
            async with asyncio.timeout(60):  # one after the other they would never meet
                await together.wait()
            return ["database"]

        with monkeypatch.context() as sick:
            sick.setattr(Health, "faults", faults)
            assert await _samples(house, "meja_ready") == dict.fromkeys(CODES, 0)
        assert (await _samples(house, "meja_inbox_depth")).keys() == set(CODES)
        monkeypatch.setattr(metrics, "BEGIN_SECONDS", -1.0)
        assert (await _samples(house, "meja_ready")).keys() == set(CODES)
        assert await _samples(house, "meja_inbox_depth") == {}
