"""The catalogues: every language whole, every placeholder in its place, every key that is asked for there."""

import json
import re
from pathlib import Path
from string import Formatter

import pytest
from babel import Locale

from passalong.core.reasons import Reason
from passalong.i18n import catalogue as i18n_catalogue
from passalong.i18n import formatting
from passalong.i18n.catalogue import ENGLISH, LANGUAGES, PSEUDO, catalogue, pattern, preferred, pseudo, say

SERVER = Path(i18n_catalogue.__file__).parents[1]
OTHERS = [name for name in LANGUAGES if name != ENGLISH]
REASONS = {f"reasons.{reason}" for reason in Reason}
"""Reasons have their English words in core/reasons.py."""
TAG = re.compile(r"<[^>]*>")
LINK = re.compile(r"\]\(([a-z_]+)\)")
ALLOWED = re.compile(r"</?(?:mark|strong|em|code)>")
CALLS = r"(?:\bt|\bsaid|\bmarked|\bsay\(\s*\w+(?:\.\w+|\(\))?,)"
ASKED = re.compile(CALLS + r"""\(?\s*f?["']([a-z_]+\.[a-z_0-9.]*[a-z_0-9])["']""")


ENGLISH_ONLY = "console_"
"""The areas that are in English only: the console's."""


def translated() -> set[str]:
    """The strings that every language has."""
    return {key for key in catalogue(ENGLISH) if not key.startswith(ENGLISH_ONLY)}


def forms(found: i18n_catalogue.Pattern) -> list[str]:
    """Every form of a string."""
    return [found] if isinstance(found, str) else list(found.values())


def holes(text: str) -> set[str]:
    """What a string is filled with: placeholders and links."""
    return {name for _, name, _, _ in Formatter().parse(text) if name} | {f"({name})" for name in LINK.findall(text)}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_nothing_that_english_does_not(language: str) -> None:
    areas = {key.partition(".")[0] for key in catalogue(ENGLISH)}
    said = {key for key in catalogue(language) if key.partition(".")[0] in areas}
    assert said - set(catalogue(ENGLISH)) - REASONS == set()


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_everything_that_english_does(language: str) -> None:
    """What is missing would be said in English: nobody is left without a word, but nobody is to notice either."""
    assert translated() - set(catalogue(language)) == set()
    assert [key for key in catalogue(language) if key.startswith(ENGLISH_ONLY)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_string_has_the_same_holes_in_every_language(language: str) -> None:
    wrong = {}
    for key, found in catalogue(language).items():
        if key not in catalogue(ENGLISH):  # the reasons, which are said without holes
            assert key.partition(".")[0] != "reasons" or not holes(str(found))
            continue
        english = catalogue(ENGLISH)[key]
        wanted = set.union(*map(holes, forms(english)))
        for text in forms(found):
            whole = isinstance(found, str) or text == found["other"]  # a form for one may leave out what it says
            if holes(text) - wanted or (whole and wanted - holes(text) - {"n"}):
                wrong[key] = text
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_counted_string_has_every_form_that_its_language_has(language: str) -> None:
    wanted = set(Locale.parse(language).plural_form.tags) | {"other"}
    counted = {key: found for key, found in catalogue(language).items() if isinstance(found, dict)}
    assert {key: set(found) for key, found in counted.items() if set(found) != wanted} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_string_holds_only_the_tags_that_are_allowed_and_closes_them(language: str) -> None:
    for key, found in catalogue(language).items():
        for text in forms(found):
            tags = TAG.findall(text)
            assert [tag for tag in tags if not ALLOWED.fullmatch(tag)] == [], key
            opened = [tag.strip("</>") for tag in tags]
            assert opened[::2] == opened[1::2], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_hurries_ranks_or_shouts(language: str) -> None:
    shouting = re.compile(r"[!\uff01¡]|\b(hurry|last chance|don.t miss|only today|leaderboard|streak|badge)\b", re.I)
    for key, found in catalogue(language).items():
        assert [text for text in forms(found) if shouting.search(text)] == [], key


def test_every_string_that_is_asked_for_is_there() -> None:
    asked = {}
    for path in [*SERVER.glob("web/**/*.html"), *SERVER.glob("*/*.py"), *SERVER.glob("web/**/*.py")]:
        if path.parent.name == "i18n":  # its docstring has examples
            continue
        for key in ASKED.findall(path.read_text(encoding="utf-8")):
            asked[key] = path.name
    assert len(asked) >= 20
    assert {key: name for key, name in asked.items() if key not in catalogue(ENGLISH)} == {}


UNCOUNTED = re.compile(
    r"(?<!than )(?<!most )(?<!newest )(?<!one of )\{\w+\} (?:people|days|hours|minutes|results|links)\b"
)
"""A number before a plural, where the sentence does not say that it is a limit."""


def test_one_person_is_never_written_as_several_people() -> None:
    counted = {
        key: text for key, text in catalogue(ENGLISH).items() if isinstance(text, str) and UNCOUNTED.search(text)
    }
    assert counted == {}
    assert UNCOUNTED.search("From you, {n} people came.") and not UNCOUNTED.search("At most {most} days.")


BRAND_AND_CODE = {"Passalong", "passalong export FOLDER --site", "size=", "look=", 'data-remember="'}
FOR_PROGRAMMERS = {"reference.html"}
"""Written from the same English as the API's own description."""


def words_of_template(source: str) -> list[str]:
    """What a template says itself: its text without tags, expressions, scripts and comments."""
    for hidden in (r"\{#.*?#\}", r"<(script|style|svg|pre|textarea)\b.*?</\1>"):
        source = re.sub(hidden, " ", source, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\0", source, flags=re.DOTALL)
    text = re.sub(r"<[^>]*>|^[^<>]*\"[^<>]*$", "\n", text, flags=re.MULTILINE)
    return [piece.strip() for piece in re.split("[\0\n]", text) if re.search(r"[A-Za-z]{3}", piece)]


def test_every_sentence_of_a_page_is_in_the_catalogue() -> None:
    pages = [path for path in SERVER.glob("web/**/*.html") if path.name not in FOR_PROGRAMMERS]
    found = {path.name: set(words_of_template(path.read_text("utf-8"))) - BRAND_AND_CODE for path in pages}
    assert len(pages) > 60
    assert {name: words for name, words in found.items() if words} == {}
    assert words_of_template("<p>{{ n }} questions <b>wait</b>{# not this #}</p>") == ["questions", "wait"]


def test_a_key_that_is_nowhere_is_an_error_and_not_an_empty_page() -> None:
    with pytest.raises(KeyError):
        say("de", "nowhere.at.all")


def test_a_missing_translation_falls_back_to_english(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dict(catalogue("de"))
    monkeypatch.setattr(i18n_catalogue, "catalogue", lambda name: whole if name == ENGLISH else {})
    assert pattern("ar", next(iter(whole))) == pattern(ENGLISH, next(iter(whole)))


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("en;q=0.5,fr;q=0.9", "fr"),
        ("pt-BR", "pt"),
        ("ar-EG, en;q=0.1", "ar"),
        ("ja;q=0, nl", "nl"),
        ("xx, yy-ZZ;q=1", "en"),
        ("xx;q=1, es;q=0.1", "es"),
        ("*", "en"),
        (";;;,,=q;q=x,\x00, ü;q=1", "en"),
        ("-", "en"),
        ("zh-Hant-TW-x-a-b-c-d-e-f", "en"),
        ("en-XA", "en"),
        ("de" * 5_000, "en"),
    ],
)
def test_the_language_is_the_one_wanted_most_of_those_there_are(header: str, language: str) -> None:
    assert preferred(header) == language


def test_pseudo_english_is_longer_and_keeps_its_holes() -> None:
    text = "You passed along {pages}. <mark>{n} people</mark> came; [how this is counted](rule)"
    made = pseudo(text)
    assert holes(made) == holes(text)
    assert TAG.findall(made) == TAG.findall(text)
    assert len(made) > 1.2 * len(text)
    assert say(PSEUDO, "page.skip").startswith("\N{LEFT DOUBLE ANGLE BRACKET}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_instructions_name_the_share_panel_by_its_own_words(language: str) -> None:
    """The way in names the panel's link by its own words, and the button by the word that is on it."""
    words = json.loads((SERVER.parents[1] / "widget" / "words" / f"{language}.json").read_text(encoding="utf-8"))
    ways = [pattern(language, f"signin.{key}") for key in ("by_page_how", "no_site", "bad_code", "out.choose")]
    assert [way for way in ways if words["credit"] not in way] == []


def test_french_keeps_its_signs_with_their_words() -> None:
    """A space before a sign or inside quotation marks that could end a line would leave the sign alone in the next."""
    loose = re.compile(r" [:;?»]|« ")
    assert "\N{NO-BREAK SPACE}" in str(catalogue("fr")["home.ledger.why_amount"])
    for key, found in catalogue("fr").items():
        assert [text for text in forms(found) if loose.search(text)] == [], key


NOON = 1_793_012_400_000  # 26 October 2026, 11:00 UTC


@pytest.mark.parametrize(
    ("language", "amount", "small", "points", "short", "full", "month"),
    [
        ("en", "−€1,234.50", "€0.0032", "12 points", "26 Oct", "26 October 2026", "October 2026"),
        ("de", "−1.234,50\xa0€", "0,0032\xa0€", "12 Punkte", "26. Okt.", "26. Oktober 2026", "Oktober 2026"),
        ("fr", "−1\u202f234,50\xa0€", "0,0032\xa0€", "12 points", "26 oct.", "26 octobre 2026", "octobre 2026"),
        ("ja", "−€1,234.50", "€0.0032", "12ポイント", "10月26日", "2026年10月26日", "2026年10月"),
        (
            "ar",
            "\u200f\u200e−1,234.50\xa0€",
            "\u200f0.0032\xa0€",
            "12 نقطة",
            "26 أكتوبر",
            "26 أكتوبر 2026",
            "أكتوبر 2026",
        ),
    ],
)
def test_amounts_and_days_are_written_as_the_language_does(
    language: str, amount: str, small: str, points: str, short: str, full: str, month: str
) -> None:
    assert formatting.money(-1_234_500_000, "EUR", language) == amount
    assert formatting.exact_money(3_200, "EUR", language) == small
    assert formatting.money(12_000_000, "points", language) == points
    assert formatting.day(NOON, "UTC", language=language) == short
    assert formatting.day(NOON, "UTC", True, True, language) == full
    assert formatting.month(NOON, "UTC", language) == month


@pytest.mark.parametrize("micros", [0, 1, -1, 9_999, 10_000, 999_999, 1_000_000, 2**53, 2**63 - 1])
@pytest.mark.parametrize("language", OTHERS)
def test_no_micro_is_lost_in_any_language(language: str, micros: int) -> None:
    """Digits alone are compared: signs, groups and symbols are each language's own."""
    shown = "".join(re.findall(r"[0-9]", formatting.exact_money(micros, "EUR", language)))
    english = "".join(re.findall(r"[0-9]", formatting.exact_money(micros, "EUR")))
    assert shown == english
