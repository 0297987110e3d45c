"""Privacy threshold of five people: lines of links below it name neither item nor day, thanks below it no number."""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.share_tree import FEW
from passalong.store.prebuilt import find_among
from passalong.store.schema.links import link_totals


class Thanks(Struct, frozen=True):
    """How many people said thank you; `few` where it is fewer than five, and no number is told."""

    people: int = 0
    few: bool = False


def merged(people: int) -> Thanks:
    """Return thanks as their recipient may see them."""
    return Thanks(people) if people >= FEW else Thanks(few=people > 0)


def is_few(session: Session, site_id: str, share_ids: Iterable[str | None]) -> dict[str | None, bool]:
    """For each link, tell whether fewer than five people came by it; such a line names neither item nor day."""
    named = set(share_ids)
    ids = {share_id for share_id in named if share_id}
    columns = (link_totals.c.share_id, link_totals.c.people)
    people = {row.share_id: row.people for row in find_among(session, site_id, columns[0], ids, columns)}
    few: dict[str | None, bool] = {share_id: people.get(share_id or "", 0) < FEW for share_id in named}
    return few | {None: True}
