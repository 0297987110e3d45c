"""`/me/use`: what can be done with credit, each way with minimum, fee and time; one page to confirm, then a line."""

import re
import secrets

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.money import MICROS
from passalong.core.settlement import Offered, Way, WhyNot, usable, why_not
from passalong.flow import keepsakes, notices, settlement
from passalong.flow.settlement import Asked, CannotSettle, CannotUse
from passalong.store import reports, uses
from passalong.store.sites import Site
from passalong.store.uses import Destination
from passalong.web.auth import Signed, advocate, refuse_cross_site
from passalong.web.claims import nobody
from passalong.web.errors import Refusal
from passalong.web.language import said
from passalong.web.parts import parts
from passalong.web.patience import until

bp = Blueprint("use", __name__, url_prefix="/me/use")
AMOUNT = re.compile(r"[0-9]{1,12}([.,][0-9]{1,6})?", re.ASCII)
REQUEST = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
MOST_SHOWN = 20


@bp.get("")
def ways() -> str | tuple[str, int]:
    """The ways that the site offers, with equal weight, and what was used so far."""
    known, signed = parts(), advocate()
    if signed is None:
        return nobody()
    site = signed.site
    with known.db.reading() as session:
        offered = uses.ways_of(session, site)
        sums = reports.unit_sums(session, site.site_id, signed.mine)
        before = uses.uses_before(session, site.site_id, signed.mine, None, MOST_SHOWN, every=True)
    coming = notices.shown(known.db, known.collector, site, signed.mine, known.clock.now_ms())
    kept = keepsakes.is_claimed(known.db, site.site_id, signed.advocate_id)
    ready = {one.unit: usable(one.ready_micros, one.unit) for one in sums}
    shown = [one for one in offered if ready.get(one.unit, 0) > 0] or list(offered)
    return render_template(
        "me_use.html",
        site=site,
        offered=shown,
        sums=sums,
        ready=ready,
        before=before,
        coming=coming,
        claimed=signed.claimed,
        kept=kept,
    )


@bp.get("/confirm")
def confirm() -> str | tuple[str, int]:
    """What would happen, before it does."""
    signed = advocate()
    if signed is None:
        return nobody()
    return _confirm(signed, request.args, "")


@bp.post("/confirm")
def use() -> AnyResponse | tuple[str, int]:
    """Use the credit."""
    refuse_cross_site()
    known, signed = parts(), advocate()
    if signed is None:
        return nobody()
    form = request.form
    if not REQUEST.fullmatch(form.get("request", "")):
        raise Refusal(400, said("use.again"))
    offered, amount_micros = _asked(signed.site, form)
    asked = Asked(form["request"], offered.way, offered.unit, amount_micros)
    try:
        if form.get("account") or form.get("name"):
            kept = Destination(form.get("kind", ""), form.get("name", ""), form.get("account", ""))
            doors = (known.db, known.clock, signed.site.site_id, signed.advocate_id)
            settlement.keep_destination(*doors, kept, signed_in=signed.claimed)
        doors_ = (known.db, known.collector, signed.site, signed.advocate_id)
        settlement.use(*doors_, asked, signed_in=signed.claimed)
        until(known.db, lambda session: uses.find_use(session, signed.site.site_id, asked.request_id) is not None)
    except CannotUse as error:
        return _confirm(signed, form, said(f"use.why.{error.why.value}")), 400
    except CannotSettle:
        return _confirm(signed, form, said("use.bad_destination")), 400
    return redirect(url_for("use.one", use_id=asked.request_id), 303)


@bp.get("/<use_id>")
def one(use_id: str) -> str | tuple[str, int]:
    """One use, and where it stands."""
    known, signed = parts(), advocate()
    if signed is None:
        return nobody()
    with known.db.reading() as session:
        found = uses.find_use(session, signed.site.site_id, use_id)
    if found is not None and found.advocate_id not in signed.mine:
        found = None
    if found is None and not REQUEST.fullmatch(use_id):
        raise Refusal(404, said("use.unknown"))
    if found is None:  # just asked for, and folded in a moment: the page is there as soon as it is
        return render_template("me_used.html", site=signed.site, use=None), 404
    return render_template("me_used.html", site=signed.site, use=found)


def _confirm(signed: Signed, form: dict[str, str], problem: str) -> str:
    known, site = parts(), signed.site
    offered, amount_micros = _asked(site, form)
    with known.db.reading() as session:
        ready = uses.ready_micros(session, site.site_id, signed.mine, offered.unit)
        where = uses.destination_of(session, site.site_id, signed.mine)
    why = why_not(offered, amount_micros, ready)
    if offered.way == Way.PAYOUT and not signed.claimed:
        why = WhyNot.CLAIM_FIRST
    return render_template(
        "me_use_confirm.html",
        site=site,
        offered=offered,
        amount_micros=amount_micros,
        ready=ready,
        most=usable(ready, offered.unit),
        where=where,
        why=why,
        come_in=why == WhyNot.CLAIM_FIRST and keepsakes.is_claimed(known.db, site.site_id, signed.advocate_id),
        problem=problem,
        request_id=secrets.token_urlsafe(16),
        given=form,
    )


def _asked(site: Site, form: dict[str, str]) -> tuple[Offered, int]:
    """The way of the form as the site offers it, and the amount in micros; 0 for what is no amount. Raises Refusal."""
    offers = {(one.way.value, one.unit): one for one in settlement.ways(parts().db, site)}
    offered = offers.get((form.get("way", ""), form.get("unit", "")))
    if offered is None:
        raise Refusal(400, said("use.why.not_offered"))
    text = form.get("amount", "").strip()
    if not AMOUNT.fullmatch(text):
        return offered, 0
    whole, _, rest = text.replace(",", ".").partition(".")
    return offered, int(whole) * MICROS + int(rest.ljust(6, "0"))
