"""The settings of sign-in at an OpenID provider: all of them, or none."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from passalong.lib.http_client import is_web_url
from passalong.lib.openid import Provider

NAMES = ("PASSALONG_OPENID_ISSUER", "PASSALONG_OPENID_CLIENT", "PASSALONG_OPENID_SECRET")
NAME = "PASSALONG_OPENID_NAME"
HERE = ("localhost", "127.0.0.1", "::1")


def read_provider(values: Mapping[str, str], problems: list[str]) -> Provider | None:
    """Return the provider that people who run sites may sign in at, None without one; adds to `problems`."""
    issuer, client, secret = (values[name] for name in NAMES)
    if not (issuer or client or secret):
        if values[NAME]:
            problems.append(f"{NAME} is a name for a provider: set {', '.join(NAMES)} too.")
        return None
    if not (issuer and client and secret):
        problems.append(f"{', '.join(NAMES)} go together: set all three, or none.")
    elif not _is_issuer(issuer):
        problems.append(
            "PASSALONG_OPENID_ISSUER is the provider's address with https, like https://accounts.example.org, exactly "
            "as its own description at /.well-known/openid-configuration has it."
        )
    return Provider(issuer, client, secret, values[NAME] or issuer.partition("://")[2].partition("/")[0])


def _is_issuer(text: str) -> bool:
    if not is_web_url(text):
        return False
    parts = urlsplit(text)
    return not parts.query and not parts.fragment and (parts.scheme == "https" or parts.hostname in HERE)
