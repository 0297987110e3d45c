"""A decision that comes after the hold is refused with a sentence, and is never accepted without effect."""

from cast import a_person, an_id, ben
from flow.office import SITE, Json, Office
from passalong.core.attribution.allocate import DAY_MS

BY = {"author": "Otto", "note": "Because."}


def an_order(office: Office, name: str, who: str) -> None:
    """Somebody who came by Anna's link buys for 100."""
    code = f"{office.link('annas')}.{an_id('visit', who)}"
    said = {"id": name, "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": code}
    assert office.api("POST", "/conversions", said).status == 202
    office.fold()


def decides(office: Office, event_id: str, decision: str, about: str, subject_id: str) -> tuple[int, str]:
    """Otto decides; the status and the sentence of a refusal."""
    said: Json = {"id": event_id, "decision": decision, "about": about, "subject_id": subject_id, **BY}
    answer = office.api("POST", "/verdicts", said)
    return answer.status, answer.message if answer.status >= 400 else ""


def test_decisions_after_the_hold_are_refused_unless_they_still_change_something(office: Office) -> None:
    token, benno = office.link("annas"), ben.advocate_id(SITE)
    office.link("bens", ben)
    visits = {who: an_id("visit", who) for who in ("dora", "emil", "fritz")}
    for who in visits:
        assert office.note("flask", office.visit(who, token, a_person(who))).status == 202
    an_order(office, "doras", "dora")
    assert decides(office, "early", "void", "visit", visits["emil"]) == (202, "")
    office.clock.at_ms += 20 * DAY_MS
    an_order(office, "fritzens", "fritz")
    office.clock.at_ms += 20 * DAY_MS
    office.fold()

    status, sentence = decides(office, "late", "void", "visit", visits["dora"])
    assert status == 409
    assert "The hold of what this visit led to has ended" in sentence
    assert "doras" in sentence
    assert decides(office, "late-hold", "hold", "conversion", "doras")[0] == 409
    named = {"id": "late-name", "advocate": benno, **BY}
    assert office.api("POST", "/conversions/doras/advocates", named).status == 409

    assert decides(office, "early", "void", "visit", visits["emil"]) == (200, ""), "sent again, it is a duplicate"
    assert decides(office, "waits", "void", "visit", visits["fritz"]) == (202, ""), "an order of this visit waits"
    assert decides(office, "itself", "void", "conversion", "doras") == (202, "")
    office.fold()
    for order in ("doras", "fritzens"):
        assert [line["amount_micros"] for line in office.api("GET", f"/conversions/{order}").json["lines"]] in ([0], [])
