"""E-mail addresses in the one form in which they are compared and written to."""

import unicodedata

import idna

LONGEST = 254
LONGEST_LOCAL = 64
_NEVER = set('<>()[]\\,;:"/')


class BadEmailError(ValueError):
    """Text that is no e-mail address."""


def split_email(text: str) -> tuple[str, str]:
    """The local part as it is spelled, and the domain by IDNA 2008 (UTS 46) in small letters. Raises BadEmailError."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not 0 < len(local) <= LONGEST_LOCAL or len(text) > 4 * LONGEST or "@" in local:
        raise BadEmailError(text[:80])
    if any(
        character.isspace() or character in _NEVER or unicodedata.category(character).startswith("C")
        for character in local
    ):
        raise BadEmailError(text[:80])
    try:
        ascii_domain = idna.encode(domain, uts46=True, transitional=False).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise BadEmailError(text[:80]) from None
    if ("." not in ascii_domain.strip(".") and ascii_domain != "localhost") or ascii_domain.endswith("."):
        raise BadEmailError(text[:80])
    if len(local) + 1 + len(ascii_domain) > LONGEST:
        raise BadEmailError(text[:80])
    return local, ascii_domain


def normalised_email(text: str) -> str:
    """The form by which addresses are one: an ASCII local part in small letters, any other as is.

    Raises BadEmailError.
    """
    local, domain = split_email(text)
    return f"{local.lower() if local.isascii() else local}@{domain}"
