"""The cast of the text tests: one office that has every fact, and one that has only its name."""

import pytest

from bot.texts import Texts
from tests.templates.samples import BARE_OFFICE, OFFICE


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts(OFFICE)


@pytest.fixture(scope="session")
def bare_texts() -> Texts:
    return Texts(BARE_OFFICE)
