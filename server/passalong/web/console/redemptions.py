"""`/console/<site>/payouts`: requests to redemption credit; the owner approves, marks as done, or declines."""

import secrets
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.ledger.redemptions import Method, State
from passalong.core.privileges import Role
from passalong.flow import redemptions as flow_redemptions
from passalong.flow.owners import redemption_decisions
from passalong.flow.owners.payouts import Cashier
from passalong.flow.owners.redemption_decisions import STATES, Decision, RedemptionChangedError, seen_as
from passalong.flow.redemptions import RedemptionError
from passalong.i18n.formatting import local
from passalong.store.books import payouts, redemptions
from passalong.store.books.redemptions import Redemption
from passalong.store.sites import Site
from passalong.web.console.paging import read_place, write_place
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.await_fold import until
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_redemptions", __name__)
MOST_COUNTED = 10_000
LATELY = 20
MOST_SHOWN = 50
BATCHES_SHOWN = 20


@bp.get("/console/<site_id>/payouts")
def page(site_id: str) -> str:
    """Show open requests, the oldest first; exports; and what was answered lately."""
    return payouts_page(owner_of(site_id))


@bp.post("/console/<site_id>/payouts/<redemption_id>")
def settle(site_id: str, redemption_id: str) -> AnyResponse | tuple[str, int]:
    """Approve one, mark it as done, or decline it with a reason."""
    refuse_cross_site()
    form, cashier = request.form, cashier_of(site_id)
    decision = Decision(redemption_id, form.get("act", ""), form.get("words", ""), form.get("seen", "")[:16])
    if decision.act not in STATES:
        raise RefusalError(400, said("console_payouts.choose"))
    try:
        redemption_decisions.decide(cashier, decision)
        until(
            cashier.db,
            lambda session: (
                (redemption := redemptions.find_redemption(session, site_id, redemption_id)) is not None
                and redemption.state == STATES[decision.act]
            ),
        )
        redemption_decisions.check_outcome(cashier, decision)
    except RedemptionError as error:
        return payouts_page(cashier.site, {f"w-{redemption_id}": str(error)}), 422
    except RedemptionChangedError as error:
        return payouts_page(cashier.site, _conflict(error.redemption, decision)), 409
    return redirect(url_for("console_redemptions.page", site_id=site_id), 303)


def _conflict(redemption: Redemption, made: Decision) -> dict[str, str]:
    """Return the sentence for two people who decide about one request: how it stands, and what this one wanted."""
    stands = said(
        f"console_payouts.stands.{redemption.state.value}", words=redemption.note or redemption.reference or "-"
    )
    wanted = said(f"console_payouts.wanted.{made.act}", words=made.words.strip()[:200] or "-")
    sentence = said("console_payouts.conflict", stands=stands, wanted=wanted)
    return {f"w-{redemption.redemption_id}" if redemption.state in (State.REQUESTED, State.APPROVED) else "": sentence}


def cashier_of(site_id: str) -> Cashier:
    """Return who acts in this request. Raises RefusalError unless they may decide."""
    site, services = owner_of(site_id, Role.EDITOR), current_services()
    return Cashier(services.db, services.collector, services.clock, site, acting_owner())


def payouts_page(site: Site, errors: dict[str, str] | None = None) -> str:
    """Render the page, with what a form could not take; `errors` maps the id of a field to a sentence."""
    services = current_services()
    now_ms = services.clock.now_ms()
    with services.db.reading() as session:
        after = read_place(request.args.get("after", ""), (0, ""))
        waiting = redemptions.open_after(session, site.site_id, after, MOST_SHOWN + 1)
        shown = waiting[:MOST_SHOWN]
        places = flow_redemptions.destinations(
            session, site.site_id, [redemption for redemption in shown if redemption.method == Method.PAYOUT]
        )
        days = {(method.method, method.unit): method.days for method in redemptions.methods_of(session, site)}
        values: dict[str, Any] = {
            "count": redemptions.count_waiting(session, site.site_id, MOST_COUNTED),
            "lately": redemptions.lately_settled(session, site.site_id, LATELY),
            "batches": payouts.latest_batches(session, site.site_id, BATCHES_SHOWN),
            "unexported": payouts.count_unexported(session, site.site_id),
            "sender": payouts.sender_of(session, site.site_id),
            "codes": payouts.codes_left(session, site.site_id),
        }
    return render_template(
        "console/redemptions.html",
        site=site,
        units=[(unit, unit) for unit in site.units],
        waiting=shown,
        next_after=write_place(shown[-1].at_ms, shown[-1].redemption_id) if len(waiting) > MOST_SHOWN else "",
        seen={
            redemption.redemption_id: seen_as(redemption, places.get(redemption.redemption_id)) for redemption in shown
        },
        by_ms={
            redemption.redemption_id: redemption.at_ms + days.get((redemption.method, redemption.unit), 0) * DAY_MS
            for redemption in shown
        },
        places=places,
        errors=errors or {},
        given=request.form,
        now_ms=now_ms,
        batch_id=f"{local(now_ms, site.time_zone):%Y-%m-%d}-{secrets.token_hex(3)}",
        **values,
    )
