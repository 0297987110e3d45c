"""Settings of a site that change the fold or a promise: how each is read and written, and which change is a cut."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from passalong.core.names.lines import is_one_line
from passalong.core.sites.languages import PAGE_LANGUAGES, UnknownLanguageError, read_languages
from passalong.core.terms.currencies import CURRENCIES

Value = str | int | bool
MOST_ANSWER_DAYS = 60
MOST_RETENTION_DAYS = 90
LONGEST_SENDER = 120
LONGEST_THANKS = 280
MOST_CURRENCIES = 20
ON, OFF = "on", "off"
KEEPS = ("none", "visit", "window")
"""The values of `remember`, the one that keeps least first."""


class BadSettingError(ValueError):
    """A value that a setting does not take; says what to write."""


class Setting(Struct, frozen=True):
    """One setting: the site's field that holds it, how a person writes it, and what a change takes away.

    `cut` returns the sentence for people who lose something, or nothing.
    """

    name: str
    field: str
    read: Callable[[str], Value]
    cut: Callable[[Value, Value], str] = lambda before, after: ""


def _one_of(*choices: str) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        if text not in choices:
            raise BadSettingError(f"Choose one of: {', '.join(choices)}.")
        return text

    return read


def _switch(text: str) -> Value:
    if text not in (ON, OFF):
        raise BadSettingError("Choose on or off.")
    return text == ON


def _days(most: int) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= most):
            raise BadSettingError(f"Write a whole number of days from 1 to {most}.")
        return int(text)

    return read


def _time_zone(text: str) -> Value:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadSettingError(f"No time zone is called {text[:60]!r}: write it like Europe/Berlin.") from None
    return text


def _currency(text: str) -> Value:
    code = text.upper()
    if code not in CURRENCIES:
        raise BadSettingError(
            f"{text[:20]!r} is no currency that people pay with: write an ISO 4217 code, like EUR or USD."
        )
    return code


def _currencies(text: str) -> Value:
    """Read a list of codes, each once, with blanks or commas between them."""
    codes = dict.fromkeys(text.upper().replace(",", " ").split())
    if len(codes) > MOST_CURRENCIES:
        raise BadSettingError(f"A site takes at most {MOST_CURRENCIES} further currencies.")
    return " ".join(str(_currency(code)) for code in codes)


def _languages(text: str) -> Value:
    choices = ", ".join(PAGE_LANGUAGES)
    try:
        languages = read_languages(text)
    except UnknownLanguageError as error:
        raise BadSettingError(f"No page is written in {str(error)[:20]!r}: choose from {choices}.") from None
    if not languages:
        raise BadSettingError(f"Choose at least one language: {choices}.")
    return " ".join(languages)


def _sender(text: str) -> Value:
    if len(text) > LONGEST_SENDER or not is_one_line(text):
        raise BadSettingError(
            f"A sender's name is one line of at most {LONGEST_SENDER} characters; empty is the site's."
        )
    return text


def _thanks(text: str) -> Value:
    """Read a note of thanks: plain text on one line."""
    note = " ".join(text.split())
    if len(note) > LONGEST_THANKS or not is_one_line(note):
        raise BadSettingError(
            f"A note of thanks has at most {LONGEST_THANKS} characters and no control characters; empty is none."
        )
    return note


def _keeps_less(before: Value, after: Value) -> str:
    less = KEEPS.index(str(after)) < KEEPS.index(str(before))
    return "Browsers forget a shared link sooner, so fewer purchases count." if less else ""


def _fewer_currencies(before: Value, after: Value) -> str:
    gone = [code for code in str(before).split() if code not in str(after).split()]
    return f"Orders in {', '.join(gone)} give no money any more." if gone else ""


def _no_questions(before: Value, after: Value) -> str:
    return "People can't ask about their credit any more." if before and not after else ""


def _slower(before: Value, after: Value) -> str:
    return "People wait longer for an answer." if int(after) > int(before) else ""


SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting("time_zone", "time_zone", _time_zone),
        Setting("currency", "currency", _currency),
        Setting("further_currencies", "further_currencies", _currencies, _fewer_currencies),
        Setting("remember", "remember", _one_of(*KEEPS), _keeps_less),
        Setting("credit", "credit", _one_of(ON, "ask", OFF)),
        Setting("customers_signed_in", "customers_signed_in", _switch),
        Setting("personal_codes", "vanity", _one_of(ON, "ask", OFF)),
        Setting("questions", "questions", _switch, _no_questions),
        Setting("answer_days", "answer_days", _days(MOST_ANSWER_DAYS), _slower),
        Setting("retention_days", "retention_days", _days(MOST_RETENTION_DAYS)),
        Setting("languages", "languages", _languages),
        Setting("sender_name", "sender_name", _sender),
        Setting("thanks_note", "thanks_note", _thanks),
    )
}
"""By name, in the order in which they are shown."""


def read_setting(name: str, text: str) -> Value:
    """Return the value of a setting that a person wrote. Raises BadSettingError."""
    if name not in SETTINGS:
        raise BadSettingError(f"There is no setting {name[:40]!r}: {', '.join(SETTINGS)}.")
    return SETTINGS[name].read(text.strip())


def write_setting(value: Value) -> str:
    """Return a value as `read_setting` takes it."""
    return (ON if value else OFF) if isinstance(value, bool) else str(value)
