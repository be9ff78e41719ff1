"""The running desk of the flow tests."""

from tests.flows.conftest import office as office
