"""Facts of try mode: what an owner does to see that the button works. They enter no sum, no receipt and no journal."""

from typing import Literal

from msgspec import Struct

from passalong.core.reasons import Reason

Tried = Literal["opened", "share", "visit", "conversion", "thanks"]
"""A page that was opened in try mode, a share from there, a visit by such a link, a result of it, thanks for it."""


class TryReported(Struct, frozen=True, omit_defaults=True, tag="try", tag_field="kind"):
    """Something happened in try mode, which a token made for it shows; `to` is where a share went."""

    tried: Tried
    share_id: str
    page_url: str = ""
    to: str = ""
    goal: str = ""
    refused: Reason | None = None


class TriesDeleted(Struct, frozen=True, tag="tries_deleted", tag_field="kind"):
    """The owner deleted everything of try mode up to here."""

    by: str


TryFact = TryReported | TriesDeleted
