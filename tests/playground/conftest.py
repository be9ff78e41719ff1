"""Fixtures: one stand-in per test, without limits unless the test asks for them, checked against the Bot API."""

import pytest

from bot.playground.budgets import OFF
from bot.playground.people import Person
from bot.playground.spec import Spec
from bot.playground.telegram import Telegram
from tests.playground.cast import Caller, StoppedClock


@pytest.fixture(scope="session")
def spec() -> Spec | None:
    return Spec.find()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def telegram(clock: StoppedClock, spec: Spec | None) -> Telegram:
    return Telegram(clock, limits=OFF, spec=spec)


@pytest.fixture
def bot(telegram: Telegram) -> Caller:
    return Caller(telegram)


@pytest.fixture
def user(telegram: Telegram) -> Person:
    return Person(telegram, id=501, first_name="Siti", username="siti")


@pytest.fixture
def officer(telegram: Telegram) -> Person:
    return Person(telegram, id=601, first_name="Rahmat", staff="member")


@pytest.fixture
def admin(telegram: Telegram) -> Person:
    return Person(telegram, id=602, first_name="Dewi", staff="administrator")
