"""The person who arrives is told of the reward that their link's own terms have for them, and of nothing else."""

from collections.abc import Iterator

import pytest
from msgspec import structs

from cast import a_person, anna, ben
from flow.office import BOTH, OTHER, SITE, Office, an_office
from passalong.core.money import MICROS, POINTS
from passalong.core.terms.model import Goal, Terms
from passalong.flow.owners import terms

EUROS = Goal("purchase", "EUR", rate_bp=1_000, welcome_micros=5 * MICROS)


@pytest.fixture
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance in which Anna shared before there was any reward for those who come."""
    yield from an_office(request, tmp_path_factory)


pytestmark = pytest.mark.parametrize("office", BOTH, indirect=True)


def rule(office: Office, *goals: Goal) -> None:
    """Otto's rule has these goals from now on."""
    terms.new_version(office.db, office.clock, SITE, terms.Draft(Terms(goals=goals), "More for those who come."))


def told(office: Office, token: str, site_id: str = SITE, **more: str) -> object:
    """What the page of somebody who came with this token is told."""
    return office.send("POST", "/v1/thanks", {"site": site_id, "token": token} | more).json


def test_who_arrives_is_told_what_the_links_own_terms_have_for_them(office: Office) -> None:
    before = office.link("before", anna)
    rule(office, EUROS)
    after = office.link("after", ben)
    assert told(office, before) == {}, "a promise of a later rule is not this link's"
    assert told(office, after) == {"reward": "€5.00"}
    assert told(office, after, lang="de") == {"reward": "5,00\N{NO-BREAK SPACE}€"}
    assert told(office, after, lang="xx") == {"reward": "€5.00"}


def test_the_most_of_one_outcome_is_told_and_money_goes_before_points(office: Office) -> None:
    rule(office, Goal("signup", POINTS, fixed_micros=10 * MICROS, welcome_micros=7 * MICROS))
    points = office.link("points", anna)
    less = Goal("donation", "EUR", rate_bp=1_000, welcome_micros=2 * MICROS)
    rule(office, Goal("signup", POINTS, fixed_micros=10 * MICROS, welcome_micros=70 * MICROS), less, EUROS)
    assert told(office, points) == {"reward": "7 points"}
    assert told(office, office.link("both", a_person("other"))) == {"reward": "€5.00"}


def test_a_reward_that_a_cap_may_lower_is_offered_up_to_its_amount(office: Office) -> None:
    rule(office, structs.replace(EUROS, month_budget_micros=MICROS))
    token = office.link("annas", anna)
    assert told(office, token) == {"reward": "up to €5.00"}
    assert told(office, token, lang="ja") == {"reward": "最大€5.00"}


def test_nothing_is_told_of_another_sites_link_or_to_who_asks_not_to_be_counted(office: Office) -> None:
    rule(office, EUROS)
    token = office.link("annas", anna)
    assert told(office, token, OTHER) == {}
    assert told(office, "x" * 27) == {}
    asked = office.send("POST", "/v1/thanks", {"site": SITE, "token": token}, {"Sec-GPC": "1"})
    assert asked.json == {}
    assert office.send("POST", "/v1/thanks", {"site": SITE, "token": token, "lang": "x" * 36}).status == 400
