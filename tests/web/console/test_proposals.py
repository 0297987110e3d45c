"""Proposals: a key asks, nothing happens, a person decides in the console, and the key reads the result."""

from html import unescape

import pytest
from sqlalchemy import text

from flow.office import SITE, Json, Office
from passalong.core.privileges import APPROVES, Role, Scope
from passalong.flow.mail.messages import message_text
from passalong.flow.owners import api_keys, proposals
from passalong.flow.owners import settings as flow_settings
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.owners.settings import SettingsDraft
from passalong.store import outbox, sites
from passalong.store.people import api_keys as stored_keys
from passalong.store.people import changes
from passalong.store.people.proposals import OPEN_MS
from passalong.web.api.operations import OPERATIONS, PROPOSABLE
from web.proposing import PAGE, a_gift, agents_key, decide, facts, propose, result


def test_a_proposal_changes_nothing_until_a_person_approves_it(office: Office) -> None:
    office.link("for a gift")
    key, before = agents_key(office), facts(office)
    proposal = propose(office, key, a_gift("approved"))
    assert (proposal["state"], proposal["what"]) == ("open", "Give credit by hand, with a reason.")
    assert facts(office) == before
    page = office.send("GET", PAGE, client=office.owner()).text
    assert all(
        one in page
        for one in ("Otto&#39;s assistant", "gift-approved", "<bdi>€5.00</bdi>", "Amount</bdi>", "Anna wrote")
    )
    assert decide(office, proposal).status == 303
    assert facts(office) == before + 1
    read = result(office, key, proposal)
    assert (read["state"], read["result"]) == ("done", {"status": 202, "code": None, "detail": None})


def test_the_fact_and_the_audit_log_name_the_person_and_the_key(office: Office) -> None:
    office.link("for an author")
    key = agents_key(office)
    proposal = propose(office, key, a_gift("author", author="Mallory", note="for the author"))
    assert "author" not in proposal["body"]
    decide(office, proposal, role=Role.EDITOR)
    with office.db.reading() as session:
        fact = session.scalar(
            text("SELECT fact FROM events WHERE fact LIKE '%\"for the author\"%' ORDER BY at_ms DESC")
        )
        audit = changes.newest(session, SITE, 50, changes.ChangeFilter(action="proposal.approve"))
    mine = next(one.change for one in audit if one.change.subject == proposal["id"])
    assert mine.actor.startswith("owner:") and f'"author":"{mine.actor}"' in fact
    assert "Mallory" not in fact
    assert '"operation":"give_credit"' in mine.after and "Otto's assistant" in mine.after


def test_a_declined_or_expired_proposal_is_never_carried_out(office: Office) -> None:
    office.link("for two")
    key, before = agents_key(office), facts(office)
    declined, late = (propose(office, key, a_gift(name)) for name in ("declined", "late"))
    assert decide(office, declined, "decline").status == 303
    office.clock.at_ms += OPEN_MS
    for proposal, state in ((declined, "declined"), (late, "expired")):
        assert decide(office, proposal).status == 409
        assert result(office, key, proposal)["state"] == state
    assert facts(office) == before


def test_a_proposal_is_carried_out_once(office: Office) -> None:
    office.link("for once")
    key, before = agents_key(office), facts(office)
    proposal = propose(office, key, a_gift("once"))
    assert [decide(office, proposal).status for _ in range(2)] == [303, 409]
    assert facts(office) == before + 1


def test_a_refused_call_tells_the_person_and_the_agent_why(office: Office) -> None:
    key = agents_key(office)
    proposal = propose(office, key, {"operation": "retire_code", "path": {"code": "nobodys"}})
    assert decide(office, proposal).status == 303
    read = result(office, key, proposal)
    assert (read["state"], read["result"]["status"], read["result"]["code"]) == ("failed", 404, "not_found")
    assert read["result"]["detail"] in unescape(office.send("GET", PAGE, client=office.owner()).text)


def test_a_key_that_only_proposes_writes_nothing_directly(office: Office) -> None:
    key, before = agents_key(office), facts(office)
    refused = 0
    for operation in OPERATIONS:
        if operation.name in PROPOSABLE:
            path = operation.path.replace("{", "").replace("}", "")
            assert office.api(operation.method, path, b"{}", key=key).json["code"] == "missing_scope", operation.name
            refused += 1
    assert refused == len(PROPOSABLE) >= 25
    assert facts(office) == before


SECRETS = ("make_key", "rotate_key", "add_webhook", "hand_over_customer")
ON_PAGES = ("decide_redemption", "mark_payout_paid")
"""Their pages show the account that is paid, and refuse a form from before it was changed."""


def test_secrets_batches_and_payments_cannot_be_proposed(office: Office) -> None:
    key = agents_key(office)
    for name in (*SECRETS, *ON_PAGES, "report_conversions", "propose", "x"):
        answer = office.api("POST", "/proposals", {"operation": name}, key=key)
        assert (answer.status, answer.json["code"]) == (400, "invalid_request"), name
        assert answer.json["detail"].startswith("`operation` is one of"), name


BAD: list[Json] = [
    {"operation": "give_credit"},
    {"operation": "give_credit", "body": {"id": "x", "more": 1}},
    {"operation": "give_credit", "path": {"code": "x"}, "body": a_gift("x")["body"]},
    {"operation": "retire_code", "path": {"code": "a/b"}},
    {"operation": "retire_code"},
    {"operation": "retire_code", "path": {"code": "ana"}, "body": {"x": 1}},
    a_gift("x", amount_minor=-1),
    a_gift("x", amount_minor="5"),
    a_gift("x", note="x" * 3_000),
]


@pytest.mark.parametrize("said", BAD, ids=range(len(BAD)))
def test_a_bad_proposal_is_refused_with_the_field_to_change(office: Office, said: Json) -> None:
    answer = office.api("POST", "/proposals", said, key=agents_key(office))
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert "`" in answer.json["detail"]


def test_the_role_that_could_do_it_in_the_console_approves_it(office: Office) -> None:
    office.link("for roles")
    key = agents_key(office)
    order = {"id": "role-order", "goal": "purchase", "amount_minor": 100, "currency": "EUR"}
    cases = [(a_gift("role"), Role.EDITOR), ({"operation": "report_conversion", "body": order}, Role.OWNER)]
    for said, needs in cases:
        proposal = propose(office, key, said)
        assert APPROVES[PROPOSABLE[said["operation"]].scope or Scope.MANAGE] is needs
        for role in (Role.VIEWER, Role.EDITOR, Role.OWNER):
            if role < needs:
                assert decide(office, proposal, role=role).status == 403
        assert decide(office, proposal, role=needs).status == 303
        assert result(office, key, proposal)["state"] == "done"


def test_another_key_another_site_and_nobody_see_or_decide_it(office: Office) -> None:
    office.link("for isolation")
    key = agents_key(office)
    proposal = propose(office, key, a_gift("mine"))
    path = f"/proposals/{proposal['id']}"
    assert office.api("GET", path, key=agents_key(office)).status == 404
    wasps = api_keys.new(office.db, office.clock, office.wasps.site_id, NewKey("wasps", (Scope.PROPOSE,)))
    assert office.api("GET", path, key=wasps).status == 404
    form = {"act": "approve"}
    for client in (office.client(), office.owner(office.wasps.site_id)):
        assert office.send("POST", f"{PAGE}/{proposal['id']}", client=client, form=form).status == 401
    other = f"/console/{office.wasps.site_id}/proposals/{proposal['id']}"
    assert office.send("POST", other, client=office.owner(office.wasps.site_id), form=form).status == 409
    assert result(office, key, proposal)["state"] == "open"


def test_a_revoked_keys_proposal_cannot_be_approved(office: Office) -> None:
    office.link("for a revoked key")
    key, before = agents_key(office), facts(office)
    proposal = propose(office, key, a_gift("revoked"))
    with office.db.reading() as session:
        handle = next(one.handle for one in stored_keys.all_of(session, SITE) if one.last_four == key[-4:])
    api_keys.revoke(office.db, office.clock, SITE, handle)
    answer = decide(office, proposal)
    assert (answer.status, "was revoked" in answer.text) == (409, True)
    assert facts(office) == before


def test_too_many_open_proposals_are_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.clock.at_ms += OPEN_MS
    monkeypatch.setattr(proposals, "MOST_OPEN", 2)
    key = agents_key(office)
    answers = [office.api("POST", "/proposals", a_gift(f"many-{n}"), key=key) for n in range(3)]
    assert [one.status for one in answers] == [201, 201, 409]
    assert "ask a person" in answers[2].json["detail"]


def test_a_repeated_proposal_is_one_proposal(office: Office) -> None:
    headers = {"Authorization": f"Bearer {agents_key(office)}", "Idempotency-Key": "once"}
    ids = {office.send("POST", "/api/v1/proposals", a_gift("repeated"), headers).json["id"] for _ in range(2)}
    assert len(ids) == 1


def test_an_amount_is_shown_in_the_currency_in_which_it_is_carried_out(office: Office) -> None:
    key = agents_key(office)
    flow_settings.change_settings(office.db, office.clock, SITE, SettingsDraft({"further_currencies": "JPY"}, "Otto"))
    office.instance.services.sites.forget(SITE)
    order = {"id": "in-yen", "goal": "purchase", "amount_minor": 900, "currency": "JPY"}
    assert office.api("POST", "/conversions", order).status == 202
    office.fold()
    for order_id, amount in (("in-yen", 421), ("not-reported", 422)):
        body = {"id": f"back-{order_id}", "amount_minor": amount}
        propose(office, key, {"operation": "report_refund", "path": {"conversion_id": order_id}, "body": body})
    grant = {"decision": "grant", "words": "Yes", "amount_minor": 1_234}
    propose(office, key, {"operation": "decide_claim", "path": {"claim_id": "c-1"}, "body": grant})
    page = office.send("GET", PAGE, client=office.owner()).text
    assert [one for one in ("<bdi>¥421<", "<bdi>€4.22<", "<bdi>€12.34<") if one not in page] == []


def test_webhooks_are_told_of_every_proposal_and_the_owner_by_one_mail_for_a_burst(office: Office) -> None:
    office.reach_owner()
    office.clock.at_ms += OPEN_MS
    office.link("for a burst")
    key = agents_key(office)
    burst = [propose(office, key, a_gift(f"burst-{number}")) for number in range(3)]
    told = office.api("GET", "/events?limit=100&types=proposal.created").json["events"]
    assert {one["id"] for one in burst} <= {event["data"]["proposal_id"] for event in told}
    assert "Anna wrote" not in str(told)
    with office.db.reading() as session:
        mails = [mail for mail in outbox.newest(session, SITE, 100) if mail.kind == "proposal"]
        site = sites.find_site(session, SITE)
    assert len(mails) == 1 and site is not None
    content = message_text(mails[0], site, "https://along.example", office.instance.services.keys)
    assert content.subject == f"A proposal is waiting for you at {site.name}"
    assert "The key “Otto's assistant” has proposed a change" in content.sentences[0]
    assert content.links == (("Open the console", f"https://along.example/console/{SITE}/proposals"),)


def test_the_menu_counts_what_waits(office: Office) -> None:
    office.clock.at_ms += OPEN_MS
    propose(office, agents_key(office), a_gift("counted"))
    page = office.send("GET", f"/console/{SITE}", client=office.owner()).text
    assert 'Proposals <span class="due">1<' in page


def test_every_key_may_ask_what_it_is(office: Office) -> None:
    read = office.api("GET", "/key", key=agents_key(office)).json
    assert (read["name"], read["scopes"], read["site"]) == ("Otto's assistant", ["read", "propose"], SITE)
    assert office.api("GET", "/key", key="ak_bees01_wrong").status == 401


def test_llms_txt_names_every_operation_and_how_to_connect(office: Office) -> None:
    page = office.send("GET", "/llms.txt")
    assert page.headers["content-type"].startswith("text/plain")
    assert [one.name for one in OPERATIONS if f" {one.name}" not in page.text] == []
    assert "passalong mcp" in page.text and "https://along.example/api/v1/reference" in page.text
