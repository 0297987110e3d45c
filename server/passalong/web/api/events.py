"""`/api/v1/events`: the stream of events of a site, in order, with a cursor (docs/webhooks.md)."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from passalong.core.privileges import Scope
from passalong.core.webhooks.events import EventType
from passalong.store.webhooks import feed
from passalong.store.webhooks.bodies import StreamEvent
from passalong.web.api.operation import Answer, Call, Operation, problem
from passalong.web.http.problems import Problem

NOW = "now"
After = Annotated[
    str, Meta(pattern="^([0-9]{1,15}|now)$", description="the cursor `next` of the page before; `0` or `now` to begin")
]
Types = Annotated[str, Meta(max_length=1_000, description="event types with commas between them; all, if left out")]
Limit = Annotated[int, Meta(ge=1, le=100, description="the most events of a page, 1 to 100")]


class EventsQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The place in the stream, and what of it."""

    after: After = "0"
    types: Types = ""
    limit: Limit = 100


class EventShown(Answer, frozen=True, omit_defaults=False):
    """An event as webhooks get it: the reference of events says what is in `data`."""

    id: str
    type: str
    timestamp: str
    site: str
    data: dict[str, Any]


class EventList(Answer, frozen=True, omit_defaults=False):
    """Events in order; `next` is the cursor of the next page, and `more` is true if that has something already."""

    events: tuple[EventShown, ...]
    next: str
    more: bool


def list_events(call: Call, query: EventsQuery) -> EventList:
    """List events in the order in which they happened; none is missed, and none comes twice."""
    types = _types(query.types)
    with call.services.db.reading() as session:
        last = feed.last_number(session, call.site.site_id)
        if query.after == NOW:
            return EventList((), str(last), more=False)
        page = feed.after(session, call.site.site_id, int(query.after), types, query.limit)
    return EventList(tuple(map(_shown, page.events)), str(page.reached), more=page.reached < last)


def read_event(call: Call, event_id: str) -> EventShown:
    """Read one event."""
    with call.services.db.reading() as session:
        stream_event = feed.find(session, call.site.site_id, event_id)
    if stream_event is None:
        raise problem(Problem.NOT_FOUND, "No event has this id. Events are kept for 30 days.")
    return _shown(stream_event)


def _types(text: str) -> tuple[str, ...]:
    named = tuple(filter(None, (name.strip() for name in text.split(","))))
    unknown = [name for name in named if name not in set(EventType)]
    if unknown:
        raise problem(Problem.INVALID_REQUEST, f"There is no event type `{unknown[0][:40]}`: the reference has them.")
    return named


def _shown(event: StreamEvent) -> EventShown:
    return msgspec.json.decode(event.body, type=EventShown)


OPERATIONS = (
    Operation(
        name="list_events",
        method="GET",
        path="/events",
        tag="Events",
        scope=Scope.READ,
        handler=list_events,
        query=EventsQuery,
        answer=EventList,
    ),
    Operation(
        name="read_event",
        method="GET",
        path="/events/{event_id}",
        tag="Events",
        scope=Scope.READ,
        handler=read_event,
        answer=EventShown,
        problems=(Problem.NOT_FOUND,),
    ),
)
