"""An advocate's statement holds as it was made, holds no more once it was changed, and shows nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from cast import Person, a_person, anna, ben, cleo, mallory
from flow.seal_props import KEYS, sealed, some_lines
from flow.world import SITE, World, a_share, a_tick, a_visit, an_order, one_account
from passalong.core.transparency.statement import (
    UNSIGNED,
    BadStatementError,
    Statement,
    check_continues,
    check_statement,
    decode_statement,
)
from passalong.lib.signing import fingerprint, is_signed
from passalong.store.books import identities
from passalong.store.transparency import statements


@pytest.fixture
def busy(world: World) -> Iterator[World]:
    """Anna shares, Ben passes it on, Cleo buys; many come through another link of Anna's. All is sealed."""
    share = world.link(anna)
    again = world.link(ben, parent=share, visitor=True)
    world.happens(a_visit("ben", share, ben, 1), a_visit("cleo", again, cleo, 2))
    world.happens(an_order("order-no-4711", 3, share_id=again, visit="cleo"))
    some_lines(world, 90)
    world.happens(a_tick(40))
    sealed(world)
    yield world


def statement(world: World, who: Person = anna) -> Statement:
    """The statement as the portal and the command line give it, there and back through JSON."""
    with world.db.reading() as session:
        mine = identities.account(session, SITE, who.advocate_id(SITE))
        made = statements.statement_of(session, world.site.site, mine, KEYS, world.clock.now_ms())
        assert made
        return decode_statement(made.whole())


def check(made: Statement) -> None:
    """As `passalong verify` does."""
    check_statement(made, is_signed, fingerprint)


def test_a_statement_holds_and_its_sums_are_those_of_the_ledger(busy: World) -> None:
    for who in (anna, ben):
        made = statement(busy, who)
        check(made)
        mine = {key: amount for key, amount in busy.balances().items() if key[0].split(":")[1] == who.advocate_id(SITE)}
        assert {
            (one.account, one.unit): int(one.amount_micros) for one in made.sums if one.amount_micros != "0"
        } == mine
    assert len(statement(busy).lines) > 200


def test_lines_that_are_newer_than_the_head_are_counted_and_come_later(busy: World) -> None:
    before = statement(busy)
    some_lines(busy, 2, "new")
    after = statement(busy)
    assert (before.unsealed, after.unsealed) == (0, 2)
    assert after.lines == before.lines
    sealed(busy)
    assert len(statement(busy).lines) == len(before.lines) + 2


def test_somebody_without_credit_has_an_empty_statement_that_holds(busy: World) -> None:
    made = statement(busy, mallory)
    check(made)
    assert (made.lines, made.sums) == ((), ())


def test_two_guests_of_one_account_have_one_statement(world: World) -> None:
    """Credit stays with the guest whose link earned it, and both are in the statement."""
    other = Person("anna", anna.visitor, "another-guest-of-annas")
    shares = [world.link(anna, visitor=True), world.link(other, visitor=True)]
    visits = [a_visit(f"v{n}", share, a_person("by", n), 1 + n) for n, share in enumerate(shares)]
    world.happens(*visits, a_share("s1", shares[0], 5), a_share("s2", shares[1], 6))
    world.happens(one_account("joined", 7, anna.advocate_id(SITE), other.advocate_id(SITE)))
    sealed(world)
    ids = {anna.advocate_id(SITE), other.advocate_id(SITE)}
    mine = {key: amount for key, amount in world.balances().items() if key[0].split(":")[1] in ids}
    for who in (anna, other):
        made = statement(world, who)
        check(made)
        assert {
            (one.account, one.unit): int(one.amount_micros) for one in made.sums if one.amount_micros != "0"
        } == mine


def test_there_is_no_statement_before_the_first_head(world: World) -> None:
    with world.db.reading() as session:
        assert statements.statement_of(session, world.site.site, ["x"], KEYS, 1) is None


def test_a_statement_names_no_order_no_visitor_and_nobody_else(busy: World) -> None:
    text = msgspec.json.encode(statement(busy, ben)).decode()
    assert ben.advocate_id(SITE) in text
    hidden = ["order-no-4711", "visit:", "conversion:", anna.advocate_id(SITE), cleo.visitor, "pool", "program"]
    assert [word for word in hidden if word in text] == []


def test_a_time_is_shown_only_where_the_portal_shows_the_day(busy: World) -> None:
    """Under five people came by Ben's link; ninety by one of Anna's."""
    assert {line.when for line in statement(busy, ben).lines} == {None}
    shown = [line.when for line in statement(busy).lines if line.when]
    assert len(shown) > 80
    assert len({one.salt for one in shown}) == len(shown)


def everywhere(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of every leaf value of a JSON document."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None:
        yield path
        return
    for key, part in parts:
        yield from everywhere(part, (*path, key))


def test_every_value_counts(world: World) -> None:
    """Each value of a statement changed in turn: it holds no more."""
    share = world.link(anna)
    world.happens(*(a_visit(f"v{n}", share, a_person("somebody", n), n) for n in range(6)))
    sealed(world)
    good = msgspec.json.decode(msgspec.json.encode(statement(world)))
    tried = 0
    for path in everywhere(good):
        bad = msgspec.json.decode(msgspec.json.encode(good))
        place = bad
        for key in path[:-1]:
            place = place[key]
        was = place[path[-1]]
        if was is None:
            continue
        place[path[-1]] = was + 1 if isinstance(was, int) else ("1" if was[:1] != "1" else "2") + was[1:]
        with pytest.raises(BadStatementError):
            check(decode_statement(msgspec.json.encode(bad)))
        tried += 1
    assert tried > 100


def test_a_statement_with_a_line_less_or_twice_does_not_add_up(busy: World) -> None:
    made = statement(busy)
    for lines in (made.lines[1:], (*made.lines, made.lines[-1]), made.lines[::-1]):
        with pytest.raises(BadStatementError):
            check(replace(made, lines=lines))


def test_a_later_statement_has_every_line_of_an_earlier_one(busy: World) -> None:
    earlier = statement(busy)
    some_lines(busy, 3, "new")
    sealed(busy)
    later = statement(busy)
    check_continues(earlier, later)
    check_continues(later, later)
    left_out = replace(later, lines=later.lines[1:])
    for one, other in ((later, earlier), (earlier, left_out), (statement(busy, ben), later)):
        with pytest.raises(BadStatementError, match=r"earlier statement"):
            check_continues(one, other)


# --- the header -------------------------------------------------------------------------------------------------------


def unsigned(made: Statement) -> Statement:
    """The same lines in the format of 0.2.0, whose header is not signed."""
    return replace(made, format=UNSIGNED, advocates=(), signature="")


def merged(one: Statement, other: Statement) -> Statement:
    """The lines of two statements in one, with sums that are right."""
    sums = {(found.account, found.unit): found for found in (*one.sums, *other.sums)}
    lines = tuple(sorted((*one.lines, *other.lines), key=lambda line: line.index))
    return replace(one, lines=lines, sums=tuple(sums.values()))


def test_a_header_that_names_somebody_else_does_not_hold(busy: World) -> None:
    made, bens = statement(busy), statement(busy, ben)
    for bad in (
        replace(made, advocate=bens.advocate),
        replace(made, advocate=bens.advocate, advocates=bens.advocates),
        replace(made, advocates=(*made.advocates, bens.advocate)),
        replace(made, signature=bens.signature),
        replace(unsigned(made), advocate=bens.advocate),
        replace(unsigned(made), advocates=made.advocates),
        replace(made, format=UNSIGNED),
    ):
        with pytest.raises(BadStatementError):
            check(bad)
    check(unsigned(made))


def test_somebody_elses_lines_do_not_hold_in_a_statement(busy: World) -> None:
    """Each line is in the ledger, and the sums are right: only the header says whose statement it is."""
    made, bens = statement(busy), statement(busy, ben)
    for bad in (merged(made, bens), merged(unsigned(made), unsigned(bens))):
        with pytest.raises(BadStatementError):
            check(bad)


def test_a_person_with_two_ids_has_both_in_the_signed_header(busy: World) -> None:
    mine = [who.advocate_id(SITE) for who in (anna, ben)]
    with busy.db.reading() as session:
        pieces = statements.statement_of(session, busy.site.site, mine, KEYS, busy.clock.now_ms())
        assert pieces
        made = decode_statement(pieces.whole())
    check(made)
    assert made.advocates == tuple(mine)
    assert len(made.lines) == len(statement(busy).lines) + len(statement(busy, ben).lines)
    with pytest.raises(BadStatementError, match="is not on an account of"):
        check(unsigned(made))


def test_a_statement_of_0_2_0_still_holds() -> None:
    made = decode_statement((Path(__file__).parent / "statement_of_0_2.json").read_bytes())
    check(made)
    assert (made.format, len(made.lines)) == (UNSIGNED, 9)
    with pytest.raises(BadStatementError, match="is not on an account of"):
        check(replace(made, advocate="mallory"))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"nonsense", b"\xff", b"[" * 100_000, b"null", b'{"format": "x"}'])
def test_a_file_that_is_no_statement_is_refused_in_a_sentence(body: bytes) -> None:
    with pytest.raises(BadStatementError, match="not a statement"):
        decode_statement(body)
