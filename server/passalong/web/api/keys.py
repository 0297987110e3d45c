"""`/api/v1/keys`: the API keys of the site. A key makes no key that may do more than itself."""

from typing import Annotated

from msgspec import Meta

from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import HOUR_MS, LONGEST_OVERLAP_HOURS, ApiKeyError, Author, NewKey, Rotation
from passalong.store.people import api_keys as stored
from passalong.store.people.api_keys import ApiKey
from passalong.web.api.lists import Shape
from passalong.web.api.operation import CREATED, Call, Operation, Reply, problem
from passalong.web.http import wire
from passalong.web.http.problems import Problem

Purpose = Annotated[str, Meta(max_length=120, description="what the key is for, in 1 to 120 characters")]
Scopes = Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=len(Scope), description="a list of scopes")]
Hours = Annotated[int, Meta(ge=0, le=LONGEST_OVERLAP_HOURS, description=f"hours from 0 to {LONGEST_OVERLAP_HOURS}")]


class KeyShown(Shape, frozen=True):
    """An API key: `scopes` is null for one from before there were any. Its secret is shown only when it is made."""

    id: str
    name: str
    last_four: str
    scopes: tuple[Scope, ...] | None
    created_at_ms: int
    last_used_at_ms: int | None
    ends_at_ms: int | None


class KeyList(Shape, frozen=True):
    """API keys, newest first, ended ones included."""

    data: tuple[KeyShown, ...]


class OwnKey(Shape, frozen=True):
    """The key of this call and its site; `scopes` is null for a key from before there were any."""

    id: str
    name: str
    scopes: tuple[Scope, ...] | None
    ends_at_ms: int | None
    site: str
    site_name: str


class KeyMade(Shape, frozen=True):
    """A new key, with its secret: it is shown only now."""

    secret: str


class KeyBody(wire.Body, frozen=True):
    """A key to make."""

    name: Purpose
    scopes: Scopes


class RotationBody(wire.Body, frozen=True):
    """For how long the old key works on."""

    overlap_hours: Hours = 24


def list_keys(call: Call) -> KeyList:
    """List the API keys of the site."""
    with call.services.db.reading() as session:
        return KeyList(tuple(map(_shown, stored.all_of(session, call.site.site_id))))


def read_own_key(call: Call) -> OwnKey:
    """Return the key of this call: its name, its site and what it may do. Every key may ask."""
    key, site = call.key, call.site
    return OwnKey(key.handle, key.name, key.granted, key.ends_at_ms, site.site_id, site.name)


def make_key(call: Call, body: KeyBody) -> Reply:
    """Make an API key; its secret is in this answer and nowhere else."""
    _must_have(call, body.scopes)
    scopes = tuple(scope for scope in Scope if scope in body.scopes)
    services = call.services
    try:
        secret = api_keys.new(
            services.db, services.clock, call.site.site_id, NewKey(body.name, scopes), Author(call.actor, call.once)
        )
    except ApiKeyError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None
    return Reply(KeyMade(secret), CREATED)


def rotate_key(call: Call, key_id: str, body: RotationBody) -> Reply:
    """Make the successor of a key, with its scopes; the old one works on for a while."""
    _must_have(call, _find(call, key_id).granted or tuple(Scope))
    rotation = Rotation(key_id, body.overlap_hours * HOUR_MS)
    services = call.services
    try:
        secret = api_keys.rotate(
            services.db, services.clock, call.site.site_id, rotation, Author(call.actor, call.once)
        )
    except ApiKeyError as error:
        raise problem(Problem.CONFLICT, str(error)) from None
    return Reply(KeyMade(secret), CREATED)


def revoke_key(call: Call, key_id: str) -> KeyShown:
    """Revoke a key at once."""
    _find(call, key_id)
    services = call.services
    try:
        api_keys.revoke(services.db, services.clock, call.site.site_id, key_id, Author(call.actor, call.once))
    except ApiKeyError as error:
        raise problem(Problem.CONFLICT, str(error)) from None
    return _shown(_find(call, key_id))


def _must_have(call: Call, scopes: tuple[Scope, ...]) -> None:
    """Raise `forbidden` for a scope that the key of this call does not have itself."""
    more = [scope for scope in scopes if scope not in (call.key.granted or ())]
    if more:
        raise problem(Problem.FORBIDDEN, f"This key does not have the scope `{more[0]}` itself, so it cannot give it.")


def _find(call: Call, key_id: str) -> ApiKey:
    with call.services.db.reading() as session:
        keys = [key for key in stored.all_of(session, call.site.site_id) if key.handle == key_id]
    if not keys:
        raise problem(Problem.NOT_FOUND, "No key has this id: `GET /keys` lists them.")
    return keys[0]


def _shown(key: ApiKey) -> KeyShown:
    return KeyShown(
        key.handle, key.name, key.last_four, key.granted, key.created_at_ms, key.last_used_at_ms, key.ends_at_ms
    )


OPERATIONS = (
    Operation(
        name="read_own_key",
        method="GET",
        path="/key",
        tag="Keys",
        scope=None,
        handler=read_own_key,
        answer=OwnKey,
    ),
    Operation(
        name="list_keys",
        method="GET",
        path="/keys",
        tag="Keys",
        scope=Scope.MANAGE,
        handler=list_keys,
        answer=KeyList,
    ),
    Operation(
        name="make_key",
        method="POST",
        path="/keys",
        tag="Keys",
        scope=Scope.MANAGE,
        handler=make_key,
        body=KeyBody,
        answer=KeyMade,
        statuses=(CREATED,),
        problems=(Problem.FORBIDDEN,),
        shown_once=True,
    ),
    Operation(
        name="rotate_key",
        method="POST",
        path="/keys/{key_id}/rotate",
        tag="Keys",
        scope=Scope.MANAGE,
        handler=rotate_key,
        body=RotationBody,
        answer=KeyMade,
        statuses=(CREATED,),
        problems=(Problem.NOT_FOUND, Problem.CONFLICT, Problem.FORBIDDEN),
        shown_once=True,
    ),
    Operation(
        name="revoke_key",
        method="POST",
        path="/keys/{key_id}/revoke",
        tag="Keys",
        scope=Scope.MANAGE,
        handler=revoke_key,
        answer=KeyShown,
        problems=(Problem.NOT_FOUND, Problem.CONFLICT),
    ),
)
