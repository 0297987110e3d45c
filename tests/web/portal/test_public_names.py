"""A name outside its owner's own pages: in their share panel, and before who comes by their link. Only as they want."""

from collections.abc import Iterator

import pytest

from cast import HOME, Person, a_person, an_id, anna, ben, mallory
from flow.office import BOTH, OTHER, PAGE, SITE, Answer, Json, Office, an_office
from passalong.flow import personal_codes
from passalong.store.sites import find_site

NAMES = {"yes": "Ana of the path", "all": "Ana", "no": "Ana in hiding"}


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna and Ben have shared."""
    for made in an_office(request, tmp_path_factory):
        made.link("annas", anna)
        made.link("bens", ben)
        yield made


def call(office: Office, who: Person, name: str, shown: str) -> None:
    """Choose a name, shown to nobody (no), to those on the same path (yes), or to everybody who comes (all)."""
    form = {"name": name, "shown": shown}
    assert office.send("POST", "/me/privacy/name", client=office.signed_in(who), form=form).status == 303


@pytest.mark.parametrize("name", ["Bee Almanac", "The Bees", "PayPal", "Verify your account", "\u0410dmin"])
def test_a_name_that_pretends_to_be_somebody_else_is_refused_in_words(office: Office, name: str) -> None:
    """Only a name that strangers read: hidden, it is a note to oneself."""
    browser = office.signed_in(anna)
    for shown in ("yes", "all"):
        answer = office.send("POST", "/me/privacy/name", client=browser, form={"name": name, "shown": shown})
        assert (answer.status, "looks like the site" in answer.text) == (400, True)
    assert "name" not in panel(office, anna)
    assert office.send("POST", "/me/privacy/name", client=browser, form={"name": name, "shown": "no"}).status == 303


def panel(office: Office, who: Person, name: str = "panel") -> Json:
    """What this person's share panel is told with a link."""
    said = {"site": SITE, "id": an_id("panel", who.name, name), "guest": who.guest, "page": PAGE}
    answer = office.send("POST", "/v1/links", said)
    assert answer.status in (200, 201)
    found: Json = answer.json
    return found


def thanks(office: Office, token: str, site_id: str = SITE, **headers: str) -> Answer:
    """What the page of somebody who came with this token is told."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return office.send("POST", "/v1/thanks", {"site": site_id, "token": token}, sent)


def decide(office: Office, decision: str, who: Person) -> None:
    """Otto decides about somebody."""
    said = {"decision": decision, "about": "advocate", "subject_id": who.advocate_id(SITE)}
    said |= {"id": f"{decision}-{office.count('events')}", "author": "Otto", "note": "Not a name."}
    assert office.api("POST", "/verdicts", said).status == 202
    office.fold()


def test_a_name_is_read_where_its_owner_wants_it(office: Office) -> None:
    """By themselves in the panel once it is shown to anybody; by who comes by a link only on a choice of its own."""
    token = office.link("annas", anna)
    for shown, in_panel, to_who_comes in (("no", False, False), ("yes", True, False), ("all", True, True)):
        call(office, anna, NAMES[shown], shown)
        assert panel(office, anna).get("name") == (NAMES[shown] if in_panel else None)
        assert thanks(office, token).json == ({"name": NAMES[shown]} if to_who_comes else {})


def test_a_name_is_told_to_nobody_else(office: Office) -> None:
    call(office, anna, "Ana", "all")
    assert set(panel(office, ben)) == {"token"}
    assert set(panel(office, a_person("somebody new"))) == {"token"}
    assert thanks(office, office.link("bens", ben)).json == {}


def test_an_answer_has_the_name_alone_and_is_kept_by_nobody(office: Office) -> None:
    call(office, anna, "Ana", "all")
    answer = thanks(office, office.link("annas", anna))
    assert answer.body.strip() == b'{"name":"Ana"}'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers
    before = office.counts("events", "queue", "visits", "advocates")
    thanks(office, office.link("annas", anna))
    assert office.counts("events", "queue", "visits", "advocates") == before


def test_only_a_token_of_this_site_that_is_good_leads_to_a_name(office: Office) -> None:
    call(office, anna, "Ana", "all")
    good = office.link("annas", anna)
    foreign = office.link("foreign", anna, site_id=OTHER, page="https://wasps.example/")
    altered = good[:-2] + ("AA" if good[-2:] != "AA" else "BA")
    for token in (foreign, altered, "x" * 27, "nobody", "x"):
        assert thanks(office, token).json == {}, token
    assert thanks(office, good, site_id=OTHER).json == {}
    assert thanks(office, good, site_id="nosite").status == 404
    assert office.send("POST", "/v1/thanks", {"site": SITE}).status == 400
    assert office.send("POST", "/v1/thanks", {"site": SITE, "token": good, "guest": anna.guest}).status == 400


def test_a_word_that_stands_for_somebody_leads_to_their_name_until_it_is_retired(office: Office) -> None:
    call(office, anna, "Ana", "all")
    services = office.instance.services
    with office.db.reading() as session:
        site = find_site(session, SITE)
    assert site is not None
    personal_codes.add_code(
        services.db, services.clock, services.keys, site, personal_codes.CodeRequest(anna.advocate_id(SITE), "bee-ana")
    )
    personal_codes.add_code(
        services.db, services.clock, services.keys, site, personal_codes.CodeRequest(anna.advocate_id(SITE), "old-ana")
    )
    personal_codes.retire_code(services.db, services.clock, SITE, "old-ana")
    assert thanks(office, "bee-ana").json == {"name": "Ana"}
    assert thanks(office, "old-ana").json == {}


def test_pages_of_other_sites_and_browsers_that_say_no_are_told_nothing(office: Office) -> None:
    call(office, anna, "Ana", "all")
    token = office.link("annas", anna)
    assert thanks(office, token, Origin=HOME).json == {"name": "Ana"}
    for origin in ("https://evil.example", "null"):
        assert thanks(office, token, Origin=origin).status == 403
    assert thanks(office, token, Sec_GPC="1").json == {}


def test_hiding_and_erasing_hold_from_the_next_question_on(office: Office) -> None:
    token = office.link("annas", anna)
    call(office, anna, "Ana", "all")
    assert (thanks(office, token).json, panel(office, anna)["name"]) == ({"name": "Ana"}, "Ana")
    call(office, anna, "Ana", "no")
    assert (thanks(office, token).json, "name" in panel(office, anna)) == ({}, False)
    call(office, anna, "Ana", "all")
    browser = office.signed_in(anna)
    assert office.send("POST", "/me/privacy/erase", client=browser, form={"read": "yes"}).status == 200
    assert thanks(office, token).json == {}


def test_a_name_holds_in_all_browsers_of_one_person(office: Office) -> None:
    """Anna proved that two of her browsers are hers: what she chose in one is read, and hidden, by links of both."""
    phone = a_person("annas phone")
    token = office.link("phone", phone)
    call(office, anna, "Ana", "all")
    assert thanks(office, token).json == {}
    office.join(anna, phone)
    assert thanks(office, token).json == {"name": "Ana"}
    assert panel(office, phone)["name"] == "Ana"
    assert 'value="Ana"' in office.send("GET", "/me/privacy", client=office.signed_in(phone)).text
    call(office, phone, "Ana", "no")
    assert thanks(office, office.link("annas", anna)).json == {}


def test_an_owner_hides_a_name_and_shows_it_again_and_nothing_else_changes(office: Office) -> None:
    call(office, anna, "Ana", "all")
    token = office.link("annas", anna)
    note = office.visit("came", token, a_person("buyer"))
    assert office.note("flask", note).status == 202
    order = {"id": "o", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    assert office.api("POST", "/conversions", order | {"code": f"{token}.{an_id('visit', 'came')}"}).status == 202
    office.fold()
    before = office.counts("journal", "receipts")
    decide(office, "hide", anna)
    assert (thanks(office, token).json, "name" in panel(office, anna)) == ({}, False)
    assert "has hidden your name" in office.send("GET", "/me/privacy", client=office.signed_in(anna)).text
    decide(office, "show", anna)
    assert thanks(office, token).json == {"name": "Ana"}
    assert office.counts("journal", "receipts") == before


def test_a_banned_advocate_is_not_named_even_with_a_shown_name(office: Office) -> None:
    token = office.link("mallorys", mallory)
    call(office, mallory, "Mallory", "all")
    decide(office, "ban", mallory)
    decide(office, "show", mallory)
    assert thanks(office, token).json == {}
    note = office.visit("came", token, a_person("victim"))
    assert office.note("flask", note).status == 202
    office.fold()
    order = {"id": "o", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    assert office.api("POST", "/conversions", order | {"code": f"{token}.{an_id('visit', 'came')}"}).status == 202
    office.fold()
    assert office.api("GET", "/conversions/o").json["reason"] == "banned_advocate"
    decide(office, "lift", mallory)
    assert thanks(office, token).json == {"name": "Mallory"}


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "evil.example", "\u202eanA", "x" * 41, ""])
def test_an_invalid_name_is_not_shown(office: Office, name: str) -> None:
    browser = office.signed_in(anna)
    for shown in ("yes", "all"):
        form = {"name": name, "shown": shown}
        answer = office.send("POST", "/me/privacy/name", client=browser, form=form)
        assert answer.status == 400
        assert "<img" not in answer.text
    assert thanks(office, office.link("annas", anna)).json == {}


def test_an_older_name_is_judged_by_the_rule_too(office: Office) -> None:
    call(office, anna, "Ana", "all")
    with office.db.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE advocate_choices SET name = 'evil.example'")
    assert thanks(office, office.link("annas", anna)).json == {}
    assert "name" not in panel(office, anna)


def test_change_leads_to_the_name_and_your_credit_leads_home(office: Office) -> None:
    said = {"site": SITE, "guest": anna.guest}
    for more, where in (({}, "/me"), ({"to": "privacy"}, "/me/privacy")):
        url = office.send("POST", "/v1/credit", said | more).json["url"]
        path, _, code = url.removeprefix("https://along.example").partition("#")
        page = office.send("GET", path).text
        assert ('name="to" value="privacy"' in page) is bool(more)
        form = {"code": code} | ({"to": "privacy"} if more else {})
        answer = office.send("POST", "/me/in", form=form)
        assert (answer.status, answer.headers["location"]) == (303, where)
    assert office.send("POST", "/v1/credit", said | {"to": "https://evil.example"}).status == 400
    assert 'name="to"' not in office.send("GET", "/me/in?to=https://evil.example").text
    form = {"code": office.send("POST", "/v1/credit", said).json["url"].partition("#")[2], "to": "https://evil.example"}
    assert office.send("POST", "/me/in", form=form).headers["location"] == "/me"
