"""A receipt says everything that its amounts were made from, and comes back from the store as it went."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from core.any_journeys import journeys
from core.journeys import a_journey, a_touch
from fuzzing import examples
from passalong.core.attribution.allocate import DAY_MS, Journey, allocate
from passalong.core.ledger.receipts import Receipt, decode_receipt, earned, encode_receipt, receipt, refused
from passalong.core.money import MICROS
from passalong.core.reasons import REASON_WORDS, Reason


def receipt_of(journey: Journey) -> Receipt:
    """The receipt of a conversion as the fold makes it."""
    return receipt(
        "conversion:order-1", "conversion", journey, allocate(journey), allocate(replace(journey, refunded_micros=0))
    )


@given(journeys())
@settings(max_examples=examples(80), deadline=None)
def test_a_receipt_comes_back_as_it_went(journey: Journey) -> None:
    made = receipt_of(journey)
    assert decode_receipt(encode_receipt(made)) == made
    assert encode_receipt(decode_receipt(encode_receipt(made))) == encode_receipt(made)


@given(journeys())
@settings(max_examples=examples(80), deadline=None)
def test_a_receipt_adds_up_to_the_last_micro(journey: Journey) -> None:
    made = receipt_of(journey)
    for pot in made.pots:
        paid = sum(line.amount_micros for line in made.lines if line.unit == pot.unit)
        referee, reward = (
            (pot.referee_reward.amount_micros, pot.referee_reward.reward_micros) if pot.referee_reward else (0, 0)
        )
        assert paid + pot.pool_micros + pot.unattributed_micros + referee == pot.budget_micros + reward
    for line in made.lines:
        exact = sum((Fraction(part.exact) for part in line.parts), Fraction(0))
        assert line.amount_micros == exact + Fraction(line.rounding)
        assert line.earned_micros >= line.amount_micros


@given(journeys())
@settings(max_examples=examples(80), deadline=None)
def test_each_part_can_be_worked_out_again_by_hand(journey: Journey) -> None:
    for line in receipt_of(journey).lines:
        for part in line.parts:
            worked = Fraction(part.touch_share) * Fraction(part.level_share) * part.reward_micros
            assert worked == Fraction(part.exact)


def test_a_receipt_shows_what_was_taken_back() -> None:
    made = receipt_of(a_journey(a_touch("anna"), refunded=100))
    assert (made.status, made.reason) == ("refused", Reason.REFUNDED)
    assert [(line.recipient, line.amount_micros, line.earned_micros) for line in made.lines] == [
        ("anna", 0, 8 * MICROS)
    ]


def test_a_receipt_counts_the_people_who_brought_them_not_their_ancestors() -> None:
    made = receipt_of(a_journey(a_touch("ben", "anna"), a_touch("dora", age_ms=2 * DAY_MS)))
    assert made.people == 2
    assert [line.recipient for line in made.lines] == ["anna", "ben", "dora"]


def test_a_refused_receipt_has_a_reason_and_no_money() -> None:
    made = refused("visit:v1", "visit", Reason.BOT, 17)
    assert (made.status, made.reason, made.budget_micros, made.lines) == ("refused", Reason.BOT, 0, ())
    assert decode_receipt(encode_receipt(made)) == made


@pytest.mark.parametrize(("amount", "gross", "expected"), [(5, 9, 9), (9, 9, 9), (10, 9, 10), (0, 0, 0)])
def test_earned_is_never_less_than_what_is_left(amount: int, gross: int, expected: int) -> None:
    assert earned(amount, gross) == expected


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_a_person_understands(reason: Reason) -> None:
    words = REASON_WORDS[reason]
    assert words.endswith(".")
    assert words[0].isupper()
    assert "_" not in words


def test_no_words_are_left_without_a_reason() -> None:
    assert set(REASON_WORDS) == set(Reason)
