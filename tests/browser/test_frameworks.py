"""Pages that frameworks draw: forms, late elements, consent tools, several tabs, addresses that are tidied.

What depends on an engine runs in all three browsers, the rest in Chromium.
"""

import pytest

from browser_table import NOTHING_KEPT, Person, heard, hears, open_panel, page_of, posted_to

pytestmark = pytest.mark.browser
LINKS, NOTES = "POST /v1/links", "POST /v1/notes"
LEARNED = """<script>const asking = setInterval(() => {
  if (!window.along?.code?.()) return;
  clearInterval(asking);
  navigator.sendBeacon("/learned", along.code());
}, 20)</script>"""


# --- forms and elements that frameworks draw --------------------------------------------------------------------------


def test_a_form_carries_the_code_without_a_change_of_the_page(person: Person) -> None:
    """React reads the page again before it takes it over; a field that it does not know makes it start anew."""
    token = person.street.token()
    person.come("<form data-along><input name=size value=9></form>", query=f"?ht={token}")
    person.until("along.code()")
    before = person.js("return document.forms[0].outerHTML")
    read = "return [...new FormData(given[0] ? document.forms[1] : document.forms[0])]"
    code = person.js("return along.code()")
    assert code.startswith(f"{token}.")
    assert person.js(read) == [["size", "9"], ["ht", code]]
    person.js("document.body.append(Object.assign(document.createElement('form')))")
    assert person.js(read, 1) == [], "a form that did not ask"
    person.js("document.forms[1].dataset.along = ''")
    assert person.js(read, 1) == [["ht", code]]
    person.js("document.forms[0].addEventListener('submit', (event) => event.preventDefault())")
    person.js("document.forms[0].requestSubmit()")
    assert person.js("return document.forms[0].outerHTML") == before
    person.js("along.consent(false)")
    assert person.js(read) == [["size", "9"]]
    person.well()


def test_an_element_that_is_drawn_after_the_script_works_like_any_other(person: Person) -> None:
    person.come(
        "<article><p id=words>In winter the bees form a cluster.</p></article>", query=f"?ht={person.street.token()}"
    )
    person.until("along.code()")
    person.js("document.body.append(document.createElement('pass-thanks'), document.createElement('pass-quote'))")
    person.until("find('Don’t count me')")
    person.js("getSelection().setBaseAndExtent(words.firstChild, 14, words.firstChild, 33)")
    person.until("find('Share this quote')")
    assert person.js(
        "return ['pass-along', 'pass-thanks', 'pass-quote'].map((name) => !!customElements.get(name))"
    ) == [
        True,
        True,
        True,
    ]
    person.well()


def test_a_quote_can_be_shared_after_the_page_has_drawn_its_place_anew(cleo: Person) -> None:
    article = "<article><p id=words>In winter the bees form a cluster.</p></article>"
    cleo.come(f"<main>{article}<pass-quote></pass-quote></main>")
    select = "getSelection().setBaseAndExtent(words.firstChild, 14, words.firstChild, 33)"
    cleo.js(select)
    cleo.until("find('Share this quote')")
    cleo.js("const drawn = document.querySelector('main').innerHTML; getSelection().removeAllRanges()")
    cleo.js("document.querySelector('main').innerHTML = given[0]", article + "<pass-quote></pass-quote>")
    cleo.js(select)
    cleo.until("find('Share this quote')")


# --- consent and what the owner mistypes ------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["{ consent: false }", "{ config: { consent: false } }"])
def test_consent_can_be_waited_for_in_both_spellings(cleo: Person, said: str) -> None:
    url = cleo.come(head=f"<script>along = {said}</script>", query=f"?ht={cleo.street.token()}")
    cleo.share()
    assert cleo.copy() == url
    cleo.stay()
    assert NOTES not in cleo.door.lines()
    assert LINKS not in cleo.door.lines()
    assert cleo.kept() == NOTHING_KEPT
    cleo.js("along.consent(true)")
    cleo.door.wait_for(NOTES)


def test_an_unknown_setting_is_named_in_the_browser_console(cleo: Person) -> None:
    lines = heard(cleo)
    cleo.come(head="<script>along = { remember: 'none', q: [], config: { look: 'solid' } }</script>")
    assert hears(cleo, lines, ["Passalong: along.remember is unknown, use along.config"]), lines


# --- several tabs, several pages --------------------------------------------------------------------------------------


def test_a_visit_spans_the_tabs_of_the_site(person: Person) -> None:
    """`noopener` gives the new tab a storage of its own. It keeps what it learns, as if it had arrived with it."""
    other = person.site.put("<h1>Other</h1>", LEARNED + person.street.tag())
    person.come(f"<a href={other} target=_blank rel=noopener>Elsewhere</a>", query=f"?ht={person.street.token()}")
    person.until("along.code()")
    person.site.posted.clear()
    person.press("Elsewhere")
    assert posted_to(person, "/learned") == person.js("return along.code()")
    assert len(person.door.notes()) == 1, "one visit"


def test_forgetting_in_one_tab_forgets_in_all(cleo: Person) -> None:
    cleo.come(query=f"?ht={cleo.street.token()}")
    cleo.until("along.code()")
    with page_of(cleo).context.new_page() as other:
        other.goto(cleo.site.put("<h1>Other</h1>", cleo.street.tag()))
        other.wait_for_function("window.along?.code?.()")
        assert other.evaluate("sessionStorage.along")
        cleo.js("along.forget()")
        other.wait_for_function("!along.code()")
        assert other.evaluate("sessionStorage.along") is None
        other.reload()
        other.wait_for_function("window.along?.config")
        cleo.stay(300)
        assert other.evaluate("[along.code(), sessionStorage.length]") == [None, 0]


def test_a_page_that_tidies_its_address_before_the_script_comes_loses_nobody(person: Person) -> None:
    tidy = "<script>history.replaceState({}, '', location.pathname)</script>"
    token = person.street.token()
    url = person.come("<pass-thanks></pass-thanks>", tidy, query=f"?ht={token}")
    person.door.wait_for(NOTES)
    note = person.door.notes()[0]
    assert (note["token"], note["page"]) == (token, url)
    person.until("find('Don’t count me')")
    person.js("history.pushState({}, '', '/next'); if (!window.navigation) along.moved()")
    person.stay()
    assert len(person.door.notes()) == 1
    person.well()


@pytest.mark.parametrize("how", ["history.pushState({}, '', '/next')", "history.back()", "location.hash = 'next'"])
def test_a_panel_is_shut_when_the_page_moves_on(cleo: Person, how: str) -> None:
    cleo.come()
    cleo.js("history.pushState({}, '', '?here')")
    open_panel(cleo)
    cleo.js("history.replaceState({ scrolled: 9 }, '')")
    cleo.stay(100)
    assert cleo.js("return panel().matches(':popover-open')"), "a router notes a place, and stays"
    cleo.js(how)
    cleo.until("!panel().matches(':popover-open')")
    open_panel(cleo)
    assert cleo.js("return location.pathname") in cleo.link


def test_a_panel_is_shut_before_the_page_is_kept_for_going_back(cleo: Person) -> None:
    cleo.come()
    open_panel(cleo)
    cleo.js("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    cleo.until("!panel().matches(':popover-open')")
