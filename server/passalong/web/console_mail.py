"""`/console/<site>/mail`: the outbox as the owner sees it: what went to whom and when, but not what it says."""

from flask import Blueprint, render_template

from passalong.flow.carrier import GIVEN_UP
from passalong.flow.door import masked
from passalong.store import addresses, mails
from passalong.store.mails import Mail
from passalong.web.auth import owner_of
from passalong.web.parts import parts

bp = Blueprint("console_mail", __name__)
NEWEST = 100


@bp.get("/console/<site_id>/mail")
def outbox(site_id: str) -> str:
    """The newest hundred, each with what became of it."""
    known, site = parts(), owner_of(site_id)
    with known.db.reading() as session:
        found = mails.newest(session, site_id, NEWEST)
        to = {one.address_hash: addresses.find(session, site_id, one.address_hash) for one in found}
    rows = [
        (one, masked(known_as.address) if (known_as := to[one.address_hash]) else "", state_of(one)) for one in found
    ]
    return render_template("console_mail.html", site=site, rows=rows, way_out=known.carrier.way_out)


def state_of(mail: Mail) -> str:
    """What became of a mail: sent, waiting, refused (given up) or counted (not sent, and rightly so)."""
    if mail.sent_at_ms is not None:
        return "credited"
    if mail.next_at_ms is not None:
        return "waiting"
    return "refused" if mail.error.startswith(GIVEN_UP) else "counted"
