"""Reasons: the one closed list of refusals, each with words that a person understands.

The same names are used in receipts, response headers, the console, the API and the docs.
"""

from enum import StrEnum


class Reason(StrEnum):
    """The reason why something did not count, or did not pay."""

    NO_TOKEN = "no_token"
    BAD_SIGNATURE = "bad_signature"
    FOREIGN_SITE = "foreign_site"
    FOREIGN_ORIGIN = "foreign_origin"
    RETIRED_KEY = "retired_key"
    UNKNOWN_SHARE = "unknown_share"
    SITE_LINK = "site_link"
    OUTSIDE_WINDOW = "outside_window"
    OWN_LINK = "own_link"
    BOT = "bot"
    PREFETCH = "prefetch"
    NOT_VISIBLE = "not_visible"
    DUPLICATE = "duplicate"
    ID_CONFLICT = "id_conflict"
    RETURNING_VISITOR = "returning_visitor"
    BURST = "burst"
    BEYOND_TEN = "beyond_ten"
    OPTED_OUT = "opted_out"
    NO_MATCHING_GOAL = "no_matching_goal"
    UNKNOWN_CURRENCY = "unknown_currency"
    BELOW_MINIMUM = "below_minimum"
    CAP_REACHED = "cap_reached"
    BUDGET_SPENT = "budget_spent"
    BANNED_ADVOCATE = "banned_advocate"
    HELD_FOR_REVIEW = "held_for_review"
    VOID_BY_REVIEW = "void_by_review"
    REFUNDED = "refunded"
    NOT_ENOUGH_CREDIT = "not_enough_credit"


UNSHARED_REASONS = frozenset({Reason.NO_TOKEN, Reason.SITE_LINK})
"""Reasons that refuse nothing: nobody had shared a link."""

REASON_WORDS: dict[str, str] = {
    Reason.NO_TOKEN: "Not from a shared link.",
    Reason.BAD_SIGNATURE: "The thank-you code was altered or is not one of ours.",
    Reason.FOREIGN_SITE: "The thank-you code belongs to another site.",
    Reason.FOREIGN_ORIGIN: "It was sent from an address that is not on this site's list.",
    Reason.RETIRED_KEY: "The thank-you code was signed with a key that is no longer in use.",
    Reason.UNKNOWN_SHARE: "No link with this thank-you code is known here.",
    Reason.SITE_LINK: "It came through one of the site's own links, which give nobody credit.",
    Reason.OUTSIDE_WINDOW: "It happened outside the time within which a shared link counts.",
    Reason.OWN_LINK: "The same person made the link and opened it.",
    Reason.BOT: "A program fetched it, not a person.",
    Reason.PREFETCH: "A browser loaded it ahead of time; nobody looked at it.",
    Reason.NOT_VISIBLE: "The page was never visible on a screen.",
    Reason.DUPLICATE: "It was already counted under the same id.",
    Reason.ID_CONFLICT: "Another event with the same id says something else.",
    Reason.RETURNING_VISITOR: "This person had come before, so they were not new. The visit still counts as a step.",
    Reason.BURST: "It came within ten seconds of another shared link, which counts instead.",
    Reason.BEYOND_TEN: "More than ten people brought this person; the ten most recent are credited.",
    Reason.OPTED_OUT: "The person asked not to be counted.",
    Reason.NO_MATCHING_GOAL: "The rule that applied that day pays nothing for this.",
    Reason.UNKNOWN_CURRENCY: "It was in a currency that the rule does not name.",
    Reason.BELOW_MINIMUM: "It was worth less than the rule's minimum.",
    Reason.CAP_REACHED: "The rule's limit was reached.",
    Reason.BUDGET_SPENT: "The budget for this month is spent.",
    Reason.BANNED_ADVOCATE: "The person who shared was excluded by the site.",
    Reason.HELD_FOR_REVIEW: "A person is looking at it.",
    Reason.VOID_BY_REVIEW: "A person looked at it and decided that it does not count.",
    Reason.REFUNDED: "The purchase was refunded in full.",
    Reason.NOT_ENOUGH_CREDIT: "More was asked for than was available.",
}
