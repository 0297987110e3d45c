"""The team of a site: invitations by mail, roles, sessions, and the audit log of what they change."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from flow.office import BOTH, OTHER, SITE, Answer, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.privileges import Role
from passalong.flow.owners import team
from passalong.flow.transaction import writing
from passalong.store import outbox
from passalong.store.people import api_keys, owners

TEAM = f"/console/{SITE}/team"
INA = "ina@bees.example"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def act(office: Office, browser: FlaskClient, **form: str) -> Answer:
    """Send the form of the team's page."""
    return office.send("POST", TEAM, client=browser, form=form)


def owner_id_of(office: Office, address: str) -> str:
    """The id of a member."""
    with office.db.reading() as session:
        return next(one.owner.owner_id for one in owners.team(session, SITE) if one.owner.address == address)


def invite(office: Office, browser: FlaskClient, address: str = INA, role: str = "editor", once: str = "") -> Answer:
    """Invite somebody."""
    return act(office, browser, act="invite", address=address, role=role, once=once)


def test_an_address_in_a_form_gives_nothing_and_following_the_mail_gives_the_role(office: Office) -> None:
    otto, ina = office.owner(), office.client()
    assert invite(office, otto).status == 303
    page = office.send("GET", TEAM, client=otto).text
    assert INA in page and "Withdraw" in page
    assert office.send("POST", "/console/in", client=ina, form={"address": INA}).status == 303
    assert office.send("GET", TEAM, client=ina).status == 401
    link = office.mailed("team_invite")
    assert "Join the team of The Bee Almanac" in office.send("GET", link, client=ina).text
    assert office.send("GET", TEAM, client=ina).status == 401, "opening the link changes nothing"
    assert office.send("POST", link, client=ina).status == 303
    assert office.send("GET", TEAM, client=ina).status == 200
    assert office.send("GET", f"/console/{OTHER}/team", client=ina).status == 401
    again = office.client()
    assert office.send("POST", link, client=again).status == 404, "it works once"
    assert office.send("GET", TEAM, client=again).status == 401


def test_a_withdrawn_an_old_and_a_replaced_invitation_give_nothing(office: Office) -> None:
    otto = office.owner()
    invite(office, otto)
    first = office.mailed("team_invite")
    office.clock.at_ms += 1_000
    invite(office, otto, role="viewer")
    second = office.mailed("team_invite")
    assert office.send("POST", first, client=office.client()).status == 404
    named = re.search(r'name="invitation" value="([^"]+)"', office.send("GET", TEAM, client=otto).text)
    assert named
    assert act(office, otto, act="withdraw", invitation=named[1]).status == 303
    assert office.send("GET", second, client=office.client()).status == 404
    office.clock.at_ms += 20 * 60_000
    invite(office, otto)
    third = office.mailed("team_invite")
    office.clock.at_ms += 7 * DAY_MS
    assert office.send("POST", third, client=office.client()).status == 404


def test_an_invitation_that_is_sent_twice_writes_one_mail(office: Office) -> None:
    otto = office.owner()
    assert [invite(office, otto, once="form-1").status for _ in range(2)] == [303, 303]
    with office.db.reading() as session:
        assert [one.kind for one in outbox.newest(session, SITE, 9)] == ["team_invite"]


def test_a_form_with_garbage_keeps_what_was_typed_and_says_what_to_do(office: Office) -> None:
    otto = office.owner()
    answer = invite(office, otto, address='"><b>nobody')
    assert answer.status == 422
    assert "Write an e-mail address, like otto@example.org." in answer.text
    assert 'aria-describedby="address-hint address-error"' in answer.text
    assert "&#34;&gt;&lt;b&gt;nobody" in answer.text and "<b>nobody" not in answer.text
    assert invite(office, otto, role="emperor").status == 400
    assert act(office, otto, act="explode").status == 400
    assert act(office, otto, act="remove", owner="nobody").status == 422


def test_the_last_owner_stays_and_roles_change(office: Office) -> None:
    ina = office.teammate(Role.OWNER, address=INA)
    mine = owner_id_of(office, INA)
    for form in ({"act": "remove"}, {"act": "role", "role": "viewer"}):
        answer = act(office, ina, owner=mine, **form)
        assert (answer.status, "make somebody else an owner first" in answer.text) == (422, True)
    jan = office.teammate(Role.EDITOR, address="jan@bees.example")
    jans = owner_id_of(office, "jan@bees.example")
    assert act(office, jan, act="role", owner=jans, role="owner").status == 403
    assert act(office, ina, act="role", owner=jans, role="owner").status == 303
    assert act(office, jan, act="remove", owner=mine).status == 303
    assert office.send("GET", TEAM, client=ina).status == 401, "a removed person's session sees the site no more"
    assert act(office, jan, act="remove", owner=jans).status == 422


def test_keys_that_a_removed_owner_made_are_listed_until_they_are_revoked(office: Office) -> None:
    """A replacement belongs to the person who replaced; keys of members and of the command line are not listed."""
    otto, ina = office.teammate(Role.OWNER, address="otto@bees.example"), office.teammate(Role.OWNER, address=INA)
    keys = f"/console/{SITE}/keys"
    for browser, name in ((ina, "shop"), (ina, "old till"), (otto, "newsletter")):
        assert office.send("POST", keys, client=browser, form={"act": "make", "name": name}).status == 200
        office.clock.at_ms += 1_000
    with office.db.reading() as session:
        handles = {key.name: key.handle for key in api_keys.all_of(session, SITE)}
    form = {"act": "replace", "handle": handles["old till"], "overlap": "0"}
    assert office.send("POST", keys, client=otto, form=form).status == 200
    page = office.send("GET", keys, client=otto).text
    assert (page.count(f"Made by: {INA}"), page.count("Made by: otto@bees.example")) == (2, 2)
    assert "Keys of people who left" not in office.send("GET", TEAM, client=otto).text
    assert act(office, otto, act="remove", owner=owner_id_of(office, INA)).status == 303
    page = office.send("GET", TEAM, client=otto).text
    assert f"Made by: {INA}" in page and f"{keys}#k{handles['shop']}" in page
    assert (page.count("#k"), "newsletter" in page) == (1, False)
    viewer = office.teammate(Role.VIEWER, address="eva@bees.example")
    assert "Keys of people who left" not in office.send("GET", TEAM, client=viewer).text
    revoke = {"act": "revoke", "handle": handles["shop"]}
    assert office.send("POST", keys, client=otto, form=revoke).status == 303
    assert "Keys of people who left" not in office.send("GET", TEAM, client=otto).text


def test_a_removed_owner_does_not_come_back_by_an_invitation_of_their_own(office: Office) -> None:
    """Nor does one who is made an editor; and an old invitation lowers nobody, the last owner least of all."""
    ina, jan = office.teammate(Role.OWNER, address=INA), office.teammate(Role.OWNER, address="jan@bees.example")
    for form in ({"act": "remove"}, {"act": "role", "role": "editor"}):
        assert act(office, jan, act="invite", address="jan2@bees.example", role="owner").status == 303
        link = office.mailed("team_invite")
        assert act(office, ina, owner=owner_id_of(office, "jan@bees.example"), **form).status == 303
        assert office.send("POST", link, client=office.client()).status == 404
        if form["act"] == "remove":
            jan = office.teammate(Role.OWNER, address="jan@bees.example")
    invite = team.Invite(INA, Role.VIEWER, "cli", "en")
    services = office.instance.services
    owners_id = owner_id_of(office, INA)
    with writing(office.db) as session:
        owners.remove(session, SITE, owners_id)
    team.invite(office.db, office.clock, services.keys, SITE, invite)
    with writing(office.db) as session:
        owners.set_role(session, SITE, owners_id, Role.OWNER, office.clock.at_ms)
    assert office.send("POST", office.mailed("team_invite"), client=ina).status == 303
    assert act(office, ina, act="invite", address="more@bees.example", role="viewer").status == 303


def test_a_member_comes_in_by_mail_and_a_stranger_gets_the_same_answer(office: Office) -> None:
    office.teammate(Role.VIEWER, address=INA)
    answers = [
        office.send("POST", "/console/in", form={"address": typed})
        for typed in (INA, "mallory@example.org", "INA@bees.example")
    ]
    assert {(one.status, one.headers["location"]) for one in answers} == {(303, "/console/in?asked=1")}
    with office.db.reading() as session:
        mails = [one for one in outbox.newest(session, SITE, 20) if one.kind == "team_sign_in"]
    assert {one.address_hash for one in mails} == {mails[0].address_hash}, "nobody else is written to"
    browser, link = office.client(), office.mailed("team_sign_in")
    assert INA in office.send("GET", link, client=browser).text
    assert office.send("POST", link, client=browser).status == 303
    assert office.send("GET", TEAM, client=browser).status == 200
    assert office.send("POST", link, client=office.client()).status == 404
    assert office.send("POST", "/console/in", form={"address": "no address"}).status == 422


def test_a_person_lists_and_ends_their_sessions(office: Office) -> None:
    first = office.teammate(Role.VIEWER, address=INA)
    second = office.client()
    office.send("POST", "/console/in", form={"address": INA})
    office.send("POST", office.mailed("team_sign_in"), client=second)
    page = office.send("GET", "/console/account", client=first).text
    handle = re.search(r'name="handle" value="([0-9a-f]{16})"', page)
    assert handle and page.count("this browser") == 1
    office.send("POST", "/console/account", client=first, form={"act": "end", "handle": handle[1]})
    assert [office.send("GET", TEAM, client=one).status for one in (first, second)] == [200, 401]
    office.send("POST", "/console/account", client=first, form={"act": "out"})
    assert office.send("GET", "/console/account", client=first).status == 401


def test_a_session_that_is_not_used_for_a_week_ends(office: Office) -> None:
    browser = office.teammate(Role.VIEWER)
    for days, status in ((6, 200), (6, 200), (8, 401)):
        office.clock.at_ms += days * DAY_MS
        assert office.send("GET", TEAM, client=browser).status == status
        office.instance.services.last_used.flush()


def test_the_audit_log_says_who_changed_what_with_before_and_after(office: Office) -> None:
    otto = office.owner()
    ina = office.teammate(Role.OWNER, address=INA)
    jan = office.teammate(Role.EDITOR, address="jan@bees.example")
    jans = owner_id_of(office, "jan@bees.example")
    act(office, ina, act="role", owner=jans, role="viewer")
    page = office.send("GET", f"/console/{SITE}/changes", client=otto).text
    row = next(one for one in page.split("<tr role")[2:] if "Changed a role" in one)
    assert [words in row for words in (INA, "jan@bees.example", "editor", "viewer")] == [True] * 4
    filtered = office.send("GET", f"/console/{SITE}/changes?action=team.join", client=jan).text
    assert (filtered.count('<td role="cell" class="w">Joined'), "Changed a role<br>" in filtered) == (2, False)
    assert "jan@bees" not in office.send("GET", f"/console/{OTHER}/changes", client=office.owner(OTHER)).text


def test_the_list_of_changes_goes_on_where_a_page_ends(office: Office) -> None:
    ina = office.teammate(Role.OWNER, address=INA)
    office.teammate(Role.EDITOR, address="jan@bees.example")
    jans = owner_id_of(office, "jan@bees.example")
    for number in range(60):
        office.clock.at_ms += 1
        act(office, ina, act="role", owner=jans, role=("viewer", "editor")[number % 2])
    page = office.send("GET", f"/console/{SITE}/changes?action=team.role", client=ina).text
    older = re.search(r'href="([^"]+before=[^"]+)"', page)
    assert older and page.count("Changed a role<br>") == 50
    more = office.send("GET", older[1].replace("&amp;", "&"), client=ina).text
    assert (more.count("Changed a role<br>"), "before=" in more) == (10, False)


def test_a_command_in_a_sentence_stands_as_code_and_nothing_else_becomes_html(office: Office) -> None:
    for path in ("/console/in", TEAM):
        page = office.send("GET", path, client=office.client()).text
        assert ("<code>passalong owner link</code>" in page, "`" in page.partition("<main")[2]) == (True, False)
    answer = office.send("POST", "/console/account", client=office.owner(), form={"act": "<b>`x`</b>"})
    assert "<b>" not in answer.text


def test_an_invitation_that_is_passed_on_opens_no_site_of_its_account(office: Office) -> None:
    """Ina runs the wasps' site; she gives her invitation to the bees' to Mallory, who would have had both."""
    ina = office.teammate(Role.OWNER, OTHER, address=INA)
    invite(office, office.owner())
    mallory, link = office.client(), office.mailed("team_invite")
    accepted = office.send("POST", link, client=mallory)
    assert (accepted.status, accepted.headers["location"]) == (303, "/console/in?joined=1")
    assert "set-cookie" not in accepted.headers
    assert "You are in the team now." in office.send("GET", "/console/in?joined=1", client=mallory).text
    for site_id in (SITE, OTHER):
        assert office.send("GET", f"/console/{site_id}", client=mallory).status == 401
        assert office.send("GET", f"/console/{site_id}", client=ina).status == 200


def test_whoever_is_signed_in_follows_an_invitation_without_another_sign_in(office: Office) -> None:
    ina = office.teammate(Role.OWNER, OTHER, address=INA)
    invite(office, office.owner())
    accepted = office.send("POST", office.mailed("team_invite"), client=ina)
    assert accepted.headers["location"] == f"/console/{SITE}"
    assert [office.send("GET", f"/console/{site_id}", client=ina).status for site_id in (SITE, OTHER)] == [200, 200]
