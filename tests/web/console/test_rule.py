"""The rule's editor: a sentence with changeable parts, versions that begin in time, and forms that lose nothing."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from cast import anna, cleo
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.attribution.journey import DAY_MS
from passalong.core.money import MICROS, POINTS
from passalong.core.terms.model import AmountsIn, Goal, Terms
from passalong.flow.owners.settings import SettingsDraft, change_settings
from passalong.store.sites import TermsVersion, terms_versions
from passalong.web.console.rule_form import form_of, read_form

PAGE = f"/console/{SITE}/rule"
FIVE = {
    **{"goals": "1", "name-0": "purchase", "kind-0": "money", "amount-0": "5.00", "month-0": ""},
    **{"split": "last", "window": "14", "hold": "30", "touch": "linear_unique", "generation": "fair"},
    **{"pool": "proportional", "weights": "1 1 1", "expiry": "", "note": "Easier to understand.", "act": "save"},
}


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def versions(office: Office) -> list[TermsVersion]:
    """All versions of the rule."""
    with office.db.reading() as session:
        return list(terms_versions(session, SITE))


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def posted(office: Office, browser: Any, **change: str) -> Any:
    """Otto opens the page, fills in the form and sends it; `...` is what a field was changed to."""
    page = office.send("GET", PAGE, client=browser).text
    form = FIVE | {"base": hidden(page, "base"), "once": hidden(page, "once")} | change
    assert f'<form method="post" action="{PAGE}"' in page
    return office.send("POST", PAGE, client=browser, form=form)


def shared(office: Office) -> None:
    """Anna shares and Cleo comes: from now on there are promises."""
    token = office.link("promise")
    office.note("flask", office.visit("promise", token, cleo))
    office.fold()


def test_five_euros_to_the_last_link_within_fourteen_days_begin_at_once_before_the_first_share(office: Office) -> None:
    browser = office.owner()
    answer = posted(office, browser)
    assert (answer.status, answer.headers["location"]) == (303, f"{PAGE}#versions")
    newest = versions(office)[-1]
    assert newest.since_ms == office.clock.now_ms()
    assert newest.terms == Terms(
        goals=(Goal("purchase", "EUR", fixed_micros=5 * MICROS),),
        touch_model="last",
        generation_model="none",
        window_days=14,
        version=2,
    )
    page = html.unescape(office.send("GET", PAGE, client=browser).text)
    assert "by Owner, by a link from the command line" in page and "Easier to understand." in page
    assert "buys anything, amount: 10% → €5.00" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "Days that count: 30 → 14" in page


def test_a_cut_after_the_first_share_is_announced_fourteen_days_ahead_and_can_be_withdrawn(office: Office) -> None:
    browser = office.owner()
    shared(office)
    draft = office.send("GET", f"{PAGE}?preset=fixed", client=browser).text
    assert "Announce for" in draft and "pays in another way" in draft
    assert posted(office, browser).status == 303
    newest = versions(office)[-1]
    assert newest.since_ms == office.clock.now_ms() + 14 * DAY_MS
    page = office.send("GET", PAGE, client=browser).text
    assert "Withdraw version 2" in page
    form = {"version": "2"}
    assert office.send("POST", f"{PAGE}/withdraw", client=browser, form=form).status == 303
    assert versions(office)[-1].withdrawn_at_ms is not None
    assert office.send("POST", f"{PAGE}/withdraw", client=browser, form=form).status == 409
    assert office.send("POST", f"{PAGE}/withdraw", client=browser, form={"version": "x"}).status == 400


def test_an_announced_version_is_replaced_by_another_one(office: Office) -> None:
    browser = office.owner()
    shared(office)
    posted(office, browser)
    assert posted(office, browser, **{"amount-0": "4.00", "replaces": "on"}).status == 303
    second, third = versions(office)[1:]
    assert second.withdrawn_at_ms is not None
    assert third.terms.goals[0].fixed_micros == 4 * MICROS


GARBAGE = [
    ({"amount-0": "plenty"}, "amount-0", "such as 5.00"),
    ({"amount-0": "<script>"}, "amount-0", "such as 5.00"),
    ({"kind-0": "share", "amount-0": "101"}, "amount-0", "at most 100 %"),
    ({"kind-0": "gold"}, "kind-0", "Choose one"),
    ({"name-0": "everything"}, "name-0", "Choose one"),
    ({"name-0": "other", "other-0": "share"}, "other-0", "pays for sharing itself"),
    ({"name-0": "other", "other-0": "invited"}, "other-0", "bringing in people who share"),
    ({"name-0": "other", "other-0": "Große Tat"}, "other-0", "small letters"),
    ({"name-0": "new_visitor"}, "name-0", "A first visit in money needs a limit per person per day"),
    ({"window": "0"}, "window", "from 1 to 90"),
    ({"window": "9" * 500}, "window", "from 1 to 90"),
    ({"hold": "91"}, "hold", "from 0 to 90"),
    ({"split": "mine"}, "split", "Choose one"),
    ({"split": "own", "touch": "x"}, "touch", "Choose one"),
    ({"split": "own", "generation": "10 levels"}, "generation", "Choose one"),
    ({"pool": "x"}, "pool", "Choose one"),
    ({"weights": "0 1"}, "weights", "1 to 20 whole numbers"),
    ({"expiry": "11"}, "expiry", "from 12 to 120"),
    ({"month-0": "-1"}, "month-0", "such as 5.00"),
    ({"cap-0": "0"}, "cap-0", "more than nothing"),
    ({"day-0": "x"}, "day-0", "such as 5.00"),
    ({"referee-0": "1,000"}, "referee-0", "such as 5.00"),
    ({"minimum-0": "x"}, "minimum-0", "such as 5.00"),
    ({"pages-0": "no slash"}, "name-0", "begin with / or *"),
    ({"countries-0": "Germany"}, "name-0", "two capital letters"),
    ({"since": "tomorrow"}, "since", "2026-12-31"),
    ({"note": " "}, "note", "1 to 500"),
    ({"note": "x" * 501}, "note", "1 to 500"),
]


def test_garbage_in_any_field_is_answered_beside_it_and_what_was_typed_stays(office: Office) -> None:
    browser = office.owner()
    for change, field, said in GARBAGE:
        answer = posted(office, browser, **change)
        page = answer.text
        assert answer.status == 422, change
        error = re.search(rf'id="{field}-error">([^<]*)<', page)
        assert error and said in html.unescape(error[1]), (change, error)
        assert f'href="#{field}"' in page, change
        if field != "note":
            assert 'value="Easier to understand."' in page
    assert len(versions(office)) == 1


def test_a_first_visit_is_rewarded_only_where_browsers_can_tell_it(office: Office) -> None:
    """Otto's browsers remember a visit alone; his first rule has the goal from before, the second leaves it out."""
    browser = office.owner()
    assert posted(office, browser).status == 303
    first = {"name-0": "new_visitor", "kind-0": "points", "amount-0": "10"}
    answer = posted(office, browser, **first)
    assert answer.status == 422
    assert "set “A browser remembers a shared link” to “as long as the rule allows”" in html.unescape(answer.text)
    change_settings(office.db, office.clock, SITE, SettingsDraft({"remember": "window"}, "Otto"))
    assert posted(office, browser, **first).status == 303


def test_a_form_that_is_sent_twice_makes_one_version(office: Office) -> None:
    browser = office.owner()
    page = office.send("GET", PAGE, client=browser).text
    form = FIVE | {"base": hidden(page, "base"), "once": hidden(page, "once")}
    assert [office.send("POST", PAGE, client=browser, form=form).status for _ in range(2)] == [303, 303]
    assert len(versions(office)) == 2


def test_two_people_who_edit_at_once_see_both_texts(office: Office) -> None:
    here, there = office.owner(), office.owner()
    page = office.send("GET", PAGE, client=here).text
    seen = {"base": hidden(page, "base"), "once": hidden(page, "once")}
    posted(office, there, **{"amount-0": "7.00", "note": "Seven is a lucky number."})
    answer = office.send("POST", PAGE, client=here, form=FIVE | seen)
    assert answer.status == 409
    assert all(words in html.unescape(answer.text) for words in ("Seven is a lucky number.", "get €7.00", "get €5.00"))
    assert 'value="Easier to understand."' in answer.text
    assert len(versions(office)) == 2
    again = FIVE | {"base": hidden(answer.text, "base"), "once": hidden(answer.text, "once")}
    assert office.send("POST", PAGE, client=here, form=again).status == 303


def test_a_draft_is_tried_on_the_past_without_names(office: Office) -> None:
    browser = office.owner()
    token = office.link("tried")
    note = office.visit("tried", token, cleo)
    office.note("flask", note)
    office.fold()
    office.clock.at_ms += DAY_MS
    said = {"id": "o1", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": f"{token}.{note['id']}"}
    office.api("POST", "/conversions", said)
    office.fold()
    query = "&".join(f"{name}={text}" for name, text in (FIVE | {"act": "try"}).items())
    page = html.unescape(office.send("GET", f"{PAGE}?{query}", client=browser).text)
    assert "0 people would have got more, 1 less, 0 the same." in page
    assert anna.advocate_id(SITE) not in page and anna.advocate_id(SITE)[:4] not in page


EVERYTHING = Terms(
    goals=(
        Goal(
            "purchase",
            "EUR",
            rate_bp=1_250,
            minimum_micros=20 * MICROS,
            pages=("/shop/*", "/sale"),
            products=("hive kit", "b,2"),
            countries=("DE", "FR"),
            cap_micros=50 * MICROS,
            day_cap_micros=100 * MICROS,
            month_budget_micros=1_000 * MICROS,
            welcome_micros=2 * MICROS,
        ),
        Goal("hive_tour", POINTS, fixed_micros=20 * MICROS, minimum_micros=5 * MICROS, currency="EUR"),
        Goal("signup", "EUR", fixed_micros=MICROS),
    ),
    touch_model="last_n",
    generation_model="direct_referral",
    pool_model="none",
    window_days=45,
    hold_days=10,
    last_weights=(1, 2, 3),
    expiry_months=18,
)


def test_every_part_of_terms_is_made_in_the_form(office: Office) -> None:
    browser = office.owner()
    assert posted(office, browser, **form_of(EVERYTHING, "EUR")).status == 303
    assert versions(office)[-1].terms == Terms(**{**as_fields(EVERYTHING), "version": 2})
    page = office.send("GET", PAGE, client=browser).text
    assert all(f'value="{days}" selected' in page for days in (45, 10))


def as_fields(terms: Terms) -> dict[str, Any]:
    """The fields of terms."""
    return {name: getattr(terms, name) for name in Terms.__struct_fields__}


def test_a_goal_is_added_and_removed_without_losing_the_others(office: Office) -> None:
    browser = office.owner()
    query = "&".join(f"{name}={text}" for name, text in (FIVE | {"act": "add"}).items())
    page = office.send("GET", f"{PAGE}?{query}", client=browser).text
    assert hidden(page, "goals") == "2" and 'id="amount-1"' in page
    more = FIVE | {"goals": "2", "name-1": "signup", "kind-1": "points", "amount-1": "33", "act": "remove-0"}
    page = office.send("GET", f"{PAGE}?{'&'.join(f'{n}={t}' for n, t in more.items())}", client=browser).text
    assert hidden(page, "goals") == "1" and 'value="33"' in page and 'value="signup" selected' in page


@pytest.mark.parametrize("preset", ["share", "fixed", "points", "thanks"])
def test_every_preset_shows_what_people_would_read(office: Office, preset: str) -> None:
    page = office.send("GET", f"{PAGE}?preset={preset}", client=office.owner())
    assert page.status == 200
    assert f'?preset={preset}" aria-current="true"' in page.text


@pytest.mark.parametrize("query", ["goals=999", "goals=-1", "goals=1", "preset=x", "goals=2&act=remove-7", "act=try"])
def test_any_address_gets_a_page(office: Office, query: str) -> None:
    assert office.send("GET", f"{PAGE}?{query}", client=office.owner()).status == 200


def test_strangers_see_and_change_nothing(office: Office) -> None:
    assert office.send("GET", PAGE).status == 401
    assert office.send("POST", PAGE, form=FIVE).status == 401
    assert office.send("POST", f"{PAGE}/withdraw", form={"version": "2"}).status == 401
    assert (
        office.send("POST", PAGE, client=office.owner(), form=FIVE, headers={"Origin": "https://evil.example"}).status
        == 403
    )


def test_a_form_keeps_the_amounts_in_other_currencies_and_drops_them_where_they_fit_no_more() -> None:
    dollars = (AmountsIn("USD", fixed_micros=6 * MICROS, cap_micros=9 * MICROS),)
    terms = Terms(goals=(Goal("purchase", "CHF", fixed_micros=5 * MICROS, also_in=dollars),))
    fields = form_of(terms, "EUR")
    again, errors = read_form(fields, "EUR")
    assert errors == {}
    assert again is not None
    assert again.goals == terms.goals, "neither its own currency nor the others are lost"
    share, errors = read_form(fields | {"kind-0": "share", "amount-0": "10"}, "EUR")
    assert share is not None
    assert share.goals[0].also_in == ()
    forged, _ = read_form(fields | {"also-0": "{", "unit-0": "ZZZ"}, "EUR")
    assert forged is not None
    assert (forged.goals[0].unit, forged.goals[0].also_in) == ("EUR", ())
