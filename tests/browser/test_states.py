"""The button's other states: a device's own sheet, a question asked once, quotes, languages, and a server that is gone.

What depends on an engine (selections, shadow roots, properties) runs in all three browsers; what is the same code
everywhere, or needs a device that only Chromium can play, runs in Chromium.
"""

import json
from typing import Any

import pytest

from browser_table import NOTHING_KEPT, Person, Street, token_in
from passalong.web.browser.releases import STATIC
from plumbing.drivers import Played

pytestmark = pytest.mark.browser
SHEET = """<script>
  navigator.canShare = () => true;
  navigator.share = (data) => {
    window.shared = data;
    return new Promise((done, fail) => Object.assign(window, { done, fail }));
  };
</script>"""
"""A device's sheet, which no browser without a person before it opens: the test says how it ended."""

ARTICLE = (
    "<article><p id=words>In winter the bees form a cluster around their queen.</p></article><pass-quote></pass-quote>"
)
CUT = """
  return deep(panel()).filter((e) => e.matches("a, button, p, li, ul, div, nav, h2") && visible(e))
    .filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
    .map((e) => [e.localName, nameOf(e), e.scrollWidth, e.clientWidth]);
"""
"""What of the panel is cut off."""

FIRST_SECOND = """<script>
  const waiting = [], wait = setTimeout;
  let isOver = false;
  window.setTimeout = (work, ms, ...given) => (isOver || ms !== 1000 ? wait(work, ms, ...given) : waiting.push(work));
  window.firstSecondIsOver = () => {
    isOver = true;
    for (const work of waiting) work();
    return waiting.length;
  };
</script>"""
"""The second that a page is looked at lasts until the test says so: on a crowded machine a press takes longer."""

EARLY = """<script>
  window.along = { q: [] };
  for (const name of ["open", "link", "code", "outcome", "consent", "forget", "moved"])
    along[name] = (...given) => new Promise((done) => along.q.push([name, given, done]));
  along.consent(false);
  along.link({ url: "/early" }).then((url) => (window.early = url));
  along.code().then((code) => (window.earlyCode = code));
  along.nonsense?.();
  along.q.push(7, null, ["nonsense", []], ["open", ["nonsense"]]);
</script>"""


@pytest.fixture
def chromium_person(chromium_driver: Played, street: Street) -> Person:
    """Somebody before Chromium, who may `begin` again with settings of their own."""
    chromium_driver.begin()
    return Person(chromium_driver, street)


def page_of(person: Person) -> Any:
    """Playwright's page."""
    assert isinstance(person.driver, Played)
    return person.driver.page


# --- a device's own sheet ---------------------------------------------------------------------------------------------


def phone(person: Person, body: str = "<p><pass-along></pass-along></p>") -> None:
    """A telephone with a sheet of its own."""
    person.driver.begin(has_touch=True, is_mobile=True)
    person.come(body, SHEET)
    page_of(person).get_by_role("button", name="Share", exact=True).tap()
    person.until("window.shared")


def test_on_a_telephone_the_devices_sheet_gets_a_link_with_a_code(chromium_person: Person) -> None:
    phone(chromium_person)
    shared = chromium_person.js("return shared")
    assert shared["title"] == "Bees in winter"
    assert token_in(shared["url"])
    chromium_person.until("document.querySelector('pass-along').shadowRoot.querySelector('#p')")
    chromium_person.js("done()")
    chromium_person.door.wait_for("POST /v1/notes")
    chromium_person.until("deep(document).some((e) => e.localName == 'output' && /thank-you code/.test(e.textContent))")
    assert chromium_person.door.asked[-1].json()["to"] == "native"
    # The line about credit, the plain link and everything else is one press away.
    page_of(chromium_person).get_by_role("button", name="Share…").tap()
    chromium_person.until("find('Send a plain link') && find('Your credit')")
    chromium_person.well()


@pytest.mark.parametrize(("error", "opens"), [("AbortError", False), ("NotAllowedError", True)])
def test_who_shuts_the_sheet_is_left_alone_and_who_gets_none_gets_the_panel(
    chromium_person: Person, error: str, opens: bool
) -> None:
    phone(chromium_person)
    chromium_person.until("document.querySelector('pass-along').shadowRoot.querySelector('#p')")
    chromium_person.js(f"fail(new DOMException('no', '{error}'))")
    chromium_person.stay(50)
    if opens:
        chromium_person.until("panel()?.matches(':popover-open')")
    assert chromium_person.js("return panel().matches(':popover-open')") is opens
    assert "POST /v1/notes" not in [asked.line for asked in chromium_person.door.asked]


def test_the_sheet_waits_a_third_of_a_second_for_a_code_and_says_that_the_link_was_plain(
    chromium_person: Person,
) -> None:
    chromium_person.driver.begin(has_touch=True, is_mobile=True)
    url = chromium_person.come("<pass-along></pass-along>", SHEET)
    chromium_person.js("document.querySelector('pass-along').shadowRoot.querySelector('button').focus()")
    chromium_person.until("panel()")
    chromium_person.js("along.forget()")
    with chromium_person.door.being("slow"):
        page_of(chromium_person).get_by_role("button", name="Share", exact=True).tap()
        chromium_person.until("window.shared", within_s=2)
        assert chromium_person.js("return shared.url") == url
        chromium_person.js("done()")
        chromium_person.until("deep(document).some((e) => e.textContent === 'That was a plain link.')")


# --- a server that is gone --------------------------------------------------------------------------------------------


def test_where_no_panel_comes_the_link_is_copied(chromium_person: Person) -> None:
    url = chromium_person.come("<pass-along></pass-along>")
    page_of(chromium_person).context.grant_permissions(["clipboard-read", "clipboard-write"])
    with chromium_person.door.being("broken"):
        chromium_person.press("Share")
        chromium_person.until("deep(document).some((e) => e.textContent === 'Link copied')")
    assert chromium_person.js("return navigator.clipboard.readText()") == url
    assert chromium_person.kept() == NOTHING_KEPT
    # And the next press, when it is back, opens the panel.
    chromium_person.share()


def test_where_nothing_may_be_copied_either_the_link_is_shown(chromium_person: Person) -> None:
    url = chromium_person.come("<pass-along></pass-along>", "<script>navigator.clipboard.writeText = null</script>")
    with chromium_person.door.being("garbage"):
        chromium_person.press("Share")
        chromium_person.until(f"deep(document).some((e) => e.localName == 'output' && e.textContent === {url!r})")
    assert chromium_person.seen()["errors"] == []


# --- asked once, and named --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "carries"), [("Send with a thank-you code", True), ("Send a plain link", False)])
def test_who_is_asked_gets_two_answers_of_one_size_and_a_plain_link_until_then(
    chromium_person: Person, answer: str, carries: bool
) -> None:
    url = chromium_person.come('<pass-along credit="ask"></pass-along>')
    chromium_person.share()
    assert chromium_person.link == url
    sizes = chromium_person.js(
        """return ["Send with a thank-you code", "Send a plain link"].map((name) => {
             const { width, height } = find(name).getBoundingClientRect();
             return [Math.round(width), Math.round(height)] })"""
    )
    assert sizes[0] == sizes[1]
    assert min(sizes[0]) >= 44
    assert "POST /v1/links" not in [asked.line for asked in chromium_person.door.asked]
    chromium_person.press(answer)
    chromium_person.until(f"!!field().value.match(/[?&]ht=/) === {json.dumps(carries)}")
    assert not chromium_person.js("return find('Send with a thank-you code')")


def test_a_named_advocate_reads_that_the_credit_is_theirs(chromium_person: Person) -> None:
    page_of(chromium_person).route(
        "**/v1/links",
        lambda route: route.fulfill(
            status=201,
            headers={"Access-Control-Allow-Origin": "*"},
            body=json.dumps({"token": "A" * 27, "name": "Anna <b> $&"}),
        ),
    )
    chromium_person.come("<pass-along></pass-along>")
    chromium_person.share()
    chromium_person.until("deep(document).some((e) => e.textContent === 'Credit goes to you (Anna <b> $&).')")


# --- who arrives ------------------------------------------------------------------------------------------------------


def test_who_arrives_reads_that_somebody_passed_it_on_and_can_step_out_before_anything_is_told(
    person: Person,
) -> None:
    body = "<pass-thanks></pass-thanks><form data-along></form>"
    person.come(body, FIRST_SECOND, query=f"?ht={person.street.token()}")
    person.until("find('Don’t count me')")
    person.press("Don’t count me")
    person.until("find('Count me')")
    assert person.js("return firstSecondIsOver()") > 0, "something waited for it"
    person.stay()
    assert "POST /v1/notes" not in [asked.line for asked in person.door.asked]
    assert person.js("return [along.code(), document.forms[0].elements.length]") == [None, 0]
    assert person.kept()["local"] == {"along": '{"no":true}'}
    # A consent tool does not outvote it; the person does.
    person.js("along.consent(true)")
    person.stay()
    assert person.js("return along.code()") is None
    person.press("Count me")
    person.door.wait_for("POST /v1/notes")
    assert person.js("return along.code()")
    person.well()


def test_who_arrives_without_a_code_or_with_privacy_control_reads_nothing(chromium_person: Person) -> None:
    chromium_person.come("<pass-thanks></pass-thanks>")
    assert chromium_person.js("return document.querySelector('pass-thanks').offsetHeight") == 0
    assert [asked.line for asked in chromium_person.door.asked] == ["GET /along/bees01.js"]
    assert chromium_person.kept() == NOTHING_KEPT
    gpc = "<script>Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })</script>"
    chromium_person.come("<pass-thanks></pass-thanks>", gpc, query=f"?ht={chromium_person.street.token()}")
    chromium_person.door.wait_for("GET /along/thanks.js")
    chromium_person.stay(500)
    assert chromium_person.js("return document.querySelector('pass-thanks').offsetHeight") == 0


# --- quotes -----------------------------------------------------------------------------------------------------------


def test_a_selection_in_the_article_offers_a_link_to_the_very_words(person: Person) -> None:
    person.come(ARTICLE)
    person.js("getSelection().setBaseAndExtent(words.firstChild, 14, words.firstChild, 20)")
    person.stay(500)
    assert not person.js("return find('Share this quote')"), "six characters are no quote"
    person.js("words.tabIndex = 0; words.focus()")
    person.js("getSelection().setBaseAndExtent(words.firstChild, 14, words.firstChild, 33)")
    person.until("find('Share this quote')")
    assert person.focus.startswith("In winter"), "the focus stays where it was"
    assert person.js("return String(getSelection())") == "bees form a cluster", "what is selected stays selected"
    person.press("Share this quote")
    person.until("panel()?.matches(':popover-open') && field().value.includes('ht=')")
    assert person.link.endswith("#:~:text=bees%20form%20a%20cluster")
    person.keys("Escape")
    person.js("getSelection().removeAllRanges()")
    person.until("!find('Share this quote')")
    person.well()


def test_selected_words_are_an_entry_of_the_panel_too(chromium_person: Person) -> None:
    chromium_person.come(ARTICLE.replace("<pass-quote></pass-quote>", '<pass-along quote="article"></pass-along>'))
    chromium_person.js("getSelection().setBaseAndExtent(words.firstChild, 14, words.firstChild, 33)")
    chromium_person.share()
    chromium_person.press("Share selected text")
    chromium_person.until("field().value.endsWith('#:~:text=bees%20form%20a%20cluster')")


# --- before the script is there ---------------------------------------------------------------------------------------


def test_calls_and_settings_before_the_script_are_applied(person: Person) -> None:
    body = "<pass-along></pass-along><script>document.querySelector('pass-along').url = '/set/early'</script>"
    person.come(body, EARLY, query=f"?ht={person.street.token()}")
    person.until("window.early && window.earlyCode === null")
    assert person.js("return early") == f"{person.site.url}/early"
    person.share()
    assert person.link == f"{person.site.url}/set/early"
    assert person.js("return panel().scrollHeight <= panel().clientHeight"), "what is only heard takes no room"
    assert person.kept() == NOTHING_KEPT, "consent was refused before anything could be told"
    assert person.js("return document.querySelector('pass-along').url") == "/set/early"
    assert [name for name in person.events() if name != "error"] == ["open"]
    assert (person.seen()["errors"], person.seen()["violations"]) == ([], [])


# --- words ------------------------------------------------------------------------------------------------------------


def test_the_panel_speaks_the_pages_language_and_english_where_its_words_do_not_come(chromium_person: Person) -> None:
    chromium_person.come("<pass-along></pass-along>", of_html="lang=de-AT")
    chromium_person.press("Teilen")
    chromium_person.until("find('Link kopieren')")
    page_of(chromium_person).route("**/words.*", lambda route: route.abort())
    chromium_person.come("<pass-along></pass-along>", of_html="lang=fr")
    chromium_person.press("Partager")
    chromium_person.until("find('Copy link')")
    assert chromium_person.js("return panel().lang") == "en"


@pytest.mark.parametrize("width", [320, 900])
def test_words_that_are_half_as_long_again_are_not_cut_off(chromium_person: Person, width: int) -> None:
    page = page_of(chromium_person)
    panel: list[Any] = []
    said = json.loads((STATIC / "along/words.de.js").read_text().removeprefix("export default "))
    longer = {name: word + " " + word[: max(2, len(word) // 2)] for name, word in said.items()}
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}

    def answer(route: Any) -> None:
        route.fulfill(body="export default " + json.dumps(longer), headers=headers)
        panel.pop().continue_()  # not before its words, which it would only give 300 ms

    page.route("**/panel.js*", lambda route: panel.append(route))
    page.route("**/words.de.js*", answer)
    page.set_viewport_size({"width": width, "height": 900})
    chromium_person.come('<pass-along credit="ask" to="email sms print x"></pass-along>', of_html="lang=de")
    chromium_person.press("Teilen")
    chromium_person.until("panel()?.matches(':popover-open') && find('Link kopieren Link')")
    assert chromium_person.js(CUT) == []
    assert chromium_person.js("return document.documentElement.scrollWidth - innerWidth") <= 0
    chromium_person.js("find('QR').textContent = 'x'.repeat(99)")
    assert chromium_person.js(CUT), "a word that is too long would have been found"


# --- printing and hints -----------------------------------------------------------------------------------------------


def test_print_puts_the_plain_address_on_the_paper(chromium_person: Person) -> None:
    url = chromium_person.come('<pass-along to="email print"></pass-along>', "<script>window.print = () => 0</script>")
    chromium_person.share()
    chromium_person.until("field().value.includes('ht=')")
    chromium_person.press("Print")
    small = "deep(document).find((e) => e.localName === 'small')"
    chromium_person.until(small)
    assert not chromium_person.js(f"return visible({small})"), "on the screen it is not seen"
    page_of(chromium_person).emulate_media(media="print")
    assert chromium_person.js(f"return visible({small}) && {small}.textContent") == url
    assert not chromium_person.js("return find('Share')")


def test_a_word_that_nothing_knows_is_told_of_once_and_does_no_harm(chromium_person: Person) -> None:
    told: list[str] = []
    page_of(chromium_person).on("console", lambda message: told.append(message.text))
    chromium_person.come('<pass-along to="facebok x" look="glossy"></pass-along>')
    chromium_person.share()
    chromium_person.keys("Escape")
    chromium_person.share()
    assert [line.split(";")[0] for line in told if "pass-along" in line] == [
        '<pass-along> knows no look="glossy"',
        '<pass-along> knows no to="facebok"',
    ]
    assert chromium_person.js("return find('X')")
