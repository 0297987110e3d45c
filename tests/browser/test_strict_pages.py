"""The page of a bank: a strict policy with Trusted Types, isolated from other origins, its script held to a hash.

Each bar has its control beside it: what must be refused is refused on the very same page, so a bar that found nothing
has looked.
"""

import base64
import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from browser_table import BUTTON, SITE, Person, token_in
from passalong.web.browser.releases import STATIC

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
VERSION = "9.9.9"
NUMBERS = count(1)
TWIN = """document.querySelector("pass-along").insertAdjacentHTML("afterend", "<b id=twin>by markup</b>")"""


def strict(person: Person) -> dict[str, str]:
    """The headers: Passalong needs script-src and connect-src, nothing else; `watch.js` is the page's own."""
    policy = (
        f"default-src 'none'; script-src 'self' {person.door.url}; connect-src {person.door.url}; "
        "style-src 'self'; img-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def come(person: Person, tag: str, body: str = BUTTON, query: str = "") -> str:
    """Open the bank's page; it has no inline style, so it reserves no place."""
    url = person.site.put(body, tag, headers=strict(person))
    person.driver.open(url + query)
    return url


def integrity_of(body: bytes, algorithm: str = "sha384") -> str:
    """What stands in a tag's `integrity`."""
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, body).digest()).decode()}"


def test_a_strict_page_is_not_violated_by_anything_that_one_can_press(person: Person) -> None:
    url = come(person, person.street.tag(), query=f"?ht={person.street.token()}")
    assert person.js("return crossOriginIsolated")
    person.door.wait_for("POST /v1/notes")
    person.share()
    person.until("field().value.includes('ht=')")
    person.press("Send a plain link")
    person.until("!field().value.includes('ht=')")
    person.press("Send a plain link")
    person.until("field().value.includes('ht=')")
    assert person.link == f"{url}?ht={token_in(person.link)}"
    seen = person.seen()
    assert (seen["errors"], seen["violations"]) == ([], [])


def test_markup_on_the_same_page_is_a_violation(person: Person) -> None:
    come(person, person.street.tag() + f'<script src="{person.site.put_file(TWIN)}" defer></script>')
    person.until("seen.violations.length")
    assert any("require-trusted-types-for" in violation for violation in person.seen()["violations"])
    assert person.js("return document.getElementById('twin')") is None


@pytest.mark.parametrize("changed", [False, True], ids=["its own bytes", "one byte changed"])
def test_a_script_that_is_held_to_a_hash_runs_only_if_it_has_it(person: Person, changed: bool) -> None:
    tag = person.street.tag()
    address = re.findall(r'src="[^"]*(/along[^"]*)"', tag)[0]
    body = person.street.fetch(address)
    if changed:
        body = body.replace(b"Apache-2.0", b"Apache-2.1", 1)
    come(person, tag.replace(" async", f' integrity="{integrity_of(body)}" crossorigin async'))
    if changed:
        assert person.js("return [!!window.along, find('Send this page')?.matches('a[href^=mailto]')]") == [False, True]
        return
    person.share()
    seen = person.seen()
    assert (seen["errors"], seen["violations"]) == ([], [])


# --- a frozen version: one hash for everything that can run -----------------------------------------------------------

EVERYTHING = """<article><p id=words>In winter the bees form a cluster around their queen.</p></article>
<pass-thanks></pass-thanks><pass-quote></pass-quote><pass-along></pass-along>"""
LISTED = ("panel", "qr", "quote", "thanks", "words.de")


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What `make freeze` would publish of today's build, by name."""
    root = tmp_path_factory.mktemp("frozen")
    static = root / "server/passalong/web/static"
    shutil.copytree(STATIC / "along", static / "along")
    for name in ("whole.js", "pass-credit.js"):
        shutil.copy(STATIC / name, static)
    subprocess.run([sys.executable, ROOT / "tools/freeze.py", VERSION, root], check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in (static / "released" / VERSION).iterdir()}


@pytest.fixture
def tampered(person: Person, frozen: dict[str, bytes]) -> Iterator[dict[str, bytes]]:
    """The frozen version at Passalong's address, each lazy part with some bytes more that tell that they ran."""
    door = person.door
    door.planted = {f"/v{VERSION}/{name}": body for name, body in frozen.items()}
    for name in LISTED:
        changed = (
            frozen[f"{name}.js"].replace(b"Teilen", b"Tellen") + b";(window.ran ||= []).push('%s')" % name.encode()
        )
        door.planted |= {f"/v{VERSION}/{name}.js": changed, f"/along/{name}.js": changed}
    yield frozen
    door.planted = {}


def open_everything(person: Person) -> None:
    """Share, the QR code, a quotation, the line for who arrives."""
    person.until("window.along?.config && controls().some((e) => e.matches('[part~=button]'))")
    person.js("getSelection().setBaseAndExtent(words.firstChild, 14, words.firstChild, 33)")
    person.until("document.querySelector('pass-quote pass-along')")
    person.js("getSelection().removeAllRanges(); find('Teilen').click()")
    person.until("panel()?.matches(':popover-open')")
    person.until("document.querySelector('pass-thanks').shadowRoot?.querySelector('p')")
    person.press("QR")
    person.until("deep(panel()).some((e) => e.matches('svg') && e.getBoundingClientRect().width > 100)")


def frozen_tag(person: Person, frozen: dict[str, bytes], more: str = "") -> str:
    """As `snippets/frozen.html` has it."""
    integrity = integrity_of(frozen["along.js"])
    return (
        f'<script src="{person.door.url}/v{VERSION}/along.js?{next(NUMBERS)}" integrity="{integrity}" '
        f'crossorigin data-key="{SITE}" {more} async></script>'
    )


def test_a_frozen_script_runs_nothing_but_the_bytes_of_its_hash(person: Person, tampered: dict[str, bytes]) -> None:
    """Changed words are refused and English stands in; changed code is not even asked for. The page is unharmed."""
    page = person.site.put(EVERYTHING, frozen_tag(person, tampered), headers=strict(person), of_html="lang=de")
    person.driver.open(f"{page}?ht={person.street.token()}")
    open_everything(person)
    asked = {asked.path.partition("?")[0] for asked in person.door.asked if asked.path.startswith(f"/v{VERSION}/")}
    assert asked == {f"/v{VERSION}/along.js", f"/v{VERSION}/words.de.js"}
    assert person.js("return [window.ran, panel().lang, !!find('Back')]") == [None, "en", True]
    seen = person.seen()
    assert (seen["errors"], seen["violations"]) == ([], [])
    person.press("Back")
    person.until("field().value.includes('ht=')")


def test_unchanged_words_are_taken_by_their_hash(person: Person, frozen: dict[str, bytes]) -> None:
    person.door.planted = {f"/v{VERSION}/{name}": body for name, body in frozen.items()}
    page = person.site.put(EVERYTHING, frozen_tag(person, frozen), headers=strict(person), of_html="lang=de")
    person.driver.open(page)
    person.until("window.along?.config && find('Teilen')")
    person.press("Teilen")
    person.until("panel()?.matches(':popover-open') && find('Link kopieren')")
    person.door.planted = {}


def test_the_usual_script_would_have_run_them(person: Person, tampered: dict[str, bytes]) -> None:
    """The control: it trusts its server, as every script tag without a hash does."""
    page = person.site.put(EVERYTHING, person.street.tag(), headers=strict(person), of_html="lang=de")
    person.driver.open(f"{page}?ht={person.street.token()}")
    open_everything(person)
    person.until(f"window.ran.length === {len(LISTED)}")  # words may come after the panel
    assert sorted(person.js("return window.ran")) == sorted(LISTED)


@pytest.mark.parametrize("is_changed", [False, True])
def test_the_elements_of_the_credit_run_only_with_the_bytes_of_their_hash(
    person: Person, frozen: dict[str, bytes], is_changed: bool
) -> None:
    module, address = frozen["pass-credit.js"], f"/v{VERSION}/pass-credit.js"
    person.door.planted = {address: module + b";window.ran = 1" if is_changed else module}
    tag = f'<script type=module src="{person.door.url}{address}?{next(NUMBERS)}" integrity="{integrity_of(module)}" '
    after = "<script type=module>window.tried = 1</script>"
    person.driver.open(person.site.put("<pass-book></pass-book>", f"{tag}crossorigin></script>{after}"))
    person.until("window.tried && document.readyState === 'complete' && 1")
    known = "return [!!customElements.get('pass-credit'), !!customElements.get('pass-book'), window.ran ?? null]"
    assert person.js(known) == [not is_changed, not is_changed, None]
    person.door.planted = {}


def test_a_page_that_allows_no_requests_to_us_still_has_its_button(person: Person) -> None:
    """Without connect-src nobody can be credited; the policy says so to its owner, and the link is plain."""
    policy = strict(person)["Content-Security-Policy"].replace(f"connect-src {person.door.url}", "connect-src 'none'")
    url = person.site.put(BUTTON, person.street.tag(), headers={"Content-Security-Policy": policy})
    person.driver.open(url)
    person.share()
    assert person.link == url
    assert person.seen()["errors"] == []
    assert {violation.split()[0] for violation in person.seen()["violations"]} == {"connect-src"}
