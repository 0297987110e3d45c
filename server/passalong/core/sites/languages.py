"""The languages of a site's pages for people who share: those that its owner offers, and which one a reader gets."""

from collections.abc import Iterable, Sequence

PAGE_LANGUAGES = ("en", "de", "fr", "es", "pt", "nl", "ja", "ar")
"""Every language that pages are written in, in the order of the switch; `i18n` has their words."""
ALL_LANGUAGES = " ".join(PAGE_LANGUAGES)


class UnknownLanguageError(ValueError):
    """A language in which no page is written."""


def read_languages(text: str) -> tuple[str, ...]:
    """Return languages that a person wrote with blanks or commas: the first stays first, the others as in the switch.

    Raises UnknownLanguageError.
    """
    names = text.lower().replace(",", " ").split()
    unknown = next((name for name in names if name not in PAGE_LANGUAGES), None)
    if unknown is not None:
        raise UnknownLanguageError(unknown)
    return (*names[:1], *(name for name in PAGE_LANGUAGES if name in names[1:] and name != names[0]))


def offered_language(wanted: Iterable[str], offered: Sequence[str]) -> str:
    """Return the first wanted language that is offered, or else the first of the site."""
    return next((name for name in wanted if name in offered), offered[0])
