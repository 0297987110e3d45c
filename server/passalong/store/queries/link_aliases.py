"""Old codes of another programme's links, compared byte for byte."""

from collections.abc import Sequence

from msgspec import Struct, structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.store.engine import insert_new
from passalong.store.schema.aliases import link_aliases


class Alias(Struct, frozen=True):
    """An old code, the parameter that carried it, and the link that it leads to."""

    alias: str
    param: str
    share_id: str
    advocate_id: str


def add(session: Session, site_id: str, alias: Alias, now_ms: int) -> None:
    """Let an old code lead to a link, unless it leads to one already."""
    insert_new(session, link_aliases, site_id=site_id, **structs.asdict(alias), made_at_ms=now_ms)


def find(session: Session, site_id: str, alias: str) -> Alias | None:
    """Return what an old code leads to."""
    columns = [link_aliases.c[name] for name in Alias.__struct_fields__]
    statement = select(*columns).where(link_aliases.c.site_id == site_id, link_aliases.c.alias == alias)
    row = session.execute(statement).one_or_none()
    return None if row is None else Alias(*row)


def params(session: Session, site_id: str) -> Sequence[str]:
    """Return the parameters that carried old codes at this site."""
    columns = link_aliases.c
    statement = select(columns.param).where(columns.site_id == site_id).distinct().order_by(columns.param)
    return session.scalars(statement).all()
