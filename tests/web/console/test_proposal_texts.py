"""The texts of proposals may name people: they are deleted as soon as a proposal is over."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from cast import anna
from flow.office import SITE, Json, Office
from passalong.core.privileges import Scope
from passalong.flow import claims
from passalong.flow.owners import proposals, upkeep
from passalong.flow.transaction import writing
from passalong.store.people.proposals import OPEN_MS, RETRY_WITHIN_MS
from passalong.store.sites import end_site
from web.proposing import PAGE, a_gift, agents_key, decide, propose, result

PERSONAL = ("cleo@buyers.example", "Cleo wrote")
DAY_MS = 86_400_000


def an_order_of_cleo(name: str) -> Json:
    """A proposal to report an order with her address."""
    body = {"id": name, "goal": "purchase", "amount_minor": 100, "currency": "EUR", "email": PERSONAL[0]}
    return {"operation": "report_conversion", "body": body, "reason": PERSONAL[1]}


def stored(office: Office, proposal: Json) -> str:
    """All that is stored about a proposal, and of the call that made it."""
    with office.db.reading() as session:
        rows = session.execute(text("SELECT * FROM proposals WHERE proposal_id = :mine"), {"mine": proposal["id"]})
        calls = session.execute(text("SELECT answer FROM api_requests WHERE operation = 'propose'"))
        return f"{rows.all()}{calls.all()}"


def has_texts(office: Office, proposal: Json) -> bool:
    """True while something of what a person said is stored."""
    return any(part in stored(office, proposal) for part in PERSONAL)


def read(office: Office, key: str, proposal: Json) -> None:
    """The key reads its proposal."""
    result(office, key, proposal)


def look(office: Office, _key: str, _proposal: Json) -> None:
    """Otto opens the page."""
    office.send("GET", PAGE, client=office.owner())


def keep_up(office: Office, _key: str, _proposal: Json) -> None:
    """The worker tidies up."""
    upkeep.delete_old_evidence(office.db, office.clock.now_ms())


def test_the_texts_of_a_decided_proposal_are_deleted(office: Office) -> None:
    key = agents_key(office)
    refused = {"operation": "retire_code", "path": {"code": "cleos"}, "reason": PERSONAL[1]}
    cases = [
        ("done", "approve", an_order_of_cleo("done")),
        ("failed", "approve", refused),
        ("declined", "decline", an_order_of_cleo("declined")),
    ]
    for name, act, said in cases:
        proposal = propose(office, key, said)
        assert has_texts(office, proposal)
        assert decide(office, proposal, act).status == 303
        assert not has_texts(office, proposal), name
        told = result(office, key, proposal)
        assert (told["state"], told["path"], told["body"], told["reason"]) == (name, {}, {}, "")
        page = office.send("GET", PAGE, client=office.owner()).text
        assert proposal["id"] in page and not any(part in page for part in PERSONAL)


@pytest.mark.parametrize("happen", [read, look, keep_up])
def test_the_texts_of_an_expired_proposal_are_deleted_by_whatever_finds_it(
    office: Office, happen: Callable[[Office, str, Json], None]
) -> None:
    key = agents_key(office)
    proposal = propose(office, key, an_order_of_cleo(f"late-{happen.__name__}"))
    office.clock.at_ms += OPEN_MS
    assert has_texts(office, proposal)
    happen(office, key, proposal)
    assert not has_texts(office, proposal)
    assert result(office, key, proposal)["state"] == "expired"


def test_the_texts_of_an_approved_call_that_was_cut_off_are_deleted_after_a_day(office: Office) -> None:
    key = agents_key(office)
    for happen in (read, look, keep_up):
        proposal = propose(office, key, an_order_of_cleo(f"cut-{happen.__name__}"))
        proposals.approve(office.db, office.clock, SITE, proposal["id"], "owner:link")
        office.clock.at_ms += RETRY_WITHIN_MS - 1
        happen(office, key, proposal)
        assert has_texts(office, proposal)
        office.clock.at_ms += 1
        happen(office, key, proposal)
        assert not has_texts(office, proposal), happen
        told = result(office, key, proposal)
        assert (told["state"], told["body"], told["result"]) == ("failed", {}, None)
        assert decide(office, proposal).status == 409
        page = office.send("GET", PAGE, client=office.owner()).text
        assert "not tried again within a day" in page[page.index(proposal["id"]) :].partition("</section>")[0]


def test_a_repeated_call_finds_the_proposal_and_stores_no_text_of_it(office: Office) -> None:
    headers = {"Authorization": f"Bearer {agents_key(office)}", "Idempotency-Key": "cleos"}
    said = an_order_of_cleo("repeated")
    first = office.send("POST", "/api/v1/proposals", said, headers).json
    decide(office, first, "decline")
    again = office.send("POST", "/api/v1/proposals", said, headers).json
    assert (again["id"], again["state"]) == (first["id"], "declined")
    assert not has_texts(office, first)


def test_a_key_that_only_proposes_reads_nothing_through_a_result(office: Office) -> None:
    office.link("for a question", anna)
    office.save_access(anna)
    services, claim_id = office.instance.services, "about-a-secret"
    asked = claims.NewClaim(
        claim_id=claim_id, advocate_id=anna.advocate_id(SITE), words="Our secret", conversion_id="order-9"
    )
    claims.ask(office.db, office.clock, services.collector, office.bees.site, asked)
    office.fold()
    key = agents_key(office, Scope.PROPOSE)
    body = {"decision": "answer", "words": "Soon"}
    proposal = propose(office, key, {"operation": "decide_claim", "path": {"claim_id": claim_id}, "body": body})
    assert decide(office, proposal).status == 303
    told = result(office, key, proposal)
    assert told["result"] == {"status": 200, "code": None, "detail": None}
    assert "secret" not in f"{told}{stored(office, proposal)}"


def test_old_proposals_are_deleted_those_of_a_removed_site_too(office: Office) -> None:
    key = agents_key(office)
    proposal = propose(office, key, a_gift("old"))
    upkeep.delete_old_evidence(office.db, office.clock.at_ms + 31 * DAY_MS)
    assert office.api("GET", f"/proposals/{proposal['id']}", key=key).status == 404
    propose(office, key, a_gift("of a site that goes"))
    with writing(office.db) as session:
        end_site(session, SITE, office.clock.now_ms())
    upkeep.delete_old_evidence(office.db, office.clock.at_ms + 31 * DAY_MS)
    assert office.count("proposals") == 0
