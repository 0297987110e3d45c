"""The ways out for an e-mail: a mail server (SMTP), or a folder beside the data, which is the embedded default."""

import os
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Protocol

from passalong.settings import MailSettings

TIMEOUT_S = 20


class Refused(Exception):
    """The mail server says that this mail will never be taken: trying again is of no use."""


class Post(Protocol):
    """What takes a mail."""

    @property
    def way_out(self) -> str:
        """Where it goes, in words."""
        ...

    def send(self, message: EmailMessage, to: str, name: str) -> None:
        """Send one mail. Raises Refused, or whatever went wrong for now."""
        ...

    def forget(self, site_id: str, addresses: Sequence[str]) -> None:
        """Delete the mails to these addresses that are still in our hands."""
        ...


class Folder:
    """Mails as files, `<site>/<mail>.eml`, readable by this user alone."""

    def __init__(self, folder: Path):
        self._folder = folder

    @property
    def way_out(self) -> str:
        """Where it goes, in words."""
        return f"into the folder {self._folder}, because no mail server is set (PASSALONG_SMTP_HOST)"

    def send(self, message: EmailMessage, to: str, name: str) -> None:
        """Write the mail; a second time it is the same file."""
        path = self._folder / f"{name.replace(':', '-')}.eml"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = path.with_suffix(".new")
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(message.as_bytes())
        made.replace(path)

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
    def way_out(self) -> str:
        """Where it goes, in words."""
        return f"by the mail server {self._settings.host}"

    def send(self, message: EmailMessage, to: str, name: str) -> None:
        """Send one mail over a connection of its own."""
        try:
            with self._connected() as server:
                server.send_message(message, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as error:
            self._judge(*next(iter(error.recipients.values())))
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            self._judge(error.smtp_code, error.smtp_error)

    def forget(self, site_id: str, addresses: Sequence[str]) -> None:
        """What a mail server took is not ours any more."""

    def _judge(self, code: int, said: bytes | str) -> None:
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        if 500 <= code < 600:
            raise Refused(f"{code} {words}")
        raise smtplib.SMTPResponseException(code, words)

    def _connected(self) -> smtplib.SMTP:
        chosen = self._settings
        safely = ssl.create_default_context()
        if chosen.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(chosen.host, chosen.port, timeout=TIMEOUT_S, context=safely)
        else:
            server = smtplib.SMTP(chosen.host, chosen.port, timeout=TIMEOUT_S)
        try:
            if chosen.tls == "starttls":
                server.starttls(context=safely)
            if chosen.user:
                server.login(chosen.user, chosen.password)
        except BaseException:
            server.close()
            raise
        return server


def post_of(settings: MailSettings) -> Post:
    """The way out that the settings name."""
    return Smtp(settings) if settings.host else Folder(settings.folder)
