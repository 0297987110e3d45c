"""Text from a request never reaches a response header unless it was full-matched: no 500, no injected header."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from cast import anna
from flow.office import BOTH, SITE, Office
from fuzzing import FULL
from web.shopped import a_shopped_office


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, with shares, visits and conversions."""
    yield from a_shopped_office(request, tmp_path_factory)


CONTROLS = [f"%{number:02x}" for number in (*range(1, 32), 127)]
HEADER_LIKE = ["x%0d%0aSet-Cookie:%20a=b", "x%3b%20Domain=evil.example"]
LONGER = ["%0a", "%0d", "%c2%85", "%e2%80%a8", "%ed%a0%80", "%22", *HEADER_LIKE]
HOSTILE = [*CONTROLS, *LONGER]
A_CODE = f"{SITE}.{'a' * 43}"


@pytest.mark.fuzz
def test_no_path_part_breaks_a_route_or_reaches_a_header(office: Office) -> None:
    """Every route with a part in its path, for a visitor and for Anna.

    `make fuzz` sends each control character to each. Otherwise each route gets a quarter of them, the next route
    another quarter, and all get the ends of lines.
    """
    broken, asked = [], 0
    browsers = [office.client(), office.signed_in(anna)]
    rules = [rule for rule in office.instance.flask.url_map.iter_rules() if "<" in rule.rule]
    for number, rule in enumerate(rules):
        for hostile in HOSTILE if FULL else [*CONTROLS[number % 4 :: 4], *LONGER]:
            path = re.sub(r"<[^>]+>", lambda _part, found=hostile: found, rule.rule)  # type: ignore[misc]
            for browser in browsers:
                answer = office.send("GET" if "GET" in (rule.methods or ()) else "POST", path, client=browser)
                asked += 1
                if answer.status >= 500 or "evil.example" in str(answer.headers) or answer.headers.get("set-cookie"):
                    broken.append((path, answer.status))
    assert broken == []
    assert asked > 1_000


def test_a_sign_in_link_with_anything_else_in_it_is_a_bad_link(office: Office) -> None:
    for hostile in (*HOSTILE, "%F0%9F%90%9D", "a%20b"):
        for code in (hostile, A_CODE + hostile, hostile + A_CODE):
            answer = office.send("GET", f"/me/door/{code}")
            assert (answer.status in (400, 404), "set-cookie" in answer.headers) == (True, False), code


def test_a_sign_in_link_of_the_right_form_is_kept_for_the_next_page(office: Office) -> None:
    """The control: the same route sets its cookie for a code that has the form of one."""
    answer = office.send("GET", f"/me/door/{A_CODE}")
    assert (answer.status, A_CODE in answer.headers["set-cookie"]) == (303, True)


FIELDS = ("next", "language", "theme", "code", "k", "to", "site", "kind", "wanted", "request", "way", "handle", "p")


def test_no_form_field_and_no_query_reaches_a_header(office: Office) -> None:
    asked = 0
    browser = office.signed_in(anna)
    leaving = ("/me/out", "/me/privacy/erase")
    for rule in office.instance.flask.url_map.iter_rules():
        if "<" in rule.rule or rule.rule.startswith(("/v1/", "/api/")) or rule.rule in leaving:
            continue
        for hostile in ("x\r\nSet-Cookie: a=b", "\x1a", "\x7f", "\x85", "\u2028", "x; Domain=evil.example"):
            form = dict.fromkeys(FIELDS, hostile)
            answers = [
                office.send("POST", rule.rule, client=browser, form=form),
                office.send("GET", f"{rule.rule}?{'&'.join(f'{name}={quote(hostile)}' for name in FIELDS)}"),
            ]
            asked += len(answers)
            for answer in answers:
                assert answer.status < 500, rule.rule
                assert "evil.example" not in str(answer.headers), rule.rule
                assert "a=b" not in answer.headers.get("set-cookie", ""), rule.rule
    assert asked > 200
