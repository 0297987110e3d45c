"""Heads, proofs and statements over HTTP: anybody can check them, and they give nobody's lines away."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cast import anna, ben, cleo, mallory
from flow.office import BOTH, OTHER, SITE, Office, an_office
from passalong.core.transparency import merkle
from passalong.core.transparency.leaves import Head, text_of
from passalong.core.transparency.statement import check_statement, decode_statement
from passalong.flow.transparency import sealing
from passalong.lib.signing import fingerprint, is_signed


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna shared, Ben passed it on, Cleo bought; sealed twice, and one more order is not sealed yet."""
    for made in an_office(request, tmp_path_factory):
        bens = made.link("bens", ben, parent=made.link("annas", anna))
        note = made.visit("cleo", bens, cleo)
        made.note("flask", note)
        for number in range(3):
            order = {"id": f"order-{number}", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
            assert made.api("POST", "/conversions", order | {"code": f"{bens}.{note['id']}"}).status == 202
            made.fold()
            if number < 2:
                sealing.seal_all(made.db, SITE, made.instance.services.signing, made.clock.now_ms())
                made.clock.at_ms += 60_000
        yield made


def heads(office: Office) -> list[Head]:
    """The heads as anybody reads them, oldest first."""
    found = office.send("GET", f"/open/{SITE}/heads").json
    return [msgspec.convert(head, Head) for head in reversed(found["heads"])]


def test_heads_are_public_with_the_key_that_they_are_signed_with(office: Office) -> None:
    found = office.send("GET", f"/open/{SITE}/heads").json
    keys = {key["fingerprint"]: bytes.fromhex(key["public_key"]) for key in found["keys"]}
    assert all(fingerprint(key) == name for name, key in keys.items())
    assert len(heads(office)) == 2
    assert all(is_signed(keys[head.key], head.signature, text_of(head)) for head in heads(office))
    first, second = heads(office)
    older = office.send("GET", f"/open/{SITE}/heads?before={second.size}").json
    assert ([head["size"] for head in older["heads"]], older["older"]) == ([first.size], None)


def test_proofs_are_public_and_hold(office: Office) -> None:
    first, second = heads(office)
    roots = [bytes.fromhex(head.root) for head in (first, second)]
    found = office.send("GET", f"/open/{SITE}/proof/consistency?first={first.size}&second={second.size}").json
    proof = [bytes.fromhex(piece) for piece in found["proof"]]
    assert (found["first_root"], found["second_root"]) == (first.root, second.root)
    assert merkle.proves_consistency(first.size, second.size, roots[0], roots[1], proof)
    for index in range(second.size):
        found = office.send("GET", f"/open/{SITE}/proof/inclusion?index={index}").json
        proof = [bytes.fromhex(piece) for piece in found["proof"]]
        assert merkle.proves_inclusion(bytes.fromhex(found["leaf"]), index, second.size, proof, roots[1])
    earlier = office.send("GET", f"/open/{SITE}/proof/inclusion?index=0&size={first.size}").json
    assert (earlier["size"], earlier["root"]) == (first.size, first.root)


def test_public_proofs_reveal_nobodys_line(office: Office) -> None:
    """Not an account, an amount or an order: hashes and counts alone."""
    text = office.send("GET", f"/open/{SITE}/heads").text
    text += office.send("GET", f"/open/{SITE}/proof/inclusion?index=0").text
    text += office.send("GET", f"/open/{SITE}/proof/consistency?first=1").text
    hidden = ["advocate", "order", anna.advocate_id(SITE), "EUR", "8000000", "points", cleo.visitor]
    assert [word for word in hidden if word in text] == []


WRONG = {
    "inclusion": 400,
    "inclusion?index=-1": 400,
    "inclusion?index=x": 400,
    "inclusion?index=1e3": 400,
    "inclusion?index=9999": 404,
    "inclusion?index=0&size=0": 404,
    "inclusion?index=0&size=999999999999999": 404,
    "inclusion?index=99999999999999999999": 400,
    "consistency": 400,
    "consistency?first=0": 404,
    "consistency?first=5&second=4": 404,
    "consistency?first=1&second=9999": 404,
    "consistency?first=²": 400,
    "nonsense": 404,
}


@pytest.mark.parametrize("asked", WRONG)
def test_a_malformed_proof_request_is_refused_in_a_sentence(office: Office, asked: str) -> None:
    answer = office.send("GET", f"/open/{SITE}/proof/{asked}")
    assert answer.status == WRONG[asked]
    assert answer.message


def test_no_proof_reaches_over_lines_that_are_not_sealed_yet(office: Office) -> None:
    size = heads(office)[-1].size
    assert office.send("GET", f"/open/{SITE}/proof/inclusion?index={size}").status == 404
    assert office.send("GET", f"/open/{SITE}/proof/consistency?first={size}&second={size + 1}").status == 404


def test_a_site_without_heads_says_so(office: Office) -> None:
    assert office.send("GET", f"/open/{OTHER}/heads").json["heads"] == []
    assert office.send("GET", f"/open/{OTHER}/proof/inclusion?index=0").status == 404
    assert "Nothing has been sealed yet" in office.send("GET", f"/open/{OTHER}").text
    for path in ("heads", "proof/inclusion?index=0", "check"):
        assert office.send("GET", f"/open/nosite/{path}").status == 404


def test_the_open_book_names_the_newest_head(office: Office) -> None:
    assert heads(office)[-1].root in office.send("GET", f"/open/{SITE}").text
    key = office.send("GET", f"/open/{SITE}/heads").json["keys"][0]
    page = office.send("GET", f"/open/{SITE}/check").text
    assert key["fingerprint"] in page
    assert key["public_key"] in page


def test_an_advocate_downloads_their_own_statement(office: Office) -> None:
    assert office.send("GET", "/me/statement.json").status == 401
    assert office.send("GET", "/me/statement.json", client=office.owner()).status == 401
    office.link("mallorys", mallory)
    seen = {}
    for who in (anna, ben, mallory):
        answer = office.send("GET", "/me/statement.json", client=office.signed_in(who))
        assert answer.headers["content-disposition"].startswith('attachment; filename="statement-bees01-')
        assert answer.headers["cache-control"] == "no-store"
        made = decode_statement(answer.body)
        check_statement(made, is_signed, fingerprint)
        seen[who.name] = (made.advocate, len(made.lines), made.unsealed)
    assert seen["anna"] == (anna.advocate_id(SITE), 3, 1)  # one for Cleo's coming, and two orders of three
    assert seen["mallory"][1:] == (0, 0)


def test_before_the_first_head_there_is_a_sentence_and_no_statement(office: Office, tmp_path: Path) -> None:
    office.link("elsewhere", anna, site_id=OTHER, page="https://wasps.example/")
    answer = office.send("GET", "/me/statement.json", client=office.signed_in(anna, OTHER))
    assert answer.status == 404
    assert "Try again in a few minutes" in answer.text
