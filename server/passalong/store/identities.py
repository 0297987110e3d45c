"""Persons: advocates and visitors joined by what they told us. A person is named by the least of their keys."""

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.read_models import identities


def persons_of(session: Session, site_id: str, keys: Iterable[str]) -> dict[str, str]:
    """The person behind each identity key; a key that was never joined is a person of its own."""
    asked = set(keys)
    rows = session.execute(
        select(identities.c.identity, identities.c.person).where(
            identities.c.site_id == site_id, identities.c.identity.in_(asked)
        )
    )
    known = {row.identity: row.person for row in rows}
    return {key: known.get(key, key) for key in asked}


def members(session: Session, site_id: str, person: str) -> set[str]:
    """All keys of one person."""
    found = select(identities.c.identity).where(identities.c.site_id == site_id, identities.c.person == person)
    return {person, *session.scalars(found)}


def join(session: Session, site_id: str, one: str, other: str) -> bool:
    """Make two keys one person; True when that changed anything."""
    persons = persons_of(session, site_id, (one, other))
    if persons[one] == persons[other]:
        return False
    for key, person in persons.items():
        insert_new(session, identities, site_id=site_id, identity=key, person=person)
    least = min(persons.values())
    session.execute(
        update(identities)
        .where(identities.c.site_id == site_id, identities.c.person.in_(persons.values()))
        .values(person=least)
    )
    return True
