"""Two people who edit at once: the later form is refused with both states, and nothing of it is lost."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient

from cast import anna
from flow.office import BOTH, SITE, Answer, Office, an_office
from passalong.core.privileges import Role
from passalong.flow.signin.magic_links import masked
from passalong.flow.transaction import writing
from passalong.store.books import claims
from passalong.store.people import addresses, owners

INA, EVA = "ina@bees.example", "eva@bees.example"
TEAM, MAIL, CLAIMS = (f"/console/{SITE}/{page}" for page in ("team", "mail", "claims"))
PERSON = f"/console/{SITE}/people/{anna.advocate_id(SITE)}"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance where Anna has shared."""
    for made in an_office(request, tmp_path_factory):
        made.link("annas")
        made.fold()
        yield made


def hidden(office: Office, browser: FlaskClient, path: str, form: str = "") -> dict[str, str]:
    """The hidden fields of a form of a page, as they are when it is opened."""
    page = office.send("GET", path, client=browser).text
    found = page[page.index(form) :].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found))


def press(office: Office, browser: FlaskClient, path: str, form: dict[str, str]) -> Answer:
    """Send a form that was opened before."""
    return office.send("POST", path, client=browser, form=form)


def test_a_decision_about_a_person_made_meanwhile_is_shown_and_yours_stays_in_its_field(office: Office) -> None:
    ina, eva = office.teammate(Role.EDITOR, address=INA), office.teammate(Role.EDITOR, address=EVA)
    inas, evas = (hidden(office, one, PERSON, 'id="ban"') for one in (ina, eva))
    ban = {"act": "ban", "note": "Spam in forums."}
    assert press(office, ina, PERSON, inas | ban).status == 303
    assert press(office, ina, PERSON, inas | ban).status == 303, "the same press twice"
    answer = press(office, eva, PERSON, evas | {"act": "hide", "note": "A rude name."})
    page = unescape(answer.text)
    assert answer.status == 409
    assert f"{INA}: Excluded a person. Spam in forums." in page
    assert 'value="A rude name."' in page
    fresh = hidden(office, eva, PERSON, 'id="name"')
    assert press(office, eva, PERSON, fresh | {"act": "hide", "note": "A rude name."}).status == 303


def test_credit_that_a_colleague_gave_meanwhile_is_not_given_twice_unseen(office: Office) -> None:
    ina, eva = office.teammate(Role.EDITOR, address=INA), office.teammate(Role.EDITOR, address=EVA)
    inas, evas = (hidden(office, one, PERSON, 'id="give"') for one in (ina, eva))
    gift = {"act": "give", "amount": "5", "unit": "EUR", "note": "For the talk."}
    assert press(office, ina, PERSON, inas | gift).status == 303
    office.fold()
    answer = press(office, eva, PERSON, evas | gift)
    assert (answer.status, f"{INA}: Gave credit." in answer.text, 'value="5"' in answer.text) == (409, True, True)
    assert "€5.00" in answer.text and "€10.00" not in answer.text


def test_a_role_that_a_colleague_changed_meanwhile_is_shown_beside_yours(office: Office) -> None:
    ina, eva = office.teammate(Role.OWNER, address=INA), office.teammate(Role.OWNER, address=EVA)
    office.teammate(Role.VIEWER, address="vic@bees.example")
    with office.db.reading() as session:
        vic = next(one.owner.owner_id for one in owners.team(session, SITE) if one.owner.address.startswith("vic"))
    seen = {"owner": vic, "seen": "viewer"}
    assert press(office, ina, TEAM, seen | {"act": "role", "role": "editor"}).status == 303
    answer = press(office, eva, TEAM, seen | {"act": "role", "role": "owner"})
    assert (answer.status, "It is now: Editor. You wanted: Owner." in answer.text) == (409, True)
    answer = press(office, eva, TEAM, seen | {"act": "remove"})
    assert (answer.status, "You wanted: removed from the team." in answer.text) == (409, True)
    assert press(office, eva, TEAM, seen | {"act": "role", "role": "editor"}).status == 303, "both want the same"
    assert press(office, eva, TEAM, seen | {"act": "remove", "seen": "editor"}).status == 303


def test_mails_that_a_colleague_chose_meanwhile_are_shown_beside_yours(office: Office) -> None:
    with writing(office.db) as session:
        new = addresses.NewAddress("h" * 40, "otto@example.org", "en", office.clock.at_ms, addresses.OWNER)
        addresses.ask(session, SITE, new)
        addresses.confirm_owner(session, SITE, "h" * 40, office.clock.at_ms)
    ina, eva = office.teammate(Role.OWNER, address=INA), office.teammate(Role.OWNER, address=EVA)
    seen = hidden(office, ina, MAIL, '<input type="hidden" name="seen"')["seen"]
    assert seen == "question payout proposal health lights"
    mine = {"act": "choose", "seen": seen, "kind": "question"}
    assert press(office, ina, MAIL, mine).status == 303
    assert press(office, ina, MAIL, mine).status == 303, "the same press twice"
    answer = press(office, eva, MAIL, mine | {"kind": "digest"})
    page = unescape(answer.text)
    assert answer.status == 409
    assert "Now chosen: when someone asks about their credit. You chose: once a week, what sharing brought." in page
    assert 'value="digest" checked' in page and 'value="question" checked' not in page
    assert press(office, eva, MAIL, mine | {"kind": "digest", "seen": "question"}).status == 303
    log = office.send("GET", f"/console/{SITE}/changes?action=mail.choose", client=eva).text
    assert log.count('class="w">Changed which e-mails are sent</td>') == 2


def test_an_address_that_a_colleague_entered_meanwhile_is_shown_beside_yours(office: Office) -> None:
    ina, eva = office.teammate(Role.OWNER, address=INA), office.teammate(Role.OWNER, address=EVA)
    inas, evas = (hidden(office, one, MAIL, f'action="{MAIL}"') for one in (ina, eva))
    mine = inas | {"act": "address", "address": INA}
    assert press(office, ina, MAIL, mine).status == 303
    assert press(office, ina, MAIL, mine).status == 303, "the same press twice"
    answer = press(office, eva, MAIL, evas | {"act": "address", "address": EVA})
    page = unescape(answer.text)
    assert (answer.status, f"It is now: {INA}. You wanted: {EVA}." in page, f'value="{EVA}"' in page) == (
        409,
        True,
        True,
    )
    answer = press(office, eva, MAIL, evas | {"act": "forget"})
    assert (answer.status, "You wanted: no e-mails." in answer.text) == (409, True)
    answer = press(office, eva, MAIL, evas | {"act": "address", "address": "nobody"})
    assert (answer.status, 'value="nobody"' in answer.text) == (422, True)
    fresh = hidden(office, eva, MAIL, f'action="{MAIL}"')
    assert press(office, eva, MAIL, fresh | {"act": "forget"}).status == 303
    log = office.send("GET", f"/console/{SITE}/changes", client=eva).text
    assert log.count("Entered an address for e-mails to the owner</td>") == 1
    assert "Stopped e-mails to the owner</td>" in log and f"address</span> {masked(INA)}" in log


def test_an_invitation_that_a_colleague_sent_meanwhile_is_shown_beside_yours(office: Office) -> None:
    ina, eva = office.teammate(Role.OWNER, address=INA), office.teammate(Role.OWNER, address=EVA)
    inas, evas = (hidden(office, one, TEAM, 'name="invited"') for one in (ina, eva))
    invite = {"act": "invite", "address": "Vic@bees.example", "invited": ""}
    assert press(office, ina, TEAM, inas | invite | {"role": "editor"}).status == 303
    answer = press(office, eva, TEAM, evas | invite | {"role": "viewer"})
    page = unescape(answer.text)
    assert (answer.status, "It is now: Editor. You wanted: Viewer." in page) == (409, True)
    assert 'value="Vic@bees.example"' in page and '<option value="viewer" selected>' in page
    assert press(office, eva, TEAM, evas | invite | {"role": "editor"}).status == 303, "both want the same"
    seen = {"invited": "Vic@bees.example=editor"}
    assert press(office, eva, TEAM, evas | invite | seen | {"role": "viewer", "once": "another-form"}).status == 303


def test_a_question_that_a_colleague_decided_meanwhile_is_shown_beside_your_answer(office: Office) -> None:
    ina, eva = office.teammate(Role.EDITOR, address=INA), office.teammate(Role.EDITOR, address=EVA)
    annas = office.signed_in(anna)
    office.save_access(anna)
    office.prove(annas)
    form = hidden(office, annas, "/me/claims/new", "<form") | {"words": "It counted for nobody.", "order": "lost"}
    assert press(office, annas, "/me/claims/new", form).status == 303
    office.fold()
    with office.db.reading() as session:
        claim_id = claims.open_claims(session, SITE)[0].claim_id
    path = f"{CLAIMS}/{claim_id}"
    inas, evas = (hidden(office, one, CLAIMS, f'action="{path}"') for one in (ina, eva))
    garbage = press(office, eva, path, evas | {"act": "grant", "words": "Sorry.", "amount": "much"})
    assert (garbage.status, ">Sorry.</textarea>" in garbage.text, 'value="much"' in garbage.text) == (422, True, True)
    for _ in range(2):
        assert press(office, ina, path, inas | {"act": "answer", "words": "We look."}).status == 303
    assert office.send("GET", CLAIMS, client=ina).text.count("We look.") == 1, "the same press twice"
    inas = hidden(office, ina, CLAIMS, f'action="{path}"')
    for _ in range(2):
        assert press(office, ina, path, inas | {"act": "decline", "words": "No such order."}).status == 303
        office.fold()
    answer = press(office, eva, path, evas | {"act": "grant", "words": "You are right."})
    assert (answer.status, "It is now: Declined. You wanted: Approve, “You are right.”" in answer.text) == (409, True)
    log = office.send("GET", f"/console/{SITE}/changes", client=eva).text
    assert (log.count("Answered a question<br>"), log.count("Declined a question<br>")) == (1, 1)
