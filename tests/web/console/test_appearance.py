"""The appearance page: the code that changes, the order of targets without JavaScript, and the contrast."""

import html
import re
from urllib.parse import urlencode

import pytest

from flow.office import SITE, Office
from passalong.web.console.appearance_colours import contrast


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


GARBAGE = '“\x1b😀"><script>'


@pytest.mark.parametrize(("layout", "rule"), [("row", "repeat(auto-fill"), ("bar", "position:fixed")])
def test_the_code_of_a_row_or_a_bar_keeps_its_place_free(office: Office, layout: str, rule: str) -> None:
    code = _code(_shown(office, f"?as={layout}&order=x&to=x&to=email"))
    assert f'<pass-along as="{layout}" to="x email">' in code
    assert rule in code
    assert code.count("<i></i>") == (4 if layout == "row" else 0)


def test_glyphs_hashtags_and_an_account_are_in_the_code_and_in_the_preview(office: Office) -> None:
    page = _shown(office, "?icons=off&hashtags=%23bread,+oven+bread&via=%40anna_bakes")
    assert _code(page) == '<pass-along icons="off" hashtags="bread oven" via="anna_bakes"></pass-along>'
    assert page.count('icons="off" hashtags="bread oven" via="anna_bakes"') == 4


def test_a_wrong_value_is_named_and_kept_and_nothing_breaks_out_of_the_code(office: Office) -> None:
    fields = ("as", "look", "size", "icons", "label", "hashtags", "via", "colour", "page")
    page = _shown(office, "?" + urlencode(dict.fromkeys(fields, GARBAGE)))
    assert _code(page) == "<pass-along></pass-along>"
    for name in fields:
        assert f'id="{name}-error"' in page, name
        assert f'href="#{name}"' in page, name
    kept = html.escape(GARBAGE)
    assert re.findall(r'name="(label|hashtags|via|colour|page)" value="([^"]*)"', page) == [
        (name, kept.replace("&quot;", "&#34;")) for name in ("label", "hashtags", "via", "colour", "page")
    ]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("label=" + "a" * 41, "at most 40 characters"),
        ("hashtags=" + "+".join(f"a{number}" for number in range(11)), "at most 10"),
        ("hashtags=" + "a" * 41, "at most 40"),
        ("hashtags=50%25", "can only have letters, digits and _"),
        ("via=https://x.com/anna", "“https://x.com/anna” is not an account"),
        ("via=" + "a" * 16, "at most 15"),
        ("colour=red", "“red” is not a colour"),
        ("order=myspace&to=myspace&to=x", "“myspace” is not in the list"),
        ("order=x", "Choose at least one"),
    ],
)
def test_each_limit_has_its_sentence(office: Office, query: str, says: str) -> None:
    page = _shown(office, f"?{query}")
    assert says in page


@pytest.mark.parametrize(
    "query", ["label=" + "a" * 40, "hashtags=Brötchen+パン", "via=" + "a" * 15, "colour=%23ABCDEF", "order=x&to=x", ""]
)
def test_values_at_the_limit_are_taken(office: Office, query: str) -> None:
    assert 'class="error"' not in _shown(office, f"?{query}")


def test_the_preview_comes_before_the_list_of_targets(office: Office) -> None:
    page = _shown(office)
    assert page.index("<pass-along") < page.index('<ol id="targets">')


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
