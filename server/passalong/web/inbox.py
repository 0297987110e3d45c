"""The owner's inbox: questions of advocates, the promise that passes first above; answer, grant or decline."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.money import MICROS
from passalong.flow import asking
from passalong.store import claims
from passalong.web.auth import owner_of, refuse_cross_site
from passalong.web.claims import words_given
from passalong.web.errors import Refusal
from passalong.web.parts import parts
from passalong.web.patience import until

bp = Blueprint("inbox", __name__)
AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
MOST_MICROS = 1_000_000 * MICROS


@bp.get("/console/<site_id>/claims")
def inbox(site_id: str) -> str:
    """What waits for an answer, and what was decided lately."""
    known, site = parts(), owner_of(site_id)
    with known.db.reading() as session:
        waiting = claims.open_claims(session, site_id)
        decided = claims.decided_claims(session, site_id)
        words = claims.words_of(session, site_id, [claim.claim_id for claim in (*waiting, *decided)])
    now_ms = known.clock.now_ms()
    return render_template(
        "console_claims.html", site=site, waiting=waiting, decided=decided, words=words, now_ms=now_ms
    )


@bp.post("/console/<site_id>/claims/<claim_id>")
def settle(site_id: str, claim_id: str) -> AnyResponse:
    """Answer, grant or decline one claim, always with words."""
    refuse_cross_site()
    known, site = parts(), owner_of(site_id)
    with known.db.reading() as session:
        if claims.find_claim(session, site_id, claim_id) is None:
            raise Refusal(404, "No question has this address.")
    act = request.form.get("act")
    doors = (known.db, known.clock, known.collector, site, claim_id)
    try:
        if act == "answer":
            asking.answer(*doors, words_given())
        elif act == "grant":
            amount_micros = amount_given()
            unit = site.currency if amount_micros else None
            asking.decide(*doors, words_given(), granted=True, unit=unit, amount_micros=amount_micros)
        elif act == "decline":
            asking.decide(*doors, words_given(), granted=False)
        else:
            raise Refusal(400, "Choose one of: answer, grant, decline.")
    except asking.CannotAsk:
        raise Refusal(400, "Please write the answer or the reason, in at most 2,000 characters.") from None
    except asking.AlreadyDecided:
        raise Refusal(409, "This question was decided before. Open the inbox again to read how.") from None
    if act != "answer":
        until(known.db, lambda session: _is_decided(session, site_id, claim_id))
    return redirect(url_for("inbox.inbox", site_id=site_id), 303)


def _is_decided(session: Session, site_id: str, claim_id: str) -> bool:
    found = claims.find_claim(session, site_id, claim_id)
    return found is not None and found.outcome != claims.OPEN


@bp.post("/console/<site_id>/promise")
def promise(site_id: str) -> AnyResponse:
    """Within how many days questions are answered."""
    refuse_cross_site()
    known, site = parts(), owner_of(site_id)
    days = request.form.get("days", "")
    try:
        asking.promise(known.db, site.site_id, int(days) if re.fullmatch("[0-9]{1,3}", days, re.ASCII) else 0)
    except asking.CannotAsk as error:
        raise Refusal(400, str(error)) from None
    return redirect(url_for("inbox.inbox", site_id=site_id), 303)


def amount_given() -> int:
    """The amount of the form in micros, 0 for none; raises Refusal 400."""
    text = request.form.get("amount", "").strip()
    if not text:
        return 0
    if not AMOUNT.fullmatch(text):
        raise Refusal(400, "Write the amount like 12 or 3.20, or leave it empty.")
    whole, _, rest = text.partition(".")
    amount_micros = int(whole) * MICROS + int(rest.ljust(6, "0"))
    if amount_micros > MOST_MICROS:
        raise Refusal(400, "At most 1,000,000 can be given at once.")
    return amount_micros
