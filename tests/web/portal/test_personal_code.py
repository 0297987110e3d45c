"""A word of one's own: asked for in the portal, answered in the console, printed as a short address."""

import re
import time
from collections.abc import Iterator
from html import unescape
from itertools import count
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from cast import HOME, a_person, a_site, mallory
from flow.office import BOTH, CHROME, OTHER, SITE, URL, Answer, Office, an_office
from flow.world import HandClock
from passalong.app import make_instance
from passalong.flow import personal_codes
from passalong.flow.owners import sites as flow_sites
from passalong.flow.owners.settings import SettingsDraft, change_settings
from passalong.flow.owners.sites import NewSite
from passalong.flow.personal_codes import Asking
from passalong.flow.signin.rate_limits import HOUR_MS
from passalong.flow.transaction import writing
from passalong.settings import read_settings
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.people import sessions
from passalong.store.schema.columns import metadata
from passalong.web.portal.personal_code import short_address
from tables import make_tables
from web.rendered import get, kept

NETWORKS = count(1)
"""Ten codes a day are asked for from one network."""


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def lets_ask(office: Office, asking: str) -> None:
    """Otto sets who may have a code."""
    change_settings(office.db, office.clock, SITE, SettingsDraft({"personal_codes": asking}, "Otto"))
    office.instance.services.sites.forget(SITE)


@pytest.fixture(autouse=True)
def asking(office: Office) -> None:
    """Each test begins with a site that gives words at once."""
    lets_ask(office, "on")


def somebody(office: Office, name: str) -> FlaskClient:
    """A browser of somebody who has kept their credit."""
    who = a_person(name)
    office.link(name, who)
    office.clock.at_ms += HOUR_MS  # printed words are tried ten times an hour
    browser = kept(office, who)
    browser.environ_base["REMOTE_ADDR"] = f"198.51.100.{next(NETWORKS) % 250}"
    return browser


def ask(office: Office, browser: FlaskClient, word: str) -> Answer:
    """Ask for a word."""
    return office.send("POST", "/me/word", client=browser, form={"word": word})


def owner(office: Office, act: str, word: str = "") -> Answer:
    """What Otto presses."""
    return office.send("POST", f"/console/{SITE}/words", client=office.owner(), form={"act": act, "word": word})


def test_a_word_is_given_and_its_short_address_leads_to_the_site(office: Office) -> None:
    ana = somebody(office, "ana")
    assert ask(office, ana, " Ana ").status == 303
    page = get(office, ana, "/me/word")
    [address] = re.findall(rf"{URL}(/h/[a-z0-9/-]+)", page)
    assert address == f"/h/{SITE}/ana"
    for typed in (address, f"/h/{SITE}/ANA", f"/_along/h/{SITE}/ana"):
        answer = office.send("GET", typed)
        assert (answer.status, answer.headers["location"]) == (302, f"{HOME}/?ht=ana")
        assert answer.headers["cache-control"] == "no-store"
    note = office.visit("by ana", "ana", a_person("came by ana"), page=HOME)
    assert office.note("flask", note).note[1] == "visit"
    office.fold()
    assert "1 person" in get(office, ana, "/me")


@pytest.mark.parametrize("asking", ["on", "ask"])
def test_a_word_that_pretends_is_refused_and_the_owner_may_give_it(office: Office, asking: Asking) -> None:
    lets_ask(office, asking)
    browser = somebody(office, f"pretender {asking}")
    for word in ("admin", "paypa1", "bee-almanac", "the-bees"):
        answer = ask(office, browser, word)
        assert (answer.status, "looks like the site" in answer.text) == (400, True), word
    said = {"code": f"official-{asking}", "advocate": a_person("pretender", asking).advocate_id(SITE)}
    office.link(f"owner gives {asking}", a_person("pretender", asking))
    assert office.api("POST", "/codes", said).status == 201


def test_a_word_that_is_also_the_name_of_a_part_of_the_page_is_no_such_part(office: Office) -> None:
    """ "Skip to the content" leads to the part that is named `main`."""
    lets_ask(office, "ask")
    assert ask(office, somebody(office, "main"), "main").status == 303
    page = office.send("GET", f"/console/{SITE}/words", client=office.owner()).text
    assert 'value="main"' in page
    assert page.count('id="main"') == 1
    assert owner(office, "decline", "main").status == 303, "nothing waits when the next test begins"


def test_a_new_site_is_asked_before_anybody_has_a_word(office: Office) -> None:
    made = flow_sites.new_site(office.db, office.clock, NewSite(name="New", home_url="https://new.example"))
    with office.db.reading() as session:
        found = sites.find_site(session, made.site_id)
    assert found is not None
    assert found.vanity == "ask"


def test_a_word_that_names_no_site_belongs_to_the_domain_it_was_asked_under(office: Office) -> None:
    """Two sites are here: under the owner's own domain it is theirs, elsewhere it is nobody's."""
    assert ask(office, somebody(office, "domain"), "domain").status == 303
    own = office.send("GET", "/_along/h/domain", headers={"Host": "bees.example"})
    assert (own.status, own.headers["location"]) == (302, f"{HOME}/?ht=domain")
    for host in ("wasps.example", "evil.example", "along.example"):
        answer = office.send("GET", "/_along/h/domain", headers={"Host": host})
        assert (answer.status, "location" in answer.headers) == (404, False), host
    assert office.send("GET", f"/h/{OTHER}/domain").status == 404


@pytest.mark.parametrize(
    "path",
    [
        f"/h/{SITE}/nobodys",
        f"/h/{SITE}/no",
        f"/h/{SITE}/..%2f..",
        f"/h/{SITE}/https:%2f%2fevil.example",
        "/h/nosite/ana",
        f"/h/{SITE}/%E2%80%AE",
    ],
)
def test_an_unknown_code_leads_nowhere(office: Office, path: str) -> None:
    for query in ("", "?next=https://evil.example"):
        answer = office.send("GET", path + query)
        assert answer.status == 404
        assert "location" not in answer.headers


def test_a_word_that_was_ended_leads_to_the_site_and_counts_for_nobody(office: Office) -> None:
    browser = somebody(office, "ended")
    ask(office, browser, "ended")
    assert owner(office, "end", "ended").status == 303
    answer = office.send("GET", f"/h/{SITE}/ended")
    assert (answer.status, answer.headers["location"]) == (302, f"{HOME}/")
    assert "Retired on" in get(office, browser, "/me/word")
    assert ask(office, somebody(office, "other"), "ended").status == 400


def test_the_word_of_an_erased_person_is_in_no_table_and_nobody_else_gets_it(office: Office) -> None:
    browser, word = somebody(office, "gone"), "gone-gwendolyn"
    assert ask(office, browser, word).status == 303
    assert word in everything_in(office)
    assert office.send("POST", "/me/privacy/erase", client=browser, form={"read": "yes"}).status == 200
    assert word not in everything_in(office)
    answer = ask(office, somebody(office, "gwendolyn the second"), word)
    assert (answer.status, "taken" in answer.text.lower()) == (400, True)


def everything_in(office: Office) -> str:
    """Every row of every table."""
    with office.db.reading() as session:
        return str([session.execute(select(table)).all() for table in metadata.sorted_tables])


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("no", "Write 3 to 24 letters"),
        ("-ana", "Write 3 to 24 letters"),
        ("änna", "Write 3 to 24 letters"),
        ("a b c", "Write 3 to 24 letters"),
        ("x" * 25, "Write 3 to 24 letters"),
        ("<b>x</b>", "Write 3 to 24 letters"),
        ("", "Write 3 to 24 letters"),
        ("taken", "This code is taken, or was used before"),
    ],
)
def test_an_invalid_code_says_what_to_do(office: Office, word: str, says: str) -> None:
    if word == "taken":
        ask(office, somebody(office, "first"), "taken")
    answer = ask(office, somebody(office, f"asks for {word!r}"), word)
    assert answer.status == 400
    assert says in answer.text
    assert 'role="alert"' in answer.text


def test_a_long_word_of_reserved_words_is_refused_in_a_moment(office: Office) -> None:
    """Read as "payments", "team" or "payment", "steam": each more doubled the time, in which nobody was answered."""
    browser = somebody(office, "patient")
    began_s = time.process_time()
    answer = office.send("POST", "/me/word", client=browser, form={"word": "paymentsteam" * 22 + "x"})
    assert time.process_time() - began_s < 3
    assert (answer.status, "3 to 24 letters" in answer.text) == (400, True)


def test_a_guest_is_asked_to_save_access_before_a_code(office: Office) -> None:
    office.link("mallorys", mallory)
    browser = office.signed_in(mallory)
    page = get(office, browser, "/me/word")
    assert "Save access to your credit" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    answer = ask(office, browser, "mallory")
    assert answer.status == 400
    assert "Save access to your credit first" in answer.text


def test_one_person_has_at_most_five(office: Office) -> None:
    browser = somebody(office, "five")
    lets_ask(office, "on")
    assert [ask(office, browser, f"five{number}").status for number in range(6)] == [303] * 5 + [400]


def test_the_owner_agrees_or_declines_where_they_want_to_be_asked(office: Office) -> None:
    assert owner(office, "ask").status == 303
    browser, other = somebody(office, "asks"), somebody(office, "asks too")
    for word in ("agreed", "declined"):
        assert ask(office, browser, word).status == 303
        assert office.send("GET", f"/h/{SITE}/{word}").status == 404
    assert ask(office, other, "agreed").status == 400, "somebody waits for it"
    assert "The Bee Almanac hasn't answered yet" in get(office, browser, "/me/word")
    console = unescape(office.send("GET", f"/console/{SITE}/words", client=office.owner()).text)
    assert "2 requests to answer." in console
    assert owner(office, "agree", "agreed").status == 303
    assert owner(office, "decline", "declined").status == 303
    assert office.send("GET", f"/h/{SITE}/agreed").headers["location"] == f"{HOME}/?ht=agreed"
    assert office.send("GET", f"/h/{SITE}/declined").status == 404
    page = get(office, browser, "/me/word")
    assert "The Bee Almanac declined this code" in page
    assert ask(office, browser, "declined").status == 400
    assert ask(office, other, "declined").status == 303, "for somebody else it is asked anew"
    for act, word in (("agree", "nothing"), ("decline", "agreed"), ("dance", ""), ("end", "nothing")):
        assert owner(office, act, word).status == (400 if act == "dance" else 422), act
    owner(office, "decline", "declined")


def test_the_owner_can_switch_asking_off(office: Office) -> None:
    browser = somebody(office, "off")
    assert owner(office, "off").status == 303
    assert "Only the owner of this site creates codes" in get(office, browser, "/me/word")
    answer = ask(office, browser, "offword")
    assert (answer.status, "Only the owner of this site creates codes" in answer.text) == (400, True)


def test_another_owner_answers_nothing_here(office: Office) -> None:
    wasps = office.owner(OTHER)
    for act in ("agree", "end", "off"):
        form = {"act": act, "word": "ana"}
        assert office.send("POST", f"/console/{SITE}/words", client=wasps, form=form).status == 401


def test_where_there_is_one_site_the_short_address_names_none(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/here.db"
    db = Database(url)
    make_tables(db)
    site = a_site(db, HandClock()).site
    instance = make_instance(read_settings({"PASSALONG_DATA": str(tmp_path), "DATABASE_URL": url}), HandClock())
    services = instance.services
    with writing(db) as session:
        sessions.add_advocate(session, SITE, "a" * 16, 0)
    personal_codes.add_code(db, HandClock(), services.keys, site, personal_codes.CodeRequest("a" * 16, "ana"))
    with db.reading() as session:
        assert short_address(services, session, site) == f"{services.url}/h/"
    answer = instance.flask.test_client().get("/h/ana", headers={"User-Agent": CHROME})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{HOME}/?ht=ana")
    instance.close()
    db.close()


def test_one_network_asks_for_ten_codes_a_day(office: Office) -> None:
    """An account with recovery words costs nothing, and a code that waits for its owner is taken for all others."""
    asked = []
    for number in range(3):
        browser = somebody(office, f"squatter {number}")
        browser.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        asked += [ask(office, browser, f"squat-{number}-{word}").status for word in range(4)]
    assert asked == [303] * 10 + [400] * 2
    assert "from your network today" in ask(office, browser, "squat-more").text
    assert ask(office, somebody(office, "honest"), "honest").status == 303
