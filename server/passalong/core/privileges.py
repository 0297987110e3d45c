"""Privileges: a table of what a session may do by the strength of its sign-in; roles of people, scopes of keys. Pure.

An account is *kept* once it has a sign-in method: an address, a passkey or recovery words. Until then its guest secret
changes and erases it. After that the secret, which every script of the page can read, only reads what its own browser
earned.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum

GUEST, HAND_OVER = "guest", "site"
"""How a session began (`via`): by a browser's guest secret, by the owner's server; else by a sign-in method."""
FRESH_MS = 10 * 60_000


class Strength(IntEnum):
    """How well a session has proved whose it is, weakest first."""

    GUEST_OF_KEPT = 0
    """A guest secret of an account that has a sign-in method, or that a customer's hand-over opens."""
    GUEST = 1
    """A guest secret of an account that has none."""
    HAND_OVER_OF_KEPT = 2
    HAND_OVER = 3
    """The owner's server vouches for its customer, whose account has no sign-in method."""
    SIGNED_IN = 4
    """By mail, passkey or recovery words, more than ten minutes ago."""
    FRESH = 5
    """The same in the last ten minutes."""


class Need(StrEnum):
    """The need of a page or a form: what it asks of a session."""

    LOOK = "look"
    SPEND = "spend"
    """A discount code or store credit, and questions to the owner: of little value to anybody else."""
    CHANGE = "change"
    """Changes that others can see or that cannot be undone."""
    METHOD = "method"
    """Adding or removing a sign-in method."""
    MONEY = "money"
    """A payout, or where payouts go."""
    ERASE = "erase"
    ASSISTANT = "assistant"
    """A token with which an assistant reads the account."""


class Role(IntEnum):
    """The roles of people who run a site, least first; each may do what those before it may."""

    VIEWER = 1
    """Read every page."""
    EDITOR = 2
    """Decide: review, redemptions, claims, people."""
    OWNER = 3
    """Change rules, settings, keys, the team and the site itself."""


class Lack(StrEnum):
    """Why a session may not."""

    SIGN_IN = "sign_in"
    """The account's own sign-in is missing."""
    AGAIN = "again"
    """It was too long ago."""
    METHOD_FIRST = "method_first"
    """The account has no sign-in method yet, and needs one for this."""


ALLOWED: Mapping[Need, frozenset[Strength]] = {
    Need.LOOK: frozenset(Strength),
    Need.SPEND: frozenset(Strength) - {Strength.GUEST_OF_KEPT},
    Need.CHANGE: frozenset({Strength.GUEST, Strength.SIGNED_IN, Strength.FRESH}),
    Need.METHOD: frozenset({Strength.GUEST, Strength.HAND_OVER, Strength.FRESH}),
    Need.MONEY: frozenset({Strength.FRESH}),
    Need.ERASE: frozenset({Strength.GUEST, Strength.FRESH}),
    Need.ASSISTANT: frozenset({Strength.FRESH}),
}
"""The strengths that meet each need.

Anyone with the account may add a first method; later ones need a fresh sign-in, or an old session could make itself a
fresh one.
"""


def strength(via: str, proved_ms_ago: int, *, is_kept: bool) -> Strength:
    """Return the strength of a session that began with `via` and was proved that long ago."""
    if via == GUEST:
        return Strength.GUEST_OF_KEPT if is_kept else Strength.GUEST
    if via == HAND_OVER:
        return Strength.HAND_OVER_OF_KEPT if is_kept else Strength.HAND_OVER
    return Strength.FRESH if 0 <= proved_ms_ago < FRESH_MS else Strength.SIGNED_IN


def lack(need: Need, has: Strength) -> Lack | None:
    """Return the reason why a session of this strength may not do something, or None if it may."""
    if has in ALLOWED[need]:
        return None
    if has is Strength.SIGNED_IN:
        return Lack.AGAIN
    return Lack.METHOD_FIRST if has in (Strength.GUEST, Strength.HAND_OVER) else Lack.SIGN_IN


# --- API keys ---------------------------------------------------------------------------------------------------------


class Scope(StrEnum):
    """A group of operations that an API key may call; no scope includes another."""

    READ = "read"
    REPORT = "report"
    SHARE = "share"
    DECIDE = "decide"
    MANAGE = "manage"
    PROPOSE = "propose"


SCOPE_WORDS = {
    Scope.READ: "Read the books of the site: events, receipts, links, advocates, credit, redemptions, terms, reports.",
    Scope.REPORT: (
        "Report orders, sign-ups and refunds, say which ids are one person, hand customers over, "
        "and make tokens that read a customer's credit."
    ),
    Scope.SHARE: "Make links and personal codes.",
    Scope.DECIDE: "Decide: review, credit by hand, questions, redemptions, payouts, pools.",
    Scope.MANAGE: "Change settings, terms, keys and webhooks.",
    Scope.PROPOSE: "Propose calls that change something; each is carried out if a person approves it in the console.",
}
USUAL = (Scope.READ, Scope.REPORT, Scope.SHARE, Scope.DECIDE)
"""The scopes of a key for which none are named: all but `manage` and `propose`."""
APPROVES: Mapping[Scope, Role] = {
    Scope.READ: Role.EDITOR,
    Scope.REPORT: Role.OWNER,
    Scope.SHARE: Role.EDITOR,
    Scope.DECIDE: Role.EDITOR,
    Scope.MANAGE: Role.OWNER,
}
"""The role that approves a proposed call of each scope: the one that could do it in the console itself."""


class BadScopeError(ValueError):
    """Names that are no scopes; says what to write."""


def read_scopes(names: Iterable[str]) -> tuple[Scope, ...]:
    """Return the scopes of these names, each once, in the order of the enum. Raises BadScopeError."""
    scopes = set(names)
    unknown = sorted(scopes - set(Scope))
    if unknown:
        raise BadScopeError(f"There is no scope {unknown[0][:40]!r}: {', '.join(Scope)}.")
    if not scopes:
        raise BadScopeError(f"Choose at least one scope: {', '.join(Scope)}.")
    return tuple(scope for scope in Scope if scope in scopes)
