"""The web server of the tests in tests/web."""

from tests.web.conftest import site, web

__all__ = ["site", "web"]
