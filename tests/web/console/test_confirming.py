"""The first owner's address: confirmed in a browser that is signed in, so that a typo hands the console to nobody."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from flow.office import BOTH, OTHER, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.privileges import Role
from passalong.flow.owners import addresses as flow_addresses
from passalong.flow.owners import owner_accounts, team
from passalong.flow.transaction import writing
from passalong.lib.tokens import mail_code
from passalong.store import outbox
from passalong.store.people import addresses, owners
from passalong.store.people.owners import Owner

MISTYPED, OTTO = "otto@beees.example", "otto@bees.example"
ACCOUNT = "/console/account"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def first_owner(office: Office, address: str = MISTYPED) -> FlaskClient:
    """The browser in which Otto set the site up, with the address that he typed."""
    keys, now_ms = office.instance.services.keys, office.clock.at_ms
    with writing(office.db) as session:
        made = Owner(
            owner_accounts.new_owner_id(), owner_accounts.address_hash_of(keys, address), address, now_ms, None
        )
        owners.set_role(session, SITE, owners.add(session, made).owner_id, Role.OWNER, now_ms)
        secret = owner_accounts.begin_session(session, made.owner_id, "start", "", now_ms)
    flow_addresses.ask(office.db, office.clock, keys, SITE, flow_addresses.Typed(address, "en"))
    browser = office.client()
    browser.set_cookie("__Host-along-console", secret, domain="along.example", secure=True)
    assert office.send("GET", ACCOUNT, client=browser).status == 200
    return browser


def mails(office: Office) -> list[str]:
    """The kinds of every mail of the site, newest first."""
    with office.db.reading() as session:
        return [one.kind for one in outbox.newest(session, SITE, 100)]


def confirmation(office: Office) -> str:
    """The path of the newest confirmation link."""
    keys = office.instance.services.keys
    with office.db.reading() as session:
        mail = next(one for one in outbox.newest(session, SITE, 100) if one.kind == "owner_confirm")
    return f"/me/owner/{SITE}.{mail_code(keys, keys.newest, SITE, mail.mail_id)}"


def signs_in_by_mail(office: Office, address: str) -> bool:
    """Whether a magic link is sent to an address."""
    before = mails(office).count("team_sign_in")
    answer = office.send("POST", "/console/in", client=office.client(), form={"address": address})
    assert (answer.status, answer.headers["location"]) == (303, "/console/in?asked=1")
    return mails(office).count("team_sign_in") > before


def test_a_stranger_at_the_mistyped_address_gets_no_sign_in_and_confirms_nothing(office: Office) -> None:
    first_owner(office)
    mallory = office.client()
    assert not signs_in_by_mail(office, MISTYPED)
    link = confirmation(office)
    for browser in (mallory, office.teammate(Role.EDITOR), office.owner(OTHER), office.teammate(Role.OWNER, OTHER)):
        shown = office.send("GET", link, client=browser)
        assert (shown.status, "in which you are signed in as an owner" in shown.text) == (200, True)
        assert "<form" not in shown.text.partition("<main")[2].partition("</main>")[0]
        assert office.send("POST", link, client=browser).status == 403
    with office.db.reading() as session:
        assert not addresses.reaches_owner(session, SITE), "no clock of a question starts"
    assert not signs_in_by_mail(office, MISTYPED)


def test_an_invitation_to_the_mistyped_address_does_not_open_the_first_owners_account(office: Office) -> None:
    first_owner(office)
    keys = office.instance.services.keys
    team.invite(office.db, office.clock, keys, OTHER, team.Invite(MISTYPED, Role.VIEWER, "cli", "en"))
    mallory = office.client()
    assert office.send("POST", office.mailed("team_invite", OTHER), client=mallory).status == 400
    assert office.send("GET", f"/console/{SITE}", client=mallory).status == 401


def test_the_link_opened_in_the_same_browser_lets_the_address_sign_in(office: Office) -> None:
    browser = first_owner(office, OTTO)
    assert "open it in this browser" in office.send("GET", f"/console/{SITE}", client=browser).text
    link = confirmation(office)
    assert "in which you are signed in" not in office.send("GET", link, client=browser).text
    assert not signs_in_by_mail(office, OTTO), "opening it confirms nothing"
    answer = office.send("POST", link, client=browser)
    assert (answer.status, "Confirmed" in answer.text) == (200, True)
    assert "open it in this browser" not in office.send("GET", f"/console/{SITE}", client=browser).text
    assert signs_in_by_mail(office, OTTO)
    again = office.client()
    assert office.send("POST", office.mailed("team_sign_in"), client=again).status == 303
    assert office.send("GET", f"/console/{SITE}/team", client=again).status == 200
    assert office.send("POST", f"{ACCOUNT}/address", client=browser, form={"address": "x@bees.example"}).status == 422


def test_a_mistyped_address_is_corrected_and_its_link_is_worth_nothing(office: Office) -> None:
    browser = first_owner(office)
    assert office.send("POST", f"{ACCOUNT}/address", client=browser, form={"address": "no address"}).status == 422
    office.clock.at_ms += 1  # of two mails of one millisecond neither is the newest
    assert office.send("POST", f"{ACCOUNT}/address", client=browser, form={"address": OTTO}).status == 303
    assert OTTO in office.send("GET", f"{ACCOUNT}?asked=1", client=browser).text
    assert office.send("POST", confirmation(office), client=browser).status == 200
    assert (signs_in_by_mail(office, OTTO), signs_in_by_mail(office, MISTYPED)) == (True, False)


def test_an_address_that_another_account_has_is_not_taken(office: Office) -> None:
    browser = first_owner(office)
    office.teammate(Role.VIEWER, address=OTTO)
    answer = office.send("POST", f"{ACCOUNT}/address", client=browser, form={"address": OTTO})
    assert (answer.status, "belongs to another account" in answer.text) == (422, True)
    assert not signs_in_by_mail(office, MISTYPED)


def test_a_link_of_the_command_line_confirms_where_the_first_session_is_over(office: Office) -> None:
    first_owner(office, OTTO)
    office.clock.at_ms += 8 * DAY_MS
    keys = office.instance.services.keys
    flow_addresses.ask(office.db, office.clock, keys, SITE, flow_addresses.Typed(OTTO, "en"))
    assert office.send("POST", confirmation(office), client=office.owner()).status == 200
    assert signs_in_by_mail(office, OTTO)
