"""Events of the stream as they are sent: with the metadata of their conversion or link.

Metadata is filled in when an event is read, so that erasing it in its own table erases it from what is sent, too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.webhooks.events import EventType
from passalong.store.attached import attached_metadata

OF_ORDER, OF_LINK = (attached_metadata.CONVERSION, "conversion_id"), (attached_metadata.LINK, "share_id")
HAVE_METADATA: Mapping[str, tuple[str, str]] = {
    EventType.CONVERSION_CREATED: OF_ORDER,
    EventType.CONVERSION_UPDATED: OF_ORDER,
    EventType.SHARE_CREATED: OF_LINK,
    EventType.VISIT_COUNTED: OF_LINK,
    EventType.VISIT_REFUSED: OF_LINK,
}
"""Kind of the conversion or link whose metadata an event has, and the field of its data that names it."""


class StreamEvent(Struct, frozen=True):
    """One event of the stream; `body` is the JSON that is sent."""

    site_id: str
    number: int
    event_id: str
    type: str
    at_ms: int
    body: str


def with_metadata(session: Session, site_id: str, events: Sequence[StreamEvent]) -> list[StreamEvent]:
    """Return events with their metadata, in one statement for all of them."""
    abouts = [_about(event) for event in events]
    metadata_of = attached_metadata.of(session, site_id, filter(None, abouts))
    return [
        _filled(event, metadata_of[about]) if about in metadata_of else event
        for event, about in zip(events, abouts, strict=True)
    ]


def _about(event: StreamEvent) -> str:
    """Return what an event's metadata is about; an empty text for events that have none."""
    if event.type not in HAVE_METADATA:
        return ""
    data: dict[str, Any] = msgspec.json.decode(event.body)["data"]
    kind, name = HAVE_METADATA[event.type]
    return f"{kind}:{data[name]}"


def _filled(event: StreamEvent, metadata: dict[str, str]) -> StreamEvent:
    body = msgspec.json.decode(event.body)
    body["data"]["metadata"] = metadata
    return msgspec.structs.replace(event, body=msgspec.json.encode(body).decode())
