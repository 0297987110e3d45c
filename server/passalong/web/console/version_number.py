"""The number of a version of the rule or the settings, as a form names it."""

from collections.abc import Mapping

from passalong.web.http.errors import RefusalError

MOST_DIGITS = 8


def version_to_withdraw(form: Mapping[str, str]) -> int:
    """Return the number of the version that a form withdraws. Raises RefusalError (400)."""
    number = form.get("version", "")
    if not (number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS):
        raise RefusalError(400, "Name the version to withdraw by its number.")
    return int(number)
