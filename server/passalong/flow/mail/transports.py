"""Mail transports: a mail server (SMTP), or a folder beside the data, which is the embedded default."""

import os
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any, Protocol

from passalong.flow.mail import trouble
from passalong.lib.http_client import Deadline
from passalong.settings import MailSettings

TIMEOUT_S = 20
SENDING_S = 60
"""The deadline for one mail, from the connection to the server's last word."""


class MailRefusedError(Exception):
    """The mail server refuses this mail permanently: a retry is useless."""


class Transport(Protocol):
    """A transport for mails."""

    @property
    def transport_description(self) -> str:
        """Where it goes, in words."""
        ...

    def send(self, message: EmailMessage, to: str, name: str) -> None:
        """Send one mail. Raises MailRefusedError, or the temporary error."""
        ...

    def forget(self, site_id: str, addresses: Sequence[str]) -> None:
        """Delete the mails to these addresses that are still in our hands."""
        ...


class Folder:
    """Mails as files, `<site>/<mail>.eml`, readable by this user alone."""

    def __init__(self, folder: Path):
        self._folder = folder

    @property
    def transport_description(self) -> str:
        """Where it goes, in words."""
        return f"into the folder {self._folder}, because no mail server is set (PASSALONG_SMTP_HOST)"

    def send(self, message: EmailMessage, to: str, name: str) -> None:
        """Write the mail as a file; a second time it is the same file."""
        path = self._folder / f"{name.replace(':', '-')}.eml"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_suffix(".new")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(message.as_bytes())
        temporary.replace(path)

    def forget(self, site_id: str, addresses: Sequence[str]) -> None:
        """Delete the files of these mails."""
        for path in (self._folder / site_id).glob("*.eml"):
            with suppress(FileNotFoundError):
                if str(BytesHeaderParser().parsebytes(path.read_bytes())["To"]) in addresses:
                    path.unlink()


class Smtp:
    """A mail server, as the settings name it."""

    def __init__(self, settings: MailSettings):
        self._settings = settings

    @property
    def transport_description(self) -> str:
        """Where it goes, in words."""
        return f"by the mail server {self._settings.host}"

    def send(self, message: EmailMessage, to: str, name: str) -> None:
        """Send one mail over a connection of its own."""
        deadline = Deadline(SENDING_S)
        try:
            with ExitStack() as until_then:
                server = until_then.enter_context(self._connected(deadline, until_then))
                server.send_message(message, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as error:
            self._judge(*next(iter(error.recipients.values())))
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            self._judge(error.smtp_code, error.smtp_error)

    def forget(self, site_id: str, addresses: Sequence[str]) -> None:
        """Do nothing: a mail server's mails are out of reach."""

    def greet(self) -> None:
        """Connect and sign in, and send nothing. Raises smtplib's errors, or OSError."""
        with ExitStack() as until_then:
            server = until_then.enter_context(self._connected(Deadline(TIMEOUT_S), until_then))
            server.noop()

    def _judge(self, code: int, reply: bytes | str) -> None:
        words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
        if 500 <= code < 600:
            raise MailRefusedError(f"{code} {words}")
        raise smtplib.SMTPResponseException(code, words)

    def _connected(self, deadline: Deadline, until_then: ExitStack) -> smtplib.SMTP:
        """Return a connection that is ready to take a mail, and is shut down at the deadline."""
        chosen = self._settings
        safely = ssl.create_default_context()
        if chosen.tls == "tls":
            server: smtplib.SMTP = _WatchedTls(deadline, until_then, chosen.host, chosen.port, safely)
        else:
            server = _Watched(deadline, until_then, chosen.host, chosen.port)
        try:
            if chosen.tls == "starttls":
                server.starttls(context=safely)
            if chosen.user:
                server.login(chosen.user, chosen.password)
        except BaseException:
            server.close()
            raise
        return server


class _Watched(smtplib.SMTP):
    """SMTP under a deadline, the greeting and the TLS handshake included."""

    def __init__(self, deadline: Deadline, until_then: ExitStack, host: str, port: int, **more: Any):
        self._deadline, self._until_then = deadline, until_then
        super().__init__(host, port, timeout=min(TIMEOUT_S, deadline.left_s), **more)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._until_then.enter_context(self._deadline.over(connection))
        return connection


class _WatchedTls(smtplib.SMTP_SSL, _Watched):
    """The same with TLS from the first byte."""

    def __init__(self, deadline: Deadline, until_then: ExitStack, host: str, port: int, context: ssl.SSLContext):
        self.context = context
        _Watched.__init__(self, deadline, until_then, host, port)


def transport_of(settings: MailSettings) -> Transport:
    """Return the transport that the settings name."""
    return Smtp(settings) if settings.host else Folder(settings.folder)


def unreachable(settings: MailSettings) -> tuple[str, str]:
    """Return why the mail server of these settings cannot be used, and what to do; both are empty if it can."""
    try:
        Smtp(settings).greet()
    except (smtplib.SMTPException, OSError) as error:
        return trouble.reason(error), trouble.advice(error)
    return "", ""
