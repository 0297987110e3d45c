"""A data folder of 0.2.0 is upgraded: the facts stay, what is made from them is made anew, and nothing is lost."""

import json
import os
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import MetaData, create_engine, func, insert, select, update

from cast import a_person, cleo, mallory
from commands import Run
from flow.office import SITE
from passalong import migrate
from passalong.app import make_instance
from passalong.flow.explain import explain
from passalong.flow.transaction import writing
from passalong.flow.transparency.heads_check import Evidence
from passalong.flow.transparency.heads_file import read_heads
from passalong.flow.transparency.ledger_check import check_ledger
from passalong.key_files import read_signing_keys
from passalong.settings import read_settings
from passalong.store.books.accounts import account
from passalong.store.engine import Database
from passalong.store.queries.advocates import unit_sums
from passalong.store.queries.ledger_lines import every_line
from passalong.store.schema.advocates import advocate_choices
from passalong.store.schema.append_only import lifted
from passalong.store.schema.credits import credits
from passalong.store.schema.event_log import events
from passalong.store.schema.journal import balances, journal
from passalong.store.schema.people import one_time_codes, passkeys, sessions
from passalong.store.schema.people import recovery_words as word_table
from passalong.store.schema.receipts import receipts
from passalong.store.schema.redemptions import payout_destinations, uses
from passalong.store.schema.terms import terms
from passalong.store.sites import find_site

PACKED = Path(__file__).parents[2] / "upgrade" / "data" / "0.2.0.tar.xz"
VERA = a_person("vera")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database_url: str) -> Iterator[Path]:
    """The data folder of 0.2.0, where commands look for it; on PostgreSQL its database is moved there."""
    data = tmp_path / "data"
    data.mkdir()
    with tarfile.open(PACKED) as packed:
        packed.extractall(data)  # noqa: S202 - our own
    monkeypatch.setenv("PASSALONG_URL", "https://along.example")
    if empty_database_url.startswith("postgresql"):
        _move(data / "passalong.sqlite3", empty_database_url)
        monkeypatch.setenv("DATABASE_URL", empty_database_url)
    yield data


def _move(path: Path, url: str) -> None:
    target = Database(url)
    with target.writer.begin() as connection:
        command.upgrade(migrate._config(connection), migrate.LAST_OF_0_2)
        tables = MetaData()
        tables.reflect(connection)
        with create_engine(f"sqlite:///{path}").connect() as source:
            for table in (one for one in tables.sorted_tables if one.name != "alembic_version"):
                rows = [dict(row) for row in source.execute(select(*table.columns)).mappings()]
                if rows:
                    connection.execute(insert(table), rows)
    target.close()


def opened(folder: Path) -> Database:
    """The instance's database."""
    return Database(os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'passalong.sqlite3'}")


def paid(db: Database) -> Counter[tuple[str, str]]:
    """What is credited, by recipient and unit."""
    found: Counter[tuple[str, str]] = Counter()
    with db.reading() as session:
        for row in session.execute(select(credits.c.recipient, credits.c.unit, credits.c.amount_micros)):
            found[row.recipient, row.unit] += row.amount_micros
    return found


def test_a_database_of_0_2_0_is_folded_anew_and_says_what_changes(folder: Path, run: Run) -> None:
    db = opened(folder)
    before = paid(db)
    code, told, problem = run("db", "upgrade", "--dry-run")
    assert (code, problem) == (0, "")
    assert "dropped: " in told
    assert (migrate.is_of_0_2(db), paid(db)) == (True, before), "a dry run changes nothing"
    code, out, _ = run("db", "upgrade")
    assert code == 0
    assert out.startswith(told)
    after = paid(db)
    said = {
        (who, unit): (float(old), float(new))
        for who, old, new, unit in re.findall(r"^  (\w+)  (-?[\d.]+) → (-?[\d.]+) (\w+)$", out, re.MULTILINE)
    }
    keys = [key for key in {*before, *after} if before[key] != after[key]]
    assert said == {key: (before[key] / 1e6, after[key] / 1e6) for key in keys}
    assert after[VERA.advocate_id(SITE), "EUR"] > 0 < after[mallory.advocate_id(SITE), "EUR"]
    assert run("ledger", "verify")[0] == 0, "live equals replay, and the new heads hold"
    _each_unit_sums_to_zero(db)
    _every_receipt_explains_itself(db)
    db.close()


def test_a_payout_that_was_paid_stays_paid_and_the_site_bears_the_rest(folder: Path, run: Run) -> None:
    """The sample's payout took from one id; here it is of more than that id has."""
    _pay_out_500(folder, "done")
    listed = re.findall(r"^  redemption (.+)$", run("db", "upgrade", "--dry-run")[1], re.MULTILINE)
    found = [re.fullmatch(r"payout 1  500.000000 EUR: done → done, the site bears ([\d.]+) EUR", one) for one in listed]
    assert len(found) == 1
    assert found[0]
    borne = float(found[0][1])
    assert 0 < borne < 500
    assert run("db", "upgrade")[0] == 0
    assert run("ledger", "verify")[0] == 0, "live equals replay"
    db = opened(folder)
    with db.reading() as session:
        [redemption] = session.execute(select(uses).where(uses.c.use_id == "payout 1")).all()
        amounts = dict(session.execute(select(balances.c.account, balances.c.amount_micros).where(unit_is_euro)).all())
        own = account(session, redemption.site_id, redemption.advocate_id)
        shown = [row.amount_micros for row in every_line(session, redemption.site_id, own) if row.unit == "EUR"]
        [sums] = [one for one in unit_sums(session, redemption.site_id, own) if one.unit == "EUR"]
    assert sum(shown) == sums.waiting_micros + sums.ready_micros, "the person's lines add up to their sums"
    assert (redemption.state, redemption.amount_micros) == ("done", 500_000_000)
    assert amounts["program:borne"] == round(borne * 1e6)
    assert amounts[f"advocate:{redemption.advocate_id}:used"] == 500_000_000 - amounts["program:borne"]
    assert min(amounts[name] for name in amounts if not name.startswith("program:issued")) >= 0, "nobody owes anything"
    assert amounts.get("payout", 0) == 0
    _each_unit_sums_to_zero(db)
    _every_receipt_explains_itself(db)
    db.close()


@pytest.mark.parametrize("state", ["requested", "approved"])
def test_a_payout_that_was_not_paid_yet_is_refused_and_listed(folder: Path, run: Run, state: str) -> None:
    _pay_out_500(folder, state)
    out = run("db", "upgrade", "--dry-run")[1]
    assert f"  redemption payout 1  500.000000 EUR: {state} → refused\n" in out


def test_unreadable_keys_leave_the_database_as_it_was(folder: Path, run: Run) -> None:
    """Without them the old version must still start: they are read before the tables change."""
    for name in ("keys.json", "ledger-keys.json"):
        text = (folder / name).read_text()
        (folder / name).write_text("{ not JSON")
        code, out, problem = run("db", "upgrade")
        assert (code, out, problem.count("\n")) == (2, "", 1), problem
        assert name in problem
        db = opened(folder)
        assert migrate.is_of_0_2(db)
        db.close()
        assert not list(folder.glob("passalong-0.2.0*"))
        (folder / name).write_text(text)
    assert run("db", "upgrade")[0] == 0


def test_budgets_are_decided_anew_with_the_referee_reward_in_them(folder: Path, run: Run) -> None:
    """0.2.0 gave a referee reward beside the budget of a month; today it counts in it: the difference is printed."""
    db = opened(folder)
    with writing(db) as session, lifted(session, ["terms"]):
        for row in session.execute(select(terms.c.version, terms.c.document)).all():
            document = json.loads(row.document)
            for goal in (one for one in document["goals"] if one["name"] == "purchase"):
                goal |= {"month_budget_micros": BUDGET, "welcome_micros": 2_000_000}
            session.execute(update(terms).where(terms.c.version == row.version).values(document=json.dumps(document)))
    before = paid(db)
    db.close()
    told = run("db", "upgrade")[1]
    assert run("ledger", "verify")[0] == 0
    db = opened(folder)
    with db.reading() as session:
        rows = session.execute(select(credits).where(credits.c.unit == "EUR", credits.c.goal == "purchase")).all()
    by_month: Counter[int] = Counter()
    for row in rows:
        if row.recipient not in ("pool", "unattributed"):
            by_month[row.at_ms // (31 * 86_400_000)] += row.earned_micros
    assert BUDGET / 2 < max(by_month.values()) <= BUDGET
    assert any(row.recipient == "kept" and row.earned_micros for row in rows), "some of it is for those who came"
    after = paid(db)
    changed = {(who, unit) for who, unit in {*before, *after} if before[who, unit] != after[who, unit]}
    assert len(re.findall(r" → [-\d.]+ (?:EUR|points)$", told, re.MULTILINE)) == len(changed)
    db.close()


BUDGET = 10_000_000
unit_is_euro = balances.c.unit == "EUR"


def _pay_out_500(folder: Path, state: str) -> None:
    """Let the sample's payout be of 500 euros, and in this state under the old rules."""
    db = opened(folder)
    paid_out = events.c.event_id == "payout 1"
    with writing(db) as session, lifted(session, ["events"]):
        fact = session.scalars(select(events.c.fact).where(paid_out)).one()
        more = fact.replace('"amount_micros":10000000', '"amount_micros":500000000')
        session.execute(update(events).where(paid_out).values(fact=more))
        values = {"amount_micros": 500_000_000, "state": state} | ({} if state == "done" else {"batch_id": None})
        session.execute(update(uses).where(uses.c.use_id == "payout 1").values(**values))
    db.close()


def _each_unit_sums_to_zero(db: Database) -> None:
    with db.reading() as session:
        sums = session.execute(select(journal.c.unit, func.sum(journal.c.amount_micros)).group_by(journal.c.unit)).all()
    assert len(sums) == 2
    assert not any(total for _, total in sums)


def _every_receipt_explains_itself(db: Database) -> None:
    with db.reading() as session:
        site = find_site(session, SITE)
        assert site is not None
        subjects = set(session.scalars(select(receipts.c.subject)))
        found = [explain(session, site, subject) for subject in sorted(subjects)]
    assert len(found) > 20
    assert [(one.subject, one.differs) for one in found if one and one.differs] == []


def test_the_old_journal_is_kept_and_verifies_with_the_old_keys(folder: Path, run: Run) -> None:
    assert run("db", "upgrade")[0] == 0
    keys = read_signing_keys(read_settings()).public
    outside = [head for head in read_heads(folder / "heads-0.2.0.jsonl") if head.site == SITE]
    db = Database(f"sqlite:///{folder / 'passalong-0.2.0.sqlite3'}")
    with db.reading_one_moment() as session:
        checked = check_ledger(session, SITE, keys, Evidence(outside=outside))
    assert (len(outside), checked.heads, checked.unsealed) == (1, 1, 0)
    _each_unit_sums_to_zero(db)
    db.close()


def test_doubtful_credentials_are_dropped_and_the_others_stay(folder: Path, run: Run) -> None:
    out = run("db", "upgrade")[1]
    db = opened(folder)
    ours, others = cleo.advocate_id(SITE), {VERA.advocate_id(SITE), mallory.advocate_id(SITE)}
    with db.reading() as session:
        for table in (word_table, passkeys, payout_destinations):
            assert set(session.scalars(select(table.c.advocate_id))) == {ours}
        named = select(advocate_choices.c.advocate_id).where(advocate_choices.c.name != "")
        assert set(session.scalars(named)) == {ours}
        for table in (sessions, one_time_codes):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    dropped = set(re.findall(r"dropped: (.*) of (\w+)", out))
    assert {what for what, _ in dropped} == {"address", "name", "passkey", "payout destination", "recovery words"}
    assert {who for _, who in dropped} <= others
    db.close()


def test_an_order_of_0_2_0_that_is_sent_again_is_recognised(folder: Path, run: Run) -> None:
    assert run("db", "upgrade")[0] == 0
    instance = make_instance(read_settings())
    try:
        key = run("key", "new", SITE, "--name", "Otto's shop")[1].split()[0]
        said = {"id": "renewal", "goal": "purchase", "amount_minor": 5_000, "currency": "EUR"}
        for customer, status in (("dora", 200), ("DORA", 200), ("doris", 409)):
            answer = instance.flask.test_client().post(
                "/api/v1/conversions", json=said | {"customer": customer}, headers={"Authorization": f"Bearer {key}"}
            )
            assert (customer, answer.status_code) == (customer, status)
    finally:
        instance.close()
