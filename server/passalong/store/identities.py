"""Persons: advocates and visitors joined by what they told us. A person is named by the least of their keys."""

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.read_models import identities


class PersonBook:
    """Who is who on one site, as one slice of work has read and changed it."""

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._persons: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}

    def prime(self, keys: Iterable[str]) -> None:
        """Look up many keys at once, and everybody who is one person with any of them."""
        asked = {key for key in keys if key not in self._persons}
        if not asked:
            return
        found = self._rows(identities.c.identity.in_(sorted(asked)))
        self._persons |= {key: found.get(key, key) for key in asked}
        persons = {self._persons[key] for key in asked} - set(self._members)
        self._members |= {person: {person} for person in persons}
        for key, person in self._rows(identities.c.person.in_(sorted(persons & set(found.values())))).items():
            self._members[person].add(key)
            self._persons[key] = person

    def _rows(self, condition: object) -> dict[str, str]:
        statement = select(identities.c.identity, identities.c.person)
        rows = self._session.execute(statement.where(identities.c.site_id == self._site_id, condition))  # type: ignore[arg-type]
        return {row.identity: row.person for row in rows}

    def person(self, key: str) -> str:
        """The person behind an identity key; a key that was never joined is a person of its own."""
        self.prime([key])
        return self._persons[key]

    def members(self, key: str) -> set[str]:
        """All keys of the person behind a key, itself among them."""
        return self._members[self.person(key)] | {key}

    def join_all(self, keys: Iterable[str]) -> bool:
        """Make all these keys one person; True when that changed anything."""
        first, *others = sorted(keys)
        return any([self.join(first, other) for other in others])

    def join(self, one: str, other: str) -> bool:
        """Make two keys one person; True when that changed anything."""
        persons = {self.person(one), self.person(other)}
        if len(persons) == 1:
            return False
        for key in (one, other):
            insert_new(self._session, identities, site_id=self._site_id, identity=key, person=self.person(key))
        least = min(persons)
        self._session.execute(
            update(identities)
            .where(identities.c.site_id == self._site_id, identities.c.person.in_(sorted(persons)))
            .values(person=least)
        )
        joined = {one, other}.union(*(self._members.pop(person) for person in persons))
        self._members[least] = joined
        self._persons |= dict.fromkeys(joined, least)
        return True
