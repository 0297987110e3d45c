"""Every route of the map takes anything at all."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import anna
from flow.office import BOTH, Office
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


def test_no_route_breaks_on_garbage(office: Office) -> None:
    """Every route of the map, whoever asks: nothing, a query, a form, JSON, cookies that are not ours."""
    app = office.instance.flask
    browsers = [office.client(), office.signed_in(anna), office.owner()]
    asked = 0
    for rule in app.url_map.iter_rules():
        for garbage in GARBAGE if "<" in rule.rule else GARBAGE[:3]:
            path = re.sub(r"<[^>]+>", lambda _match, found=garbage: found, rule.rule)  # type: ignore[misc]
            query = "?" + "&".join(f"{name}={garbage}" for name in ("k", "only", "before", "as", "next", "v"))
            for browser in browsers:
                answers = [
                    office.send("GET", path + query, client=browser),
                    office.send(
                        "POST", path, client=browser, form=dict.fromkeys(("k", "code", "theme", "next"), garbage)
                    ),
                    office.send("POST", path, garbage.encode(), client=browser),
                    office.send("POST", path, {"site": garbage}, {"Content-Type": "application/json"}, client=browser),
                ]
                if browser is browsers[0]:  # HEAD is GET without its body, and nobody is asked for by OPTIONS
                    answers += [office.send(method, path, client=browser) for method in ("HEAD", "OPTIONS")]
                asked += len(answers)
                assert [answer.status for answer in answers if answer.status >= 500] == [], path
    assert asked > 1_000


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
