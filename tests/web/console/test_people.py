"""The console's people: found by the name that they show, in any script, whatever capitals are typed."""

from collections.abc import Iterator

import pytest

from cast import anna, ben, mallory
from flow.office import BOTH, SITE, Office, an_office
from passalong import migrate
from passalong.flow.transaction import writing
from passalong.store.people import erasure
from passalong.store.people.erasure import Choices
from passalong.store.queries import people
from plumbing.statements import plan_of, statements, whole_tables

NAMES = {"Änne Ørsted": anna, "Эмма": ben, "Ernst Groß": mallory}


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Three people shared, each under a name."""
    for made in an_office(request, tmp_path_factory):
        for name, who in NAMES.items():
            made.link(name, who)
            with writing(made.db) as session:
                erasure.choose(session, SITE, [who.advocate_id(SITE)], Choices(name, shown=True))
        made.fold()
        yield made


@pytest.mark.parametrize("name", NAMES)
def test_somebody_is_found_by_their_name_in_any_script_and_in_capitals(office: Office, name: str) -> None:
    for typed in (name, name.upper(), name.lower(), f" {name} "):
        with office.db.reading() as session:
            assert people.named(session, SITE, typed) == [NAMES[name].advocate_id(SITE)], typed
    with office.db.reading() as session:
        assert people.named(session, SITE, name[:-1]) == []
        assert people.named(session, "wasps1", name) == []


def test_a_name_is_looked_up_in_an_index(office: Office) -> None:
    with statements(office.db) as found, office.db.reading() as session:
        people.named(session, SITE, "Эмма")
    plan = plan_of(office.db, found[-1])
    assert "ix_advocate_choices_name" in plan and whole_tables(plan) == [], plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan, plan


def test_names_from_before_the_index_are_found_too(office: Office) -> None:
    migrate.downgrade(office.db, "0048")
    migrate.upgrade(office.db)
    with office.db.reading() as session:
        assert people.named(session, SITE, "ernst gross") == [NAMES["Ernst Groß"].advocate_id(SITE)]
