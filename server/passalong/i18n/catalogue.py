"""The words of the portal and of the e-mails, in eight languages; amounts and days are in `figures`.

One folder a language, one file an area: `en/mail.json` has the key `sign_in.subject`, which is asked for as
`mail.sign_in.subject`. English is the original and is complete; what another language lacks falls back to English,
string by string. A test holds every shipped language complete, with the same placeholders.

A string is a sentence with placeholders in braces, or, where a number decides its form, an object with the plural
categories of that language (CLDR: zero, one, two, few, many, other), chosen by the value `n`:

    "came": {"one": "<mark>{n} person</mark> came because of you", "other": "<mark>{n} people</mark> came …"}

In templates (web/http/language.py gives them `t` and `lang`):

    {{ t("home.came", n=home.people) }}                           numbers are written as the language does
    {{ t("home.counted", rule=url_for("open_book.book", …)) }}     where the string says [How this is counted](rule)
    {{ amount|money(unit) }}  {{ ms|day(tz, long=true) }}         the filters know the request's language

A string may hold `<mark>`, `<strong>`, `<em>`, `<code>` and `[words](name)`, which becomes a link to the address that
is given as `name`; values are escaped. Everywhere else (flow, e-mails, errors): `say(language, "area.key", …)`: text.

To add a language: copy the folder `en`, translate, and name it in LANGUAGES; the tests say what is missing.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from unicodedata import bidirectional

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.numbers import format_decimal

ENGLISH = "en"
LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
    "nl": "Nederlands",
    "ja": "日本語",
    "ar": "العربية",
}
"""Each by its own name for itself."""
PSEUDO = "en-XA"
"""English with accents and 40 % longer, made here: what is not translatable, or too narrow, shows at once."""
RIGHT_TO_LEFT = ("ar",)
ISOLATE, END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
"""Around a title or a name in Latin letters, so that its punctuation stays where it belongs."""

Pattern = str | dict[str, str]
_HERE = Path(__file__).parent
_PLAIN = re.compile(r"\[([^\]]*)\]\([a-z_]+\)|</?(?:mark|strong|em|code)>")
_FRENCH = re.compile(r"(?<=«) | (?=[:;?»])")
_PIECES = re.compile(r"(\{[^}]*\}|<[^>]*>|\]\([a-z_]+\))")
_ACCENTS = str.maketrans("aceinosuyACEINOSUY", "àçéîñöšüýÀÇÉÎÑÖŠÜÝ")


def is_language(name: str) -> bool:
    """True for what a person may choose."""
    return name in LANGUAGES or name == PSEUDO


def direction(language: str) -> str:
    """The value of `dir`: ltr or rtl."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def preferred(accept_language: str, offered: Sequence[str] = tuple(LANGUAGES)) -> str:
    """The language for an Accept-Language header: the offered one that is wanted most, else the first of them."""
    wanted = sorted(_weighed(accept_language[:400]), key=lambda pair: -pair[1])
    return negotiate_locale([name for name, weight in wanted if weight > 0], list(offered), sep="-") or offered[0]


def _weighed(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            yield name.strip(), float(quality or 1)
        except ValueError:
            continue


@cache
def catalogue(language: str) -> dict[str, Pattern]:
    """Every string of a shipped language, by its whole name; a language may lack some."""
    return {
        f"{path.stem}.{key}": pattern
        for path in sorted((_HERE / language).glob("*.json"))
        for key, pattern in json.loads(_read(path, language)).items()
    }


def _read(path: Path, language: str) -> str:
    """The file; in French, the space before a sign and inside quotation marks is one at which no line ends."""
    text = path.read_text(encoding="utf-8")
    return _FRENCH.sub("\N{NO-BREAK SPACE}", text) if language == "fr" else text


def pattern(language: str, key: str, n: int | None = None) -> str:
    """The string with its placeholders, in the plural form for `n`; English where the language lacks it. KeyError."""
    if language == PSEUDO:
        return pseudo(pattern(ENGLISH, key, n))
    text = catalogue(language).get(key)
    if text is None and language != ENGLISH:
        return pattern(ENGLISH, key, n)
    if text is None:
        raise KeyError(key)
    if isinstance(text, str):
        return text
    return text.get(locale(language).plural_form(n or 0)) or text["other"]


def _is_latin(letter: str) -> bool:
    return letter.isalpha() and bidirectional(letter) == "L"


@cache
def locale(language: str) -> Locale:
    """Return Babel's data of a language; English for an unknown one."""
    try:
        return Locale.parse(language, sep="-") if language != PSEUDO else Locale(ENGLISH)
    except (UnknownLocaleError, ValueError):
        return Locale(ENGLISH)


@lru_cache(4096, typed=True)
def number(value: int, language: str = ENGLISH) -> str:
    """A whole number as the language writes it: 1,234 or 1.234."""
    return format_decimal(value, locale=locale(language))


def filled(language: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their numbers written out, and in a language from the right, what goes the other way isolated."""
    return {name: _shown(language, value) for name, value in values.items()}


def _shown(language: str, value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return number(value, language)
    if isinstance(value, str) and language in RIGHT_TO_LEFT and any(map(_is_latin, value)):
        return type(value)(ISOLATE) + value + type(value)(END)  # the same type: HTML stays HTML
    return value


def say(language: str, key: str, n: int | None = None, **values: Any) -> str:
    """A string of the catalogue with its values, as plain text: without marks, and links by their words alone."""
    texts = filled(language, values if n is None else {"n": n, **values})
    return plain(pattern(language, key, n)).format(**texts)


def plain(text: str) -> str:
    """The text without the few tags that a string may hold."""
    return _PLAIN.sub(r"\1", text)


def pseudo(text: str) -> str:
    """`Skip to content` becomes `[Šķîp …]`-like: accents, brackets and 40 % more, placeholders and tags as they are."""
    words = _PIECES.sub("", text)
    if not any(map(str.isalpha, words)):  # a comma, a number: nothing that anybody would translate into more
        return text
    more = len(words) * 2 // 5
    longer = "~" * (more % 9) + " ~~~~~~~~" * (more // 9)  # as words are, so that a line can end between them
    pieces = [piece if _PIECES.fullmatch(piece) else piece.translate(_ACCENTS) for piece in _PIECES.split(text)]
    return "\N{LEFT DOUBLE ANGLE BRACKET}" + "".join(pieces) + longer + "\N{RIGHT DOUBLE ANGLE BRACKET}"
