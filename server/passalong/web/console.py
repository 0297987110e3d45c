"""`/console/<site>`: what sharing brought and what went back, and every event with its reason; for the owner."""

from typing import Any

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.reasons import REASON_WORDS
from passalong.core.receipts import Receipt
from passalong.flow import enrol
from passalong.flow.manage import OWNER_CODE
from passalong.store import overview, receipts, uses
from passalong.web.auth import OWNER, owner_of, refuse_cross_site, remember_session
from passalong.web.errors import Refusal
from passalong.web.parts import parts

bp = Blueprint("console", __name__)
BAD_CODE = (
    "This link was used before or is older than an hour. "
    "`passalong owner link` prints a new one on the machine that runs Passalong."
)


@bp.get("/start")
def start() -> str:
    """The owner's way in: opening the page uses nothing up, pressing its button does."""
    return render_template("start.html", k=request.args.get("k", "")[:200])


@bp.post("/start")
def come_in() -> AnyResponse:
    """Use up the code and open a session."""
    refuse_cross_site()
    known = parts()
    site_id, _, code = request.form.get("k", "").strip().partition(".")
    if known.sites.find(site_id) is None:
        raise Refusal(400, BAD_CODE)
    try:
        secret = enrol.open_session(known.db, known.clock, site_id, code, OWNER_CODE, OWNER)
    except enrol.BadCode:
        raise Refusal(400, BAD_CODE) from None
    response = redirect(url_for("console.home", site_id=site_id), 303)
    return remember_session(response, OWNER, site_id, secret)


@bp.get("/console/<site_id>")
def home(site_id: str) -> str:
    """The overview, with the inspector."""
    known, site = parts(), owner_of(site_id)
    only = request.args.get("only", "all")
    before = request.args.get("before")
    with known.db.reading() as session:
        view = overview.console_overview(session, site, known.clock.now_ms(), only, before)
        asked = uses.count_waiting(session, site_id)
    script_url = f"{known.url}/along/{site_id}.js"
    return render_template("console.html", site=site, overview=view, asked=asked, only=only, script_url=script_url)


@bp.get("/console/<site_id>/why/<path:subject>")
def explain(site_id: str, subject: str) -> str:
    """One receipt, as it stands."""
    known, site = parts(), owner_of(site_id)
    with known.db.reading() as session:
        made = receipts.latest(session, site_id, subject)
    if made is None:
        raise Refusal(404, "No receipt has this address. It may not be folded yet.")
    return render_template("console_why.html", site=site, receipt=_shown(made))


def _shown(made: Receipt) -> dict[str, Any]:
    lines = [
        {
            "who": f"guest {line.recipient[:4]}",
            "level": min((part.level for part in line.parts), default=None),
            "fraction": " + ".join(f"{part.touch_share} × {part.level_share}" for part in line.parts),
            "amount_micros": line.amount_micros,
            "unit": made.unit,
        }
        for line in made.lines
        if made.unit
    ]
    return {
        "status": made.status,
        "reason": made.reason,
        "reason_words": REASON_WORDS[made.reason] if made.reason else None,
        "lines": lines,
        "json": msgspec.to_builtins(made),
    }
