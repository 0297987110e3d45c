"""Every part of the product that asks who is one person names its question: own, journey, group or account.

In 0.2.0 one answer served all of them, and an order's word opened accounts. A new caller, or another question of a
known one, fails here until it stands in the table, where a reviewer sees which question it asks.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from passalong.store.books.identities import IdentityBook

SOURCE = Path(__file__).parents[2] / "server" / "passalong"
QUESTIONS = {
    "own": "own",
    "journey": "journey",
    "group": "group",
    "account": "account",
    # Parts of a question, by names of their own:
    "same_visitor": "journey",
    "guests_of": "journey",
}
NO_QUESTION = {
    "prime": "reads ahead",
    "prime_accounts": "reads ahead",
    "prime_groups": "reads ahead",
    "reach": "what has to be settled anew; it decides nothing",
    "see": "a fact adds an edge",
    "join": "a fact adds edges",
    "join_accounts": "a fact joins accounts",
    "withdraw": "a fact ends edges",
    "flush": "writes",
    "name": "the name of a group, for tests",
    "keys_of": "what is erased with a person: keys beside whom metadata stands",
}
"""Methods that tell nobody who is one person."""
HOME = "store/books/identities.py"
BOOKS = ("passalong.store.books.identities", "passalong.store.books.accounts")
CALLERS = {
    "cli/ledger.py": {"account"},
    "flow/cards.py": {"account"},
    "flow/claim_promises.py": {"account"},
    "flow/claims.py": {"account"},
    "flow/fold/claim_outcomes.py": {"account"},
    "flow/fold/hypothetical.py": {"account"},
    "flow/deadlines.py": {"journey"},
    "flow/erasure.py": {"account"},
    "flow/explain.py": {"journey"},
    "flow/fold/thanks.py": {"own"},
    "flow/signin/assistant_tokens.py": {"account"},
    "web/api/own_routes.py": {"account"},
    "web/api/advocates.py": {"account"},
    "flow/fold/arrivals.py": {"journey"},
    "flow/fold/caps.py": {"group", "journey"},
    "flow/fold/decisions.py": {"group"},
    "flow/fold/expiry.py": {"account"},
    "flow/fold/first_visits.py": {"journey", "own"},
    "flow/fold/notifications.py": {"account"},
    "flow/fold/priming.py": {"group"},
    "flow/fold/persons.py": {"account"},
    "flow/fold/redemptions.py": {"account"},
    "flow/fold/referee_reward.py": {"account", "journey"},
    "flow/fold/settle.py": {"group", "own"},
    "flow/mail/digests.py": {"account"},
    "flow/mail/preferences.py": {"account"},
    "flow/owners/reports.py": {"group", "journey", "own"},
    "flow/personal_codes.py": {"account"},
    "flow/redemptions.py": {"account"},
    "flow/replay/credentials.py": {"account"},
    "flow/signin/browser_moves.py": {"account"},
    "flow/signin/credit_tokens.py": {"account"},
    "flow/signin/guests.py": {"account"},
    "flow/signin/joining.py": {"account"},
    "flow/signin/magic_links.py": {"account"},
    "flow/signin/passkeys.py": {"account"},
    "flow/signin/recovery_words.py": {"account"},
    "flow/signin/sessions.py": {"account"},
    "store/people/public_names.py": {"account"},
    "store/queries/event_search.py": {"account"},
    "store/queries/held_shares.py": {"group"},
    "store/queries/people.py": {"account"},
    "store/queries/review.py": {"group"},
    "web/http/auth.py": {"account"},
    "web/portal/card.py": {"account"},
    "web/portal/mail.py": {"account"},
    "web/portal/switching.py": {"account"},
}
"""Which questions each file asks."""
TABLES = {
    "flow/replay/credentials.py": {"identities"},
    "store/books/accounts.py": {"accounts"},
    "store/books/bindings.py": {"bindings"},
    "store/books/edges.py": {"edges"},
    "store/books/expiry.py": {"accounts"},
    "store/queries/console_overview.py": {"accounts"},
    HOME: {"accounts", "identities"},
}
"""Files that read the tables of identity: the books themselves, the upgrade (which must know 0.2.0's persons), a
join of whole accounts, and a count of them."""


def questions_in(source: str) -> set[str]:
    """The questions that a file asks: calls of the book's methods, on whatever is called `identities`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Attribute(attr="identities" | "_identities"), attr=name):
                found.add(name)
            case ast.Attribute(value=ast.Name(id="identities" | "book"), attr=name) if name in QUESTIONS:
                found.add(name)
            case ast.ImportFrom(
                module="passalong.store.books.identities" | "passalong.store.books.accounts", names=names
            ):
                found |= {alias.name for alias in names if alias.name in QUESTIONS}
    return {QUESTIONS[name] for name in found if name in QUESTIONS}


def tables_in(source: str) -> set[str]:
    """The tables of identity that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "passalong.store.schema.identities":
            found |= {alias.name for alias in node.names}
    return found


def files() -> Iterator[tuple[str, str]]:
    """Every file of the product, but the book and the migrations."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith("migrations/"):
            yield name, path.read_text(encoding="utf-8")


def test_every_caller_names_its_question() -> None:
    asked = {name: found for name, text in files() if name != HOME and (found := questions_in(text))}
    assert asked == CALLERS


def test_nobody_else_reads_the_tables_of_identity() -> None:
    assert {name: found for name, text in files() if (found := tables_in(text))} == TABLES


def test_every_method_of_the_book_is_a_question_or_is_none() -> None:
    """A new method that answers in another way has to say which question it belongs to."""
    public = {name for name, what in vars(IdentityBook).items() if callable(what) and not name.startswith("_")}
    assert public == (QUESTIONS.keys() | NO_QUESTION.keys())


def test_a_question_is_asked_in_the_layers_that_may_ask_it() -> None:
    """Pages and sign-in ask about accounts alone; own, journey and group decide what a conversion pays."""
    layers: defaultdict[str, set[str]] = defaultdict(set)
    for name, asked in CALLERS.items():
        room = "/".join(name.split("/")[:2])
        layers[room if room in ("flow/signin", "flow/mail", "store/people") else name.split("/")[0]] |= asked
    for layer in ("web", "flow/signin", "flow/mail", "store/people", "cli"):
        assert layers[layer] <= {"account"}, layer


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("who = work.identities.group(one)", {"group"}),
        ("from passalong.store.books.identities import account\naccount(s, 'site', 'a')", {"account"}),
        ("identities.journey(buyer)", {"journey"}),
        ("work.identities.reach(keys)", set()),
        ("first = self._identities.same_visitor(one)", {"journey"}),
    ],
)
def test_a_hidden_question_is_found(source: str, asked: set[str]) -> None:
    assert questions_in(source) == asked
