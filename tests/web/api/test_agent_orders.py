"""Orders that an agent placed: the token in UCP's and ACP's attribution does what it does in a browser's address."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from cast import HOME, a_person, anna, ben, cleo
from flow.office import BOTH, OTHER, SITE, Json, Office
from passalong.core.privileges import Scope
from passalong.core.terms.model import Goal, Terms, TouchModel
from passalong.flow.explain import explain
from passalong.flow.owners import api_keys
from passalong.flow.owners import terms as flow_terms
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.replay import replay
from passalong.lib.tokens import Keyring, token_of
from passalong.lib.try_tokens import new_try_id, try_token
from passalong.store.sites import find_site
from tables import make_tables
from web.orders import an_order, receipt, report

FORGED = "x" * 27


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance for the whole file, whose first key was retired."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "keys.json").write_text('{"2": "a second secret that is long enough for it"}')
    (folder / "keys.json").chmod(0o600)
    opened: AbstractContextManager[str] = nullcontext(f"sqlite:///{folder}/here.db")
    if request.param == "postgresql":
        opened = request.getfixturevalue("postgresql_databases").lent()
    with opened as url:
        made = Office(url, folder)
        yield made
        made.close()


def acp(token: str, place: str, **more: str) -> Json:
    """An `affiliate_attribution` of ACP with our token."""
    return {"provider": "passalong", "token": token, "touchpoint": place} | more


def as_ucp(first: str, last: str) -> Json:
    """Both tokens as UCP carries them, among what else a platform sends."""
    return {"ucp": {"ht_first": first, "ht": last, "campaign_source": "assistant", "gclid": "EAIa"}}


def as_acp(first: str, last: str) -> Json:
    """Both tokens as ACP carries them, after what is for another provider."""
    foreign = {"provider": "impact.com", "token": "atp_1", "publisher_id": "pub_123", "touchpoint": "first"}
    return {"acp": [foreign, acp(first, "first", sub_id="u1=abc"), acp(last, "last")]}


def links(office: Office, name: str) -> tuple[str, str]:
    """A link of Anna's, and one of Ben's, who came by hers."""
    first = office.link(f"{name} first", anna)
    return first, office.link(f"{name} last", ben, parent=first, visitor=ben.visitor)


def by_browser(office: Office, name: str, first: str, last: str) -> Any:
    """Somebody comes by the first link, a minute later by the last, and buys: the receipt."""
    who = a_person("buyer", name)
    for number, token in enumerate((first, last)):
        office.note("flask", office.visit(f"{name} {number}", token, who))
        office.clock.at_ms += 60_000
    note = office.visit(f"{name} 1", last, who)
    assert report(office, an_order(f"{name}-browser", code=f"{last}.{note['id']}")).status == 202
    return receipt(office, f"{name}-browser")


def by_agent(office: Office, order: str, attribution: Json, **more: Any) -> Any:
    """An agent buys: the receipt."""
    answer = report(office, an_order(order, attribution=attribution, **more))
    assert answer.status == 202, answer.text
    return receipt(office, order)


def steps(made: Any) -> Any:
    """A receipt without the names of its order and its touches, and the time: who is paid, by which steps, how much."""
    events = [part["event_id"] for line in made["lines"] for part in line["parts"]]
    places = {event_id: number for number, event_id in enumerate(dict.fromkeys(events))}
    lines = [
        line | {"parts": [part | {"event_id": places[part["event_id"]]} for part in line["parts"]]}
        for line in made["lines"]
    ]
    return {key: made[key] for key in made if key not in ("id", "subject", "at_ms")} | {"lines": lines}


MODELS: tuple[TouchModel, ...] = ("linear_unique", "first", "last", "linear_touch", "position")


@pytest.mark.parametrize("model", MODELS)
def test_an_agents_order_has_the_receipt_of_a_browsers(office: Office, model: TouchModel) -> None:
    terms = Terms(goals=(Goal("purchase", "EUR", rate_bp=1_000),), touch_model=model, hold_days=1)
    flow_terms.new_version(office.db, office.clock, SITE, flow_terms.Draft(terms, "Another model."))
    office.clock.at_ms += 15 * 86_400_000
    first, last = links(office, model)
    browser = by_browser(office, model, first, last)
    assert (browser["status"], browser["people"]) == ("credited", 1 if model in ("first", "last") else 2)
    for name, attribution in (("ucp", as_ucp(first, last)), ("acp", as_acp(first, last))):
        agent = by_agent(office, f"{model}-{name}", attribution)
        assert steps(agent) == steps(browser)
        touches = {part["event_id"] for line in agent["lines"] for part in line["parts"]}
        assert touches <= {f"first:{model}-{name}", f"last:{model}-{name}"}


def test_both_are_explained_in_the_same_words_but_for_what_led_to_them(office: Office) -> None:
    first, last = links(office, "words")
    made = {"words-browser": by_browser(office, "words", first, last)}
    made["words-agent"] = by_agent(office, "words-agent", as_ucp(first, last))
    said = []
    for order, of_api in made.items():
        with office.db.reading() as session:
            site = find_site(session, SITE)
            assert site is not None
            explained = explain(session, site, order)
        assert explained is not None
        assert explained.differs == ()
        words = "\n".join(explained.words).replace(order, "ORDER")
        for number, event_id in enumerate(
            dict.fromkeys(part["event_id"] for line in of_api["lines"] for part in line["parts"])
        ):
            words = words.replace(event_id.replace(order, "ORDER"), f"TOUCH {number}")
        words = re.sub(r"The link that the order names \((TOUCH \d)\)", r"The arrival \1", words)
        said.append([line for line in words.splitlines() if "UTC" not in line])
    assert said[0] == said[1]


def test_the_same_link_may_be_the_first_touch_and_the_last(office: Office) -> None:
    token = office.link("same", anna)
    made = by_agent(office, "same", as_acp(token, token))
    assert made["status"] == "credited"
    assert {line["recipient"] for line in made["lines"]} == {anna.advocate_id(SITE)}


def test_a_personal_code_stands_for_its_link(office: Office) -> None:
    said = {"code": "annas", "advocate": anna.advocate_id(SITE)}
    office.link("has shared", anna)
    assert office.api("POST", "/codes", said).status in (200, 201, 202)
    office.instance.services.sites.forget(SITE)
    made = by_agent(office, "coded", {"ucp": {"ht": "annas"}})
    assert {line["recipient"] for line in made["lines"]} == {anna.advocate_id(SITE)}


def forged(office: Office) -> tuple[str, Json]:
    return FORGED, {}


def of_another_site(office: Office) -> tuple[str, Json]:
    return office.link("w", site_id=OTHER, page="https://wasps.example/"), {}


def unknown(office: Office) -> tuple[str, Json]:
    keys = office.instance.services.keys
    return token_of(keys, SITE, "A" * 15, keys.newest), {}


def expired(office: Office) -> tuple[str, Json]:
    return office.link("expired", anna), {"expires_at": "2025-12-24T10:30:00Z"}


def of_a_retired_key(office: Office) -> tuple[str, Json]:
    return token_of(Keyring({1: "the first secret, which is gone by now"}), SITE, "A" * 15, 1), {}


def altered(office: Office) -> tuple[str, Json]:
    token = office.link("altered", anna)
    return ("B" if token[0] != "B" else "C") + token[1:], {}


BAD = [
    (forged, "bad_signature"),
    (altered, "bad_signature"),
    (of_another_site, "foreign_site"),
    (unknown, "unknown_share"),
    (of_a_retired_key, "retired_key"),
    (expired, "outside_window"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD, ids=lambda value: getattr(value, "__name__", value))
def test_a_bad_token_is_refused_by_name_and_takes_nothing_from_the_other(office: Office, bad: Any, reason: str) -> None:
    token, more = bad(office)
    alone = by_agent(office, f"alone {reason} {bad.__name__}", {"acp": [acp(token, "last", **more)]})
    assert (alone["status"], alone["reason"], alone["lines"]) == ("refused", reason, [])
    assert alone["reason_words"]
    good = office.link("good", anna)
    for place, other in (("first", "last"), ("last", "first")):
        order = f"{place} {reason} {bad.__name__}"
        made = by_agent(office, order, {"acp": [acp(token, place, **more), acp(good, other)]})
        assert (made["status"], made["people"]) == ("credited", 1)
        assert made["ignored"] == [{"event_id": f"{place}:{order}", "reason": reason}]


def test_an_order_for_other_providers_is_nobodys(office: Office) -> None:
    foreign = {"provider": "impact.com", "token": office.link("foreign", anna)}
    for order, said in (("none", {}), ("others", {"acp": [foreign], "ucp": {"gclid": "x"}})):
        assert by_agent(office, order, said)["reason"] == "no_token"


def test_a_report_that_is_sent_again_is_a_duplicate_whatever_else_the_protocol_says(office: Office) -> None:
    token = office.link("again", anna)
    assert report(office, an_order("again", attribution={"ucp": {"ht": token}})).status == 202
    assert report(office, an_order("again", attribution={"ucp": {"ht": token, "gclid": "x"}})).status == 200
    assert report(office, an_order("again", attribution={"acp": [acp(token, "last")]})).status == 200
    assert report(office, an_order("again", attribution={"ucp": {"ht": FORGED}})).status == 409
    assert report(office, an_order("again")).status == 409
    assert report(office, an_order("plain")).status == 202
    assert report(office, an_order("plain", attribution={"ucp": {}})).status == 200


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"expires_at": "soon"}, "`attribution.acp[0].expires_at` is not valid. Send a time with its zone"),
        ({"token": 7}, "`attribution.acp[0].token` is not valid. Send the token of a link"),
        ({"provider": ""}, "`attribution.acp[0].provider` is not valid. Send the name of a provider"),
        ({"touchpoint": "middle"}, "`attribution.acp[0].touchpoint` is not valid. Send one of `first`, `last`"),
    ],
    ids=str,
)
def test_what_is_wrong_inside_is_named_with_what_to_send(office: Office, more: Json, expected: str) -> None:
    answer = report(office, an_order("inside", attribution={"acp": [acp("t", "last") | more]}))
    assert (answer.status, answer.json["detail"][: len(expected)]) == (400, expected)


def test_a_link_of_the_site_itself_credits_nobody_by_an_agent_either(office: Office) -> None:
    key = api_keys.new(office.db, office.clock, SITE, NewKey("links", (Scope.SHARE,)))
    made = office.api("POST", "/links", {"id": "newsletter", "page": f"{HOME}/bees"}, key)
    assert made.status in (200, 201), made.text
    agent = by_agent(office, "newsletter", {"ucp": {"ht": made.json["token"]}})
    assert (agent["status"], agent["reason"], agent["lines"]) == ("refused", "site_link", [])


@pytest.mark.parametrize(
    "said", [[], "ht", {"upc": {}}, {"ucp": {"ht": 7}}, {"acp": [{"token": "t"}]}, {"acp": [acp("t", "middle")]}]
)
def test_garbage_is_a_400_that_names_the_field(office: Office, said: object) -> None:
    answer = report(office, an_order("garbage", attribution=said))
    assert answer.status == 400
    assert "`attribution" in answer.text
    assert office.api("GET", "/conversions/garbage").status == 404


def test_a_batch_takes_attributions_too(office: Office) -> None:
    first, last = links(office, "batch")
    orders = [
        an_order("batch-1", attribution=as_ucp(first, last)),
        an_order("batch-2", attribution=as_acp(first, last)),
    ]
    answer = office.api("POST", "/conversions/batch", {"conversions": orders})
    assert [outcome["status"] for outcome in answer.json["outcomes"]] == ["accepted", "accepted"]
    assert steps(receipt(office, "batch-1")) == steps(receipt(office, "batch-2"))
    assert receipt(office, "batch-1")["people"] == 2


def test_ones_own_link_earns_nothing_by_an_agent_either(office: Office) -> None:
    office.api("POST", "/identify", {"id": "ben-is", "customers": ["c-ben"], "advocates": [ben.advocate_id(SITE)]})
    first, last = links(office, "own")
    made = by_agent(office, "own", as_ucp(first, last), customer="c-ben")
    paid = {line["recipient"]: line["amount_micros"] for line in made["lines"]}
    assert paid[ben.advocate_id(SITE)] == 0
    assert paid[anna.advocate_id(SITE)] > 0


def test_a_token_of_try_mode_counts_for_nothing(office: Office) -> None:
    services = office.instance.services
    token = try_token(services.keys, SITE, new_try_id(office.clock.now_ms()))
    answer = report(office, an_order("tried", attribution={"ucp": {"ht": token}}))
    assert (answer.status, answer.json["tried"]) == (202, True)
    office.fold()
    assert office.api("GET", "/conversions/tried").status == 404


def test_the_advocate_reads_that_the_code_came_with_an_order(office: Office) -> None:
    who = a_person("sharer for an agent")
    made = by_agent(office, "page", {"ucp": {"ht": office.link("page", who, page=f"{HOME}/agent")}})
    assert made["status"] == "credited"
    browser = office.signed_in(who)
    ledger = office.send("GET", "/me/credit", client=browser).text
    line = ledger.split("/me/why/")[1].split('"')[0]
    page = office.send("GET", f"/me/why/{line}", client=browser).text
    assert "The code of that link came with an order" in page


def test_a_replay_makes_the_same_journal(office: Office) -> None:
    first, last = links(office, "replay")
    by_agent(office, "replay", as_ucp(first, last))
    by_agent(office, "replay forged", as_acp(FORGED, last))
    stands, made = replay.compare(office.db, SITE, make_tables)
    assert stands == made


def test_cleo_by_browser_and_by_agent_are_two_orders(office: Office) -> None:
    """A code and an attribution in one report are both steps."""
    token, other = office.link("by both", anna), office.link("by both too", ben)
    note = office.visit("by both", token, cleo)
    office.note("flask", note)
    office.clock.at_ms += 60_000
    made = by_agent(office, "both", {"ucp": {"ht": other}}, code=f"{token}.{note['id']}")
    assert {line["recipient"] for line in made["lines"]} == {anna.advocate_id(SITE), ben.advocate_id(SITE)}
