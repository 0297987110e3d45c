"""The page of a bank: a strict policy with Trusted Types, isolated from other origins, its script held to a hash.

Each bar has its control beside it: what must be refused is refused on the very same page, so a bar that found nothing
has looked.
"""

import base64
import hashlib
import re

import pytest

from browser_table import BUTTON, Person, token_in

pytestmark = pytest.mark.browser
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


def test_a_page_that_allows_no_requests_to_us_still_has_its_button(person: Person) -> None:
    """Without connect-src nobody can be credited; the policy says so to its owner, and the link is plain."""
    policy = strict(person)["Content-Security-Policy"].replace(f"connect-src {person.door.url}", "connect-src 'none'")
    url = person.site.put(BUTTON, person.street.tag(), headers={"Content-Security-Policy": policy})
    person.driver.open(url)
    person.share()
    assert person.link == url
    assert person.seen()["errors"] == []
    assert {violation.split()[0] for violation in person.seen()["violations"]} == {"connect-src"}
