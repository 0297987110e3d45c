"""The fact of a thank-you: no money follows from it, and nobody is named by it."""

from msgspec import Struct

from passalong.core.reasons import Reason


class LinkThanked(Struct, frozen=True, tag="thanks", tag_field="kind"):
    """A person who came through a link said thank you, once in a visit, to everyone who carried it."""

    share_id: str
    visit_id: str
    refused: Reason | None = None
