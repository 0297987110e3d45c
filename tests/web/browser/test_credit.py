"""A person's credit in the owner's own app: who gets a token, what it reads, and everything that ends it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from cast import HOME, Person, a_person, an_id, mallory
from flow.office import OTHER, SITE, URL, Answer, Json, Office
from passalong.core.identity import bound_advocate_id
from passalong.core.identity_facts import AccountJoined
from passalong.core.money import MICROS
from passalong.core.privileges import Scope
from passalong.flow import erasure
from passalong.flow.conversions.report import customer_of
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.signin.credit_tokens import GOOD_MS
from passalong.flow.signin.magic_links import prove
from passalong.lib.tokens import hashed
from passalong.store.people.open_sessions import HANDLE
from passalong.web.browser import credit
from web.portal.test_guest_checkout import come_and_buy, handed_over

BALANCE, LINES = "/v1/credit/balance", "/v1/credit/lines"


def customer_id(office: Office, customer: str) -> str:
    """The advocate id that this customer's first hand-over opens."""
    key = customer_of(office.instance.services.keys, office.bees.site, customer)
    assert key is not None
    return bound_advocate_id(SITE, key, 0)


def ask(office: Office, customer: str, key: str | None = None) -> Answer:
    """The shop's server asks for a token of its customer."""
    answer = office.api("POST", "/credit-tokens", {"customer": customer}, key)
    office.fold()
    return answer


def a_token(office: Office, customer: str, key: str | None = None) -> str:
    """A token of a customer."""
    answer = ask(office, customer, key)
    assert answer.status == 201, answer
    return str(answer.json["token"])


def read(office: Office, token: str, path: str = BALANCE, **more: Any) -> Answer:
    """A page of the bees reads with a token."""
    return office.send("POST", path, {"token": token} | more, {"Origin": HOME})


def give(office: Office, customer: str, minor: int, unit: str = "EUR", note: str = "For her help.") -> None:
    """Otto gives a customer credit by hand."""
    ask(office, customer)
    said: Json = {"id": an_id("gift", customer, note, unit), "advocate": customer_id(office, customer)}
    said |= {"amount_minor": minor, "unit": unit, "author": "Otto", "note": note}
    answer = office.api("POST", "/credits", said)
    assert answer.status in (200, 201, 202), answer
    office.fold()


def ends(office: Office, token: str) -> bool:
    """True if a token reads nothing any more, neither sums nor lines."""
    answers = [read(office, token, path) for path in (BALANCE, LINES)]
    return {(one.status, one.json.get("error")) for one in answers} == {(401, "signed_out")}


# --- what a token reads -----------------------------------------------------------------------------------------------


def test_a_customer_without_credit_is_told_how_it_comes(office: Office) -> None:
    answer = read(office, a_token(office, "new customer"))
    assert answer.status == 200
    assert answer.json == {
        **{"lang": "en", "dir": "ltr", "title": "Your credit at The Bee Almanac", "ready": "", "waiting": ""},
        "sentence": "Nothing yet. When a link you shared earns credit, it shows up here with the reason.",
        "notices": [],
        "why": {"text": "See why", "url": f"{URL}/me/credit"},
    }
    assert read(office, a_token(office, "new customer"), LINES).json["lines"] == []


def test_a_token_reads_sums_and_lines_in_sentences(office: Office) -> None:
    give(office, "reader", 500)
    token = a_token(office, "reader")
    found = read(office, token).json
    assert (found["ready"], found["waiting"]) == ("€5.00", "")
    assert found["sentence"] == "Available: €5.00."
    [line] = read(office, token, LINES).json["lines"]
    assert (line["amount"], line["state"]) == ("€5.00", "Available")
    assert line["what"] == "The Bee Almanac gave you this: “For her help.” (Otto)"
    assert line["url"].startswith(f"{URL}/me/why/")


def test_pending_credit_says_until_when_it_is_pending(office: Office) -> None:
    who = a_person("pending")
    token = a_token(office, "pending")
    come_and_buy(office, "pending", office.link("pending", who), a_person("came and bought"))
    join(office, who, "pending")
    found = read(office, token).json
    assert "€8.00" in found["waiting"]
    assert found["sentence"].startswith("Pending: €8.00")
    states = {line["state"] for line in read(office, token, LINES).json["lines"] if line["amount"] == "€8.00"}
    assert all(state.startswith("Pending until ") for state in states)
    assert states


def join(office: Office, who: Person, customer: str) -> None:
    """The person proves that a browser's credit and the customer's account are theirs."""
    ids = tuple(sorted((who.advocate_id(SITE), customer_id(office, customer))))
    prove(office.instance.services.collector, SITE, "join " + " ".join(ids), AccountJoined(ids, "site"))
    office.fold()


@pytest.mark.parametrize(
    ("lang", "spoken", "start"),
    [("de-AT", "de", "Verfügbar: 5,00"), ("ar", "ar", ""), ("ja", "ja", ""), ("tlh", "en", "Available: €5.00")],
)
def test_the_words_are_of_the_language_of_the_page(office: Office, lang: str, spoken: str, start: str) -> None:
    give(office, "speaker", 500)
    token = a_token(office, "speaker")
    found = read(office, token, lang=lang).json
    assert (found["lang"], found["dir"]) == (spoken, "rtl" if spoken == "ar" else "ltr")
    assert found["sentence"].startswith(start)
    assert read(office, token, LINES, lang=lang).json["lang"] == spoken


def test_older_lines_come_by_a_cursor_each_once(office: Office) -> None:
    for number in range(credit.ROWS + 2):
        give(office, "long", 100 + number, note=f"Thanks {number}")
    token = a_token(office, "long")
    first = read(office, token, LINES).json
    second = read(office, token, LINES, before=first["next"]).json
    shown = [line["url"] for part in (first, second) for line in part["lines"]]
    assert (len(first["lines"]), len(second["lines"]), second["next"]) == (credit.ROWS, 2, None)
    assert len(set(shown)) == credit.ROWS + 2
    for bad in ("", "x", "EUR=1.nobody", first["next"][:-1]):
        assert read(office, token, LINES, before=bad).status == (400 if bad else 200)


def test_credit_in_points_names_no_money(office: Office) -> None:
    give(office, "points", 12, "points")
    token = a_token(office, "points")
    texts = read(office, token).text + read(office, token, LINES).text
    assert "12 points" in texts
    assert not any(money in texts for money in ("€", "EUR", "0.00"))


# --- what it does not -------------------------------------------------------------------------------------------------


def test_a_token_opens_no_page_and_no_api(office: Office) -> None:
    token = a_token(office, "curious")
    secret = token.split("_", 2)[2]
    for cookie in (token, f"{SITE}.{secret}", f"{SITE}.{token}"):
        for role in ("advocate", "owner", "console"):
            browser = office.client()
            browser.set_cookie(f"__Host-along-{role}", cookie, domain="along.example", secure=True)
            assert office.send("GET", "/me/credit", client=browser).status in (302, 303, 401)
    assert office.send("POST", "/me/in", form={"code": f"{SITE}.{secret}"}).status == 400
    for key in (token, f"ak_{SITE}_{secret}"):
        assert office.api("GET", "/balances", key=key).status == 401


def test_a_token_reads_its_own_customer_alone(office: Office) -> None:
    give(office, "victim", 77_700)
    for name in ("Victim", "victim ", customer_id(office, "victim"), "victim@bees.example"):
        assert "777" not in read(office, a_token(office, name)).text, name
    line = read(office, a_token(office, "victim"), LINES).json["lines"][0]["url"].rpartition("/")[2]
    assert read(office, a_token(office, mallory.name), LINES, before=f"EUR=1.{line}").status == 400


def test_an_order_that_names_a_customer_or_address_opens_nothing(office: Office) -> None:
    who = a_person("named in an order")
    said = {"customer": "said", "email": "said@bees.example"}
    come_and_buy(office, "named", office.link("named in an order", who), a_person("buyer of it"), **said)
    for name in ("said", "said@bees.example", who.advocate_id(SITE)):
        assert read(office, a_token(office, name)).json["waiting"] == ""


@pytest.mark.parametrize(
    "change",
    [lambda token: token[:-1], lambda token: token + "x", lambda token: "ct_", lambda token: "ct_x_y"],
)
def test_a_changed_token_reads_nothing(office: Office, change: Any) -> None:
    assert ends(office, change(a_token(office, "changed")))


def test_a_token_of_one_site_reads_nothing_at_another(office: Office) -> None:
    token = a_token(office, "next door").replace(SITE, OTHER)
    answer = office.send("POST", BALANCE, {"token": token}, {"Origin": "https://wasps.example"})
    assert (answer.status, answer.json["error"]) == (401, "signed_out")


def test_a_page_of_another_site_reads_nothing_and_is_told_why(office: Office) -> None:
    token = a_token(office, "framed")
    for origin in ("https://evil.example", "null", f"{HOME}.evil.example"):
        answer = office.send("POST", BALANCE, {"token": token}, {"Origin": origin})
        assert (answer.status, answer.json["error"]) == (403, "foreign_origin")
        assert answer.headers["access-control-allow-origin"] == "*"
    assert office.send("POST", BALANCE, {"token": token}).status == 200, "a server of the owner's sends no origin"


def test_pages_can_read_every_refusal(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credit, "READS_A_MINUTE", 1)
    token = a_token(office, "hasty")
    answers = [read(office, token), read(office, token, lang="de"), read(office, "ct_x_y", lang="de")]
    assert [one.status for one in answers] == [200, 429, 401]
    assert {one.headers["access-control-allow-origin"] for one in answers} == {"*"}
    assert {one.headers["cache-control"] for one in answers} == {"no-store"}
    assert int(answers[1].headers["retry-after"]) >= 1
    assert answers[1].message.startswith("Zu viele Anfragen")
    assert answers[2].json["message"].startswith("Melde dich an")


def test_a_token_wants_a_key_with_the_scope_and_a_customer(office: Office) -> None:
    reads_only = api_keys.new(office.db, office.clock, SITE, NewKey("reads", (Scope.READ,)))
    for path in ("/credit-tokens", "/credit-tokens/end"):
        assert office.api("POST", path, {"customer": "c"}, "ak_nobody_x").status == 401
        assert office.api("POST", path, {"customer": "c"}, reads_only).json["code"] == "missing_scope"
        assert office.api("POST", path, {"customer": "  "}).status == 400
        assert office.api("POST", path, {"advocate": "a" * 16}).status == 400


# --- what ends it -----------------------------------------------------------------------------------------------------


def test_a_token_ends_after_fifteen_minutes(office: Office) -> None:
    token, now_ms = a_token(office, "slow"), office.clock.at_ms
    try:
        office.clock.at_ms = now_ms + GOOD_MS - 1
        assert read(office, token).status == 200
        office.clock.at_ms += 1
        assert ends(office, token)
    finally:
        office.clock.at_ms = now_ms


def test_signing_out_at_the_shop_ends_every_token_of_the_customer_and_no_other(office: Office) -> None:
    mine, other = [a_token(office, "leaves") for _ in range(2)], a_token(office, "stays")
    assert office.api("POST", "/credit-tokens/end", {"customer": "leaves"}).json == {"ended": 2}
    assert all(ends(office, token) for token in mine)
    assert read(office, other).status == 200
    assert office.api("POST", "/credit-tokens/end", {"customer": "leaves"}).json == {}
    assert office.api("POST", "/credit-tokens/end", {"customer": "never came"}).json == {}


def sign_out(office: Office, browser: FlaskClient, where: str) -> None:
    """Somebody signs out of the portal."""
    if where == "everywhere":
        office.prove(browser)
    assert office.send("POST", "/me/out", client=browser, form={"where": where}).status == 303


@pytest.mark.parametrize("where", ["here", "everywhere"])
def test_signing_out_of_the_portal_ends_the_tokens(office: Office, where: str) -> None:
    customer = f"signs out {where}"
    browser, token = handed_over(office, customer), a_token(office, customer)
    assert read(office, token).status == 200
    sign_out(office, browser, where)
    assert ends(office, token)


def test_signing_out_another_browser_ends_the_tokens_too(office: Office) -> None:
    here, there = (handed_over(office, "two browsers") for _ in range(2))
    token = a_token(office, "two browsers")
    office.prove(here)
    cookie = there.get_cookie("__Host-along-advocate", "along.example")
    assert cookie is not None
    handle = hashed(cookie.value.partition(".")[2])[:HANDLE]
    form = {"where": "there", "handle": handle}
    assert office.send("POST", "/me/out", client=here, form=form).status == 303
    assert office.send("GET", "/me", client=there).status == 401
    assert ends(office, token)


def test_revoking_the_key_ends_the_tokens_that_it_made(office: Office) -> None:
    key = api_keys.new(office.db, office.clock, SITE, NewKey("leaked", (Scope.REPORT,)))
    token, other = a_token(office, "revoked", key), a_token(office, "revoked")
    handle = next(one.handle for one in api_keys_of(office) if one.last_four == key[-4:])
    api_keys.revoke(office.db, office.clock, SITE, handle)
    assert ends(office, token)
    assert read(office, other).status == 200


def api_keys_of(office: Office) -> Any:
    """The keys of the bees."""
    from passalong.store.people import api_keys as stored

    with office.db.reading() as session:
        return stored.all_of(session, SITE)


def test_erasure_ends_the_tokens_and_the_next_one_reads_a_new_account(office: Office) -> None:
    give(office, "erased", 12_300)
    token = a_token(office, "erased")
    erasure.erase(office.instance.services, SITE, customer_id(office, "erased"))
    office.fold()
    assert ends(office, token)
    assert "123" not in read(office, a_token(office, "erased")).text


def test_a_ban_ends_the_tokens_and_gives_out_no_other(office: Office) -> None:
    token = a_token(office, "banned")
    verdict = {"id": an_id("ban"), "decision": "ban", "about": "advocate", "author": "Otto", "note": "Fake orders."}
    answer = office.api("POST", "/verdicts", verdict | {"subject_id": customer_id(office, "banned")})
    assert answer.status < 300, answer
    office.fold()
    assert ends(office, token)
    assert (ask(office, "banned").status, ask(office, "banned").json["code"]) == (403, "forbidden")


def test_joining_two_accounts_ends_the_tokens_of_both(office: Office) -> None:
    who = a_person("joins")
    office.link("joins", who)
    office.fold()
    token, browser = a_token(office, "joins"), office.signed_in(who)
    url = office.api("POST", "/hand-over", {"customer": "joins"}).json["url"]
    form = {"code": url.partition("#")[2], "switch": "add"}
    assert office.send("POST", "/me/in", client=browser, form=form).status == 303
    office.fold()
    assert ends(office, token)


def test_sums_of_a_token_are_whole_cents(office: Office) -> None:
    give(office, "cents", 333)
    assert read(office, a_token(office, "cents")).json["ready"] == f"€{3_330_000 / MICROS:.2f}"
