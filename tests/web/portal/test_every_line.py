"""Every kind of line, made through the public interfaces: each opens, adds up, and says what really happened."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from html import unescape
from typing import get_args

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from cast import Person, anna, ben, cleo, mallory
from flow.office import BOTH, SITE, Json, Office, an_office
from passalong.core.ledger.line_kinds import LineKind
from passalong.core.ledger.redemptions import Method, State
from passalong.core.money import MICROS
from passalong.i18n.catalogue import LANGUAGES, catalogue
from passalong.store.queries.why_views import TermKind, WhyTerm
from web.every_kind import DORA, EMIL, GWEN, NOTE, History

PEOPLE = (anna, ben, cleo, DORA, EMIL, GWEN)
OWN = (":waiting", ":ready")
TOLD = {"given": "by a decision, not by", "pool": "The pool of", "expiry": "would expire", "use": "asked to use"}
"""Words of receipts that no link led to."""


class Book:
    """What each person is shown, in a language."""

    def __init__(self, office: Office, payout_page: str):
        self.office = office
        self.payout_page = unescape(payout_page)
        self.browsers = {who.name: office.signed_in(who) for who in PEOPLE}
        self.why = cache(self._why)
        self.rows = cache(self._rows)

    def get(self, who: Person, path: str, language: str = "en") -> str:
        """A page, or a file."""
        answer = self.office.send("GET", path, client=self.browsers[who.name], headers={"Accept-Language": language})
        assert answer.status == 200, (who.name, path, answer.text[:300])
        return answer.text

    def _rows(self, who: Person, language: str) -> tuple[dict[str, str], ...]:
        return tuple(csv.DictReader(io.StringIO(self.get(who, "/me/credit.csv", language))))

    def _why(self, who: Person, line: str, language: str) -> Json:
        answer = self.office.send(
            "GET", f"/me/why/{line}?as=json", client=self.browsers[who.name], headers={"Accept-Language": language}
        )
        assert answer.status == 200, (who.name, line, answer.text[:300])
        found: Json = answer.json
        return found

    def credits(self, language: str = "en") -> Iterator[tuple[Person, Json]]:
        """Every line of credit of everybody, with its explanation."""
        for who in PEOPLE:
            for line in sorted({row["line"] for row in self.rows(who, language) if not _is_redemption(row)}):
                yield who, self.why(who, line, language)

    def one(self, who: Person, sentence: str) -> Json:
        """The explanation whose sentence begins so, or whose steps or note have these words."""
        return next(why for owner, why in self.credits() if owner is who and sentence in str(why))


@pytest.fixture(scope="module", params=BOTH)
def book(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """The whole history, once."""
    for made in an_office(request, tmp_path_factory):
        history = History(made)
        history.tell()
        yield Book(made, history.payout_page)


def _is_redemption(row: dict[str, str]) -> bool:
    return row["state"] in ("used", "asked")


def _micros(decimal: str) -> int:
    exact = Fraction(decimal) * MICROS
    assert exact.denominator == 1
    return int(exact)


def _recomputes(why: Json) -> None:
    """The numbers of an explanation, worked out again from each other."""
    terms = [WhyTerm(**term) for term in why["arithmetic"]]
    by_kind = {term.kind: term for term in terms}
    assert sum(term.amount_micros for term in terms if not term.is_pot) == why["amount_micros"], why
    if why["taken"] and "taken_back" in by_kind:
        assert why["earned_micros"] + by_kind["taken_back"].amount_micros == why["amount_micros"]
    if "reward" in by_kind and by_kind["reward"].fraction:
        rate = Fraction(by_kind["reward"].fraction.removesuffix(" %")) / 100
        assert by_kind["reward"].amount_micros == by_kind["value"].amount_micros * rate // 1
    pot = by_kind.get("reward") or by_kind.get("fixed") or by_kind.get("pool")
    for term in terms:
        if term.kind in ("part", "share") and pot is not None:
            assert term.amount_micros == pot.amount_micros * Fraction(term.fraction or 1) // 1, why
    if "pool" in by_kind:
        made_of = [term.amount_micros for term in terms if term.kind.startswith("pool_")]
        assert sum(made_of) == by_kind["pool"].amount_micros
    assert abs(by_kind["rounding"].amount_micros if "rounding" in by_kind else 0) <= len(terms)


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_line_opens_adds_up_and_says_the_same_on_its_page(book: Book, language: str) -> None:
    kinds = set()
    for who, why in book.credits(language):
        kinds.add(LineKind(why["kind"]))
        _recomputes(why)
        page = re.sub(r"</?mark>", "", unescape(book.get(who, f"/me/why/{why['line_id']}", language)))
        assert why["sentence"] in page
        rows = [row for row in book.rows(who, language) if row["line"] == why["line_id"]]
        assert sum(_micros(row["amount"]) for row in rows) == why["amount_micros"], (rows, why)
    assert kinds == set(LineKind)


def test_lines_and_the_signed_statement_have_the_same_sums(book: Book) -> None:
    for who in PEOPLE:
        lines = book.office.send("GET", "/me/statement.json", client=book.browsers[who.name]).json["lines"]
        sealed: Counter[str] = Counter()
        for line in lines:
            _, _, _, _, account, unit, amount, *_ = line["fields"]
            if account.endswith(OWN) or account.startswith("clawback:"):
                sealed[line["line_id"] or unit] += int(amount)
                sealed[f"all {unit}"] += int(amount)
        for row in book.rows(who, "en"):
            if not _is_redemption(row):
                why = book.why(who, row["line"], "en")
                assert sealed[row["line"]] == why["amount_micros"], (who.name, row)
        for unit in {row["unit"] for row in book.rows(who, "en")}:
            shown = sum(_micros(row["amount"]) for row in book.rows(who, "en") if row["unit"] == unit)
            assert shown == sealed[f"all {unit}"], (who.name, unit)


def test_every_state_is_there(book: Book) -> None:
    """What the tests above look at is not one kind of line many times."""
    states = {row["state"] for who in PEOPLE for row in book.rows(who, "en")}
    assert states == {"waiting", "held", "ready", "taken_back", "expired", "used"}
    assert {why["level"] for _, why in book.credits() if why["kind"] == "result"} == {0, 1, 2}


def test_a_line_that_was_lowered_says_so_first_with_day_and_reason(book: Book) -> None:
    part = book.one(anna, "refunded_part")
    assert (part["taken"]["reason"], part["earned_micros"] - part["taken"]["amount_micros"]) == (
        "refunded_part",
        part["amount_micros"],
    )
    said = {
        why["taken"]["reason"]: book.get(anna, f"/me/why/{why['line_id']}") for _, why in book.credits() if why["taken"]
    }
    assert set(said) == {"refunded", "refunded_part", "void_by_review"}
    for reason, words in (
        ("refunded", "The order was returned."),
        ("refunded_part", "Part of the order was returned."),
        ("void_by_review", "Otto at The Bee Almanac decided that it does not count: “"),
    ):
        lead = re.findall(r'<p class="say mid">(.*?)</p>', said[reason], re.DOTALL)[0]
        assert words in unescape(lead)
        assert "was taken back" in lead


def test_credit_that_was_given_has_no_steps_and_no_rule(book: Book) -> None:
    given = [why for _, why in book.credits() if why["kind"] in ("given", "granted")]
    assert len(given) >= 4
    for why in given:
        assert (why["steps"], why["terms"], why["terms_sentence"], why["few"]) == ([], None, None, False)
    fair = book.one(anna, NOTE)
    assert fair["sentence"] == f"The Bee Almanac gave you this: “{NOTE}” (Otto, 8 January 2026)."
    assert (fair["gift"]["author"], fair["gift"]["note"]) == ("Otto", NOTE)


def test_a_question_that_brought_credit_stands_on_its_page(book: Book) -> None:
    granted = [why for _, why in book.credits() if why["kind"] == "granted"]
    assert {why["amount_micros"] for why in granted} >= {3_000_000}
    for why in granted:
        page = book.get(anna, f"/me/why/{why['line_id']}")
        assert "The question that led to this" in page
        assert "Please look." in page


@pytest.mark.parametrize(
    ("how", "steps"),
    [
        ("came", ["shared", "came", "outcome"]),
        ("order", ["shared", "order", "outcome"]),
        ("named", ["named", "outcome"]),
        ("named_silent", ["named_silent", "outcome"]),
    ],
)
def test_the_steps_are_those_that_happened(book: Book, how: str, steps: list[str]) -> None:
    found = [[step["kind"] for step in why["steps"]] for owner, why in book.credits() if owner is anna]
    assert steps in found
    assert all(("came" in one) == (how == "came") for one in found if how in one)


def test_a_link_that_nobody_used_is_not_said_to_have_been_used(book: Book) -> None:
    for kind, part in (
        ("named", "you were named as the one who led to it"),
        ("named_silent", "you were named as the one who led to it"),
        ("order", "the order named your link"),
    ):
        why = next(why for owner, why in book.credits() if owner is anna and kind in str(why["steps"]))
        page = unescape(re.sub(r"<[^>]+>", "", book.get(anna, f"/me/why/{why['line_id']}")))
        assert part in page
        assert "used your link" not in page
        assert ("Your link led to it." in page) == (kind == "order")


def test_a_referee_reads_of_their_own_reward(book: Book) -> None:
    why = book.one(DORA, "'referee'")
    assert (why["amount_micros"], why["steps"], why["few"]) == (5_000_000, [], False)
    assert why["sentence"].endswith("you got this for yourself: you had come here through somebody’s shared link.")
    home = unescape(re.sub(r"<[^>]+>", "", book.get(DORA, "/me")))
    assert "You have earned €5.00" in home
    assert "led to" not in home


def test_uses_have_a_page_and_say_who_gets_what(book: Book) -> None:
    pages = {}
    for row in book.rows(anna, "en"):
        if _is_redemption(row):
            shown = book.get(anna, f"/me/use/{row['line']}")
            found = book.office.send("GET", f"/me/use/{row['line']}?as=json", client=book.browsers["anna"]).json
            assert found["amount_micros"] == -_micros(row["amount"])
            assert found["net_micros"] == found["amount_micros"] - found["fee_micros"]
            pages[found["way"]] = unescape(shown)
    assert set(pages) == {method.value for method in Method}
    assert "The cause gets" in pages["cause"]
    assert "The Bee Almanac gets back" in pages["give_back"]
    assert "You get" in pages["payout"]
    assert "DE02120300000000202051" not in pages["payout"], "a guest secret does not read where money goes"
    for words in (
        "It will be sent to Anna Ant, DE02120300000000202051.",
        "Waiting for The Bee Almanac to approve it.",
        "You asked for it on 16 February 2026. It is due by 23 February 2026.",
        "Withdraw this request",
    ):
        assert words in book.payout_page, words


def test_a_declined_or_withdrawn_redemption_is_available_again_and_says_so(book: Book) -> None:
    shown = unescape(re.sub(r"<[^>]+>", "", book.get(anna, "/me/use")))
    assert "The Bee Almanac declined. The credit is available to you again." in shown
    assert "You withdrew it. The credit is available to you again." in shown


def test_a_part_of_a_pool_says_what_the_pool_was_made_of(book: Book) -> None:
    pools = [why for _, why in book.credits() if why["kind"] == "pool" and why["unit"] == "EUR"]
    assert pools
    for why in pools:
        assert why["pool"]["people"] >= 1
        assert {term["kind"] for term in why["arithmetic"]} >= {"pool_levels", "pool", "share"}
        assert why["steps"] == []


def test_a_download_of_everything_reads_the_lines_aloud(book: Book) -> None:
    for who in PEOPLE:
        answer = book.office.send("GET", "/me/privacy/everything.json", client=book.browsers[who.name])
        if answer.status == 403:  # who keeps their credit with recovery words signs in with them
            continue
        assert answer.status == 200
        said = Counter(line["what_happened"] for line in answer.json["lines"])
        assert said == Counter(row["what_happened"] for row in book.rows(who, "en"))


def test_an_id_of_an_answered_question_cannot_be_claimed_by_a_gift(book: Book) -> None:
    gift = {"id": "claim.x", "advocate": anna.advocate_id(SITE), "amount_minor": 500, "unit": "EUR"}
    answer = book.office.api("POST", "/credits", gift | {"author": "Otto", "note": NOTE})
    assert (answer.status, "answered questions" in answer.message) == (400, True)


def test_a_line_that_was_taken_out_of_the_count_says_so(book: Book) -> None:
    """Its visit was voided before the hold ended: no page lists it, but an e-mail may still lead to it."""
    with book.office.db.reading() as session:
        gone = text("SELECT line_id FROM credits WHERE recipient = :who AND subject = 'conversion:void-visit'")
        line = session.scalar(gone, {"who": anna.advocate_id(SITE)})
    why = book.why(anna, line, "en")
    assert (why["gone"], why["amount_micros"], why["arithmetic"], why["steps"]) == (True, 0, [], [])
    page = unescape(book.get(anna, f"/me/why/{line}"))
    assert "This line is no longer part of how the credit was shared." in page
    assert line not in {row["line"] for row in book.rows(anna, "en")}


def test_receipts_in_words_tell_of_links_only_where_a_link_led_to_it(book: Book) -> None:
    """What the owner reads in console, API and command line: the sums add up, and no arrival is made up."""
    with book.office.db.reading() as session:
        subjects = session.scalars(text("SELECT DISTINCT subject FROM receipts")).all()
    said = {subject: book.office.api("GET", f"/receipts/{subject}").json["words"] for subject in subjects}
    assert {subject.partition(":")[0] for subject in said} == {"conversion", "visit", "given", "pool", "expiry", "use"}
    owner = book.office.owner()
    for subject, words in said.items():
        told = " ".join(words)
        page = unescape(book.office.send("GET", f"/console/{SITE}/why/{subject}", client=owner).text)
        assert TOLD.get(subject.partition(":")[0], "") in page, subject
        assert ("<tfoot" in page) == ('colspan="3">Total<' in page), subject
        if subject.startswith(("given:", "pool:", "expiry:", "use:")):
            assert not re.search("arrival|brought|passed it on|The pot|hold is", told), told
            assert not re.search("Brought them|Nobody was credited|What it was matched to|Order value", page), subject
        for sums, whole in re.findall(r"([0-9.]+ \w+(?: \+ [0-9.]+ \w+)+) = ([0-9.]+)", told):
            assert sum(map(Fraction, re.findall(r"[0-9.]+", sums))) == Fraction(whole), told
    assert "The link that the order names (conversion:code-alone)" in " ".join(said["conversion:code-alone"])
    assert "The link that a person named (named:n1)" in " ".join(said["conversion:named"])
    assert "kept until" not in " ".join(said["conversion:void"])
    used = [words[1] for subject, words in said.items() if subject.startswith("use:")]
    assert all(re.fullmatch(r"\w{16} asked to use [12]\.00 EUR, as [a-z ]+: [a-z]+\.", words) for words in used)


def test_somebody_elses_line_is_not_explained(book: Book) -> None:
    book.office.link("mallorys", mallory)
    stranger: FlaskClient = book.office.signed_in(mallory)
    for _, why in book.credits():
        assert book.office.send("GET", f"/me/why/{why['line_id']}", client=stranger).status == 404


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_kind_of_line_row_and_state_has_words_in_every_language(language: str) -> None:
    """A kind that is added without words fails here, in each language."""
    kinds = [kind.value for kind in LineKind if kind not in (LineKind.RESULT, LineKind.NEWCOMER)]
    terms = {kind for group in get_args(TermKind) for kind in _names(group)}
    wanted = [f"ledger.less.{kind}" for kind in (*kinds, "newcomer")] + [f"why.{kind}" for kind in kinds]
    wanted += [f"why.term.{kind}" for kind in terms - {"part"}]
    wanted += [f"redemptions.state.{state.value}" for state in State]
    wanted += [
        f"redemptions.{words}.{method.value}" for method in Method for words in ("way", "get", "did", "until", "about")
    ]
    assert [key for key in wanted if key not in catalogue(language)] == []
    assert len(terms) > len(LineKind)


def _names(group: object) -> tuple[str, ...]:
    return (group,) if isinstance(group, str) else tuple(name for one in get_args(group) for name in _names(one))
