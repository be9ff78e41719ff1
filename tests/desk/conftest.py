"""The running desk of the flow tests."""

from tests.flows.conftest import office as office
from tests.flows.conftest import whatsapp_office as whatsapp_office
