"""What an owner sets up: sites, their terms, their pages and their API keys."""

import re
import secrets
from pathlib import Path

import pytest
from sqlalchemy import text

from cast import HOME
from flow.world import SITE, World
from passalong.core.money import POINTS
from passalong.core.terms.model import Goal, Terms
from passalong.core.terms.validation import BadTermsError
from passalong.flow.owners import api_keys, sites
from passalong.flow.owners.sites import BadSiteError, NewSite
from passalong.lib.tokens import hashed
from passalong.store.sites import Site, terms_versions

GOOD_SITES = [
    {"site_id": "abcd"},
    {"site_id": "a" * 16},
    {"name": "x"},
    {"name": "x" * 120},
    {"home_url": "http://127.0.0.1:8090/shop"},
    {"home_url": "https://EXAMPLE.org"},
    {"currency": "JPY"},
    {"time_zone": "Europe/Berlin"},
    {"remember": "none"},
]


def test_a_site_can_be_made(tmp_path: Path) -> None:
    world = World(f"sqlite:///{tmp_path}/here.db")
    for given in GOOD_SITES:
        site = a_site_like(world, given)
        assert sites.is_on_site(site, f"{site.origins[0]}/page"), given
    assert world.count("sites") == 1 + len(GOOD_SITES)
    world.close()


def a_site_like(world: World, given: dict[str, str]) -> Site:
    """A site with defaults for everything that is not given."""
    said = {"name": "Bees", "home_url": "https://b.example", "currency": "EUR", "time_zone": "UTC", "remember": "visit"}
    said |= given
    return sites.new_site(
        world.db,
        world.clock,
        NewSite(
            name=said["name"],
            home_url=said["home_url"],
            currency=said["currency"],
            time_zone=said["time_zone"],
            remember=said["remember"],
            site_id=said.get("site_id"),
        ),
    )


BAD_SITES = [
    ({"site_id": "abc"}, "4 to 16"),
    ({"site_id": "a" * 17}, "4 to 16"),
    ({"site_id": "Bees1"}, "4 to 16"),
    *(({"site_id": name}, "name of a part of the script") for name in ("panel", "quote", "thanks", "along", "words")),
    ({"site_id": SITE}, "already exists"),
    ({"name": ""}, "1 to 120"),
    ({"name": "  "}, "1 to 120"),
    ({"name": "x" * 121}, "1 to 120"),
    ({"home_url": "example.org"}, "not a web address"),
    ({"home_url": "ftp://example.org"}, "http or https"),
    ({"home_url": "javascript:alert(1)"}, "http or https"),
    ({"currency": "eur"}, "three capital letters"),
    ({"currency": "EURO"}, "three capital letters"),
    ({"time_zone": "Mars/Olympus"}, "No time zone"),
    ({"time_zone": "../etc/passwd"}, "No time zone"),
    ({"remember": "always"}, "visit, window, none"),
]


def test_a_site_that_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    world = World(f"sqlite:///{tmp_path}/here.db")
    for given, words in BAD_SITES:
        with pytest.raises(BadSiteError, match=words):
            a_site_like(world, given)
    assert world.count("sites") == 1
    world.close()


@pytest.mark.parametrize(("remember", "goals"), [("visit", 1), ("none", 1), ("window", 2)])
def test_a_first_visit_is_rewarded_from_the_start_only_where_browsers_can_tell_it(
    world: World, remember: str, goals: int
) -> None:
    made = a_site_like(world, {"remember": remember})
    with world.db.reading() as session:
        (first,) = terms_versions(session, made.site_id)
    assert [goal.name for goal in first.terms.goals] == ["new_visitor", "purchase"][-goals:]


def test_a_key_is_made_with_a_digit_and_so_is_never_a_parts_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "choice", lambda letters: letters[0])
    assert sorted(sites.new_key()) == ["2", *"aaaaaaa"]
    monkeypatch.undo()
    assert all(re.fullmatch(r"(?=.*\d)[a-z2-9]{8}", sites.new_key()) for _ in range(1000))


def test_a_site_with_bad_terms_is_not_made(world: World) -> None:
    terms = Terms(goals=(Goal("purchase", POINTS, rate_bp=1),))
    with pytest.raises(BadTermsError):
        sites.new_site(world.db, world.clock, NewSite(name="Bees", home_url="https://b.example", terms=terms))
    assert world.count("sites") == 1


@pytest.mark.parametrize(
    ("page", "on_site"),
    [
        (f"{HOME}/", True),
        (f"{HOME}:443/x", True),
        ("HTTPS://BEES.EXAMPLE/x", True),
        ("http://bees.example/", False),
        (f"{HOME}:444/", False),
        ("https://bees.example.evil.example/", False),
        ("https://bees.example@evil.example/", False),
        ("https://evil.example/?https://bees.example/", False),
        ("https://evil.example\\@bees.example/", False),
        ("//bees.example/", False),
        ("javascript:https://bees.example/", False),
        ("", False),
        ("https://", False),
        ("\0", False),
    ],
)
def test_a_page_is_on_the_site_by_the_browsers_own_rules(page: str, on_site: bool) -> None:
    site = Site(SITE, "Bees", HOME, (HOME,), "UTC", "EUR", "visit", "on", 0)
    assert sites.is_on_site(site, page) is on_site


def test_an_api_key_names_its_site_and_is_kept_as_a_hash(world: World) -> None:
    key = api_keys.new(world.db, world.clock, SITE, "shop")
    assert key.startswith(f"ak_{SITE}_")
    assert len(key) > 45
    kept = "".join(str(row) for row in world.rows(text("SELECT * FROM api_keys")))
    assert key not in kept
    assert hashed(key) in kept
