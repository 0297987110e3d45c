"""E-mails to the owner: an address that is confirmed first, what is written to it and when, and how it is stopped."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from cast import a_person, anna
from flow.office import SITE, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.ledger.redemptions import Method, OfferedMethod
from passalong.flow import claims
from passalong.flow.mail import digests, owner_digests
from passalong.flow.owners import addresses as flow_addresses
from passalong.flow.owners.changes import By
from passalong.flow.owners.webhooks import Wanted
from passalong.flow.transaction import writing
from passalong.flow.webhooks import settling
from passalong.lib.tokens import unverified_share_id
from passalong.store.books import redemptions
from passalong.store.people import addresses
from passalong.store.webhooks import endpoints

OTTO = "otto@example.org"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """One instance; its e-mails become files."""
    made = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    yield made
    made.close()


def inbox(office: Office) -> list[EmailMessage]:
    """Everything that was ever sent to Otto, oldest first."""
    office.instance.mail_sender.send_due()
    files = sorted((office.folder / "outbox" / SITE).glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]
    return [message for message in found if message["To"] == OTTO]


def subjects(office: Office) -> list[str]:
    """What they are about, without the link that confirms."""
    digests.DigestSchedule().enqueue_due(office.db, office.clock.at_ms)
    return [message["Subject"] for message in inbox(office) if not message["Subject"].startswith("Confirm")]


def words(message: EmailMessage) -> str:
    """The plain words."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(message: EmailMessage) -> str:
    """The address behind the link that confirms."""
    found = re.search(r"https://along\.example(/me/owner/\S+)", words(message))
    assert found
    return found[1]


def confirmed(office: Office, address: str = OTTO) -> None:
    """Otto gives his address in the console and opens the link that comes."""
    browser = office.owner()
    form = {"act": "address", "address": address}
    assert office.send("POST", f"/console/{SITE}/mail", client=browser, form=form).status == 303
    assert office.send("POST", link_in(inbox(office)[-1]), client=browser).status == 200


def ask(office: Office, order: str) -> None:
    """Anna asks about an order that should have counted by her link."""
    services = office.instance.services
    token = office.link(f"asks about {order}", anna)
    office.save_access(anna)  # questions about orders need a saved account
    doors = (office.db, office.clock, services.collector, office.bees.site)
    about = {"claim_id": f"about-{order}", "advocate_id": anna.advocate_id(SITE), "conversion_id": order}
    about["share_id"] = unverified_share_id(token)
    claims.ask(*doors, claims.NewClaim(words="It came by my link.", **about))
    office.fold()


# --- the address ------------------------------------------------------------------------------------------------------


def test_nothing_is_sent_to_an_address_before_its_reader_confirms_it(office: Office) -> None:
    browser = office.owner()
    office.send("POST", f"/console/{SITE}/mail", client=browser, form={"act": "address", "address": OTTO})
    office.clock.at_ms += 2 * DAY_MS // 3
    assert subjects(office) == []
    (asked,) = inbox(office)
    assert asked["Subject"] == "Confirm this address for The Bee Almanac"
    assert asked["List-Unsubscribe"] is None
    assert "works for a day" in office.send("GET", f"/console/{SITE}/mail", client=browser).text


def test_opening_the_link_confirms_nothing_and_its_button_works_once(office: Office) -> None:
    browser = office.owner()
    office.send("POST", f"/console/{SITE}/mail", client=browser, form={"act": "address", "address": OTTO})
    link = link_in(inbox(office)[0])
    for _ in range(2):
        shown = unescape(office.send("GET", link, client=browser).text)
        assert "o…o@example.org" in shown and OTTO not in shown
    with office.db.reading() as session:
        assert addresses.owners(session, SITE) == []
    assert "Confirmed" in office.send("POST", link, client=browser).text
    assert office.send("POST", link, client=browser).status == 404
    with office.db.reading() as session:
        assert [one.address for one in addresses.owners(session, SITE)] == [OTTO]


def test_a_link_is_too_old_after_a_day(office: Office) -> None:
    office.send("POST", f"/console/{SITE}/mail", client=office.owner(), form={"act": "address", "address": OTTO})
    link = link_in(inbox(office)[0])
    office.clock.at_ms += DAY_MS + 1
    assert office.send("GET", link).status == 404
    assert office.send("POST", link).status == 404


def test_another_address_takes_the_place_of_the_first_once_it_is_confirmed(office: Office) -> None:
    confirmed(office)
    office.send(
        "POST", f"/console/{SITE}/mail", client=office.owner(), form={"act": "address", "address": "new@example.org"}
    )
    with office.db.reading() as session:
        assert [one.address for one in addresses.owners(session, SITE)] == [OTTO]
        known = [one.address for one in addresses.owners(session, SITE, confirmed=False)]
    assert known == [OTTO, "new@example.org"]


def test_the_owner_who_shares_has_two_addresses_that_know_nothing_of_each_other(office: Office) -> None:
    confirmed(office)
    keys = office.instance.services.keys
    with office.db.reading() as session:
        (mine,) = addresses.owners(session, SITE)
        assert addresses.all_confirmed(session, SITE) == []
    assert mine.address_hash == flow_addresses.hash_of(keys, SITE, OTTO)
    assert mine.advocate_id is None


def test_an_invalid_address_is_refused(office: Office) -> None:
    browser = office.owner()
    for form in ({"act": "other"}, {}):
        assert office.send("POST", f"/console/{SITE}/mail", client=browser, form=form).status == 400
    for path in ("/me/owner/x", f"/me/owner/{SITE}.x", "/me/owner/."):
        assert office.send("GET", path).status == 404
        assert office.send("POST", path).status == 404


def test_no_more_than_ten_addresses_a_day_are_written_to(office: Office) -> None:
    browser = office.owner()
    forms = [{"act": "address", "address": f"stranger{number}@example.org"} for number in range(11)]
    sent = [office.send("POST", f"/console/{SITE}/mail", client=browser, form=form).status for form in forms]
    assert sent == [303] * 10 + [429]


def test_write_to_nobody_erases_the_address(office: Office) -> None:
    confirmed(office)
    office.send("POST", f"/console/{SITE}/mail", client=office.owner(), form={"act": "forget"})
    assert office.count("addresses") == 0
    assert inbox(office) == []  # what was in the folder is gone with it
    office.clock.at_ms += 3 * DAY_MS
    assert subjects(office) == []


# --- what is written --------------------------------------------------------------------------------------------------


def test_a_question_is_told_once_with_its_day(office: Office) -> None:
    confirmed(office)
    ask(office, "order-7")
    (subject,) = subjects(office)
    assert subject.startswith("A question about credit, due by ")
    assert "Answer by" in words(inbox(office)[-1]).splitlines()[0]
    assert f"/console/{SITE}/claims" in words(inbox(office)[-1])
    office.clock.at_ms += DAY_MS // 2
    assert subjects(office) == [subject]


def test_requests_are_mailed_to_the_owner_at_most_once_a_day(office: Office) -> None:
    with writing(office.db) as session:
        redemptions.replace_methods(
            session, SITE, (OfferedMethod(Method.CAUSE, "EUR"), OfferedMethod(Method.GIVE_BACK, "EUR"))
        )
    token = office.link("annas", anna)
    note = office.visit("came", token, a_person("buyer"))
    office.note("flask", note)
    order = {"id": "o", "goal": "purchase", "amount_minor": 50_000, "currency": "EUR"}
    office.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"})
    office.fold()
    office.clock.at_ms += 31 * DAY_MS
    office.fold()
    confirmed(office)
    before = subjects(office)
    for hours, method, more in ((0, "give_back", []), (1, "cause", ["Requests to approve: €5.00"]), (2, "cause", [])):
        office.clock.at_ms += hours * 3_600_000
        redeem(office, method, hours)
        assert subjects(office) == [*before, *more], hours
        before += more
    office.clock.at_ms += DAY_MS
    assert subjects(office)[-1] == "Requests to approve: €5.00"
    first = words(inbox(office)[-1]).splitlines()[0]
    assert (
        first == "People at The Bee Almanac have asked to use €5.00 of their credit. Approve or decline their requests."
    )
    assert f"/console/{SITE}/payouts" in words(inbox(office)[-1])


def redeem(office: Office, method: str, number: int) -> None:
    """Anna uses 5.00."""
    request = f"request-{number}".ljust(22, "x")
    form = {"request": request, "way": method, "unit": "EUR", "amount": "5"}
    assert office.send("POST", "/me/use/confirm", client=office.signed_in(anna), form=form).status == 303
    office.fold()


def test_a_start_that_stalls_is_told_once_after_a_day_with_what_to_do(office: Office) -> None:
    confirmed(office)
    office.link("annas", anna)
    assert subjects(office) == []
    office.clock.at_ms += DAY_MS
    assert subjects(office) == ["1 of four checks is green"]
    said = words(inbox(office)[-1])
    assert said.startswith("Press Share on a page of The Bee Almanac and copy the link")
    assert "Green: the script. Not yet: a share, a visit and a conversion." in " ".join(said.split())
    assert f"/console/{SITE}/install" in said
    office.clock.at_ms += 9 * DAY_MS
    assert subjects(office) == ["1 of four checks is green"]


def test_a_start_that_went_well_is_not_written_of(office: Office) -> None:
    confirmed(office)
    token = office.link("annas", anna)
    note = office.visit("came", token, a_person("buyer"))
    office.note("flask", note)
    order = {"id": "o", "goal": "purchase", "amount_minor": 1_000, "currency": "EUR"}
    office.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"})
    office.fold()
    office.clock.at_ms += 2 * DAY_MS
    assert subjects(office) == []


def test_quarantined_facts_are_mailed_to_the_owner_when_they_begin(office: Office) -> None:
    confirmed(office)
    with writing(office.db) as session:
        row = "(:site, 'api', 'x', 1, 2, 'KeyError: x')"
        session.execute(
            text(f"INSERT INTO set_aside (site_id, source, event_id, at_ms, set_aside_at_ms, error) VALUES {row}"),
            {"site": SITE},
        )
    assert subjects(office) == ["Something at The Bee Almanac needs your attention"]
    assert words(inbox(office)[-1]).startswith(
        f"Events that could not be processed: 1. Run `passalong queue aside {SITE}`"
    )
    office.clock.at_ms += DAY_MS // 2
    assert subjects(office) == ["Something at The Bee Almanac needs your attention"]


def test_a_webhook_that_fails_for_an_hour_is_mailed_and_so_is_its_pause(office: Office) -> None:
    confirmed(office)
    made, _ = office.instance.services.webhooks.add(SITE, Wanted("https://shop.example/hook"), By())
    failing = {"failures": 3, "failing_since_ms": office.clock.at_ms}
    with writing(office.db) as session:
        endpoints.change(session, SITE, made.webhook_id, **failing)
    office.clock.at_ms += DAY_MS // 48
    assert subjects(office) == []
    office.clock.at_ms += DAY_MS // 24
    assert subjects(office) == ["Something at The Bee Almanac needs your attention"]
    assert words(inbox(office)[-1]).startswith("Webhooks that have been failing for more than an hour: 1.")
    with writing(office.db) as session:
        settling.pause(session, made, "failing")
    office.clock.at_ms += 2 * DAY_MS
    assert subjects(office).count("Something at The Bee Almanac needs your attention") == 2
    assert any("paused because their receiver failed: 1." in words(one) for one in inbox(office))


def test_facts_that_wait_too_long_are_told(office: Office) -> None:
    confirmed(office)
    office.note("flask", office.visit("came", office.link("annas", anna), a_person("buyer")))
    assert subjects(office) == []
    office.clock.at_ms += owner_digests.BEHIND_MS + 60_000
    assert subjects(office) == ["Something at The Bee Almanac needs your attention"]
    assert words(inbox(office)[-1]).startswith("Events have been waiting to be processed since ")


def test_a_week_is_summed_up_only_for_who_asked_for_it(office: Office) -> None:
    confirmed(office)
    browser = office.owner()
    page = office.send("GET", f"/console/{SITE}/mail", client=browser).text
    assert re.search(r'value="question" checked', page) and not re.search(r'value="digest" checked', page)
    office.note("flask", office.visit("came", office.link("annas", anna), a_person("buyer")))
    office.fold()
    assert subjects(office) == []
    office.clock.at_ms += 7 * DAY_MS
    form = {"act": "choose", "kind": "digest"}
    assert office.send("POST", f"/console/{SITE}/mail", client=office.owner(), form=form).status == 303
    assert subjects(office) == ["Last week: what sharing brought and what went back"]
    first = words(inbox(office)[-1]).splitlines()[0]
    came = "Last week 1 came to The Bee Almanac through shared links"
    assert first == f"{came}, and the people who shared were credited with 8 points."


def test_one_click_stops_one_kind(office: Office) -> None:
    confirmed(office)
    ask(office, "order-7")
    assert len(subjects(office)) == 1
    found = re.search(r"https://along\.example(/me/stop/\S+)>", inbox(office)[-1]["List-Unsubscribe"])
    assert found
    assert office.send("POST", found[1], form={"List-Unsubscribe": "One-Click"}).status == 200
    ask(office, "order-8")
    assert len(subjects(office)) == 1
    assert not re.search(
        r'value="question" checked', office.send("GET", f"/console/{SITE}/mail", client=office.owner()).text
    )
