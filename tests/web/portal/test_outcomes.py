"""What a page says somebody did (`along.outcome`): believed little, once a visit, only where the terms ask for it."""

from collections.abc import Iterator

import msgspec
import pytest

from cast import a_site, an_id, anna, cleo
from flow.office import BOTH, GOOGLEBOT, Json, Office, an_office
from passalong.core.ledger.receipts import Receipt
from passalong.core.money import MICROS, POINTS
from passalong.core.reasons import Reason
from passalong.core.terms.model import Goal, default_terms
from passalong.store.books import receipts

MOTHS = "moths1"
HOME = "https://moths.example"
DOORS = ("flask", "asgi")
SIGNUP = Goal(name="browser_signup", unit=POINTS, fixed_micros=5 * MICROS)
BY_SERVER = Goal(name="newsletter", unit=POINTS, fixed_micros=5 * MICROS)


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, with a site whose terms pay for what browsers say."""
    for office in an_office(request, tmp_path_factory):
        terms = default_terms("EUR")
        terms = msgspec.structs.replace(terms, goals=(*terms.goals, SIGNUP, BY_SERVER))
        a_site(office.db, office.clock, site_id=MOTHS, name="Moths", home_url=HOME, terms=terms)
        yield office


def arrive(office: Office, name: str) -> Json:
    """Cleo comes through Anna's link; returns an outcome's note of that visit."""
    token = office.link(name, anna, MOTHS, f"{HOME}/a")
    visit = office.visit(name, token, cleo, f"{HOME}/a", site=MOTHS)
    assert office.note("flask", visit).note == (202, "visit", None)
    said = {"site": MOTHS, "id": an_id("outcome", name), "kind": "outcome", "token": token, "visit": visit["id"]}
    return said | {"goal": "signup", "page": f"{HOME}/welcome"}


def receipt(office: Office, said: Json) -> Receipt:
    """What became of it."""
    office.fold()
    with office.db.reading() as session:
        found = receipts.latest(session, MOTHS, f"conversion:browser:{said['goal']}:{said['visit']}")
    assert found is not None
    return found


@pytest.mark.parametrize("door", DOORS)
def test_an_outcome_meets_the_goal_that_the_owner_named_for_it(office: Office, door: str) -> None:
    said = arrive(office, f"signs up {door}")
    assert office.note(door, said).note == (202, "outcome", None)
    made = receipt(office, said)
    assert (made.goal, made.reason, made.budget_micros) == ("browser_signup", None, 5 * MICROS)
    assert [line.recipient for line in made.lines] == [anna.advocate_id(MOTHS)]


@pytest.mark.parametrize("door", DOORS)
def test_it_counts_once_for_a_visit_however_often_it_is_said(office: Office, door: str) -> None:
    said = arrive(office, f"again {door}")
    assert office.note(door, said).note == (202, "outcome", None)
    for change in ({}, {"id": an_id("another", door)}, {"page": f"{HOME}/other"}):
        assert office.note(door, said | change).note == (202, "duplicate", None)


@pytest.mark.parametrize("goal", ["newsletter", "purchase", "new_visitor", "nothing"])
def test_a_browser_cannot_report_an_owners_goal(office: Office, goal: str) -> None:
    said = arrive(office, f"forges {goal}") | {"goal": goal}
    assert office.note("flask", said).note == (202, "outcome", None)
    made = receipt(office, said)
    assert (made.reason, made.budget_micros, made.lines) == (Reason.NO_MATCHING_GOAL, 0, ())


def test_a_program_and_another_sites_page_get_nothing(office: Office) -> None:
    said = arrive(office, "program")
    assert office.note("flask", said, {"User-Agent": GOOGLEBOT}).note == (202, None, "bot")
    said = arrive(office, "elsewhere") | {"page": "https://elsewhere.example/"}
    assert office.note("flask", said).note == (202, None, "foreign_origin")
    altered = said["token"][:-1] + ("A" if said["token"][-1] != "A" else "Q")
    assert office.note("flask", said | {"token": altered}).headers["along-dropped"] in {
        "bad_signature",
        "unknown_share",
    }


@pytest.mark.parametrize("id", ["browser:signup:x", "new_visitor:x", "given:x"])
def test_no_server_can_take_the_id_of_a_browsers_outcome(office: Office, id: str) -> None:
    assert office.api("POST", "/conversions", {"id": id, "goal": "newsletter"}).status == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [("goal", ""), ("goal", "Sign up"), ("goal", "x" * 33), ("goal", 1), ("visit", "x"), ("value", 5), ("page", "x")],
)
def test_a_malformed_one_is_told_which_field(office: Office, field: str, value: object) -> None:
    answer = office.note("flask", arrive(office, f"malformed {field} {value}") | {field: value})
    assert answer.status == 400
    assert field in answer.message
