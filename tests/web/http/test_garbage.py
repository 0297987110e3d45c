"""Every route of the map takes anything at all."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cast import anna
from flow.office import BOTH, Answer, Office
from fuzzing import FULL
from web.shopped import a_shopped_office


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


GARBAGE = [
    "x",
    "..",
    "%00",
    "%ff%fe",
    "a" * 3_000,
    "%F0%9F%90%9D",
    "%2e%2e%2f",
    "'%22%3E%3Cscript%3E",
    "-1",
    "1e400",
    "%0d%0a",
]


@pytest.mark.fuzz
def test_no_route_breaks_on_garbage(office: Office) -> None:
    """Every route of the map, whoever asks: nothing, a query, a form, JSON, cookies that are not ours.

    Each browser asks each route; that it asks for each garbage, too, is left to `make fuzz`.
    """
    browsers = [office.client(), office.signed_in(anna), office.owner()]
    asked = 0
    for route, methods in methods_of_routes(office).items():
        for number, garbage in enumerate(GARBAGE if "<" in route else GARBAGE[:3]):
            path = re.sub(r"<[^>]+>", lambda _match, found=garbage: found, route)  # type: ignore[misc]
            for browser in browsers if FULL else [browsers[number % len(browsers)]]:
                answers = ask(office, browser, path, garbage, takes_bodies="POST" in methods)
                if browser is browsers[0]:  # HEAD is GET without its body, and nobody is asked for by OPTIONS
                    answers += [office.send(method, path, client=browser) for method in ("HEAD", "OPTIONS")]
                asked += len(answers)
                assert [answer.status for answer in answers if answer.status >= 500] == [], path
    assert asked > 1_000


def methods_of_routes(office: Office) -> dict[str, set[str]]:
    """Return the methods of each path of the map; GET and POST are often two rules of one path."""
    found: dict[str, set[str]] = {}
    for rule in office.instance.flask.url_map.iter_rules():
        found.setdefault(rule.rule, set()).update(rule.methods or ())
    return found


def ask(office: Office, browser: FlaskClient, path: str, garbage: str, *, takes_bodies: bool) -> list[Answer]:
    """Send a query, a form, and two other bodies to a route that takes some; one that takes none refuses all alike."""
    query = "?" + "&".join(f"{name}={garbage}" for name in ("k", "only", "before", "as", "next", "v"))
    form = dict.fromkeys(("k", "code", "theme", "next"), garbage)
    answers = [
        office.send("GET", path + query, client=browser),
        office.send("POST", path, client=browser, form=form),
    ]
    if takes_bodies:
        answers += [
            office.send("POST", path, garbage.encode(), client=browser),
            office.send("POST", path, {"site": garbage}, {"Content-Type": "application/json"}, client=browser),
        ]
    return answers


def test_the_walk_would_see_a_route_that_breaks(tmp_path: Path) -> None:
    """A route that fails is a 500 with a page, not a traceback."""
    office = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    try:

        @office.instance.flask.get("/broken")
        def broken() -> str:
            raise RuntimeError("a secret of ours")

        answer = office.send("GET", "/broken")
        assert answer.status == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
    finally:
        office.close()
