"""From the portal to the console and back: what is asked for with credit, what the owner does, what everybody reads."""

import csv
import io
import re
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest
from flask.testing import FlaskClient

from cast import Person, a_person
from flow.office import BOTH, OTHER, SITE, Answer, Office
from passalong.core.settlement import Offered, Way
from passalong.flow.transaction import writing
from passalong.store import receipts, uses
from web.rendered import a_plain_office, get, ready, sells, use
from web.test_door import a_link, press

WHERE = {"kind": "iban", "name": "Dora Drone", "account": "DE02120300000000202051"}
WAYS = (
    Offered(Way.PAYOUT, "EUR", minimum_micros=10_000_000, fee_micros=500_000, days=30),
    Offered(Way.DISCOUNT_CODE, "EUR", minimum_micros=1_000_000, days=2),
    Offered(Way.STORE_CREDIT, "EUR", days=2),
    Offered(Way.CAUSE, "EUR", days=30, about="To the bee shelter."),
    Offered(Way.GIVE_BACK, "EUR"),
)


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A site that offers every way."""
    for made in a_plain_office(request, tmp_path_factory):
        with writing(made.db) as session:
            uses.keep_ways(session, SITE, WAYS)
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


def asked(office: Office, browser: FlaskClient, way: str, amount: str, **form: str) -> str:
    """Ask for it, and get its id."""
    answer = use(office, browser, way, amount, **form)
    assert answer.status == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def settle(office: Office, use_id: str, act: str, words: str = "", site_id: str = SITE) -> Answer:
    """What the owner of a site presses."""
    path, form = f"/console/{SITE}/payouts/{use_id}", {"act": act, "words": words}
    answer = office.send("POST", path, client=office.owner(site_id), form=form)
    office.fold()
    return answer


def console(office: Office) -> str:
    """The owner's page."""
    return get(office, office.owner(), f"/console/{SITE}/payouts")


def mail(office: Office) -> tuple[str, str]:
    """Subject and words of the one mail that came since the last."""
    office.instance.carrier.carry()
    [path] = list((office.folder / "outbox" / SITE).glob("*.eml"))
    found = message_from_bytes(path.read_bytes(), policy=policy.default)
    path.unlink()
    body = found.get_body(("plain",))
    assert body is not None
    return str(found["subject"]), body.get_content()


def test_a_payout_goes_from_the_portal_to_the_bank_and_is_read_on_every_page(office: Office) -> None:
    who, browser = somebody(office, "dora")
    use_id = asked(office, browser, "payout", "16", **WHERE)
    assert "Asked for: The Bee Almanac does this" in get(office, browser, f"/me/use/{use_id}")
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
    assert "1 person waits" in get(office, office.owner(), f"/console/{SITE}")
    assert settle(office, use_id, "done").status == 400, "what is not agreed to is not paid"
    assert settle(office, use_id, "agree").status == 303
    assert "Agreed: it is on its way." in get(office, browser, f"/me/use/{use_id}")
    sheet = office.send("GET", f"/console/{SITE}/payouts.csv", client=office.owner())
    [row] = [row for row in csv.DictReader(io.StringIO(sheet.text)) if row["payout"].lstrip("'") == use_id]
    assert (row["name"], row["account"], row["amount"], row["unit"]) == (*list(WHERE.values())[1:], "15.50", "EUR")
    assert settle(office, use_id, "done", "transfer 2026-11").status == 303
    page = get(office, browser, f"/me/use/{use_id}")
    assert "Done." in page
    assert "transfer 2026-11" in page
    ledger = get(office, browser, "/me/credit")
    assert "You asked for a payout" in ledger
    assert "−€16.00" in ledger
    subject, words = mail(office)
    assert subject == "€16.00 of your credit: it is done"
    assert "What it wrote to you: transfer 2026-11" in words
    assert f"/me/use/{use_id}" in words
    assert "transfer 2026-11" in console(office)
    with office.db.reading() as session:
        made = receipts.latest(session, SITE, f"use:{use_id}")
    assert made is not None
    assert made.status == "credited"
    assert settle(office, use_id, "decline", "Too late.").status == 400


def test_what_is_declined_says_why_and_is_theirs_again(office: Office) -> None:
    _, browser = somebody(office, "emil")
    use_id = asked(office, browser, "payout", "10", **WHERE)
    answer = settle(office, use_id, "decline")
    assert answer.status == 400
    assert "Say why" in answer.text
    assert settle(office, use_id, "decline", "The account <b>does not</b> exist.").status == 303
    page = office.send("GET", f"/me/use/{use_id}", client=browser).text
    assert "The account &lt;b&gt;does not&lt;/b&gt; exist." in page
    assert "the credit is yours again" in page
    assert ready(office, browser) == 16_000_000
    subject, words = mail(office)
    assert subject == "€10.00 is yours again"
    assert "The account <b>does not</b> exist." in words


@pytest.mark.parametrize(
    ("way", "says", "words"),
    [
        ("discount_code", "A discount code", "BEES-3"),
        ("store_credit", "Store credit", ""),
        ("cause", "A gift to the cause", "Thank you from the shelter"),
    ],
)
def test_every_other_way_is_done_by_the_owner_and_told(office: Office, way: str, says: str, words: str) -> None:
    _, browser = somebody(office, f"way-{way.replace('_', '-')}")
    use_id = asked(office, browser, way, "3")
    assert f"{says}: €3.00" in console(office)
    assert settle(office, use_id, "done", words).status == 303
    page = get(office, browser, f"/me/use/{use_id}")
    assert "Done." in page
    assert words in page
    assert ready(office, browser) == 13_000_000
    _, letter = mail(office)
    assert ("What it wrote to you" in letter) == bool(words)
    assert words in letter


def test_who_kept_it_and_holds_this_browser_alone_is_asked_to_come_in(office: Office) -> None:
    """Their browser's key shows the page; money is sent to who came in by the address, passkey or words."""
    who, _ = somebody(office, "frida")
    browser = office.signed_in(who)
    for path in ("/me/use", "/me/use/confirm?way=payout&unit=EUR&amount=10"):
        page = get(office, browser, path)
        assert f'A payout needs to know that it is you: <a href="/me/in?site={SITE}">open your credit</a>' in page, path
    assert use(office, browser, "payout", "10", **WHERE).status == 400


def test_giving_back_waits_for_nobody(office: Office) -> None:
    _, browser = somebody(office, "gives")
    use_id = asked(office, browser, "give_back", "16")
    assert "Done." in get(office, browser, f"/me/use/{use_id}")
    assert use_id not in console(office)


def test_a_destination_is_remembered_changed_and_erased(office: Office) -> None:
    _, browser = somebody(office, "moves")
    first = asked(office, browser, "payout", "10", **WHERE)
    settle(office, first, "decline", "Please give another account.")
    mail(office)
    page = get(office, browser, "/me/use/confirm?way=payout&unit=EUR&amount=10")
    assert "Send it somewhere else" in page
    assert f"It goes to {WHERE['name']}, {WHERE['account']}." in page
    second = asked(office, browser, "payout", "10", kind="paypal", name="Dora Drone", account="dora@example.org")
    assert "dora@example.org" in console(office)
    assert office.send("POST", "/me/privacy/erase", client=browser, form={"read": "yes"}).status == 200
    page = console(office)
    assert second in page
    assert "They erased where the money should go." in page
    assert "dora@example.org" not in page
    settle(office, second, "decline", "Nobody is there any more.")


@pytest.mark.parametrize("act", ["agree", "done", "decline"])
def test_another_owner_settles_nothing_here(office: Office, act: str) -> None:
    assert settle(office, "x" * 22, act, "because", site_id=OTHER).status == 401
    assert settle(office, "x" * 22, act, "because").status == 400


def test_the_page_of_payouts_says_when_nothing_waits(office: Office) -> None:
    found = re.findall(r'id="([A-Za-z0-9_-]{22})"', console(office))
    for use_id in found:
        settle(office, use_id, "decline", "Tidying up.")
    assert "Nothing waits for you." in console(office)
