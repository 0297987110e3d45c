"""The person who made each API key, as the audit log has it, and the keys that people left behind."""

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.store.people import api_keys, changes, owners
from passalong.store.people.api_keys import ApiKey
from passalong.store.people.changes import ChangeFilter

MOST_CHANGES = 10_000


class LeftKey(Struct, frozen=True):
    """A key that still works although its maker is not in the team any more."""

    key: ApiKey
    address: str


def makers_of(session: Session, site_id: str, keys: Sequence[ApiKey]) -> Mapping[str, str]:
    """Return the actor who made each key, by the key's handle; a key without an entry in the audit log is left out."""
    made = changes.newest(session, site_id, MOST_CHANGES, ChangeFilter(action="key.make"))
    makers = {entry.change.subject: entry.change.actor for entry in made}
    replaced = changes.newest(session, site_id, MOST_CHANGES, ChangeFilter(action="key.rotate"))
    # A replacement is recorded under the old key: the new one has its moment and name.
    successors = {(entry.at_ms, json.loads(entry.change.after)["name"]): entry.change.actor for entry in replaced}
    actors = {key.handle: makers.get(key.handle) or successors.get((key.created_at_ms, key.name)) for key in keys}
    return {handle: actor for handle, actor in actors.items() if actor}


def left_keys(session: Session, site_id: str, now_ms: int) -> Sequence[LeftKey]:
    """Return the working keys of people who were removed from the team."""
    keys = [key for key in api_keys.all_of(session, site_id) if key.works(now_ms)]
    makers = makers_of(session, site_id, keys)
    names = owners.names(session, [actor.removeprefix("owner:") for actor in makers.values()])
    members = {member.owner.owner_id for member in owners.team(session, site_id)}
    people = {key.handle: makers.get(key.handle, "").removeprefix("owner:") for key in keys}
    return [
        LeftKey(key, names[person]) for key in keys if (person := people[key.handle]) in names and person not in members
    ]
