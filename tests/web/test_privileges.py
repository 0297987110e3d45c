"""What each kind of session may do: every route that acts for an advocate × every strength, on both databases.

The table stands here, apart from the product's. A POST route that is in no row fails; so does a cell that differs.
"""

import re
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from cast import Person, a_person
from flow.office import BOTH, SITE, Answer, Office, an_office
from passalong.core.ledger.redemptions import Method, OfferedMethod
from passalong.core.privileges import FRESH_MS, Lack, Need, Strength
from passalong.flow.transaction import writing
from passalong.lib.tokens import hashed, new_secret
from passalong.store.books import redemptions
from passalong.store.people import addresses, sign_in_methods
from passalong.store.people import open_sessions as sessions
from passalong.store.people.open_sessions import OpenSession
from passalong.web.http.guards import need_of

OPEN = "everybody: no session is asked for"
ELSEWHERE = "an owner's session or a site's key (tests/web/http/test_isolation.py)"
POSTS: dict[str, str] = {
    "/theme": OPEN,
    "/start": OPEN,
    "/start/new": OPEN,
    "/shops/<site_id>/<connection_id>": OPEN,
    "/v1/notes": OPEN,
    "/v1/links": OPEN,
    "/v1/credit": OPEN,
    "/v1/credit/balance": OPEN,  # by a credit token: tests/web/browser/test_credit.py
    "/v1/credit/lines": OPEN,
    "/v1/thanks": OPEN,
    "/me/language": OPEN,
    "/me/in": OPEN,
    "/me/in/mail": OPEN,
    "/me/in/words": OPEN,
    "/me/in/passkey": OPEN,
    "/me/in/passkey/options": OPEN,
    "/me/door": OPEN,
    "/me/out": OPEN,
    "/me/stop/<code>": OPEN,
    "/me/owner/<code>": OPEN,
    "/me/seen": "look",
    "/me/use/confirm": "spend",
    "/me/use/<redemption_id>/destination": "money",
    "/me/use/<redemption_id>/withdraw": "change",
    "/me/why/<line_id>/ask": "spend",
    "/me/claims/new": "spend",
    "/me/claims/<claim_id>": "spend",
    "/me/privacy/name": "change",
    "/me/privacy/stop": "change",
    "/me/privacy/erase": "erase",
    "/me/card/public": "change",
    "/me/card/back": "change",
    "/me/word": "change",
    "/me/mail": "change",
    "/me/keep/mail": "method",
    "/me/keep/words": "method",
    "/me/keep/passkey": "method",
    "/me/keep/passkey/options": "method",
    "/me/keep/passkey/forget": "method",
    "/me/keep/assistant": "assistant",
    "/me/keep/assistant/end": "change",
}
MORE: list[tuple[str, str, dict[str, str], str]] = [
    ("GET", "/me/privacy/everything.json", {}, "change"),
    ("POST", "/me/out", {"where": "everywhere"}, "change"),
    ("POST", "/me/out", {"where": "there", "handle": "0" * 16}, "change"),
    ("POST", "/me/out", {"where": "here"}, "look"),
    ("POST", "/me/use/confirm", {"way": "discount_code"}, "spend"),
    ("POST", "/me/use/confirm", {"way": "store_credit"}, "spend"),
    ("POST", "/me/use/confirm", {"way": "cause"}, "change"),
    ("POST", "/me/use/confirm", {"way": "give_back"}, "change"),
    ("POST", "/me/use/confirm", {"way": "payout"}, "money"),
    ("POST", "/me/use/confirm", {"way": "discount_code", "account": "DE00", "name": "Mallory"}, "money"),
    ("GET", "/me/use/confirm?way=payout&unit=EUR&amount=1", {}, "money"),
]
"""Where the form decides what is needed."""
G_KEPT, GUEST, H_KEPT, HAND, SIGNED, FRESH = Strength
MAY: dict[str, set[Strength]] = {
    "look": set(Strength),
    "spend": {GUEST, H_KEPT, HAND, SIGNED, FRESH},
    "change": {GUEST, SIGNED, FRESH},
    "method": {GUEST, HAND, FRESH},
    "money": {FRESH},
    "erase": {GUEST, FRESH},
    "assistant": {FRESH},
}
SAYS = {
    Lack.SIGN_IN: "This account has its own sign-in",
    Lack.AGAIN: "more than ten minutes ago",
    Lack.METHOD_FIRST: "needs a sign-in of its own",
}
TOLD = {G_KEPT: Lack.SIGN_IN, H_KEPT: Lack.SIGN_IN, SIGNED: Lack.AGAIN, GUEST: Lack.METHOD_FIRST}
TOLD[HAND] = Lack.METHOD_FIRST


class Began(NamedTuple):
    """How to make a session of a strength: its `via`, whether the account has a method, how long ago it was proved."""

    via: str
    kept: bool
    ago_ms: int = 0


MADE = {
    G_KEPT: Began("guest", True),
    GUEST: Began("guest", False, FRESH_MS * 100),
    H_KEPT: Began("site", True),
    HAND: Began("site", False),
    SIGNED: Began("words", True, FRESH_MS),
    FRESH: Began("words", True, FRESH_MS - 1),
}
_numbers = count()


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance whose site offers every way."""
    for made in an_office(request, tmp_path_factory):
        with writing(made.db) as session:
            redemptions.replace_methods(session, SITE, [OfferedMethod(method, "EUR") for method in Method])
        yield made


def somebody(office: Office, kept: bool) -> Person:
    """A new advocate, with recovery words if they are to have a sign-in method."""
    who = a_person("somebody", next(_numbers))
    office.link(who.name, who)
    if kept:
        with writing(office.db) as session:
            mine = [who.advocate_id(SITE)]
            sign_in_methods.set_words(session, SITE, mine, hashed(who.name), office.clock.at_ms)
    return who


def browser_of(office: Office, strength: Strength, who: Person | None = None) -> FlaskClient:
    """A browser with a session of this strength, of somebody new."""
    via, kept, ago_ms = MADE[strength]
    subject = (who or somebody(office, kept)).advocate_id(SITE)
    secret, now_ms = new_secret(), office.clock.at_ms
    began = OpenSession(SITE, hashed(secret), "advocate", subject, via, "", now_ms, now_ms * 2, now_ms - ago_ms, now_ms)
    with writing(office.db) as session:
        sessions.add(session, began)
    browser = office.client()
    browser.set_cookie("__Host-along-advocate", f"{SITE}.{secret}", domain="along.example", secure=True)
    return browser


def every_post(office: Office) -> set[str]:
    """The rules of all POST routes but the owner's and the API's."""
    rules = (rule for rule in office.instance.flask.url_map.iter_rules() if "POST" in (rule.methods or ()))
    return {rule.rule for rule in rules if not rule.rule.startswith(("/api/", "/console/"))}


def test_every_post_route_is_classified(office: Office) -> None:
    assert (every_post(office) - set(POSTS), set(POSTS) - every_post(office)) == (set(), set())


def test_the_guard_of_each_route_is_the_one_of_the_table(office: Office) -> None:
    """Found in the product's own views, so that a route with the wrong need fails by its name."""
    app = office.instance.flask
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.rule in POSTS:
            need = need_of(app.view_functions[rule.endpoint])
            assert (need.value if need else OPEN) == POSTS[rule.rule], rule.rule


def cells() -> list[tuple[str, str, dict[str, str], str]]:
    """Method, path, form and need of every request that is tried."""
    of_routes: list[tuple[str, str, dict[str, str], str]] = [
        ("POST", re.sub("<[^>]+>", "x" * 22, path), {}, need)
        for path, need in POSTS.items()
        if need not in (OPEN, "spend") or "/use/" not in path
    ]
    return [cell for cell in (*of_routes, *MORE) if cell[3] != OPEN]


def is_refused(answer: Answer) -> bool:
    """True for the page that asks for a sign-in."""
    return answer.status == 403


def test_each_session_may_what_the_table_says_and_is_told_what_it_lacks(office: Office) -> None:
    wrong: list[tuple[str, dict[str, str], str, int | str]] = []
    asked = 0
    for method, path, form, need in cells():
        for strength in Strength:
            said = {"request": "r" * 22, "unit": "EUR", "amount": "1"} | form
            answer = office.send(
                method, path, client=browser_of(office, strength), form=said if method == "POST" else None
            )
            asked += 1
            may = strength in MAY[need]
            told = TOLD.get(strength)
            if is_refused(answer) is may or answer.status in (401, 500):
                wrong.append((path, form, strength.name, answer.status))
            elif not may and (told is None or SAYS[told] not in answer.text):
                wrong.append((path, form, strength.name, "the wrong words"))
    assert wrong == []
    assert asked > 150


def test_every_need_and_every_strength_stands_in_the_table() -> None:
    assert set(MAY) == {need.value for need in Need}
    assert set(MADE) == set(Strength)
    assert {need for *_, need in cells()} == set(MAY)


def test_ten_minutes_are_fresh_and_not_a_millisecond_more(office: Office) -> None:
    who = somebody(office, kept=True)
    browser = browser_of(office, FRESH, who)
    assert office.send("POST", "/me/keep/passkey/options", client=browser).status == 200
    office.clock.at_ms += 1
    assert office.send("POST", "/me/keep/passkey/options", client=browser).status == 403
    assert office.send("POST", "/me/privacy/stop", client=browser, form={"stopped": "no"}).status == 303


def test_a_guest_adds_a_method_before_money_is_sent_and_is_then_signed_in(office: Office) -> None:
    who = somebody(office, kept=False)
    browser = browser_of(office, GUEST, who)
    form = {"way": "payout", "unit": "EUR", "amount": "1", "request": "p" * 22, "kind": "iban", "account": "x"}
    assert office.send("POST", "/me/use/confirm", client=browser, form=form).status == 403
    assert office.send("POST", "/me/keep/words", client=browser).status == 200
    assert office.send("POST", "/me/use/confirm", client=browser, form=form).status == 400, "only credit is missing"
    thief = browser_of(office, G_KEPT, who)
    for path in ("/me/privacy/erase", "/me/privacy/stop", "/me/keep/words"):
        assert office.send("POST", path, client=thief, form={"read": "yes"}).status == 403, path


def test_a_weak_sessions_page_leads_to_the_sign_in_and_back(office: Office) -> None:
    page = office.send("POST", "/me/card/public", client=browser_of(office, G_KEPT)).text
    assert f'href="/me/in?site={SITE}&amp;to=card"' in page
    page = office.send("GET", f"/me/in?site={SITE}&to=card", client=office.client()).text
    assert page.count('name="to" value="card"') == 4, (
        "the forms of passkeys, of mails, of words and of the widget's code"
    )


def mailed_link(office: Office, address: str, browser: FlaskClient) -> str:
    """The path of the link that this browser asks for on the page of the sign-in, which every session may do."""
    asked = office.send("POST", "/me/in/mail", client=browser, form={"site": SITE, "address": address})
    assert asked.status == 303
    return office.mailed("sign_in").replace("/console/in/", "/me/door/")


@pytest.mark.parametrize("strength", Strength)
def test_a_link_from_the_sign_in_page_adds_a_method_only_for_who_may_add_one(
    office: Office, strength: Strength
) -> None:
    """Mallory has a session of Anna's account, and asks for a link to her own address."""
    who = somebody(office, MADE[strength].kept)
    browser = browser_of(office, strength, who)
    office.send("GET", mailed_link(office, f"mallory{next(_numbers)}@example.org", browser), client=browser)
    office.send("POST", "/me/door", client=browser, form={"switch": "yes"})
    with office.db.reading() as session:
        confirmed = addresses.confirmed_of(session, SITE, [who.advocate_id(SITE)])
    assert bool(confirmed) is (strength in MAY["method"])
