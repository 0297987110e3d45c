"""One click stops one kind of letter, and everybody chooses kind by kind."""

import pytest

from cast import a_person
from flow.mail.props import Server, keep, sell
from flow.office import SITE, Office
from passalong.flow.mail import messages, preferences
from passalong.store.people import addresses


def test_one_click_stops_one_kind_and_no_other(office: Office, inbox: Server) -> None:
    who = a_person("one click")
    address_hash = keep(office, who)
    keys = office.instance.services.keys
    url = messages.stop_address(keys, "", SITE, address_hash, "first_credit")
    assert office.send("GET", url).status == 200
    with office.db.reading() as session:
        assert addresses.choices(session, SITE, address_hash) == {}  # opening it stops nothing
    assert office.send("POST", url, form={"List-Unsubscribe": "One-Click"}).status == 200
    sell(office, who, "stopped order")
    office.api("POST", "/conversions/stopped order/refunds", {"id": "stopped back", "amount_minor": 5_000})
    office.fold()
    office.instance.mail_sender.send_due()
    subjects = [message["Subject"] for message in inbox.taken if message["To"] == "one-click@example.org"]
    assert subjects and all("taken back" in subject for subject in subjects)


BAD_STOPS = ["", "x", "a.b.c.d.e", f"{SITE}.{'0' * 40}.monthly.1.x", f"{SITE}.{'0' * 40}.sign_in.1.x", "." * 300]


@pytest.mark.parametrize("text", BAD_STOPS)
def test_an_address_that_is_not_ours_stops_nothing(office: Office, text: str) -> None:
    with pytest.raises(preferences.BadUnsubscribeError):
        preferences.read_stop(office.instance.services.keys, text)
    assert office.send("POST", f"/me/stop/{text or 'x'}").status == 404


def test_everybody_chooses_kind_by_kind(office: Office) -> None:
    who = a_person("chooser")
    office.link("chooser", who)
    address_hash = keep(office, who)
    browser = office.signed_in(who)
    office.prove(browser)
    assert office.send("GET", "/me/mail", client=browser).text.count("checked") == len(messages.KINDS)
    assert office.send("POST", "/me/mail", client=browser, form={"kind": "ready"}).status == 303
    with office.db.reading() as session:
        chosen = addresses.choices(session, SITE, address_hash)
    assert [kind for kind in messages.KINDS if messages.is_wanted(kind, chosen)] == ["ready"]
