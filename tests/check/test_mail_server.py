"""What `meja check` finds at the mail server, as far as a mail would go."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.check.conftest import Clinic
from tests.delivery.test_mail import CERTIFICATES, Server


async def test_a_mail_server_that_is_not_there(clinic: Clinic) -> None:
    await clinic.mailbox.break_with("refuse")
    assert "mail.host" in await clinic.complains("mail", "connect")


async def test_a_mail_server_that_does_not_encrypt(clinic: Clinic) -> None:
    clinic.configure(security="starttls")
    assert "587" in await clinic.complains("mail", "tls")


async def test_a_mail_server_vouched_for_by_an_authority_of_the_office(clinic: Clinic) -> None:
    async with Server("good").listen() as server:
        clinic.configure(security="starttls", mail_port=server.port)
        assert "587" in await clinic.complains("mail", "tls")
        clinic.configure(account=f'ca_file = "{CERTIFICATES / "ca.pem"}"')
        found = next(it for it in await clinic.findings() if it.name == "mail")
    assert found.ok


@asynccontextmanager
async def accounts(*, password: str) -> AsyncIterator[int]:
    """A mail server with one account; its port."""
    loop = asyncio.get_running_loop()

    def authenticate(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=isinstance(data, LoginPassword) and data.password == password.encode())

    def connection() -> SMTP:
        return SMTP(Sink(), authenticator=authenticate, auth_require_tls=False, loop=loop)

    async with await loop.create_server(connection, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_a_mail_server_that_takes_the_account(clinic: Clinic) -> None:
    async with accounts(password="rahasia-sekali") as port:
        clinic.configure(mail_port=port, account='username = "meja"\npassword = "rahasia-sekali"')
        found = next(it for it in await clinic.findings() if it.name == "mail")
    assert (found.ok, found.verdict) == (True, "ok")


async def test_a_mail_server_that_refuses_the_account(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """aiosmtpd keeps silent after the second way to log in, so the doctor's patience is what the test waits for."""
    monkeypatch.setattr("bot.check.SECONDS", 1.0)
    async with accounts(password="another") as port:
        clinic.configure(mail_port=port, account='username = "meja"\npassword = "rahasia-sekali"')
        said = await clinic.complains("mail", "login")
    assert "app password" in said and "rahasia-sekali" not in said
