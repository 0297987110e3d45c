"""Compiled statements are shared by databases of one kind, and by no others."""

from pathlib import Path

import pytest
from sqlalchemy import select

from passalong.store.engine import COMPILED, Database, bytewise
from passalong.store.schema.columns import metadata
from tables import make_tables


def read(url: str) -> int:
    """Run a statement that nothing else runs; returns how many statements were compiled for it."""
    db = Database(url)
    make_tables(db)
    before = len(COMPILED)
    sites = metadata.tables["sites"]
    with db.reading() as session:
        session.execute(select(sites.c.name, bytewise(session, sites.c.name).label("compiled_here"))).all()
    db.close()
    return len(COMPILED) - before


def test_a_second_database_of_a_kind_compiles_nothing_anew(tmp_path: Path) -> None:
    COMPILED.clear()
    assert [read(f"sqlite:///{tmp_path / name}.db") for name in ("first", "second")] == [1, 0]


@pytest.mark.postgresql
def test_each_kind_of_database_has_statements_of_its_own(tmp_path: Path, postgresql_url: str) -> None:
    COMPILED.clear()
    assert (read(f"sqlite:///{tmp_path / 'here.db'}"), read(postgresql_url), read(postgresql_url)) == (1, 1, 0)
