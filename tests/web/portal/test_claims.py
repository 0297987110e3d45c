"""Claims: what looks wrong or is missing is asked about, answered in time, or decided in the advocate's favour."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from cast import a_person, an_id, anna, ben, mallory
from flow.office import BOTH, SITE, Answer, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.store.people import settings_versions
from passalong.store.schema.people import mails

ONLY_OWNER = "Only The Bee Almanac can decide this."
WORDS = "Cleo told me that she bought the <b>hive kit</b>."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Anna shared; one order came by her link, one came without any code."""
    made = Office(f"sqlite:///{tmp_path}/here.db", tmp_path)
    happened(made)
    yield made
    made.close()


@pytest.fixture(params=BOTH, scope="module")
def shared_office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The same, on each database, for tests that leave no claim behind or do not mind others."""
    for made in an_office(request, tmp_path_factory):
        happened(made)
        yield made


def happened(made: Office) -> None:
    """What the tests are about; Otto can be written to."""
    made.reach_owner()
    annas = made.link("annas", anna)
    note = made.visit("came", annas, a_person("buyer"))
    assert made.note("flask", note).status == 202
    code = f"{annas}.{an_id('visit', 'came')}"
    order = {"goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    made.api("POST", "/conversions", order | {"id": "with-code", "code": code})
    made.api("POST", "/conversions", order | {"id": "without"})
    made.fold()


def euros(office: Office, browser: FlaskClient) -> list[str]:
    """The amounts of the euro sum box on Anna's page."""
    page = office.send("GET", "/me/credit", client=browser).text
    boxes = re.findall(r'<div class="sum"><dl>(.*?)</dl>', page, re.DOTALL)
    found = [re.sub(r"<[^>]+>", "", word) for box in boxes for word in re.findall(r"<dd>(.*?)</dd>", box)]
    return [word for word in found if "€" in word]


def a_line(office: Office, browser: FlaskClient) -> str:
    """The address of a line of the order."""
    page = office.send("GET", "/me/credit", client=browser).text
    for path in re.findall(r"/me/why/[a-z0-9]+", page):
        if "€" in office.send("GET", path, client=browser).text.partition("</h1>")[0]:
            return str(path)
    raise AssertionError("no line in euros")


def refund(office: Office, amount_minor: int = 1_000) -> None:
    """A part of the order is refunded: there is something to ask about."""
    office.api("POST", "/conversions/with-code/refunds", {"id": "part", "amount_minor": amount_minor})
    office.fold()


def ask(office: Office, browser: FlaskClient, path: str, **form: str) -> Answer:
    """Fill in the form that stands at `path` and send it."""
    page = office.send("GET", path, client=browser).text
    claim = re.search(r'name="claim" value="([^"]+)"', page)
    assert claim is not None
    answer = office.send("POST", path, client=browser, form={"claim": claim[1], "words": WORDS} | form)
    office.fold()
    return answer


def an_open_claim(office: Office) -> str:
    """The address that decides the claim on top of the inbox."""
    page = office.send("GET", f"/console/{SITE}/claims", client=office.owner()).text
    found = re.search(rf'action="(/console/{SITE}/claims/[^"]+)"', page)
    assert found is not None
    return found[1]


def decide(office: Office, act: str, **form: str) -> Answer:
    """Otto decides the claim on top."""
    answer = office.send(
        "POST", an_open_claim(office), client=office.owner(), form={"act": act, "words": "Done."} | form
    )
    office.fold()
    return answer


def test_a_question_stands_on_its_line_with_the_day_of_the_promise(office: Office) -> None:
    browser = office.signed_in(anna)
    line = a_line(office, browser)
    refund(office)
    assert ask(office, browser, f"{line}/ask").status == 303
    page = office.send("GET", line, client=browser).text
    assert "Open: answer due by <time" in page or "Open: answer due by 15 Jan 2026" in page
    assert "&lt;b&gt;hive kit&lt;/b&gt;" in page
    inbox = office.send("GET", f"/console/{SITE}/claims", client=office.owner()).text
    assert "1 question is waiting" in inbox
    assert "15 Jan 2026" in inbox
    assert "&lt;b&gt;hive kit&lt;/b&gt;" in inbox


def test_silence_decides_for_who_asked(shared_office: Office) -> None:
    """An order that came without a code is Anna's after seven days without an answer, and is held like any other."""
    office = shared_office
    browser = office.signed_in(anna)
    before = euros(office, browser)
    assert ask(office, browser, "/me/claims/new", order="without").status == 303
    office.clock.at_ms += 7 * DAY_MS - 1
    office.fold()
    assert euros(office, browser) == before
    office.clock.at_ms += 1
    office.fold()
    assert "because nobody answered in time" in office.send("GET", "/me/claims", client=browser).text
    after = euros(office, browser)
    assert after != before
    assert (before[0], after[0]) == ("€8.00", "€16.00")
    assert (before[4], after[4]) == ("€0.00", "€0.00")


def test_an_answer_makes_the_promise_anew(office: Office) -> None:
    browser = office.signed_in(anna)
    ask(office, browser, "/me/claims/new", order="without")
    office.clock.at_ms += 6 * DAY_MS
    assert decide(office, "answer").status == 303
    office.clock.at_ms += 6 * DAY_MS
    office.fold()
    page = office.send("GET", "/me/claims", client=browser).text
    assert "Open: answer due by" in page
    assert "Done." in page
    office.clock.at_ms += DAY_MS
    office.fold()
    assert "Approved automatically on" in office.send("GET", "/me/claims", client=browser).text


def test_the_owner_declines_with_a_reason(office: Office) -> None:
    browser = office.signed_in(anna)
    before = euros(office, browser)
    ask(office, browser, "/me/claims/new", order="without")
    assert decide(office, "decline", words="").status == 422
    assert decide(office, "decline", words="That order was my own.").status == 303
    page = office.send("GET", "/me/claims", client=browser).text
    assert "Declined on" in page
    assert "That order was my own." in page
    office.clock.at_ms += 9 * DAY_MS
    office.fold()
    assert euros(office, browser) == before


def test_the_owner_grants_an_amount(office: Office) -> None:
    browser = office.signed_in(anna)
    refund(office)
    ask(office, browser, f"{a_line(office, browser)}/ask")
    path = an_open_claim(office)
    for bad in ("2.505", "1.000", "-1", "1e3", "a lot"):
        assert "Or leave it empty." in decide(office, "grant", amount=bad).text, "cents, and no groups of thousands"
    assert decide(office, "grant", amount="2,50 €").status == 303
    assert euros(office, browser)[0] == "€10.50"
    again = office.send("POST", path, client=office.owner(), form={"act": "grant", "words": "x", "amount": "9"})
    assert again.status == 409
    office.fold()
    assert euros(office, browser)[0] == "€10.50"


def test_an_order_whose_split_is_final_is_granted_with_an_amount_or_not_at_all(office: Office) -> None:
    """It would say "granted", and nothing would be paid: the link cannot be a step any more."""
    office.clock.at_ms += 31 * DAY_MS
    office.fold()
    browser = office.signed_in(anna)
    assert ask(office, browser, "/me/claims/new", order="without").status == 303
    before = euros(office, browser)[0]
    assert ONLY_OWNER in office.send("GET", "/me/claims", client=browser).text
    for _ in range(2):
        office.clock.at_ms += 8 * DAY_MS
        office.fold()
        assert ONLY_OWNER in office.send("GET", "/me/claims", client=browser).text, "nothing is promised, nor granted"
        assert decide(office, "answer").status == 303
    said = "Granting this gives nothing by itself. Write the amount to give."
    answer = decide(office, "grant")
    assert (answer.status, said in answer.text) == (422, True)
    [claim] = office.api("GET", "/claims").json["data"]
    refused = office.api("POST", f"/claims/{claim['id']}/decision", {"decision": "grant", "words": "Yes."})
    assert (refused.status, refused.json["detail"]) == (409, said)
    assert decide(office, "grant", amount="8").status == 303
    assert (before, euros(office, browser)[0]) == ("€10.00", "€18.00")


def test_a_question_about_a_link_alone_has_no_deadline_because_silence_gives_nothing(office: Office) -> None:
    browser = office.signed_in(anna)
    form = office.send("GET", "/me/claims/new", client=browser).text
    assert "only The Bee Almanac can give you credit" in form, "said at the moment of asking"
    annas = office.link("annas")
    assert ask(office, browser, "/me/claims/new", link=f"https://bees.example/bees?ht={annas}").status == 303
    office.clock.at_ms += 20 * DAY_MS
    office.fold()
    assert ONLY_OWNER in office.send("GET", "/me/claims", client=browser).text
    inbox = office.send("GET", f"/console/{SITE}/claims", client=office.owner()).text
    assert "No deadline: only your answer gives anything" in inbox
    office.instance.mail_sender.enqueue_due()
    with office.db.reading() as session:
        documents = session.scalars(select(mails.c.document).where(mails.c.kind == "question")).all()
    assert [json.loads(document) for document in documents] == [{"is_open_ended": True}]


def test_a_line_of_which_nothing_is_held_or_was_taken_back_is_not_asked_about(office: Office) -> None:
    browser = office.signed_in(anna)
    line = a_line(office, browser)
    said = "there is nothing to decide here"
    assert said in office.send("GET", line, client=browser).text
    assert f"{line}/ask" not in office.send("GET", line, client=browser).text
    page = office.send("GET", f"{line}/ask", client=browser)
    assert (page.status, said in page.text) == (409, True)
    sent = office.send("POST", f"{line}/ask", client=browser, form={"claim": an_id("c", 1), "words": WORDS})
    assert (sent.status, said in sent.text) == (409, True)
    office.fold()
    assert office.count("claims") == office.count("claim_words") == 0


def test_an_excluded_person_is_promised_nothing_about_what_their_ban_holds(office: Office) -> None:
    browser = office.signed_in(anna)
    line = a_line(office, browser)
    office.clock.at_ms += 60_000
    decision = {"id": "ban", "decision": "ban", "about": "advocate", "subject_id": anna.advocate_id(SITE)}
    assert office.api("POST", "/verdicts", decision | {"author": "Otto", "note": "Spam."}).status == 202
    office.fold()
    assert ONLY_OWNER in office.send("GET", line, client=browser).text
    assert ONLY_OWNER in office.send("GET", f"{line}/ask", client=browser).text
    assert ask(office, browser, f"{line}/ask").status == 303
    office.clock.at_ms += 20 * DAY_MS
    office.fold()
    assert ONLY_OWNER in office.send("GET", "/me/claims", client=browser).text


def test_silence_gives_back_what_was_taken_back(office: Office) -> None:
    browser = office.signed_in(anna)
    line = a_line(office, browser)
    office.api("POST", "/conversions/with-code/refunds", {"id": "back", "amount_minor": 10_000})
    office.fold()
    ask(office, browser, f"{line}/ask")
    office.clock.at_ms += 8 * DAY_MS
    office.fold()
    amounts = euros(office, browser)
    assert amounts[0] == "€16.00"
    assert amounts[2] == "−€8.00"


def test_the_same_form_twice_is_one_question(office: Office) -> None:
    browser = office.signed_in(anna)
    page = office.send("GET", "/me/claims/new", client=browser).text
    claim = re.findall(r'name="claim" value="([^"]+)"', page)[0]
    for _ in range(2):
        form = {"claim": claim, "words": WORDS, "order": "without"}
        assert office.send("POST", "/me/claims/new", client=browser, form=form).status == 303
    other = {"claim": claim, "words": WORDS, "order": "another"}
    assert office.send("POST", "/me/claims/new", client=browser, form=other).status == 400
    office.fold()
    assert office.count("claims") == office.count("claim_words") == 1


def test_nobody_asks_about_or_answers_in_anothers_name(office: Office) -> None:
    browser = office.signed_in(anna)
    line = a_line(office, browser)
    refund(office)
    ask(office, browser, f"{line}/ask")
    claim = an_open_claim(office).rpartition("/")[2]
    office.link("mallorys", mallory)
    evil = office.signed_in(mallory)
    assert office.send("GET", f"{line}/ask", client=evil).status == 404
    assert office.send("POST", f"{line}/ask", client=evil, form={"claim": "x" * 22, "words": "x"}).status == 404
    assert office.send("POST", f"/me/claims/{claim}", client=evil, form={"words": "x"}).status == 404
    assert "hive kit" not in office.send("GET", "/me/claims", client=evil).text
    assert office.send("GET", f"/console/{SITE}/claims", client=evil).status == 401
    assert office.send("POST", f"/console/{SITE}/claims/{claim}", client=evil, form={"act": "grant"}).status == 401
    assert office.send("POST", f"/me/claims/{claim}", client=browser, form={"words": "And more."}).status == 303
    assert "And more." in office.send("GET", line, client=browser).text


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"order": "anna@example.org"},
        {"order": "x" * 65},
        {"order": "a b"},
        {"link": "https://bees.example/"},
        {"link": "x" * 3_000},
        {"link": "https://[::1"},
        {"order": "1", "words": ""},
        {"order": "1", "words": "x" * 2_001},
        {"order": "1", "claim": "short"},
    ],
    ids=str,
)
def test_a_question_that_cannot_be_taken_says_why(shared_office: Office, form: dict[str, str]) -> None:
    """Nothing of what was written is lost, and nothing of it is kept."""
    office = shared_office
    before = office.count("claim_words")
    answer = ask(office, office.signed_in(anna), "/me/claims/new", **form)
    assert answer.status == 400
    assert 'role="alert"' in answer.text
    assert office.count("claim_words") == before


def test_a_link_of_ones_own_may_be_pasted_and_no_others(office: Office) -> None:
    browser = office.signed_in(anna)
    annas, bens = office.link("annas"), office.link("bens", ben)
    other = office.link("annas other", anna)
    for name, token in (("bens", bens), ("other", other)):
        office.note("flask", office.visit(name, token, a_person(name)))
    office.fold()
    assert ask(office, browser, "/me/claims/new", link=f"https://bees.example/bees?ht={annas}").status == 303
    assert ask(office, browser, "/me/claims/new", link=f"https://along.example/h/{other}").status == 303
    assert ask(office, browser, "/me/claims/new", link=f"https://bees.example/bees?ht={bens}").status == 400


@pytest.mark.parametrize(("days", "status"), [("3", 303), ("60", 303), ("0", 422), ("61", 422), ("x", 422), ("", 422)])
def test_the_promise_is_the_owners(shared_office: Office, days: str, status: int) -> None:
    office = shared_office
    assert office.send("POST", f"/console/{SITE}/promise", client=office.owner(), form={"days": days}).status == status
    with office.db.reading() as session:
        kept = session.scalar(text("SELECT answer_days FROM sites WHERE site_id = 'bees01'"))
        waiting = [one.after["answer_days"] for one in settings_versions.announced(session, SITE)]
    assert (days in (str(kept), *waiting)) is (status == 303)


# --- what Mallory tries -----------------------------------------------------------------------------------------------


def test_silence_gives_a_line_back_once_however_often_it_is_asked_for(office: Office) -> None:
    """Each question that nobody answered would give the whole of it again: to an owner on holiday, without an end."""
    browser = office.signed_in(anna)
    line = a_line(office, browser)
    office.api("POST", "/conversions/with-code/refunds", {"id": "back", "amount_minor": 10_000})
    office.fold()
    form = {"words": WORDS}
    at_once = [
        office.send("POST", f"{line}/ask", client=browser, form=form | {"claim": an_id("at once", number)}).status
        for number in range(3)
    ]
    assert at_once == [303, 400, 400]
    for days in (1, 8, 8):
        office.clock.at_ms += days * DAY_MS
        office.fold()
        again = ask(office, browser, f"{line}/ask")
        assert again.status == 400
        assert "You have already asked about this." in again.text
    assert euros(office, browser)[0] == "€16.00"


def test_a_declined_claim_cannot_be_made_again(office: Office) -> None:
    browser = office.signed_in(anna)
    assert ask(office, browser, "/me/claims/new", order="without").status == 303
    assert decide(office, "decline", words="That order was my own.").status == 303
    office.clock.at_ms += DAY_MS
    assert ask(office, browser, "/me/claims/new", order="without").status == 400


def test_one_person_claims_five_orders_and_all_together_fifty(office: Office) -> None:
    """Order numbers can be guessed, and guests cost nothing: what silence can give away has an end."""
    taken: list[int] = []
    for guest in range(12):
        thief = a_person("mallory", guest)
        office.link(f"of thief {guest}", thief)
        browser = office.signed_in(thief)
        browser.environ_base["REMOTE_ADDR"] = f"198.51.100.{guest}"
        office.save_access(thief)
        office.prove(browser)
        for number in range(7):
            form = {"claim": an_id(guest, number), "words": "Mine.", "order": f"{1000 + number}"}
            if office.send("POST", "/me/claims/new", client=browser, form=form).status == 303:
                taken.append(guest)
    assert [taken.count(guest) for guest in range(12)] == [5] * 10 + [0, 0]
    office.fold()
    office.clock.at_ms += DAY_MS
    form = {"claim": an_id("later"), "words": "Mine.", "order": "2000"}
    later = office.send("POST", "/me/claims/new", client=browser, form=form)
    assert later.status == 400
    assert "Many questions here have no answer yet." in later.text
    line = a_line(office, office.signed_in(anna))
    refund(office)
    assert ask(office, office.signed_in(anna), f"{line}/ask").status == 303, "what is about a line has room"


def test_one_network_claims_ten_orders_a_day_whatever_accounts_it_makes(office: Office) -> None:
    """Recovery words cost nothing, so one thief with ten accounts would keep everybody else from asking."""
    taken = []
    for guest in range(3):
        thief = a_person("mallory", guest)
        office.link(f"of thief {guest}", thief)
        browser = office.signed_in(thief)
        office.save_access(thief)
        office.prove(browser)
        for number in range(5):
            form = {"claim": an_id(guest, number), "words": "Mine.", "order": f"{1000 + number}"}
            taken.append(office.send("POST", "/me/claims/new", client=browser, form=form).status)
    assert taken == [303] * 10 + [400] * 5
    honest = office.signed_in(anna)
    honest.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    office.note("flask", office.visit("came", office.link("annas"), a_person("reader")))
    office.fold()
    assert ask(office, honest, "/me/claims/new", order="without").status == 303
