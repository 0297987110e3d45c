"""The appearance page: the code that changes, the order of targets without JavaScript, and the contrast."""

import html
import re

import pytest

from flow.office import SITE, Office
from passalong.web.console.appearance import contrast


def _shown(office: Office, query: str = "") -> str:
    return office.send("GET", f"/console/{SITE}/appearance{query}", client=office.owner()).text


def _code(page: str) -> str:
    found = re.search(r'<pre id="code"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def _order(page: str) -> list[str]:
    return re.findall(r'<li data-key="(\w+)"', page)


def test_nothing_chosen_is_the_bare_element(office: Office) -> None:
    assert _code(_shown(office)) == "<pass-along></pass-along>"


def test_the_code_has_what_differs(office: Office) -> None:
    page = _shown(office, "?look=solid&size=l&label=Pass+it+on&colour=%237a1f5c&order=x&order=email&to=x&to=email")
    assert _code(page) == (
        "<style>pass-along{--along-accent:#7a1f5c}</style>\n"
        '<pass-along look="solid" size="l" label="Pass it on" to="x email"></pass-along>'
    )


def test_garbage_is_as_usual_and_nothing_breaks_out_of_the_code(office: Office) -> None:
    page = _shown(office, "?look=%22&size=9&colour=red%3B&page=%22&up=nobody&label=%22%3E%3Cscript%3E")
    assert _code(page) == '<pass-along label="&quot;&gt;&lt;script&gt;"></pass-along>'
    assert "<script>" not in _code(page)


def test_targets_move_by_their_buttons_without_javascript(office: Office) -> None:
    first, second, *_ = before = _order(_shown(office))
    query = "&".join(f"order={key}" for key in before)
    down = _order(_shown(office, f"?{query}&down={first}"))
    assert down == [second, first, *before[2:]]
    assert _order(_shown(office, f"?{query}&up={first}")) == before
    assert _order(_shown(office, f"?{query}&down={before[-1]}")) == before


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48)],
)  # fmt: skip
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize(("colour", "says"), [("777777", "Below 4.5"), ("767676", "Easy to read")])
def test_a_weak_contrast_is_named(office: Office, colour: str, says: str) -> None:
    assert says in _shown(office, f"?colour=%23{colour}")
