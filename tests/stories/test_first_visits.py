"""Which visit makes somebody new may turn out late: then the credit moves, and every page must say the same of it."""

from collections import defaultdict

import pytest
from sqlalchemy import select

from cast import OttosSite, a_site, anna, ben, cleo
from passalong.core.ledger.receipts import decode_receipt
from passalong.store.books import journal
from passalong.store.schema.journal import journal as journal_table
from passalong.store.schema.receipts import receipts
from serving import Passalong
from serving_child import FileClock

HOUR_MS = 3_600_000
HALF_AN_HOUR_BEFORE_FEBRUARY_MS = 1_769_902_200_000
SMALLER, GREATER = "a-visit-with-a-smaller-id", "b-visit-with-a-greater-id"


@pytest.fixture
def bees(passalong: Passalong, clock: FileClock) -> OttosSite:
    """Otto's site, on a running server."""
    return a_site(passalong.db, clock)


def test_of_two_visits_at_one_moment_the_smaller_id_counts_whichever_came_first(
    passalong: Passalong, bees: OttosSite
) -> None:
    two_visits_at_one_moment(passalong, bees)
    assert waiting(passalong, bees) == {anna.advocate_id(bees.site_id): 8_000_000}


def test_a_join_that_comes_late_makes_the_first_visit_ones_own(
    passalong: Passalong, clock: FileClock, bees: OttosSite
) -> None:
    an_own_visit_that_is_told_late(passalong, clock, bees)
    assert waiting(passalong, bees) == {ben.advocate_id(bees.site_id): 8_000_000}


def test_the_pools_part_belongs_to_the_month_of_the_visit_that_counts(
    passalong: Passalong, clock: FileClock, bees: OttosSite
) -> None:
    clock.set_ms(HALF_AN_HOUR_BEFORE_FEBRUARY_MS)
    an_own_visit_that_is_told_late(passalong, clock, bees)
    assert pools(passalong, bees) == {"pool:2026-02": 2_000_000}


def test_the_journal_and_the_receipts_name_the_same_first_visit_of_two_at_one_moment(
    passalong: Passalong, bees: OttosSite
) -> None:
    two_visits_at_one_moment(passalong, bees)
    assert issued_in_journal(passalong, bees) == pots_on_receipts(passalong, bees)


def test_the_journal_and_the_receipts_name_the_same_first_visit_after_a_late_join(
    passalong: Passalong, clock: FileClock, bees: OttosSite
) -> None:
    an_own_visit_that_is_told_late(passalong, clock, bees)
    assert issued_in_journal(passalong, bees) == pots_on_receipts(passalong, bees)


def two_visits_at_one_moment(passalong: Passalong, site: OttosSite) -> None:
    """Cleo comes through Ben's link and, in the same millisecond, through Anna's, which is heard of a little later."""
    page = site.page()
    with passalong.client() as browser:
        annas = browser.issue_link(site.site_id, guest=anna.guest, page=page, request_id="a-link-of-annas-own")
        bens = browser.issue_link(site.site_id, guest=ben.guest, page=page, request_id="a-link-of-bens-own")
        browser.visit(site.site_id, bens, visitor=cleo.visitor, page=page, note_id=GREATER)
        passalong.settled()
        browser.visit(site.site_id, annas, visitor=cleo.visitor, page=page, note_id=SMALLER)
        passalong.settled()


def an_own_visit_that_is_told_late(passalong: Passalong, clock: FileClock, site: OttosSite) -> None:
    """Anna opens her own link where nobody knows her, then Ben's; an hour later a page says who she is."""
    page = site.page()
    with passalong.client() as browser:
        annas = browser.issue_link(site.site_id, guest=anna.guest, page=page, request_id="a-link-of-annas-own")
        bens = browser.issue_link(site.site_id, guest=ben.guest, page=page, request_id="a-link-of-bens-own")
        browser.visit(site.site_id, annas, visitor=anna.visitor, page=page, note_id="through-her-own-link")
        clock.set_ms(clock.now_ms() + HOUR_MS)
        browser.visit(site.site_id, bens, visitor=anna.visitor, page=page, note_id="through-the-link-of-ben")
        passalong.settled()
        clock.set_ms(clock.now_ms() + HOUR_MS)
        browser.visit(
            site.site_id, bens, visitor=anna.visitor, guest=anna.guest, page=page, note_id="now-it-is-known-who"
        )
        passalong.settled()


def waiting(passalong: Passalong, site: OttosSite) -> dict[str, int]:
    """Everybody's waiting credit, by advocate."""
    with passalong.db.reading() as session:
        found = journal.all_balances(session, site.site_id)
    return {account.split(":")[1]: micros for (account, _), micros in found.items() if account.endswith(":waiting")}


def pools(passalong: Passalong, site: OttosSite) -> dict[str, int]:
    """What is in the pool of each month."""
    with passalong.db.reading() as session:
        found = journal.all_balances(session, site.site_id)
    return {account: micros for (account, _), micros in found.items() if account.startswith("pool:")}


def issued_in_journal(passalong: Passalong, site: OttosSite) -> dict[str, int]:
    """What the journal says was issued for each subject, where it is anything."""
    lines = journal_table.c
    issued: dict[str, int] = defaultdict(int)
    with passalong.db.reading() as session:
        for subject, account, micros in session.execute(
            select(lines.subject, lines.account, lines.amount_micros).where(lines.site_id == site.site_id)
        ):
            issued[subject] -= micros if account == "program:issued" else 0
    return {subject: micros for subject, micros in issued.items() if micros}


def pots_on_receipts(passalong: Passalong, site: OttosSite) -> dict[str, int]:
    """What each subject's latest receipt says, where it is anything."""
    made = receipts.c
    with passalong.db.reading() as session:
        rows = session.execute(
            select(made.subject, made.body).where(made.site_id == site.site_id).order_by(made.version)
        )
        latest = {subject: decode_receipt(body).budget_micros for subject, body in rows}
    return {subject: micros for subject, micros in latest.items() if micros}
