"""`/console/<site>/payouts/…`: approve several, export for a bank, mark an export as paid, lists of discount codes."""

from collections.abc import Callable

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.ledger.redemptions import State
from passalong.core.privileges import Role
from passalong.core.terms.amounts import BadAmountError, read_amount
from passalong.flow.owners import payouts as flow_payouts
from passalong.flow.owners.payouts import Cashier
from passalong.flow.redemptions import RedemptionError
from passalong.store.books import redemptions
from passalong.web.console.redemptions import cashier_of, payouts_page
from passalong.web.http.auth import owner_of, refuse_cross_site
from passalong.web.http.await_fold import until
from passalong.web.http.csv_export import payout_sheet
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import current_services

bp = Blueprint("console_payouts", __name__)
LONGEST_LIST = 200_000
AMOUNTS = {"codes": "worth"}
"""The field of an amount, in a form whose errors stand beside another field."""
Answered = AnyResponse | tuple[str, int]


@bp.post("/console/<site_id>/payouts/approve")
def approve(site_id: str) -> Answered:
    """Approve every requested payout, or those up to an amount."""

    def act(cashier: Cashier) -> None:
        most = request.form.get("most", "").strip()
        unit = _unit(cashier, request.form.get("in", ""))
        limit = read_amount(most, unit) if most else None
        flow_payouts.approve_under(cashier, unit, limit)

    return _answered(site_id, "most", act)


@bp.post("/console/<site_id>/payouts/export")
def export(site_id: str) -> Answered:
    """Export the approved payouts as one batch; sending the form twice exports once."""
    batch_id = request.form.get("batch", "")

    def act(cashier: Cashier) -> None:
        flow_payouts.export_approved(cashier, batch_id)
        until(cashier.db, lambda session: redemptions.in_batch_of(session, site_id, batch_id))

    return _answered(site_id, "batch", act)


@bp.post("/console/<site_id>/payouts/sender")
def sender(site_id: str) -> Answered:
    """Store the account that the owner pays from."""
    form = request.form
    return _answered(
        site_id, "iban", lambda cashier: flow_payouts.set_sender(cashier, form.get("name", ""), form.get("iban", ""))
    )


@bp.post("/console/<site_id>/payouts/codes")
def codes(site_id: str) -> Answered:
    """Add discount codes to the list."""
    form = request.form

    def act(cashier: Cashier) -> None:
        unit = _unit(cashier, form.get("unit", ""))
        flow_payouts.add_codes(
            cashier, form.get("codes", "")[:LONGEST_LIST], unit, read_amount(form.get("worth", ""), unit)
        )

    return _answered(site_id, "codes", act)


@bp.post("/console/<site_id>/payouts/batches/<batch_id>")
def pay(site_id: str, batch_id: str) -> Answered:
    """Mark every payment of an export as paid."""

    def act(cashier: Cashier) -> None:
        flow_payouts.mark_paid(cashier, batch_id, request.form.get("reference", ""))
        until(
            cashier.db,
            lambda session: not redemptions.list_redemptions(session, site_id, (State.APPROVED,), batch_id),
        )

    return _answered(site_id, f"pay-{batch_id}", act)


@bp.get("/console/<site_id>/payouts/batches/<batch_id>.csv")
def sheet(site_id: str, batch_id: str) -> Response:
    """Download an export as CSV."""
    site, services = owner_of(site_id, Role.EDITOR), current_services()
    try:
        payout = flow_payouts.payout_of(services.db, site_id, batch_id)
    except RedemptionError as error:
        raise RefusalError(404, str(error)) from None
    lines = payout_sheet(site, payout.payments, payout.batch.exported_at_ms)
    return _file("".join(lines).encode(), f"{batch_id}.csv", "text/csv")


@bp.get("/console/<site_id>/payouts/batches/<batch_id>.xml")
def sepa(site_id: str, batch_id: str) -> Response:
    """Download an export as a SEPA file."""
    site, services = owner_of(site_id, Role.EDITOR), current_services()
    try:
        payout = flow_payouts.payout_of(services.db, site_id, batch_id)
    except RedemptionError as error:
        raise RefusalError(404, str(error)) from None
    try:
        return _file(flow_payouts.sepa_file(site, payout), f"{batch_id}.xml", "application/xml")
    except RedemptionError as error:
        raise RefusalError(409, str(error)) from None


def _file(content: bytes, name: str, mimetype: str) -> Response:
    answer = Response(content, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _unit(cashier: Cashier, text: str) -> str:
    """Return the unit that the form names, or the site's main currency."""
    return text if text in cashier.site.units else cashier.site.currency


def _answered(site_id: str, field: str, act: Callable[[Cashier], None]) -> Answered:
    """Do it, and show the page; with a sentence beside the field if it cannot be done."""
    refuse_cross_site()
    cashier = cashier_of(site_id)
    try:
        act(cashier)
    except BadAmountError as error:
        return payouts_page(cashier.site, {AMOUNTS.get(field, field): str(error)}), 422
    except RedemptionError as error:
        return payouts_page(cashier.site, {field: str(error)}), 422
    return redirect(url_for("console_redemptions.page", site_id=site_id), 303)
