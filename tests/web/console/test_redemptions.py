"""From the portal to the console and back: what is asked for with credit, what the owner does, what everybody reads."""

import csv
import io
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from html import unescape

import pytest
from flask.testing import FlaskClient

from cast import Person, a_person
from flow.office import BOTH, OTHER, SITE, Answer, Office
from passalong.core.ledger.redemptions import Method, OfferedMethod, State
from passalong.core.privileges import Role
from passalong.flow.transaction import writing
from passalong.store.books import receipts, redemptions
from web.portal.test_signin import a_link, press
from web.rendered import a_plain_office, get, ready, redeem, sells

WHERE = {"kind": "iban", "name": "Dora Drone", "account": "DE02120300000000202051"}
METHODS = (
    OfferedMethod(Method.PAYOUT, "EUR", minimum_micros=10_000_000, fee_micros=500_000, days=30),
    OfferedMethod(Method.DISCOUNT_CODE, "EUR", minimum_micros=1_000_000, days=2),
    OfferedMethod(Method.STORE_CREDIT, "EUR", days=2),
    OfferedMethod(Method.CAUSE, "EUR", days=30, about="To the bee shelter."),
    OfferedMethod(Method.GIVE_BACK, "EUR"),
)


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A site that offers every way."""
    for made in a_plain_office(request, tmp_path_factory):
        with writing(made.db) as session:
            redemptions.replace_methods(session, SITE, METHODS)
        yield made


def somebody(office: Office, name: str) -> tuple[Person, FlaskClient]:
    """Somebody with 16.00 ready, who has kept it with an address and came in with it."""
    who = a_person(name)
    sells(office, name, who, 20_000)
    browser = office.signed_in(who)
    press(office, a_link(office, f"{name}@example.org", browser), browser)
    office.fold()
    assert ready(office, browser) == 16_000_000
    return who, browser


def asked(office: Office, browser: FlaskClient, method: str, amount: str, **form: str) -> str:
    """Ask for it, and get its id."""
    answer = redeem(office, browser, method, amount, **form)
    assert answer.status == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def settle(office: Office, redemption_id: str, act: str, words: str = "", site_id: str = SITE) -> Answer:
    """What the owner of a site presses."""
    path, form = f"/console/{SITE}/payouts/{redemption_id}", {"act": act, "words": words}
    answer = office.send("POST", path, client=office.owner(site_id), form=form)
    office.fold()
    return answer


def console(office: Office) -> str:
    """The owner's page."""
    return get(office, office.owner(), f"/console/{SITE}/payouts")


def mail(office: Office) -> tuple[str, str]:
    """Subject and words of the one mail that came since the last."""
    office.instance.mail_sender.send_due()
    [path] = list((office.folder / "outbox" / SITE).glob("*.eml"))
    found = message_from_bytes(path.read_bytes(), policy=policy.default)
    path.unlink()
    body = found.get_body(("plain",))
    assert body is not None
    return str(found["subject"]), body.get_content()


def test_a_payout_goes_from_the_portal_to_the_bank_and_is_read_on_every_page(office: Office) -> None:
    who, browser = somebody(office, "dora")
    redemption_id = asked(office, browser, "payout", "16", **WHERE)
    assert "Waiting for The Bee Almanac to approve it." in get(office, browser, f"/me/use/{redemption_id}")
    assert ready(office, browser) == 0
    page = console(office)
    for words in (
        "A payout: €15.50",
        "less a fee of €0.50",
        WHERE["name"],
        WHERE["account"],
        who.advocate_id(SITE)[:4],
    ):
        assert words in page, words
    assert "1 person asked to use their credit" in get(office, office.owner(), f"/console/{SITE}")
    assert settle(office, redemption_id, "done").status == 422, "what is not agreed to is not paid"
    assert settle(office, redemption_id, "agree").status == 303
    assert "The Bee Almanac approved it. It is on its way." in get(office, browser, f"/me/use/{redemption_id}")
    batch = f"export-{redemption_id[:8].strip('-_')}"
    form = {"batch": batch}
    assert office.send("POST", f"/console/{SITE}/payouts/export", client=office.owner(), form=form).status == 303
    office.fold()
    sheet = office.send("GET", f"/console/{SITE}/payouts/batches/{batch}.csv", client=office.owner())
    assert sheet.body.startswith("\ufeffpayout,".encode())
    [row] = [row for row in csv.DictReader(io.StringIO(sheet.text)) if row["payout"].lstrip("'") == redemption_id]
    assert (row["name"], row["account"], row["amount"], row["currency"]) == (*list(WHERE.values())[1:], "15.50", "EUR")
    assert settle(office, redemption_id, "done", "transfer 2026-11").status == 303
    page = get(office, browser, f"/me/use/{redemption_id}")
    assert "Done." in page
    assert "transfer 2026-11" in page
    ledger = get(office, browser, "/me/credit")
    assert "You asked for a payout" in ledger
    assert "−€16.00" in ledger
    subject, words = mail(office)
    assert subject == "Your request for €16.00 is done"
    assert "Their message: transfer 2026-11" in words
    assert f"/me/use/{redemption_id}" in words
    assert "transfer 2026-11" in console(office)
    with office.db.reading() as session:
        made = receipts.latest(session, SITE, f"use:{redemption_id}")
    assert made is not None
    assert made.status == "credited"
    assert settle(office, redemption_id, "decline", "Too late.").status == 422


def test_a_declined_request_says_why_and_is_available_again(office: Office) -> None:
    _, browser = somebody(office, "emil")
    redemption_id = asked(office, browser, "payout", "10", **WHERE)
    answer = settle(office, redemption_id, "decline")
    assert answer.status == 422
    assert "Give the reason" in answer.text
    assert settle(office, redemption_id, "decline", "The account <b>does not</b> exist.").status == 303
    page = office.send("GET", f"/me/use/{redemption_id}", client=browser).text
    assert "The account &lt;b&gt;does not&lt;/b&gt; exist." in page
    assert "The Bee Almanac declined. The credit is available to you again." in page
    assert ready(office, browser) == 16_000_000
    subject, words = mail(office)
    assert subject == "€10.00 is available again"
    assert "The account <b>does not</b> exist." in words


@pytest.mark.parametrize(
    ("method", "says", "words"),
    [
        ("discount_code", "A discount code", "BEES-3"),
        ("store_credit", "Store credit", ""),
        ("cause", "A gift to the cause", "Thank you from the shelter"),
    ],
)
def test_every_other_way_is_done_by_the_owner_and_told(office: Office, method: str, says: str, words: str) -> None:
    _, browser = somebody(office, f"way-{method.replace('_', '-')}")
    redemption_id = asked(office, browser, method, "3")
    assert f"{says}: €3.00" in console(office)
    assert settle(office, redemption_id, "done", words).status == 303
    page = get(office, browser, f"/me/use/{redemption_id}")
    assert "Done." in page
    assert words in page
    assert ready(office, browser) == 13_000_000
    _, message = mail(office)
    assert ("Their message" in message) == bool(words)
    assert words in message


def test_a_guest_secret_of_a_saved_account_is_asked_to_sign_in(office: Office) -> None:
    """Their browser's key shows the page; money is sent to who came in by the address, passkey or words."""
    who, _ = somebody(office, "frida")
    browser = office.signed_in(who)
    page = get(office, browser, "/me/use")
    assert f'To get a payout, first <a href="/me/in?site={SITE}">sign in</a> with your e-mail' in page
    asked = office.send("GET", "/me/use/confirm?way=payout&unit=EUR&amount=10", client=browser)
    assert (asked.status, f'href="/me/in?site={SITE}&amp;to=use"' in asked.text) == (403, True)
    assert redeem(office, browser, "payout", "10", **WHERE).status == 403


def test_an_account_that_is_no_iban_is_not_taken(office: Office) -> None:
    _, browser = somebody(office, "typo")
    answer = redeem(office, browser, "payout", "10", kind="iban", name="Typo", account="DE00 nonsense")
    assert answer.status == 400
    assert "This is not a valid IBAN." in answer.text
    for account in ("nonsense", "a@b", "<b>@x.de", "anna@example.org, ben@example.org"):
        answer = redeem(office, browser, "payout", "10", kind="paypal", name="Typo", account=account)
        assert (answer.status, "Enter the e-mail address of your PayPal account" in answer.text) == (400, True), account
    assert ready(office, browser) == 16_000_000


def test_a_payout_is_corrected_or_withdrawn_until_it_is_agreed_to(office: Office) -> None:
    _, stranger = somebody(office, "nosy")
    _, browser = somebody(office, "clara")
    redemption_id = asked(office, browser, "payout", "10", **WHERE)
    other = {"kind": "iban", "name": "Clara Comb", "account": "GB82 WEST 1234 5698 7654 32"}
    path = f"/me/use/{redemption_id}/destination"
    assert office.send("POST", path, client=browser, form=other | {"account": "GB00"}).status == 400
    assert office.send("POST", path, client=browser, form=other).status == 303
    assert "It will be sent to Clara Comb, GB82WEST12345698765432." in get(office, browser, f"/me/use/{redemption_id}")
    for act in ("destination", "withdraw"):
        assert office.send("POST", f"/me/use/{redemption_id}/{act}", client=stranger, form=other).status in (
            401,
            404,
            409,
        )
    settle(office, redemption_id, "agree")
    for act in ("destination", "withdraw"):
        late = office.send("POST", f"/me/use/{redemption_id}/{act}", client=browser, form=other)
        assert (late.status, "can no longer be changed" in late.text) == (409, True)
    answer = redeem(office, browser, "payout", "6", **WHERE)
    assert (answer.status, "already approved" in answer.text) == (400, True), "the account of what is on its way stays"
    settle(office, redemption_id, "done", "paid")
    mail(office)


def test_a_withdrawn_request_leaves_the_owners_list(office: Office) -> None:
    _, browser = somebody(office, "wanda")
    redemption_id = asked(office, browser, "payout", "10", **WHERE)
    assert redemption_id in console(office)
    for _ in range(2):  # pressing twice is withdrawing once
        office.send("POST", f"/me/use/{redemption_id}/withdraw", client=browser)
        office.fold()
    assert ready(office, browser) == 16_000_000
    assert redemption_id not in console(office)
    assert "You withdrew it." in get(office, browser, f"/me/use/{redemption_id}")
    assert settle(office, redemption_id, "agree").status == 422
    log = office.send("GET", f"/console/{SITE}/changes?action=redemption.withdraw", client=office.owner()).text
    assert log.count("A person withdrew their request<br>") == 1
    assert redemption_id in log and "</span> withdrawn" in log


def test_giving_back_waits_for_nobody(office: Office) -> None:
    _, browser = somebody(office, "gives")
    redemption_id = asked(office, browser, "give_back", "16")
    assert "Done." in get(office, browser, f"/me/use/{redemption_id}")
    assert redemption_id not in console(office)


def test_a_destination_is_remembered_changed_and_erased(office: Office) -> None:
    _, browser = somebody(office, "moves")
    first = asked(office, browser, "payout", "10", **WHERE)
    settle(office, first, "decline", "Please give another account.")
    mail(office)
    page = get(office, browser, "/me/use/confirm?way=payout&unit=EUR&amount=10")
    assert "Send it somewhere else" in page
    assert f"It will be sent to {WHERE['name']}, {WHERE['account']}." in page
    second = asked(office, browser, "payout", "10", kind="paypal", name="Dora Drone", account="dora@example.org")
    assert "dora@example.org" in console(office)
    assert office.send("POST", "/me/privacy/erase", client=browser, form={"read": "yes"}).status == 200
    page = console(office)
    assert second in page
    assert "They erased their payout account." in page
    assert "dora@example.org" not in page
    settle(office, second, "decline", "Nobody is there any more.")


@pytest.mark.parametrize("act", ["agree", "done", "decline"])
def test_another_owner_settles_nothing_here(office: Office, act: str) -> None:
    assert settle(office, "x" * 22, act, "because", site_id=OTHER).status == 401
    assert settle(office, "x" * 22, act, "because").status == 422


def test_the_page_of_payouts_says_when_nothing_waits(office: Office) -> None:
    found = re.findall(r'id="([A-Za-z0-9_-]{22})"', console(office))
    for redemption_id in found:
        settle(office, redemption_id, "decline", "Tidying up.")
    assert "No open requests." in console(office)


# --- two editors ------------------------------------------------------------------------------------------------------


def seen_in(page: str, redemption_id: str) -> str:
    """What a page of redemptions shows of a request, as its form says."""
    form = page.partition(f'id="{redemption_id}"')[2].partition("</form>")[0]
    return form.partition('name="seen" value="')[2].partition('"')[0]


def decides(office: Office, browser: FlaskClient, redemption_id: str, **form: str) -> Answer:
    """Press a button of a form that was opened before."""
    return office.send("POST", f"/console/{SITE}/payouts/{redemption_id}", client=browser, form=form)


def test_two_editors_who_decide_about_one_request_read_what_stands_and_lose_nothing(office: Office) -> None:
    _, browser = somebody(office, "gina")
    redemption_id = asked(office, browser, "payout", "10", **WHERE)
    ina, eva = office.teammate(Role.EDITOR), office.teammate(Role.OWNER)
    seen = seen_in(get(office, ina, f"/console/{SITE}/payouts"), redemption_id)
    assert len(seen) == 16
    assert decides(office, ina, redemption_id, act="agree", seen=seen).status == 303
    office.fold()
    answer = decides(office, eva, redemption_id, act="decline", words="A second account.", seen=seen)
    assert answer.status == 409
    page = unescape(answer.text)
    assert "it is approved now. You wanted to decline it, with the words “A second account.”." in page
    assert f'value="A second account." aria-describedby="e-{redemption_id}"' in page, "the words stay in the field"
    assert decides(office, ina, redemption_id, act="agree", seen=seen).status == 303, "the same press twice"
    fresh = seen_in(answer.text, redemption_id)
    assert decides(office, eva, redemption_id, act="decline", words="A second account.", seen=fresh).status == 303
    office.fold()
    answer = decides(office, ina, redemption_id, act="done", words="transfer 7", seen=fresh)
    assert (answer.status, "declined, with the words “A second account.”" in answer.text) == (409, True)
    assert "with the words “transfer 7”" in answer.text
    with office.db.reading() as session:
        found = redemptions.find_redemption(session, SITE, redemption_id)
    assert found is not None and (found.state, found.note) == (State.REJECTED, "A second account.")


def test_an_account_that_was_corrected_meanwhile_is_not_approved_unseen(office: Office) -> None:
    _, browser = somebody(office, "hilda")
    redemption_id = asked(office, browser, "payout", "10", **WHERE)
    otto = office.owner()
    seen = seen_in(get(office, otto, f"/console/{SITE}/payouts"), redemption_id)
    other = WHERE | {"account": "DE89370400440532013000"}
    assert office.send("POST", f"/me/use/{redemption_id}/destination", client=browser, form=other).status == 303
    answer = decides(office, otto, redemption_id, act="agree", seen=seen)
    assert (answer.status, "the person corrected it" in answer.text) == (409, True)
    assert decides(office, otto, redemption_id, act="agree", seen=seen_in(answer.text, redemption_id)).status == 303
