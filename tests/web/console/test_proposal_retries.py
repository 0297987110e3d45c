"""An approval that was cut off before its result was stored: tried again or declined, and never done twice."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

from sqlalchemy import text

from cast import anna
from flow.office import SITE, Answer, Json, Office
from passalong.core.claim_facts import NO_CLOCK_MS
from passalong.core.facts import ClaimAnswered, input_hash
from passalong.core.privileges import Role
from passalong.flow import claims
from passalong.flow.owners import api_keys, proposals, upkeep
from passalong.flow.owners.proposals import RETRY_MS, Approval, ProposalError
from passalong.store.books.claims import words_of
from passalong.store.people import api_keys as stored_keys
from passalong.store.people import changes
from passalong.web.api.operation import Call
from passalong.web.api.operations import PROPOSABLE
from passalong.web.api.proposals import carry_out
from web.proposing import PAGE, a_gift, agents_key, facts, propose, result

OTTO = "owner:link"
NUMBERS = count()


def cut_off(office: Office, proposal: Json, *, carried_out: bool) -> None:
    """Otto approves a proposal, and the process ends before the result is stored: a minute ago."""
    approval = proposals.approve(office.db, office.clock, SITE, proposal["id"], OTTO)
    if carried_out:
        carry(office, approval)
    office.clock.at_ms += RETRY_MS


def carry(office: Office, approval: Approval) -> tuple[int, str]:
    """Carry out an approved call."""
    approved = approval.proposal
    with office.db.reading() as session:
        key = next(one for one in stored_keys.all_of(session, SITE) if one.handle == approved.key_handle)
    services = office.instance.services
    call = Call(services, office.bees.site, key, once=approved.call_id, approved_by=approval.author)
    return carry_out(call, PROPOSABLE[approved.operation], approved)


def press(office: Office, proposal: Json, act: str = "approve") -> Answer:
    """Ina, another owner, presses a button."""
    ina = office.teammate(Role.OWNER, address=f"ina{next(NUMBERS)}@bees.example")
    return office.send("POST", f"{PAGE}/{proposal['id']}", client=ina, form={"act": act})


def deciders(office: Office, proposal: Json) -> tuple[str, list[str]]:
    """Who decided a proposal: as its row says, and as the audit log says, the latest first."""
    with office.db.reading() as session:
        row = session.scalar(
            text("SELECT decided_by FROM proposals WHERE proposal_id = :mine"), {"mine": proposal["id"]}
        )
        audit = changes.newest(session, SITE, 50)
    return str(row), [one.change.actor for one in audit if one.change.subject == proposal["id"]]


def a_question(office: Office, name: str) -> str:
    """Anna asks about an order."""
    office.link(f"asks {name}", anna)
    office.save_access(anna)
    asked = claims.NewClaim(
        claim_id=f"about-{name}", advocate_id=anna.advocate_id(SITE), words="Mine?", conversion_id=name
    )
    claims.ask(office.db, office.clock, office.instance.services.collector, office.bees.site, asked)
    office.fold()
    return asked.claim_id


def an_answer(claim_id: str) -> Json:
    """A proposal to answer a question."""
    body = {"decision": "answer", "words": "We look into it."}
    return {"operation": "decide_claim", "path": {"claim_id": claim_id}, "body": body}


def answers(office: Office, claim_id: str) -> int:
    """How often the owner answered."""
    with office.db.reading() as session:
        return sum(one.author == "owner" for one in words_of(session, SITE, [claim_id])[claim_id])


def test_a_call_that_was_cut_off_is_finished_once_by_whoever_tries_again(office: Office) -> None:
    office.link("for a retry")
    key, before = agents_key(office), facts(office)
    for carried_out in (False, True):
        proposal = propose(office, key, a_gift(f"retry-{carried_out}"))
        cut_off(office, proposal, carried_out=carried_out)
        assert result(office, key, proposal)["state"] == "approved"
        page = office.send("GET", PAGE, client=office.owner()).text
        assert "Try again" in page and 'value="decline"' in page
        assert press(office, proposal).status == 303
        read = result(office, key, proposal)
        assert (read["state"], read["result"]["code"]) == ("done", None), read
    assert facts(office) == before + 2


def test_the_person_who_tries_again_is_recorded(office: Office) -> None:
    office.link("for a record")
    proposal = propose(office, agents_key(office), a_gift("recorded"))
    cut_off(office, proposal, carried_out=True)
    assert press(office, proposal).status == 303
    decided_by, audit = deciders(office, proposal)
    assert decided_by != OTTO and audit == [decided_by, OTTO]


def test_nobody_tries_again_while_the_first_try_may_be_under_way(office: Office) -> None:
    office.link("for patience")
    key, before = agents_key(office), facts(office)
    proposal = propose(office, key, a_gift("patience"))
    proposals.approve(office.db, office.clock, SITE, proposal["id"], OTTO)
    office.clock.at_ms += RETRY_MS - 1
    for act in ("approve", "decline"):
        answer = press(office, proposal, act)
        assert (answer.status, "still be under way" in answer.text) == (409, True)
    assert (facts(office), result(office, key, proposal)["state"]) == (before, "approved")


def test_of_people_who_press_at_the_same_time_one_carries_it_out(office: Office) -> None:
    office.link("for a crowd")
    proposal = propose(office, agents_key(office), a_gift("crowd"))

    def approve(number: int) -> bool:
        try:
            proposals.approve(office.db, office.clock, SITE, proposal["id"], f"owner:{number}")
        except ProposalError:
            return False
        return True

    with ThreadPoolExecutor(4) as crowd:
        for _ in range(2):  # the first approval, and the first retry
            assert sum(crowd.map(approve, range(4))) == 1
            office.clock.at_ms += RETRY_MS


def test_a_revoked_key_ends_a_cut_off_approval_which_can_be_declined(office: Office) -> None:
    office.link("for a key that ends")
    key, before = agents_key(office), facts(office)
    proposal = propose(office, key, a_gift("key-ended"))
    cut_off(office, proposal, carried_out=False)
    with office.db.reading() as session:
        handle = next(one.handle for one in stored_keys.all_of(session, SITE) if one.last_four == key[-4:])
    api_keys.revoke(office.db, office.clock, SITE, handle)
    answer = press(office, proposal)
    assert (answer.status, "was revoked" in answer.text) == (409, True)
    assert press(office, proposal, "decline").status == 303
    assert facts(office) == before
    page = office.send("GET", PAGE, client=office.owner()).text
    assert "Declined" in page[page.index(f'id="{proposal["id"]}"') :].partition("</section>")[0]


def test_a_change_that_was_made_before_the_cut_is_done(office: Office) -> None:
    key = agents_key(office)
    proposal = propose(office, key, {"operation": "change_settings", "body": {"values": {"answer_days": "5"}}})
    cut_off(office, proposal, carried_out=True)
    assert press(office, proposal).status == 303
    assert result(office, key, proposal)["state"] == "done"


def test_a_question_is_answered_once(office: Office) -> None:
    claim_id, key = a_question(office, "twice"), agents_key(office)
    proposal, before = propose(office, key, an_answer(claim_id)), facts(office)
    cut_off(office, proposal, carried_out=True)
    assert press(office, proposal).status == 303
    assert result(office, key, proposal)["state"] == "done"
    assert (answers(office, claim_id), facts(office)) == (1, before + 1)


def test_an_answer_that_was_cut_off_after_its_fact_is_written(office: Office) -> None:
    claim_id, key = a_question(office, "half"), agents_key(office)
    proposal = propose(office, key, an_answer(claim_id))
    cut_off(office, proposal, carried_out=False)
    once = f"{proposal['id']}-{proposal['asked_at_ms']}"
    said, fact = input_hash(claim=claim_id, number=once), ClaimAnswered(claim_id, NO_CLOCK_MS)
    office.instance.services.collector.record(SITE, claims.CONSOLE, f"{claim_id}.{once}", fact, said)
    assert press(office, proposal).status == 303
    assert answers(office, claim_id) == 1


def test_a_proposal_under_a_key_of_one_that_was_deleted_is_carried_out(office: Office) -> None:
    key = agents_key(office)
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "monthly"}
    for days in ("6", "7"):
        said = {"operation": "change_settings", "body": {"values": {"answer_days": days}}}
        proposal = office.send("POST", "/api/v1/proposals", said, headers).json
        assert press(office, proposal).status == 303
        assert result(office, key, proposal)["state"] == "done"
        with office.db.reading() as session:
            made = [one.change for one in changes.newest(session, SITE, 9) if one.change.action == "settings.set"]
        assert f'"answer_days":"{days}"' in made[0].after
        office.clock.at_ms += 31 * 86_400_000
        upkeep.delete_old_evidence(office.db, office.clock.at_ms)
