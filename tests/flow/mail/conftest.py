"""An instance whose e-mails go out over SMTP to a server that keeps them."""

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller

from flow.mail.props import Server, right_password, settings
from flow.office import BOTH, Office, an_office
from passalong.flow.mail.transports import Smtp
from plumbing.ports import free_port


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Server, int]]:
    """A mail server on loopback that wants a user and a password."""
    taking = Server()
    controller = Controller(
        taking, hostname="127.0.0.1", port=free_port(), authenticator=right_password, auth_require_tls=False
    )
    controller.start()
    yield taking, controller.port
    controller.stop()


@pytest.fixture(scope="module", params=BOTH)
def office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: tuple[Server, int]
) -> Iterator[Office]:
    """One instance whose e-mails go out over SMTP."""
    for made in an_office(request, tmp_path_factory):
        made.instance.mail_sender._transport = Smtp(settings(server[1]))
        yield made


@pytest.fixture
def inbox(office: Office, server: tuple[Server, int]) -> Iterator[Server]:
    """The mail server, empty, with nothing left to send."""
    office.instance.mail_sender.send_due()
    server[0].taken.clear()
    server[0].to.clear()
    server[0].says = ""
    yield server[0]
    server[0].says = ""
