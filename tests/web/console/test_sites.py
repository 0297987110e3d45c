"""Sites in the console: the switcher, adding, renaming, origins, moving, archiving, deleting with a week to undo."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from cast import anna, cleo
from flow.office import BOTH, OTHER, SITE, Answer, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.privileges import Role, Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.owners.removal import remove_due
from passalong.i18n import formatting
from passalong.store import sites

PAGE = f"/console/{SITE}/site"
INA = "ina@bees.example"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def act(office: Office, browser: FlaskClient, **form: str) -> Answer:
    """Send a form of the page about the site."""
    return office.send("POST", PAGE, client=browser, form=form)


def log_of(office: Office, browser: FlaskClient) -> str:
    """The audit log."""
    return office.send("GET", f"/console/{SITE}/changes", client=browser).text


def test_a_person_switches_between_their_sites_and_sees_no_other(office: Office) -> None:
    ina = office.teammate(Role.OWNER, address=INA)
    page = office.send("GET", "/console/sites", client=ina).text
    assert (f"/console/{SITE}" in page, OTHER in page, "Find a site" in page) == (True, False, False)
    office.teammate(Role.VIEWER, OTHER, INA)
    page = office.send("GET", "/console/sites", client=ina).text
    assert [f'href="/console/{one}"' in page for one in (SITE, OTHER)] == [True, True]
    found = office.send("GET", "/console/sites?q=WASP", client=ina).text
    assert [f'href="/console/{one}"' in found for one in (SITE, OTHER)] == [False, True]
    assert office.send("GET", "/console", client=ina).headers["location"] == "/console/sites"
    assert office.send("GET", "/console").headers["location"] == "/console/in"


def test_an_owner_adds_a_site_once_and_owns_it(office: Office) -> None:
    ina = office.teammate(Role.OWNER, address=INA)
    form = {"address": "https://honey.example", "name": "Honey", "currency": "EUR", "time_zone": "Europe/Berlin"}
    answers = [office.send("POST", "/console/sites/new", client=ina, form=form) for _ in range(2)]
    assert answers[0].status == 303 and answers[0].headers["location"] == answers[1].headers["location"]
    assert office.send("GET", answers[0].headers["location"], client=ina).status == 200
    assert "Honey" in office.send("GET", "/console/sites", client=ina).text
    viewer = office.teammate(Role.VIEWER)
    assert office.send("POST", "/console/sites/new", client=viewer, form=form).status == 403


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"address": "bees"}, "address", "is not a web address"),
        ({"address": "javascript:alert(1)"}, "address", "is not an http or https address"),
        ({"address": "https://wasps.example"}, "address", "belongs to another site of this server"),
        ({"currency": "XXZ"}, "currency", "is no currency"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "No time zone is called"),
        ({"name": "x" * 121}, "name", "A site&#39;s name has 1 to 120 characters"),
    ],
)
def test_a_site_that_cannot_be_added_says_why_beside_the_field(
    office: Office, changed: dict[str, str], field: str, says: str
) -> None:
    ina = office.teammate(Role.OWNER, address=INA)
    form = {"address": "https://honey.example", "name": "Honey", "currency": "EUR", "time_zone": "UTC"} | changed
    answer = office.send("POST", "/console/sites/new", client=ina, form=form)
    assert (answer.status, says in answer.text, f'id="{field}-error"' in answer.text) == (422, True, True)
    assert "Wasps" not in answer.text, "somebody else's site is not named"


def test_renaming_and_addresses_are_changed_with_an_entry_in_the_log(office: Office) -> None:
    ina = office.teammate(Role.OWNER, address=INA)
    assert act(office, ina, act="rename", name="Bees & Honey").status == 303
    assert act(office, ina, act="add", origin="https://shop.bees.example").status == 303
    page = office.send("GET", PAGE, client=ina).text
    assert "<h1>Bees &amp; Honey</h1>" in page and "https://shop.bees.example" in page
    assert act(office, ina, act="remove", origin="https://shop.bees.example").status == 303
    assert "https://shop.bees.example" not in office.send("GET", PAGE, client=ina).text
    assert act(office, ina, act="move", address="https://new.example/").status == 303
    log = log_of(office, ina)
    for words in ("Renamed the site", "Changed the addresses", "Moved the site", "The Bee Almanac", "Bees &amp; Honey"):
        assert words in log
    for form in ({"act": "rename", "name": ""}, {"act": "add", "origin": "nonsense"}, {"act": "move", "address": "x"}):
        assert act(office, ina, **form).status == 422
    assert act(office, ina, act="").status == 400


def test_an_archived_site_counts_nothing_new_until_it_is_restored(office: Office) -> None:
    otto, token = office.owner(), office.link("annas")
    assert act(office, otto, act="archive").status == 303
    note = office.visit("v1", token, cleo)
    assert office.note("flask", note).status == 404
    assert office.send("GET", f"/along/{SITE}.js").status == 404
    assert office.send("GET", f"/h/{token}").status in (302, 303, 307), "a link that was shared leads on"
    assert "has been archived since" in office.send("GET", PAGE, client=otto).text
    assert act(office, otto, act="restore").status == 303
    assert office.note("flask", note).status == 202
    assert "Restored the site from the archive" in log_of(office, otto)


def test_a_site_works_for_its_last_week_as_the_page_says(office: Office) -> None:
    otto, token = office.owner(), office.link("annas last")
    note = office.visit("last", token, cleo)
    assert office.note("flask", note).status == 202
    says = office.send("GET", PAGE, client=otto).text
    assert "Until then orders from earlier visits still count, people can read and use their credit" in says
    assert act(office, otto, act="delete", typed="The Bee Almanac").status == 303
    assert "orders from earlier visits do, and people can read and use" in office.send("GET", PAGE, client=otto).text
    refused = office.note("flask", office.visit("later", token, cleo))
    assert (refused.status, "marked for removal" in refused.message) == (404, True)
    order = {"id": "last", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    assert office.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"}).status == 202
    office.fold()
    assert "€8.00" in office.send("GET", "/me/credit", client=office.signed_in(anna)).text
    assert act(office, otto, act="keep").status == 303


def test_a_deleted_site_can_be_taken_back_for_a_week(office: Office) -> None:
    otto, known = office.owner(), office.instance.services
    wrong = act(office, otto, act="delete", typed="the bee almanac")
    assert (wrong.status, "Write the name as it is" in wrong.text) == (422, True)
    assert act(office, otto, act="delete", typed="The Bee Almanac").status == 303
    assert office.send("GET", f"/along/{SITE}.js").status == 404
    assert "You deleted this site" in office.send("GET", PAGE, client=otto).text
    office.clock.at_ms += 7 * DAY_MS - 1
    assert remove_due(office.db, known.signing, office.instance.sealing.file, office.clock.now_ms()) == 0
    otto = office.owner()
    assert act(office, otto, act="keep").status == 303
    assert office.send("GET", f"/along/{SITE}.js").status == 200
    office.clock.at_ms += DAY_MS
    assert remove_due(office.db, known.signing, office.instance.sealing.file, office.clock.now_ms()) == 0
    assert act(office, otto, act="delete", typed="The Bee Almanac").status == 303
    office.clock.at_ms += 7 * DAY_MS
    office.instance.sealing.look()
    with office.db.reading() as session:
        assert [one.site_id for one in sites.all_sites(session)] == [OTHER]


def test_people_read_in_the_portal_when_the_site_is_removed_and_can_take_their_statement(office: Office) -> None:
    otto, token = office.owner(), office.link("annas")
    assert office.note("flask", office.visit("v1", token, cleo)).status == 202
    office.fold()
    office.instance.sealing.look()
    browser = office.signed_in(anna)
    pages = ("/me", "/me/credit", "/me/use", "/me/links", "/me/statement", "/me/claims", "/me/keep")
    assert act(office, otto, act="delete", typed="The Bee Almanac").status == 303
    day = formatting.day(office.clock.at_ms + 7 * DAY_MS, "UTC", with_year=True, long=True)
    for path in pages:
        assert f"The Bee Almanac will be removed on {day}" in office.send("GET", path, client=browser).text, path
    assert "wird am" in office.send("GET", "/me", client=browser, headers={"Accept-Language": "de"}).text
    assert office.send("GET", "/me/statement.json", client=browser).json["lines"]
    assert act(office, otto, act="keep").status == 303
    assert all("will be removed" not in office.send("GET", path, client=browser).text for path in pages)


def test_a_form_that_is_sent_twice_renames_once(office: Office) -> None:
    ina = office.teammate(Role.OWNER, address=INA)
    for name in ("Bees", "Bees"):
        assert act(office, ina, act="rename", name=name, once="form-1").status == 303
    assert act(office, ina, act="rename", name="Other", once="form-1").status == 303
    assert "<h1>Bees</h1>" in office.send("GET", PAGE, client=ina).text


def seen_by(office: Office, browser: FlaskClient, act_name: str) -> str:
    """What the form of an action shows as it stands."""
    page = office.send("GET", PAGE, client=browser).text.partition(f'value="{act_name}"')[0]
    return page.rpartition('name="seen" value="')[2].partition('"')[0]


def test_two_owners_who_rename_the_site_read_each_others_name_and_lose_nothing(office: Office) -> None:
    ina, otto = office.teammate(Role.OWNER, address=INA), office.owner()
    seen = seen_by(office, otto, "rename")
    assert seen == "The Bee Almanac"
    assert act(office, ina, act="rename", name="Bees", seen=seen, once="ina").status == 303
    answer = act(office, otto, act="rename", name="Honey", seen=seen, once="otto")
    assert (answer.status, "It is now “Bees”; you wrote “Honey”" in answer.text) == (409, True)
    assert 'value="Honey"' in answer.text and 'name="seen" value="Bees"' in answer.text
    assert "<h1>Bees</h1>" in office.send("GET", PAGE, client=ina).text
    assert act(office, otto, act="rename", name="Honey", seen="Bees", once="otto again").status == 303
    assert act(office, ina, act="rename", name="Bees", seen=seen, once="ina").status == 409, "back, and pressed again"
    assert "<h1>Honey</h1>" in office.send("GET", PAGE, client=ina).text
    moved = {"act": "move", "seen": seen_by(office, ina, "move")}
    assert act(office, ina, address="https://one.example/", **moved).status == 303
    assert act(office, otto, address="https://one.example/", **moved).status == 303, "both want the same"
    assert act(office, otto, address="https://two.example/", **moved).status == 409


def test_archiving_a_site_that_was_deleted_meanwhile_is_a_conflict(office: Office) -> None:
    ina, otto = office.teammate(Role.OWNER, address=INA), office.owner()
    seen = seen_by(office, otto, "archive")
    assert act(office, ina, act="delete", typed="The Bee Almanac", seen=seen).status == 303
    answer = act(office, otto, act="archive", seen=seen)
    assert (answer.status, "it is now marked for deletion" in answer.text) == (409, True)
    assert act(office, ina, act="delete", typed="The Bee Almanac", seen=seen).status == 303, "sent twice"
    assert act(office, ina, act="keep", seen=seen_by(office, ina, "keep")).status == 303


def test_two_owners_who_add_addresses_at_once_both_succeed(office: Office) -> None:
    browsers = [office.owner() for _ in range(4)]
    forms = [{"act": "add", "origin": f"https://shop{n}.example"} for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: act(office, browsers[n], **forms[n]).status, range(4)))
    assert answers == [303] * 4
    page = office.send("GET", PAGE, client=browsers[0]).text
    assert [form["origin"] in page for form in forms] == [True] * 4


@pytest.mark.parametrize("name", ["Bee\r\nBcc: mallory@example.org", "Bee\u202eklat", "Bee\x1b[2J"], ids=ascii)
def test_a_name_of_two_lines_is_refused_by_every_way_in(office: Office, name: str) -> None:
    ina = office.teammate(Role.OWNER, address=INA)
    office.send("POST", "/console/sites/new", client=ina, form={"address": "https://hive.example", "name": name})
    act(office, ina, act="rename", name=name)
    key = api_keys.new(office.db, office.clock, SITE, NewKey("manages", (Scope.MANAGE,)))
    assert office.api("PATCH", "/site", {"name": name}, key).status == 400
    with office.db.reading() as session:
        assert [one.name for one in sites.all_sites(session) if not one.name.isprintable()] == []
    page = office.send("GET", "/console/sites", client=ina).text
    assert "mallory@example.org" not in page
