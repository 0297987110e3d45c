"""Every form of the pages for people survives garbage, a second press, and somebody else's change in between.

The forms are those of the rendered pages (`web/walking.py`), so that a new one is tried by itself. Garbage rotates by
day; `make fuzz` tries all of it in every field. What it changes depends on the day, so it comes last: the tests
before it find the same instance every day.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from itertools import count
from typing import Any

import pytest

from flow.office import SITE, Answer, an_office
from fuzzing import FULL
from passalong.store import sites
from portal_history import INA, OTTO
from web.http.test_gets_write_nothing import Rows, changed, rows
from web.walking import Form, Walk

GARBAGE = {
    "empty": "",
    "long": "x" * 100_000,
    "NUL": "a\0b",
    "bidi": "\u202eabc\u202c",
    "emoji": "\N{HONEYBEE}" * 3,
    "negative": "-5",
    "huge": "9" * 40,
    "no such day": "2026-02-31",
    "markup": "\"><script>alert('x')</script>",
}
REFUSED_WHOLE = {"long": 413, "NUL": 400}
"""A browser's own limits keep these from being typed, so the whole request is refused."""
SECRETS = {"secret", "code"}
"""Typed once, and never written into a page."""
SEEN = {"seen", "base", "version", "entered"}
"""Hidden fields that say what the page showed."""
TYPED = {
    "amount": "5",
    "worth": "5",
    "origin": "https://stall.bees.example",
    "url": "https://stall.example/hook",
    "iban": "DE89 3704 0044 0532 0130 00",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "typed": "",
}
"""What somebody types into a field of this name; other fields get words."""
HOUR_MS = 3_600_000
"""Between two people: nobody is over a limit of mails."""
SAVING = {"save", "publish"}
MEANWHILE: dict[Any, tuple[tuple[str, str], dict[str, str]]] = {
    ("act", "delete"): (("act", "archive"), {"act": "restore", "seen": "archived"})
}
"""What somebody else presses before a button that two people may well press, and what takes it back."""
NUMBERS = {"answer_days", "days", "cap-0", "expiry"}
ADDRESSES = {"address", "url"}
OVERWRITTEN = {"name", "note", "words", "description"} | NUMBERS | ADDRESSES
SMALL = 4
RUNS = count()
"""A test that runs again types other words."""


@pytest.fixture(scope="module", params=["sqlite"])
def walk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """One instance in which everything happened."""
    for office in an_office(request, tmp_path_factory):
        yield Walk(office)


def test_an_old_page_overwrites_nothing_and_loses_nothing(walk: Walk) -> None:
    found, tried, passed_over, number = {}, set(), set(), next(RUNS)
    for form in walk.forms:
        mine, theirs = walk.again(form), walk.again(form)
        if mine is None or theirs is None or not SEEN & set(dict(mine.fields)) or not mine.typed:
            continue
        other = MEANWHILE.get(button(theirs))
        meanwhile, undone = other or (button(theirs), None)
        body = theirs.filled(button=meanwhile, **typed(theirs, f"Their word {number}", "18"))
        walk.office.clock.at_ms += HOUR_MS
        first = walk.send(theirs, body, INA if form.who == OTTO else OTTO)
        walk.office.fold()
        if first.status != 303:
            passed_over.add((form.endpoint, button(theirs)))
            continue
        tried.add(form.endpoint)
        values = typed(mine, f"My own word {number}") | ({"typed": site_name(walk)} if undone else {})
        answer = walk.send(mine, mine.filled(button=button(mine), **values))
        page = unescape(answer.text)
        lost = [name for name, value in values.items() if value not in page and name not in SECRETS]
        if answer.status != 409 or lost:
            found[form.endpoint, button(mine)] = (answer.status, lost)
        if undone:
            assert walk.send(theirs, undone, INA if form.who == OTTO else OTTO).status == 303
    assert len(tried) >= 5, tried
    assert (found, passed_over) == ({}, set())


def site_name(walk: Walk) -> str:
    """The name that has to be typed before the site is deleted."""
    with walk.office.db.reading() as session:
        site = sites.find_site(session, SITE)
    assert site is not None
    return site.name


def test_a_second_press_writes_nothing(walk: Walk) -> None:
    found, tried = {}, 0
    for form in walk.forms:
        now = walk.again(form)
        if now is None or "once" not in dict(now.fields):
            continue
        body = now.filled(button=button(now), **typed(now))
        walk.send(now, body)
        walk.office.fold()
        before = rows(walk.office)
        answer = walk.send(now, body)
        walk.office.fold()
        tried += 1
        twice = written(before, rows(walk.office))
        if twice or answer.status >= 500:
            found[form.endpoint, button(now)] = (answer.status, twice)
    assert tried > 20
    assert found == {}


@pytest.mark.fuzz
def test_garbage_in_a_field_is_refused_beside_it_and_what_was_typed_stays(walk: Walk) -> None:
    found, tried, number = {}, 0, 0
    for form in walk.forms:
        for name in form.typed:
            for kind in kinds(number := number + 1):
                now = walk.again(form)
                if now is not None:
                    tried += 1
                    body = now.filled(button=button(now), **{name: GARBAGE[kind]})
                    if fault := wrong(walk.send(now, body), name, kind):
                        found[form.endpoint, name, kind] = fault
    assert tried > 40
    assert found == {}


def kinds(number: int) -> list[str]:
    """The garbage for a field: all of it, or one that is another one tomorrow and in the next field."""
    today = datetime.now(UTC).toordinal()
    return list(GARBAGE) if FULL else [list(GARBAGE)[(today + number) % len(GARBAGE)]]


def button(form: Form) -> tuple[str, str] | None:
    """The button that saves what was typed, or the first one."""
    return next((one for one in form.buttons if one[1] in SAVING), form.buttons[0] if form.buttons else None)


def wrong(answer: Answer, name: str, kind: str) -> str:
    """What is wrong with an answer to garbage; empty where nothing is."""
    if answer.status >= 500:
        return f"answers {answer.status}"
    if answer.status < 400 or answer.status in (403, REFUSED_WHOLE.get(kind)):
        return ""
    if name in SECRETS:
        return ""
    page = unescape(answer.text)
    if 'aria-invalid="true"' not in page and 'role="alert"' not in page:
        return f"{answer.status} without a sentence at the field"
    return "" if GARBAGE[kind] in page else f"{answer.status} loses what was typed"


def typed(form: Form, word: str = "A new one", number: str = "19") -> dict[str, str]:
    """What somebody types: into the empty fields of a small form, and over names, reasons, addresses and numbers."""
    values = {}
    for name, old in form.fields:
        if name in form.typed and (name in OVERWRITTEN or (not old and len(form.typed) <= SMALL)):
            values[name] = number if name in NUMBERS else address(old, word) if name in ADDRESSES else word
    return values | {name: TYPED[name] for name in values if name in TYPED}


def address(old: str, word: str) -> str:
    """An address of the kind that the field has, made of a word."""
    host = word.replace(" ", "-").lower()
    return f"https://{host}.example" if old.startswith("https://") else f"{host}@bees.example"


def written(before: Rows, after: Rows) -> list[str]:
    """The tables that have more rows, or other ones."""
    return [table for table in changed(before, after) if table != "sessions"]
