"""Questions that end without credit say so, and why: nobody reads "approved" where nothing is owed any more."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from cast import a_person, anna, ben, cleo
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.claim_facts import Nothing
from web.portal.test_claims import ONLY_OWNER, a_line, an_open_claim, ask, decide, euros, happened, refund

WORDS = {
    Nothing.REFUNDED: ("because the order was refunded in full", "order refunded in full", "Closed: order refunded"),
    Nothing.VOID: ("decided that the order does not count", "order void", "Closed: order not counted"),
    Nothing.BANNED: ("because The Bee Almanac has excluded you", "person excluded", "Closed: person excluded"),
    Nothing.HAS_IT: ("You have this credit already", "they have the credit", "Closed: given already"),
    Nothing.USED_UP: ("went to others who had asked", "others who asked got all", "Closed: nothing left"),
    Nothing.UNPAID: ("because the rule pays nothing for this", "the rule pays nothing for it", "Closed: nothing to"),
}
"""What the person reads, what the owner reads, and what the list of events says."""
SIGNED = {"author": "Otto", "note": "As the shop says."}


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna shared; one order came by her link, one came without any code."""
    for made in an_office(request, tmp_path_factory):
        happened(made)
        yield made


def about_order(office: Office, browser: FlaskClient, order: str = "without") -> None:
    """Anna asks about an order, and silence is promised."""
    assert ask(office, browser, "/me/claims/new", order=order).status == 303
    assert "answer due by" in office.send("GET", "/me/claims", client=browser).text


def about_line(office: Office, browser: FlaskClient) -> None:
    """Anna asks about a line that is held for a review, and silence is promised."""
    line = a_line(office, browser)
    decides(office, "hold", "conversion", "with-code")
    assert ask(office, browser, f"{line}/ask").status == 303


def decides(office: Office, decision: str, about: str, subject_id: str) -> None:
    """Otto decides something else than the question."""
    body = {"id": f"{decision}-{subject_id}", "decision": decision, "about": about, "subject_id": subject_id}
    assert office.api("POST", "/verdicts", body | SIGNED).status == 202
    office.fold()


def balances(office: Office) -> dict[str, int]:
    """What Anna has in euros: waiting and ready."""
    rows = office.api("GET", f"/balances?advocate={anna.advocate_id(SITE)}").json["data"]
    [euro] = [row for row in rows if row["unit"] == "EUR"]
    return {name: euro[name] for name in ("waiting", "ready")}


def refunds(office: Office, order: str) -> None:
    """The order is refunded in full."""
    assert office.api("POST", f"/conversions/{order}/refunds", {"id": f"back {order}", "full": True}).status == 202
    office.fold()


def names_anna(office: Office) -> None:
    """Otto names Anna for the order without having seen her question."""
    body = {"id": "names", "advocate": anna.advocate_id(SITE)}
    assert office.api("POST", "/conversions/without/advocates", body | SIGNED).status == 202
    office.fold()


def is_reported_late(office: Office) -> None:
    """The order that was asked about is reported, in a currency that the rule does not name."""
    order = {"id": "later", "goal": "purchase", "amount_minor": 10_000, "currency": "USD"}
    assert office.api("POST", "/conversions", order).status == 202
    office.fold()


ENDS: list[tuple[Nothing, Callable[[Office, FlaskClient], None], Callable[[Office], None]]] = [
    (Nothing.REFUNDED, about_order, lambda office: refunds(office, "without")),
    (Nothing.VOID, about_order, lambda office: decides(office, "void", "conversion", "without")),
    (Nothing.BANNED, about_line, lambda office: decides(office, "ban", "advocate", anna.advocate_id(SITE))),
    (Nothing.REFUNDED, about_line, lambda office: refunds(office, "with-code")),
    (Nothing.HAS_IT, about_line, lambda office: decides(office, "release", "conversion", "with-code")),
    (Nothing.HAS_IT, about_order, names_anna),
    (Nothing.UNPAID, lambda office, browser: about_order(office, browser, "later"), is_reported_late),
]


@pytest.mark.parametrize(("outcome", "asks", "happens"), ENDS)
def test_silence_that_gives_nothing_says_why_to_both_sides(
    office: Office,
    outcome: Nothing,
    asks: Callable[[Office, FlaskClient], None],
    happens: Callable[[Office], None],
) -> None:
    browser = office.signed_in(anna)
    asks(office, browser)
    happens(office)
    before = balances(office)
    office.clock.at_ms += 7 * DAY_MS
    office.fold()
    persons, owners, listed = WORDS[outcome]
    page = office.send("GET", "/me/claims", client=browser).text
    console = office.send("GET", f"/console/{SITE}/claims", client=office.owner()).text
    events = office.send("GET", f"/console/{SITE}/events", client=office.owner()).text
    assert (persons in page, owners in console, listed in events) == (True, True, True)
    assert "Approved automatically" not in page + console
    assert [one["outcome"] for one in office.api("GET", "/claims").json["data"]] == [outcome]
    told = [one["type"] for one in office.api("GET", "/events").json["events"] if one["type"].startswith("claim.")]
    assert told == ["claim.opened", "claim.closed"]
    assert balances(office) == before


@pytest.mark.parametrize("outcome", [Nothing.REFUNDED, Nothing.VOID])
def test_an_owner_who_approves_what_gives_nothing_reads_why_and_can_still_decide(
    office: Office, outcome: Nothing
) -> None:
    browser = office.signed_in(anna)
    about_order(office, browser)
    next(end for name, asks, end in ENDS if (name, asks) == (outcome, about_order))(office)
    refused = decide(office, "grant")
    reason = {Nothing.REFUNDED: "the order was refunded in full", Nothing.VOID: "the order does not count"}[outcome]
    assert (refused.status, reason in refused.text) == (422, True)
    claim_id = an_open_claim(office).rsplit("/", 1)[-1]
    answer = office.api("POST", f"/claims/{claim_id}/decision", {"decision": "grant", "words": "Yours."})
    assert (answer.status, reason in answer.json["detail"]) == (409, True)
    assert decide(office, "grant", amount="3").status == 303
    assert "Decided in your favour" in office.send("GET", "/me/claims", client=browser).text
    assert "€11.00" in euros(office, browser)[0]


def test_nothing_is_promised_about_an_order_that_was_refunded_before(office: Office) -> None:
    refunds(office, "without")
    browser = office.signed_in(anna)
    assert ask(office, browser, "/me/claims/new", order="without").status == 303
    assert ONLY_OWNER in office.send("GET", "/me/claims", client=browser).text
    office.clock.at_ms += 20 * DAY_MS
    office.fold()
    assert ONLY_OWNER in office.send("GET", "/me/claims", client=browser).text


def test_what_gives_something_is_approved_as_before(office: Office) -> None:
    browser = office.signed_in(anna)
    line = a_line(office, browser)
    refund(office)
    assert ask(office, browser, f"{line}/ask").status == 303
    office.clock.at_ms += 7 * DAY_MS
    office.fold()
    assert "Approved automatically" in office.send("GET", "/me/claims", client=browser).text


def test_an_owner_approves_a_question_about_what_the_rule_does_not_pay_for(office: Office) -> None:
    browser = office.signed_in(anna)
    about_order(office, browser, "later")
    is_reported_late(office)
    before = balances(office)
    assert decide(office, "grant", words="You are right, it was you.").status == 303
    page = office.send("GET", "/me/claims", client=browser).text
    assert ("because the rule pays nothing for this" in page, "it was you" in page) == (True, True)
    assert balances(office) == before


def test_who_asks_after_others_were_given_all_of_an_order_reads_that(office: Office) -> None:
    for who in (ben, cleo):
        link = office.link(f"of {who.name}", who)
        assert office.note("flask", office.visit(f"by {who.name}", link, a_person(f"met by {who.name}"))).status == 202
    office.fold()
    office.clock.at_ms += 25 * DAY_MS
    askers = [office.signed_in(who) for who in (anna, ben, cleo)]
    for browser in askers:
        office.clock.at_ms += 1_000
        about_order(office, browser)
    office.clock.at_ms += 8 * DAY_MS
    office.fold()
    pages = [office.send("GET", "/me/claims", client=browser).text for browser in askers]
    assert ["Approved automatically" in page for page in pages] == [True, True, False]
    assert WORDS[Nothing.USED_UP][0] in pages[2]
    console = office.send("GET", f"/console/{SITE}/claims", client=office.owner()).text
    events = office.send("GET", f"/console/{SITE}/events", client=office.owner()).text
    assert (WORDS[Nothing.USED_UP][1] in console, WORDS[Nothing.USED_UP][2] in events) == (True, True)
