"""`/me/use`: redemption methods with minimum, fee and time; one page to confirm, then a line."""

import re
import secrets
from collections.abc import Mapping, Sequence

import msgspec
from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.ledger.redemptions import (
    Method,
    OfferedMethod,
    State,
    WhyNot,
    is_open,
    least_micros,
    still_missing,
    usable,
    why_not,
)
from passalong.core.money import whole_micros
from passalong.core.privileges import Lack, Need, Strength
from passalong.core.terms.amounts import BadAmountError, read_amount
from passalong.flow import redemptions as flow_redemptions
from passalong.flow.mail import expiry_notices
from passalong.flow.owners import redemption_decisions
from passalong.flow.owners.payouts import Cashier
from passalong.flow.redemptions import (
    Asked,
    BadIbanError,
    BadPaypalError,
    OnItsWayError,
    Person,
    RedeemError,
    RedemptionError,
)
from passalong.store.books import redemptions
from passalong.store.books.redemptions import Destination, Redemption
from passalong.store.queries import advocates
from passalong.store.sites import Site
from passalong.web.http.auth import Signed
from passalong.web.http.await_fold import until
from passalong.web.http.errors import RefusalError
from passalong.web.http.formats import wants_json
from passalong.web.http.formatting import plain_amount
from passalong.web.http.guards import signed_in, too_weak
from passalong.web.http.language import language, said
from passalong.web.http.services import current_services

bp = Blueprint("redemptions", __name__, url_prefix="/me/use")
REQUEST = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
MOST_SHOWN = 20
NEEDS = {Method.PAYOUT: Need.MONEY, Method.CAUSE: Need.CHANGE, Method.GIVE_BACK: Need.CHANGE}
"""The need of each method; those of little value ask for little."""
EXAMPLE_MICROS = 8_300_000


@bp.get("")
@signed_in()
def methods(signed: Signed) -> str:
    """Show the site's methods, with equal weight, and past redemptions."""
    services = current_services()
    site = signed.site
    with services.db.reading() as session:
        offered = redemptions.methods_of(session, site)
        sums = advocates.unit_sums(session, site.site_id, signed.mine)
        page = redemptions.RedemptionPage(None, MOST_SHOWN, every=True)
        before = redemptions.redemptions_before(session, site.site_id, signed.mine, page)
        coming = expiry_notices.coming_of(session, site, signed.mine, services.clock.now_ms())
    exact = {unit_sums.unit: unit_sums.ready_micros for unit_sums in sums}
    ready = {unit: usable(micros, unit) for unit, micros in exact.items()}
    shown = _shown(offered, ready)
    wanted = {one.unit for one in offered if one.method != Method.GIVE_BACK}
    return render_template(
        "portal/redemptions.html",
        site=site,
        offered=shown,
        sums=sums,
        ready=ready,
        least={method: least_micros(method) for method in shown},
        missing={method: still_missing(method, exact.get(method.unit, 0)) for method in shown},
        idle=[(unit, micros) for unit, micros in ready.items() if micros and unit not in wanted],
        before=before,
        coming=coming,
        claimed=signed.strength >= Strength.SIGNED_IN,
        kept=signed.kept,
    )


def _shown(offered: Sequence[OfferedMethod], ready: Mapping[str, int]) -> list[OfferedMethod]:
    """Return the methods in units with available credit, or all without any; giving back only where it is possible."""
    shown = [one for one in offered if one.method != Method.GIVE_BACK or is_open(one, ready.get(one.unit, 0))]
    return [method for method in shown if ready.get(method.unit, 0) > 0] or shown


@bp.get("/confirm")
@signed_in()
def confirm(signed: Signed) -> str | tuple[str, int]:
    """Show what would happen, before it does."""
    lack = _lack(signed, request.args)
    return _confirm(signed, request.args, "") if lack is None else too_weak(signed, lack)


@bp.post("/confirm")
@signed_in(Need.SPEND)
def redeem(signed: Signed) -> AnyResponse | tuple[str, int]:
    """Request the redemption."""
    services = current_services()
    form = request.form
    if not REQUEST.fullmatch(form.get("request", "")):
        raise RefusalError(400, said("redemptions.again"))
    if (lack := _lack(signed, form)) is not None:
        return too_weak(signed, lack)
    offered, amount_micros = _asked(signed.site, form)
    asked = Asked(form["request"], offered.method, offered.unit, amount_micros)
    try:
        if form.get("account") or form.get("name"):
            kept = Destination(form.get("kind", ""), form.get("name", ""), form.get("account", ""))
            owner = Person(signed.advocate_id, signed_in=True)
            flow_redemptions.keep_destination(services.db, services.clock, signed.site.site_id, owner, kept)
        person = Person(signed.advocate_id, signed_in=signed.lacks(Need.MONEY) is None)
        flow_redemptions.request_redemption(services.db, services.collector, signed.site, person, asked)
        until(
            services.db,
            lambda session: redemptions.find_redemption(session, signed.site.site_id, asked.request_id) is not None,
        )
    except RedeemError as error:
        return _confirm(signed, form, _words_of(error.why, offered.unit)), 400
    except RedemptionError as error:
        return _confirm(signed, form, _why_not(error)), 400
    return redirect(url_for("redemptions.one", redemption_id=asked.request_id), 303)


@bp.get("/<redemption_id>")
@signed_in()
def one(signed: Signed, redemption_id: str) -> tuple[str | Response, int]:
    """Show one redemption and its state."""
    return _used(signed, redemption_id)


@bp.post("/<redemption_id>/destination")
@signed_in(Need.MONEY)
def destination(signed: Signed, redemption_id: str) -> AnyResponse | tuple[str | Response, int]:
    """Change where a payout goes, before it is approved."""
    services = current_services()
    form, redemption = request.form, _mine(signed, redemption_id)
    if redemption is None or redemption.state != State.REQUESTED:
        return _used(signed, redemption_id, said("redemptions.too_late"), 409)
    kept = Destination(form.get("kind", ""), form.get("name", ""), form.get("account", ""))
    person = Person(signed.advocate_id, signed_in=True)
    try:
        flow_redemptions.keep_destination(services.db, services.clock, signed.site.site_id, person, kept)
    except RedeemError as error:
        return _used(signed, redemption_id, _words_of(error.why, redemption.unit), 403)
    except RedemptionError as error:
        return _used(signed, redemption_id, _why_not(error), 400)
    return redirect(url_for("redemptions.one", redemption_id=redemption_id), 303)


@bp.post("/<redemption_id>/withdraw")
@signed_in(Need.CHANGE)
def withdraw(signed: Signed, redemption_id: str) -> AnyResponse | tuple[str | Response, int]:
    """Withdraw a redemption, before it is approved."""
    services, site_id = current_services(), signed.site.site_id
    try:
        by = f"advocate:{signed.advocate_id}"
        cashier = Cashier(services.db, services.collector, services.clock, signed.site, by)
        redemption_decisions.withdraw_request(cashier, signed.advocate_id, redemption_id)
    except RedemptionError:
        return _used(signed, redemption_id, said("redemptions.too_late"), 409)
    until(services.db, lambda session: _is_withdrawn(redemptions.find_redemption(session, site_id, redemption_id)))
    return redirect(url_for("redemptions.one", redemption_id=redemption_id), 303)


def _is_withdrawn(found: Redemption | None) -> bool:
    return found is not None and found.state != State.REQUESTED


def _mine(signed: Signed, redemption_id: str) -> Redemption | None:
    with current_services().db.reading() as session:
        redemption = redemptions.find_redemption(session, signed.site.site_id, redemption_id)
    return redemption if redemption is not None and redemption.advocate_id in signed.mine else None


def _used(signed: Signed, redemption_id: str, problem: str = "", status: int = 200) -> tuple[str | Response, int]:
    """Show the page of one redemption; 404 if it is nobody's or somebody else's."""
    services, site, redemption = current_services(), signed.site, _mine(signed, redemption_id)
    if redemption is None and not REQUEST.fullmatch(redemption_id):
        raise RefusalError(404, said("redemptions.unknown"))
    if redemption is None:  # just requested: the page exists as soon as it is folded
        return render_template("portal/redemption.html", site=site, redemption=None), 404
    with services.db.reading() as session:
        where = redemptions.destination_of(session, site.site_id, signed.mine)
        offers = {(method.method, method.unit): method for method in redemptions.methods_of(session, site)}
    if wants_json() and not problem:
        return jsonify(msgspec.to_builtins(redemption) | {"net_micros": redemption.net_micros}), status
    page = render_template(
        "portal/redemption.html",
        site=site,
        redemption=redemption,
        where=where,
        offered=offers.get((redemption.method, redemption.unit)),
        claimed=signed.strength >= Strength.SIGNED_IN,
        given=request.form,
        problem=problem,
    )
    return page, status


def _why_not(error: RedemptionError) -> str:
    """Return the message about an invalid destination."""
    if isinstance(error, BadIbanError):
        return said("redemptions.bad_iban")
    if isinstance(error, BadPaypalError):
        return said("redemptions.bad_paypal")
    return said("redemptions.on_its_way" if isinstance(error, OnItsWayError) else "redemptions.bad_destination")


def _words_of(why: WhyNot, unit: str) -> str:
    """Return why an amount cannot be redeemed, with an example that the unit can have."""
    example = plain_amount(whole_micros(EXAMPLE_MICROS, unit), unit, language())
    return said(f"redemptions.why.{why.value}", example=example)


def _lack(signed: Signed, form: Mapping[str, str]) -> Lack | None:
    """Return why this session may not redeem as the form says; a destination needs as much as a payout."""
    offered, _ = _asked(signed.site, form)
    need = NEEDS.get(offered.method, Need.SPEND)
    return signed.lacks(Need.MONEY if form.get("account") or form.get("name") else need)


def _confirm(signed: Signed, form: Mapping[str, str], problem: str) -> str:
    services, site = current_services(), signed.site
    offered, amount_micros = _asked(site, form)
    with services.db.reading() as session:
        ready = redemptions.ready_micros(session, site.site_id, signed.mine, offered.unit)
        where = redemptions.destination_of(session, site.site_id, signed.mine)
    why = why_not(offered, amount_micros, ready)
    problem = problem or (_words_of(why, offered.unit) if why else "")
    return render_template(
        "portal/redemption_review.html",
        site=site,
        offered=offered,
        amount_micros=amount_micros,
        ready=ready,
        most=usable(ready, offered.unit),
        where=where,
        why=why,
        problem=problem,
        request_id=secrets.token_urlsafe(16),
        given=form,
    )


def _asked(site: Site, form: Mapping[str, str]) -> tuple[OfferedMethod, int]:
    """Return the form's method as the site offers it, and the amount in micros; 0 for an invalid one. Raises
    RefusalError."""
    offers = {
        (method.method.value, method.unit): method for method in flow_redemptions.methods(current_services().db, site)
    }
    offered = offers.get((form.get("way", ""), form.get("unit", "")))
    if offered is None:
        raise RefusalError(400, said("redemptions.why.not_offered"))
    try:
        return offered, read_amount(form.get("amount", ""), offered.unit)
    except BadAmountError:
        return offered, 0
