"""The languages of a site's pages: how a list is read, and which one a reader gets."""

import pytest

from passalong.core.sites.languages import PAGE_LANGUAGES, UnknownLanguageError, offered_language, read_languages
from passalong.core.sites.settings import BadSettingError, read_setting
from passalong.i18n.catalogue import LANGUAGES


def test_every_language_that_has_words_can_be_offered() -> None:
    assert tuple(LANGUAGES) == PAGE_LANGUAGES


@pytest.mark.parametrize(
    ("text", "languages"),
    [("de", "de"), ("de, nl en", "de en nl"), ("NL,nl nl", "nl"), ("ar en", "ar en"), ("", ""), (" , ", "")],
)
def test_the_first_stays_first_and_the_others_have_one_order(text: str, languages: str) -> None:
    assert " ".join(read_languages(text)) == languages
    assert read_languages(languages) == read_languages(text)


@pytest.mark.parametrize("text", ["xx", "de en-US", "de;en"])
def test_a_language_without_pages_is_refused_by_name(text: str) -> None:
    with pytest.raises(UnknownLanguageError):
        read_languages(text)
    with pytest.raises(BadSettingError, match=r"No page is written in .*: choose from en, de, fr"):
        read_setting("languages", text)


def test_a_reader_gets_the_first_wanted_language_that_is_offered() -> None:
    assert offered_language(("fr", "en"), ("de", "en")) == "en"
    assert offered_language(("en", "de"), ("de", "en")) == "en"


def test_a_reader_of_another_language_gets_the_first_of_the_site() -> None:
    assert offered_language(("fr", ""), ("de", "en")) == "de"
    assert offered_language((), ("nl",)) == "nl"
