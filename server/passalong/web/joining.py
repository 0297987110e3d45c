"""Whose credit a link from an e-mail could join, and whether that has to be asked first."""

from passalong.flow import door, keepsakes
from passalong.store.sites import Site
from passalong.web.auth import Signed, advocate
from passalong.web.parts import parts


def others_of(site: Site, looked: door.Looked) -> tuple[Signed | None, list[str]]:
    """Whose credit could become this person's: this browser's, and that of the browser which asked for the link.

    Credit that is kept already is joined by somebody who came in by what keeps it, not by a guest secret alone.
    """
    here, known = advocate(), parts()
    ours = here if here is not None and here.site.site_id == site.site_id else None
    if ours is not None and not keepsakes.may_change(known.db, site.site_id, ours.advocate_id, ours.via):
        ours = None
    found = {looked.asked_by or "", ours.advocate_id if ours else ""}
    return ours, sorted(found - {"", looked.address.advocate_id or ""})


def asked_here(looked: door.Looked, ours: Signed | None, others: list[str]) -> bool:
    """True when nothing needs to be asked: this browser wants an address that is nobody's yet."""
    fresh = looked.address.advocate_id is None
    return fresh and ours is not None and others == [looked.asked_by] == [ours.advocate_id]
