"""What is said about a mail server that cannot be used: the setting to look at, and nobody's address."""

import smtplib
import ssl
from smtplib import SMTPAuthenticationError, SMTPNotSupportedError, SMTPServerDisconnected
from socket import gaierror

import pytest

from passalong.flow.mail.trouble import CERTIFICATE, PLACE, STARTTLS, TLS, USER, advice, reason


@pytest.mark.parametrize(
    ("error", "said", "setting"),
    [
        (SMTPNotSupportedError("STARTTLS extension not supported by server."), "STARTTLS extension", STARTTLS),
        (SMTPNotSupportedError("SMTP AUTH extension not supported by server."), "SMTP AUTH extension", USER),
        (SMTPAuthenticationError(535, b"otto@example.org is unknown"), "the server answered 535", USER),
        (ssl.SSLCertVerificationError("self-signed certificate"), "self-signed", CERTIFICATE),
        (ssl.SSLError("wrong version number"), "wrong version number", TLS),
        (SMTPServerDisconnected("Connection unexpectedly closed"), "unexpectedly closed", TLS),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused", PLACE),
        (gaierror(-2, "Name or service not known"), "not known", PLACE),
        (TimeoutError(), "TimeoutError", PLACE),
    ],
)
def test_a_mail_server_that_cannot_be_used_is_named_with_the_setting(error: Exception, said: str, setting: str) -> None:
    assert said in reason(error)
    assert advice(error) == setting


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPResponseException(451, "otto@example.org: come again"),
        smtplib.SMTPRecipientsRefused({"otto@example.org": (450, b"come again")}),
        ValueError("otto@example.org"),
    ],
)
def test_a_reason_names_nobody(error: Exception) -> None:
    assert "otto" not in reason(error)
