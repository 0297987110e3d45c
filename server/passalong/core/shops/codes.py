"""The code of a visit where a system allows only letters, digits, `-` and `_`: the dot is written as `__`."""

import re

TOKEN_LENGTH = 27
_SAFE = re.compile(r"([A-Za-z0-9_-]{27}|[a-z0-9-]+)__([A-Za-z0-9_-]{16,64})")


def read_code(text: str) -> str:
    """Return the code `token.visit` of a reference such as Stripe's `client_reference_id`; others as they are.

    A token has 27 characters and may hold `_` itself; a personal code has no `_`. A page that writes JavaScript's empty
    values into its order has no code.
    """
    if "." in text:
        return text
    if text in ("null", "undefined"):
        return ""
    match = _SAFE.fullmatch(text)
    return f"{match[1]}.{match[2]}" if match else text
