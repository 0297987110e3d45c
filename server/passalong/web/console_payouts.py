"""`/console/<site>/payouts`: what people ask for with their credit; the owner agrees, does it, or declines."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.attribution import DAY_MS
from passalong.core.settlement import State, Way
from passalong.flow import settlement
from passalong.flow.settlement import CannotSettle
from passalong.store import uses
from passalong.store.sites import Site
from passalong.web.auth import owner_of, refuse_cross_site
from passalong.web.errors import Refusal
from passalong.web.parts import parts
from passalong.web.patience import until
from passalong.web.sheets import payout_sheet

bp = Blueprint("console_payouts", __name__)
BY = "console"
LATELY = 20
MOST_SHOWN = 100


@bp.get("/console/<site_id>/payouts")
def page(site_id: str) -> str:
    """What waits, the oldest first, with where money goes; and what was done lately."""
    return _page(owner_of(site_id))


@bp.get("/console/<site_id>/payouts.csv")
def sheet(site_id: str) -> Response:
    """The payouts that the owner agreed to, for a bank or a spreadsheet."""
    known, site = parts(), owner_of(site_id)
    with known.db.reading() as session:
        found = uses.uses_in(session, site_id, (State.APPROVED,), way=Way.PAYOUT)
        places = settlement.destinations(session, site_id, found)
    answer = Response(payout_sheet((use, places[use.use_id]) for use in found), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="payouts-{site.site_id}.csv"'
    return answer


@bp.post("/console/<site_id>/payouts/<use_id>")
def settle(site_id: str, use_id: str) -> AnyResponse | tuple[str, int]:
    """Agree to one, say that it is done, or decline it with a reason."""
    refuse_cross_site()
    known, site = parts(), owner_of(site_id)
    doors = (known.db, known.collector, site_id, use_id, BY)
    act, words = request.form.get("act"), request.form.get("words", "")
    try:
        if act == "agree":
            settlement.approve(*doors)
        elif act == "done":
            settlement.settle_use(*doors, words)
        elif act == "decline":
            settlement.reject(*doors, words)
        else:
            raise Refusal(400, "Choose one of: agree, done, decline.")
    except CannotSettle as error:
        return _page(site, str(error)), 400
    state = {"agree": State.APPROVED, "done": State.DONE, "decline": State.REJECTED}[act]
    until(known.db, lambda session: (use := uses.find_use(session, site_id, use_id)) is not None and use.state == state)
    return redirect(url_for("console_payouts.page", site_id=site_id), 303)


def _page(site: Site, problem: str = "") -> str:
    known = parts()
    with known.db.reading() as session:
        waiting = uses.uses_in(session, site.site_id, (State.REQUESTED, State.APPROVED))
        shown = waiting[:MOST_SHOWN]
        places = settlement.destinations(session, site.site_id, [use for use in shown if use.way == Way.PAYOUT])
        days = {(one.way, one.unit): one.days for one in uses.ways_of(session, site)}
        lately = uses.lately_settled(session, site.site_id, LATELY)
    by_ms = {use.use_id: use.at_ms + days.get((use.way, use.unit), 0) * DAY_MS for use in shown}
    return render_template(
        "console_payouts.html",
        site=site,
        waiting=shown,
        count=len(waiting),
        places=places,
        by_ms=by_ms,
        lately=lately,
        problem=problem,
        now_ms=known.clock.now_ms(),
    )
