"""Sets of ids that count as one, as a table of (member, name of its set): groups of keys, accounts of advocates."""

from collections.abc import Callable, Iterable

from sqlalchemy import Column, Table
from sqlalchemy.orm import Session

from passalong.store import bulk
from passalong.store.prebuilt import find_among

Name = Callable[[set[str]], str]
"""Chooses the member by which a set is named."""


class Partition:
    """The sets of one site, as one slice has read and changed them; a member without a row stands alone."""

    def __init__(self, session: Session, site_id: str, table: Table, name: Name = min):
        self._session, self._site_id, self._table, self._name = session, site_id, table, name
        _, self._member, self._set = table.columns
        self._names: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._changed: set[str] = set()

    def prime(self, members: Iterable[str]) -> None:
        """Read many members at once, each with its whole set."""
        missing = {member for member in members if member not in self._names}
        if not missing:
            return
        rows = self._rows(self._member, missing)
        self._names |= {member: rows.get(member, member) for member in missing}
        names = {self._names[member] for member in missing} - set(self._members)
        self._members |= {name: {name} for name in names}
        joined = names & set(rows.values())
        for member, name in (self._rows(self._set, joined) if joined else {}).items():
            self._members[name].add(member)
            self._names[member] = name

    def _rows(self, column: Column[str], values: Iterable[str]) -> dict[str, str]:
        rows = find_among(self._session, self._site_id, column, values, (self._member, self._set))
        return {member: name for member, name in rows}

    def name(self, member: str) -> str:
        """Return the name of a member's set."""
        self.prime([member])
        return self._names[member]

    def members(self, member: str) -> set[str]:
        """Return all members of a member's set, itself included."""
        return self._members[self.name(member)] | {member}

    def join(self, members: Iterable[str]) -> bool:
        """Join the sets of these members; True if that changed anything."""
        joining = sorted(set(members))
        self.prime(joining)
        names = {self._names[member] for member in joining}
        if len(names) < 2:
            return False
        joined = set(joining).union(*(self._members.pop(name) for name in names))
        self._keep(joined)
        return True

    def _keep(self, members: set[str]) -> None:
        name = self._name(members)
        self._members[name] = members
        self._names |= dict.fromkeys(members, name)
        self._changed |= members

    def dissolve(self, member: str) -> set[str]:
        """Split a set into single members; returns them."""
        members = self.members(member)
        self._members.pop(self.name(member))
        for other in members:
            self._keep({other})
        return members

    def flush(self) -> None:
        """Write the changed sets."""
        rows = [
            {"site_id": self._site_id, self._member.name: member, self._set.name: self._names[member]}
            for member in sorted(self._changed)
        ]
        bulk.upsert(self._session, self._table, rows)
        self._changed.clear()
