"""Real re-share cascades, through the real server, against a second and independent reading of the rule."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeVar

import pytest
from sqlalchemy import func, select

from passalong.core.ledger.receipts import decode_receipt
from passalong.store.books import journal
from passalong.store.schema.event_log import events
from passalong.store.schema.journal import journal as journal_table
from passalong.store.schema.receipts import receipts
from serving import Passalong
from serving_child import FileClock
from stories.brute_force import Balances, Postings, Rule, Ticks, expected_postings, summed
from stories.cascades import DATA, make_plan, read_cascades
from stories.happenings import Bought, LinkVisited, Plan
from stories.replay import Replay

SAMPLE = (276, 50, 264, 59, 182, 107)
"""Two small cascades a site, 1,112 edges: every wrong rule below would show in them. `make test-long` has them all."""
SETTLE_S = 3_600.0
AS_IT_IS, APART = "as it is", "apart"

WRONG_RULES = {
    "81/15/4": Rule(levels=(Fraction(81, 100), Fraction(15, 100), Fraction(4, 100))),
    "nothing for the third level": Rule(levels=(Fraction(80, 100), Fraction(16, 100))),
    "no burst rule": Rule(burst_ms=0),
    "a burst 1 ms shorter": Rule(burst_ms=9_999),
    "a burst 1 ms longer": Rule(burst_ms=10_001),
    "a window 1 ms shorter": Rule(window_longer_ms=-1),
    "a window 1 ms longer": Rule(window_longer_ms=1),
    "the newest terms": Rule(terms_are_frozen=False),
    "own links count": Rule(own_links_count=True),
    "nobody is joined": Rule(people_are_joined=False),
    "joins do not reach back": Rule(joins_reach_back=False),
    "the first share instead of the last": Rule(the_last_share_counts=False),
    "refunds are forgotten": Rule(refunds_count=False),
    "equal remainders by the name alone": Rule(equal_remainders_by="{name}"),
}
ONLY_WHERE_VISITS_ARE_APART = {
    "a burst 1 ms shorter",
    "a burst 1 ms longer",
    "joins do not reach back",
    "the first share instead of the last",
    "equal remainders by the name alone",
}
"""In the data all visits of one person stand at one minute, so these have nothing to be wrong about."""

Key = TypeVar("Key", bound=tuple[str, ...])
Report = Callable[[str, object], None]

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"the cascades are not part of the project: no {DATA}")


@pytest.mark.slow
@pytest.mark.parametrize("visits", [AS_IT_IS, APART])
def test_every_balance_of_a_sample_of_cascades_is_what_the_rule_says(
    passalong: Passalong, clock: FileClock, visits: str, record_property: Report
) -> None:
    cascades = read_cascades()
    plan = make_plan([cascades[number] for number in SAMPLE], apart=visits == APART)
    record_property("replay", replay(passalong, clock, plan))
    check(passalong, plan, visits)


@pytest.mark.long
@pytest.mark.parametrize("visits", [AS_IT_IS, APART])
def test_every_balance_of_all_cascades_is_what_the_rule_says(
    passalong: Passalong, clock: FileClock, visits: str, record_property: Report
) -> None:
    plan = make_plan(read_cascades(), apart=visits == APART)
    record_property("replay", replay(passalong, clock, plan))
    check(passalong, plan, visits)


def replay(passalong: Passalong, clock: FileClock, plan: Plan) -> str:
    """Let all of it happen, and say how long it took."""
    began = time.monotonic()
    with Replay(passalong, clock, plan) as running:
        running.play(plan.happenings)
    played_s = time.monotonic() - began
    settled_s = passalong.settled(within_s=SETTLE_S)
    twice = sum(visit.sent_twice for visit in plan.of(LinkVisited))
    assert running.answers["kept duplicate, dropped None"] == twice
    assert running.answers["kept visit, dropped None"] == plan.edges
    said = f"{plan.edges} edges, {len(plan.happenings)} happenings: {played_s:.1f} s and {settled_s:.1f} s to settle"
    print(said)
    return said


def check(passalong: Passalong, plan: Plan, visits: str) -> None:
    """Everything that must hold after a replay, and that each wrong rule would have been found."""
    ticks = ticks_on_record(passalong, plan)
    expected = expected_postings(plan, ticks)
    everything = balances_of(passalong, plan)
    by_subject, carried_on = journal_sums(passalong, plan)
    assert differences(everything, summed(by_subject | carried_on)) == {}
    assert sums_by_unit(everything) == {}
    assert {account.split(":")[0] for _, _, account, _ in carried_on} <= {"pool"}, "a closed month moves only pools"
    assert differences(by_subject, expected) == {}
    moved = summed(carried_on)
    balances = {key: micros - moved.get(key, 0) for key, micros in (dict.fromkeys(moved, 0) | everything).items()}
    assert differences(balances, summed(expected)) == {}
    assert receipts_that_are_wrong(passalong, plan, expected) == {}
    assert unbalanced_transactions(passalong) == []
    print(f"{len(balances)} balances and {len(expected)} sums by subject agree")
    if not passalong.db.is_sqlite:
        return  # the same numbers, so the same differences
    for name, rule in WRONG_RULES.items():
        found = len(differences(balances, summed(expected_postings(plan, ticks, rule))))
        print(f"{name}: {found} balances would differ")
        assert found or (visits == AS_IT_IS and name in ONLY_WHERE_VISITS_ARE_APART), name


def differences(got: Mapping[Key, int], expected: Mapping[Key, int]) -> dict[Key, tuple[int, int]]:
    """(got, expected) wherever they are not the same."""
    pairs = {key: (got.get(key, 0), expected.get(key, 0)) for key in {*got, *expected}}
    return {key: pair for key, pair in sorted(pairs.items()) if pair[0] != pair[1]}


def ticks_on_record(passalong: Passalong, plan: Plan) -> Ticks:
    """When the server put the passing of time on record: a fact like others, and the only one that is its own."""
    with passalong.db.reading() as session:
        found = {
            site_id: session.scalars(
                select(events.c.at_ms)
                .where(events.c.site_id == site_id, events.c.kind == "clock")
                .order_by(events.c.at_ms)
            ).all()
            for site_id in plan.sites
        }
    return found


def balances_of(passalong: Passalong, plan: Plan) -> Balances:
    """The table of balances."""
    with passalong.db.reading() as session:
        return {
            (site_id, account, unit): micros
            for site_id in plan.sites
            for (account, unit), micros in journal.all_balances(session, site_id).items()
        }


def journal_sums(passalong: Passalong, plan: Plan) -> tuple[Postings, Postings]:
    """The journal's lines, added up here: of what happened, and of months that closed and were carried on."""
    columns = (
        journal_table.c.site_id,
        journal_table.c.subject,
        journal_table.c.account,
        journal_table.c.unit,
    )
    sums: Postings = defaultdict(int)
    with passalong.db.reading() as session:
        for *key, micros in session.execute(select(*columns, journal_table.c.amount_micros)):
            site_id, subject, account, unit = key
            sums[site_id, subject, account, unit] += micros
    kept = {key: micros for key, micros in sums.items() if micros}
    carried_on = {key: micros for key, micros in kept.items() if key[1].startswith("pool:")}
    return {key: micros for key, micros in kept.items() if key not in carried_on}, carried_on


def sums_by_unit(balances: Balances) -> dict[tuple[str, str], int]:
    """For each site and unit the sum of all balances, where it is not zero."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for (site_id, _, unit), micros in balances.items():
        sums[site_id, unit] += micros
    return {key: micros for key, micros in sums.items() if micros}


def unbalanced_transactions(passalong: Passalong) -> list[tuple[str, int]]:
    """Journal transactions whose lines do not sum to zero, as the database adds them."""
    lines = journal_table.c
    statement = (
        select(lines.site_id, lines.tx)
        .group_by(lines.site_id, lines.tx, lines.unit)
        .having(func.sum(lines.amount_micros) != 0)
    )
    with passalong.db.reading() as session:
        return [(site_id, tx) for site_id, tx in session.execute(statement)]


def receipts_that_are_wrong(passalong: Passalong, plan: Plan, expected: Postings) -> dict[tuple[str, str], str]:
    """What is wrong with the receipts: none, a gap in the versions, nothing to be about, or another pot than its parts.

    The pot is compared with what the rule says that was issued for the subject.
    """
    wanted = {(visit.site_id, f"visit:{visit.note_id}") for visit in plan.of(LinkVisited)}
    wanted |= {(bought.site_id, f"conversion:{bought.conversion_id}") for bought in plan.of(Bought)}
    issued: dict[tuple[str, str], int] = defaultdict(int)
    for (site_id, subject, account, _), micros in expected.items():
        if account == "program:issued":
            issued[site_id, subject] -= micros
    versions: dict[tuple[str, str], list[int]] = defaultdict(list)
    latest: dict[tuple[str, str], str] = {}
    made = receipts.c
    with passalong.db.reading() as session:
        rows = session.execute(select(made.site_id, made.subject, made.version, made.body).order_by(made.version))
        for site_id, subject, version, body in rows:
            if subject.startswith("pool:"):
                continue
            versions[site_id, subject].append(version)
            latest[site_id, subject] = body
    wrong = {key: "no receipt" for key in wanted - latest.keys()}
    wrong |= {key: "about nothing" for key in latest.keys() - wanted}
    for key, body in latest.items():
        receipt = decode_receipt(body)
        parts = sum(line.amount_micros for line in receipt.lines) + receipt.pool_micros + receipt.unattributed_micros
        if versions[key] != list(range(1, len(versions[key]) + 1)):
            wrong[key] = f"versions {versions[key]}"
        elif not parts == receipt.budget_micros == issued[key]:
            wrong[key] = f"parts {parts}, pot {receipt.budget_micros}, expected {issued[key]}"
    return wrong
