"""What an owner knows and decides, over the API: who is one person, decisions, credit by hand, codes."""

import re

import pytest
from sqlalchemy import text

from cast import a_person, an_id, anna
from flow.office import SITE, Json, Office
from passalong.flow import personal_codes
from passalong.flow.owners.settings import SettingsDraft, change_settings

# --- who is one person ------------------------------------------------------------------------------------------------


def test_a_sign_in_leads_to_no_order_that_only_says_the_customer(office: Office) -> None:
    token, daisy = office.link("annas"), a_person("daisy")
    assert office.note("flask", office.visit("daisy", token, daisy)).status == 202
    order = {"id": "daisys", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "customer": "daisy@x.org"}
    assert office.api("POST", "/conversions", order).status == 202
    office.fold()
    assert office.api("GET", "/conversions/daisys").json["reason"] == "no_token"
    said = {"id": "sign-in", "codes": [f"{token}.{an_id('visit', 'daisy')}"], "customers": ["daisy@x.org"]}
    assert [office.api("POST", "/identify", said).status for _ in range(2)] == [202, 200]
    office.fold()
    assert office.api("GET", "/conversions/daisys").json["reason"] == "no_token"


def test_of_a_customer_only_a_keyed_hash_is_kept(office: Office) -> None:
    order = {"id": "secretive", "goal": "signup", "customer": "ernest@x.org"}
    assert office.api("POST", "/conversions", order).status == 202
    with office.db.reading() as session:
        fact = session.scalar(text("SELECT fact FROM events WHERE event_id = 'secretive'"))
    assert fact is not None and '"customer":"u:' in fact
    assert "ernest" not in fact
    assert office.api("POST", "/conversions", order | {"customer": "frieda@x.org"}).status == 409


def test_an_email_is_a_field_of_its_own_and_no_customer(office: Office) -> None:
    said = {"id": "mailed", "goal": "signup", "email": "Greta@Bücher.example"}
    assert office.api("POST", "/conversions", said).status == 202
    assert office.api("POST", "/conversions", said | {"email": " greta@xn--bcher-kva.EXAMPLE"}).status == 200
    assert office.api("POST", "/conversions", said | {"email": "gret@bücher.example"}).status == 409
    refused = office.api("POST", "/conversions", {"id": "typo", "goal": "signup", "email": "greta at home"})
    assert (refused.status, "name@example.org" in refused.message) == (400, True)
    named = {"id": "customer", "goal": "signup", "customer": "greta@bücher.example"}
    assert office.api("POST", "/conversions", named).status == 202
    with office.db.reading() as session:
        facts = session.scalars(text("SELECT fact FROM events WHERE event_id IN ('mailed', 'customer')")).all()
    keys = {re.search(r'"[ue]:(\w+)"', fact)[1] for fact in facts}  # type: ignore[index]
    assert len(keys) == 2
    assert not any("greta" in fact for fact in facts)


def test_a_statement_can_be_withdrawn_once_it_was_made(office: Office) -> None:
    token, hugo = office.link("annas"), a_person("hugo")
    said = {"id": "hugos", "advocates": [anna.advocate_id(SITE)], "emails": ["Hugo@x.org"], "visitors": [hugo.visitor]}
    assert office.api("POST", "/identify", said).status == 202
    assert office.note("flask", office.visit("hugo", token, hugo)).status == 202
    order = {"id": "hugos", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    order["code"] = f"{token}.{an_id('visit', 'hugo')}"
    assert office.api("POST", "/conversions", order).status == 202
    office.fold()
    assert office.api("GET", "/conversions/hugos").json["reason"] == "own_link"
    assert office.api("POST", "/identify/never/withdraw", {"id": "w"}).status == 404
    assert [office.api("POST", "/identify/hugos/withdraw", {"id": "w"}).status for _ in range(2)] == [202, 200]
    office.fold()
    assert office.api("GET", "/conversions/hugos").json["status"] == "credited"


BAD: list[Json] = [
    {"emails": ["nobody", "b@x.org"]},
    {"visitors": [an_id("one")]},
    {"visitors": [an_id("one"), an_id("one")]},
    {"visitors": [an_id("one"), "short"]},
    {"customers": [str(number) for number in range(21)]},
    {"customers": ["", "b"]},
    {"advocates": ["NOBODY", "b"]},
    {"codes": ["no-visit-in-it"], "customers": ["a"]},
    {"codes": ["token." + an_id("never", "came")], "customers": ["a"]},
    {"customers": "ab"},
    {"people": []},
]


@pytest.mark.parametrize("change", BAD, ids=str)
def test_identify_without_two_ids_is_refused_in_words(office: Office, change: Json) -> None:
    answer = office.api("POST", "/identify", {"id": an_id("bad", change)} | change)
    assert answer.status == 400
    assert len(answer.message) > 20


# --- what an owner decides --------------------------------------------------------------------------------------------

BY = {"author": "Otto", "note": "Because."}


def an_outcome(office: Office, name: str, token: str, **more: object) -> Json:
    """A new person comes by this link and buys for 100 euros; the answer."""
    who = a_person(name)
    office.note("flask", office.visit(name, token, who))
    code = f"{token}.{an_id('visit', name)}"
    said = {"id": name, "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": code} | more
    answer = office.api("POST", "/conversions", said)
    assert answer.status == 202, answer
    office.fold()
    return dict(answer.json)


def paid(office: Office, name: str) -> list[int]:
    """What the receipt of a conversion pays, line by line."""
    office.fold()
    return [line["amount_micros"] for line in office.api("GET", f"/conversions/{name}").json["lines"]]


def test_a_decision_over_the_api_is_folded_and_signed(office: Office) -> None:
    an_outcome(office, "judged", office.link("annas"))
    assert paid(office, "judged") == [8_000_000]
    said = {"id": "v1", "decision": "void", "about": "conversion", "subject_id": "judged", **BY}
    assert [office.api("POST", "/verdicts", said).status for _ in range(2)] == [202, 200]
    assert paid(office, "judged") == [0]
    made = office.api("GET", "/conversions/judged").json
    assert (made["reason"], made["verdicts"][0]["author"]) == ("void_by_review", "Otto")


def test_naming_and_giving_over_the_api(office: Office) -> None:
    benno = a_person("benno")
    office.link("bennos", benno)
    office.api("POST", "/conversions", {"id": "phone", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"})
    said = {"id": "n1", "advocate": benno.advocate_id(SITE), **BY}
    assert [office.api("POST", "/conversions/phone/advocates", said).status for _ in range(2)] == [202, 200]
    assert paid(office, "phone") == [8_000_000]
    gift = {"id": "g1", "advocate": benno.advocate_id(SITE), "amount_minor": 3, "unit": "points", **BY}
    assert office.api("POST", "/credits", gift).status == 202
    office.fold()
    assert "3 points" in office.send("GET", "/me/credit", client=office.signed_in(benno)).text


def test_an_id_is_of_one_decision_whatever_its_kind(office: Office) -> None:
    """In the books a decision about an order and a name for it stand side by side: one id twice would fit neither."""
    bodo = a_person("bodo")
    office.link("bodos", bodo)
    office.api("POST", "/conversions", {"id": "twice", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"})
    decision = {"id": "v-or-n", "decision": "hold", "about": "conversion", "subject_id": "twice", **BY}
    named = {"id": "v-or-n", "advocate": bodo.advocate_id(SITE), **BY}
    statuses = [
        office.api("POST", path, said).status
        for path, said in (("/verdicts", decision), ("/conversions/twice/advocates", named), ("/verdicts", decision))
    ]
    assert statuses == [202, 400, 200]
    office.fold()
    assert office.count("queue") == 0


UNDECIDABLE: list[tuple[str, Json, int]] = [
    ("/verdicts", {"decision": "lift", "about": "conversion", "subject_id": "judged"}, 400),
    ("/verdicts", {"decision": "name", "about": "conversion", "subject_id": "judged"}, 400),
    ("/verdicts", {"decision": "void", "about": "planet", "subject_id": "judged"}, 400),
    ("/verdicts", {"decision": "void", "about": "conversion", "subject_id": "nowhere"}, 404),
    ("/verdicts", {"decision": "ban", "about": "advocate", "subject_id": "nobody"}, 404),
    ("/verdicts", {"decision": "void", "about": "visit", "subject_id": "none"}, 404),
    ("/verdicts", {"decision": "void", "about": "conversion", "subject_id": "given:none"}, 404),
    ("/verdicts", {"decision": "void", "about": "conversion", "subject_id": "judged", "note": " "}, 400),
    ("/verdicts", {"decision": "void", "about": "conversion", "subject_id": "judged", "author": "o" * 121}, 400),
    ("/verdicts", {"decision": "void", "about": "conversion", "subject_id": "judged", "author": "Ot\nto"}, 400),
    ("/verdicts", {"decision": "void", "about": "conversion", "subject_id": "judged", "note": "no\u202eyes"}, 400),
    ("/conversions/nowhere/advocates", {"advocate": anna.advocate_id(SITE)}, 404),
    ("/conversions/judged/advocates", {"advocate": "a" * 16}, 400),
    ("/conversions/judged/advocates", {"advocate": "garbage"}, 400),
    ("/credits", {"advocate": anna.advocate_id(SITE), "amount_minor": 1, "unit": "USD"}, 400),
    ("/credits", {"advocate": anna.advocate_id(SITE), "amount_minor": 0, "unit": "EUR"}, 400),
    ("/credits", {"advocate": anna.advocate_id(SITE), "amount_minor": 1, "unit": "EUR", "note": "a\x1b[2J"}, 400),
    ("/credits", {"advocate": "a" * 16, "amount_minor": 1, "unit": "EUR"}, 404),
    ("/codes", {"code": "no", "advocate": anna.advocate_id(SITE)}, 400),
    ("/codes", {"code": "-ana", "advocate": anna.advocate_id(SITE)}, 400),
    ("/codes", {"code": "änna", "advocate": anna.advocate_id(SITE)}, 400),
    ("/codes", {"code": "somebody", "advocate": "a" * 16}, 400),
    ("/codes/nothing/retire", {}, 404),
]


@pytest.mark.parametrize(("path", "said", "status"), UNDECIDABLE, ids=str)
def test_an_invalid_decision_is_refused_in_words(office: Office, path: str, said: Json, status: int) -> None:
    common = {} if path.startswith("/codes") else {"id": an_id(path, said), **BY}
    answer = office.api("POST", path, common | said)
    assert answer.status == status
    assert len(answer.message) > 20


# --- codes ------------------------------------------------------------------------------------------------------------


def test_a_code_works_in_an_address_and_at_the_checkout_until_it_is_retired(office: Office) -> None:
    carla = a_person("carla")
    office.link("carlas", carla)
    said = {"code": " Carla-10 ", "advocate": carla.advocate_id(SITE)}
    assert office.api("POST", "/codes", said).json["code"] == "carla-10"
    assert office.api("POST", "/codes", said).status == 400
    assert {
        "code": "carla-10",
        "advocate": carla.advocate_id(SITE),
        "made_by": "owner",
        "retired": False,
    } in office.api("GET", "/codes").json["codes"]
    an_outcome(office, "by-address", "carla-10")
    assert paid(office, "by-address") == [8_000_000]
    for door in ("flask", "asgi"):
        note = office.note(door, office.visit(f"vanity {door}", "CARLA-10", a_person("vanity", door)))
        assert note.note == (202, "visit", None)
    order = {"goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    typed = office.api("POST", "/conversions", order | {"id": "typed", "coupon": "CARLA-10"})
    assert (typed.status, typed.json["coupon"]) == (202, "known")
    assert paid(office, "typed") == [8_000_000]
    assert office.api("POST", "/codes/Carla-10/retire").json["retired"] is True
    late = office.api("POST", "/conversions", order | {"id": "late", "coupon": "carla-10"})
    assert (late.json["coupon"], paid(office, "late"), paid(office, "typed")) == ("retired", [], [8_000_000])
    other = office.api("POST", "/conversions", order | {"id": "shops", "coupon": "SUMMER SALE"})
    assert (other.status, other.json["coupon"]) == (202, "unknown")


def test_a_word_that_is_no_code_is_no_token_either(office: Office) -> None:
    note = office.note("flask", office.visit("guess", "nobody", a_person("guess")))
    assert note.note == (202, None, "bad_signature")


def test_an_advocate_may_ask_for_a_few_codes_unless_the_owner_says_no(office: Office) -> None:
    erna = a_person("erna")
    office.link("ernas", erna)
    services = office.instance.services

    def ask(word: str) -> str:
        try:
            asked = personal_codes.CodeRequest(erna.advocate_id(SITE), word, is_saved=True)
            personal_codes.ask_for_code(services.db, services.clock, services.keys, office.bees.site, asked)
        except personal_codes.BadPersonalCodeError as error:
            return str(error)
        return ""

    assert [ask(f"erna{number}") for number in range(5)] == [""] * 5
    assert "5" in ask("erna5")
    change_settings(services.db, services.clock, SITE, SettingsDraft({"personal_codes": "off"}, "Otto"))
    try:
        assert "owner" in ask("erna6")
    finally:
        change_settings(services.db, services.clock, SITE, SettingsDraft({"personal_codes": "on"}, "Otto"))
