"""`/console/<site>/mail`: the owner's address, what they want to be written, and the outbox as they see it."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow import enrol, limits, owners
from passalong.flow.carrier import GIVEN_UP
from passalong.flow.door import BadAddress, masked
from passalong.flow.letters import OWNERS_KINDS, is_wanted
from passalong.store import addresses, mails
from passalong.store.mails import Mail
from passalong.store.sites import Site
from passalong.web import language
from passalong.web.auth import owner_of, refuse_cross_site
from passalong.web.errors import Refusal
from passalong.web.language import said
from passalong.web.parts import parts

bp = Blueprint("console_mail", __name__)
NEWEST = 100


@bp.get("/console/<site_id>/mail")
def outbox(site_id: str) -> str:
    """The address and the choices, and the newest hundred e-mails, each with what became of it."""
    known, site = parts(), owner_of(site_id)
    with known.db.reading() as session:
        found = mails.newest(session, site_id, NEWEST)
        to = {one.address_hash: addresses.find(session, site_id, one.address_hash) for one in found}
        mine = addresses.owners(session, site_id, confirmed=False)
        chosen = addresses.choices(session, site_id, mine[0].address_hash) if mine else {}
    rows = [
        (one, masked(known_as.address) if (known_as := to[one.address_hash]) else "", state_of(one)) for one in found
    ]
    return render_template(
        "console_mail.html",
        site=site,
        rows=rows,
        way_out=known.carrier.way_out,
        mine=mine,
        kinds=[(kind, is_wanted(kind, chosen)) for kind in OWNERS_KINDS],
        kept=request.args.get("kept") == "1",
    )


@bp.post("/console/<site_id>/mail")
def choose(site_id: str) -> AnyResponse:
    """Give an address, forget it, or choose what is written to it."""
    refuse_cross_site()
    known, site = parts(), owner_of(site_id)
    act = request.form.get("act")
    if act == "address":
        try:
            owners.ask(known.db, known.clock, known.keys, site_id, request.form.get("address", ""), language.wanted())
        except BadAddress:
            raise Refusal(400, "Write an e-mail address, like otto@example.org.") from None
        except limits.TooMany as error:
            raise Refusal(429, f"Too many links were asked for. Try again in {error.retry_after_s} s.") from None
    elif act == "forget":
        known.carrier.forget(site_id, owners.forget(known.db, site_id))
    elif act == "choose":
        owners.choose(known.db, site.site_id, set(request.form.getlist("kind")))
    else:
        raise Refusal(400, "Choose one of: address, forget, choose.")
    return redirect(url_for("console_mail.outbox", site_id=site_id, kept=1), 303)


@bp.get("/me/owner/<code>")
def ask(code: str) -> str:
    """Opening the link of an e-mail confirms nothing: programs open links. The button does."""
    known, site, secret = parts(), _site_in(code), code.partition(".")[2]
    try:
        address = owners.look(known.db, known.clock, site.site_id, secret)
    except enrol.BadCode:
        raise Refusal(404, said("mail.owner_confirm.old")) from None
    return render_template("owner_mail.html", site=site, code=code, address=masked(address.address), confirmed=False)


@bp.post("/me/owner/<code>")
def confirm(code: str) -> str:
    """From now on this address is the owner's."""
    refuse_cross_site()
    known, site, secret = parts(), _site_in(code), code.partition(".")[2]
    try:
        address = owners.confirm(known.db, known.clock, site.site_id, secret)
    except enrol.BadCode:
        raise Refusal(404, said("mail.owner_confirm.old")) from None
    return render_template("owner_mail.html", site=site, code=code, address=masked(address.address), confirmed=True)


def _site_in(code: str) -> Site:
    site = parts().sites.find(code.partition(".")[0][:16])
    if site is None:
        raise Refusal(404, said("mail.owner_confirm.old"))
    return site


def state_of(mail: Mail) -> str:
    """What became of a mail: sent, waiting, refused (given up) or counted (not sent, and rightly so)."""
    if mail.sent_at_ms is not None:
        return "credited"
    if mail.next_at_ms is not None:
        return "waiting"
    return "refused" if mail.error.startswith(GIVEN_UP) else "counted"
