"""The fields of the settings form for the languages of a site's pages: a box for each, and the first of them."""

from msgspec import Struct
from werkzeug.datastructures import MultiDict

from passalong.i18n.catalogue import ENGLISH, LANGUAGES, say

NAME, FIRST = "languages", "first_language"


class LanguageFields(Struct, frozen=True):
    """The boxes (language, its name, whether it is ticked), the choices of the first language, and the one chosen."""

    offered: list[tuple[str, str, bool]]
    choices: list[tuple[str, str]]
    first: str


def languages_typed(form: MultiDict[str, str]) -> dict[str, str]:
    """Return the setting as the form has it; nothing where the form is without these fields."""
    if NAME not in form and FIRST not in form:
        return {}
    ticked, first = form.getlist(NAME), form.get(FIRST, "")
    is_listed = first in ticked or first not in LANGUAGES  # an unknown one stays, to be refused by name
    return {NAME: " ".join([first] * is_listed + [name for name in ticked if name != first])}


def first_problem(form: MultiDict[str, str]) -> str:
    """Return what is wrong with a first language that is not ticked while others are, or nothing."""
    first, ticked = form.get(FIRST, ""), form.getlist(NAME)
    if first not in LANGUAGES or not ticked or first in ticked:
        return ""
    return say(ENGLISH, "console_settings.first_language_missing", name=LANGUAGES[first])


def language_fields(text: str, form: MultiDict[str, str]) -> LanguageFields:
    """Return the fields for a setting, or for a form that was refused."""
    names = text.replace(",", " ").split()
    return LanguageFields(
        offered=[(name, label, name in names) for name, label in LANGUAGES.items()],
        choices=list(LANGUAGES.items()),
        first=form.get(FIRST, "") or next(iter(names), ENGLISH),
    )


def language_names(text: str) -> str:
    """Return the names of a setting's languages, the first one first."""
    return ", ".join(LANGUAGES.get(name, name) for name in text.split()) or say(ENGLISH, "console_settings.nothing")
