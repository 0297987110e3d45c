"""Why a mail server cannot be used, in words without anybody's address, and the setting to look at."""

import smtplib
import ssl

STARTTLS = (
    "It offers no STARTTLS: set PASSALONG_SMTP_TLS to `none` for a server on this machine, or to `tls` with port 465."
)
CERTIFICATE = (
    "Its certificate is of an authority that this machine does not know, or for another name: set PASSALONG_SMTP_HOST "
    "to the name in the certificate, add the authority to this machine's, or, for a server on this machine, set "
    "PASSALONG_SMTP_TLS to `none`."
)
TLS = "PASSALONG_SMTP_TLS does not fit the port: `tls` is for 465, `starttls` for 587 and 25."
USER = "Check PASSALONG_SMTP_USER and PASSALONG_SMTP_PASSWORD: the server does not take them."
PLACE = "Check PASSALONG_SMTP_HOST and PASSALONG_SMTP_PORT, and that the server runs."


def reason(error: Exception) -> str:
    """Return what happened. A reply of the server may name an address: only its code is told."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the server answered {error.smtp_code}"
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPRecipientsRefused):
        return str(error)[:200] or type(error).__name__
    return type(error).__name__


def advice(error: Exception) -> str:
    """Return what to do about it."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return USER
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return STARTTLS if "STARTTLS" in str(error) else USER
    if isinstance(error, ssl.SSLCertVerificationError):
        return CERTIFICATE
    if isinstance(error, ssl.SSLError | smtplib.SMTPServerDisconnected):
        return TLS
    return PLACE
