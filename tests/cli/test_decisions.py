"""Codes and decisions on the command line: what is put on record, and what a person reads when it cannot be."""

import pytest
from sqlalchemy import select

from cast import anna
from commands import Run, a_site
from passalong.flow.fold.fold import fold_site
from passalong.flow.signin import guests
from passalong.key_files import read_keys
from passalong.lib.clock import SystemClock
from passalong.settings import read_settings
from passalong.store import sites
from passalong.store.books import receipts
from passalong.store.engine import Database
from passalong.store.schema.receipts import receipts as receipts_table


def an_advocate(key: str) -> str:
    """Anna shares on this site; her advocate's id."""
    settings = read_settings()
    db = Database(settings.database_url)
    with db.reading() as session:
        site = sites.find_site(session, key)
    assert site is not None
    asked = guests.LinkRequest("r" * 20, anna.guest, "https://bees.example/", "Bees", None, None)
    guests.issue_link(db, SystemClock(), read_keys(settings), site, asked)
    db.close()
    return anna.advocate_id(key)


def test_a_code_is_made_listed_and_retired(run: Run) -> None:
    key = a_site(run)
    hers = an_advocate(key)
    assert run("code", "add", key, "Ana", hers)[:2] == (
        0,
        f"ana now stands for {hers}: https://bees.example?ht=ana\n",
    )
    assert "is taken" in run("code", "add", key, "ana", hers)[2]
    assert run("code", "list", key)[1] == f"ana  {hers}  made by the owner\n"
    assert run("code", "retire", key, "ANA")[:2] == (0, "ana is retired.\n")
    assert run("code", "list", key)[1].endswith("retired\n")
    assert run("code", "asking", key, "off")[1] == "Advocates may not ask for codes of their own.\n"
    assert "No code 'bob'" in run("code", "retire", key, "bob")[2]


def test_what_waits_for_a_decision_is_listed_in_its_currencys_own_digits(run: Run) -> None:
    run("db", "upgrade")
    key = run("site", "add", "https://bees.example", "--currency", "JPY")[1].split()[1]
    hers = an_advocate(key)
    assert run("review", "give", key, hers, "42", "JPY", "--note", "For her help.")[0] == 0
    (given,) = _fold(key)
    assert run("review", "decide", key, "ban", "advocate", hers, "--by", "Otto", "--note", "Spam.")[0] == 0
    _fold(key)
    assert run("review", "list", key)[1].splitlines()[0] == f"{given}  given  42 JPY"


def test_credit_by_hand_is_held_and_void_on_the_command_line(run: Run) -> None:
    key = a_site(run)
    hers = an_advocate(key)
    assert run("review", "give", key, hers, "420", "EUR", "--note", "For her help.")[0] == 0
    given = _fold(key)
    assert len(given) == 1
    assert run("review", "list", key)[:2] == (0, "0 wait for a decision.\n")
    assert run("review", "decide", key, "ban", "advocate", hers, "--by", "Otto", "--note", "Spam.")[0] == 0
    _fold(key)
    code, out, _ = run("review", "list", key)
    assert (code, out.splitlines()) == (1, [f"{given[0]}  given  4.20 EUR", "1 wait for a decision."])
    assert run("review", "decide", key, "void", "conversion", given[0], "--note", "A mistake.")[0] == 0
    _fold(key)
    settings = read_settings()
    db = Database(settings.database_url)
    with db.reading() as session:
        made = receipts.latest(session, key, given[0])
    db.close()
    assert made is not None and made.reason == "void_by_review"
    batch = run("review", "decided", key)[1].split()[0]
    assert run("review", "undo", key, batch, "--note", "It was right.")[0] == 0
    _fold(key)
    assert run("review", "list", key)[0] == 1, "it waits for a decision again"


def _fold(key: str) -> list[str]:
    db = Database(read_settings().database_url)
    while fold_site(db, key):
        pass
    with db.reading() as session:
        found = [row.subject for row in session.execute(select(receipts_table))]
    db.close()
    return sorted(set(found))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("review", "decide", "SITE", "void", "advocate", "x", "--note", "n"), "advocate: ban, lift"),
        (("review", "decide", "SITE", "void", "conversion", "x", "--note", "n"), "copy it from its receipt"),
        (("review", "name", "SITE", "x", "nobody", "--note", "n"), "No advocate with this id"),
        (("review", "give", "SITE", "nobody", "1", "USD", "--note", "n"), "points or in EUR"),
        (("review", "give", "SITE", "nobody", "1", "EUR", "--note", " "), "Say who decides"),
        (("code", "add", "SITE", "a b", "nobody"), "3 to 24 letters"),
    ],
)
def test_an_impossible_command_is_one_line(run: Run, words: tuple[str, ...], said: str) -> None:
    key = a_site(run)
    code, _, err = run(*(key if word == "SITE" else word for word in words))
    assert code == 2
    assert said in err
    assert "Traceback" not in err
