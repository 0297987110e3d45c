"""`/console/<site>/claims`: open claims, the next deadline first; answer, approve or decline."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from msgspec.structs import replace
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.money import MICROS
from passalong.core.privileges import Role
from passalong.flow import claims as flow_claims
from passalong.flow.claims import Answer, ClaimDecision
from passalong.flow.owners.settings import BadSiteSettingsError, SettingsDraft, change_settings
from passalong.store.books import claims
from passalong.store.people import addresses
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.await_fold import until
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import current_services
from passalong.web.portal.claims import words_given

bp = Blueprint("console_claims", __name__)
AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
MOST_MICROS = 1_000_000 * MICROS


@bp.get("/console/<site_id>/claims")
def page(site_id: str) -> str:
    """Show open claims, and those decided lately."""
    services, site = current_services(), owner_of(site_id)
    with services.db.reading() as session:
        waiting = claims.open_claims(session, site_id)
        decided = claims.decided_claims(session, site_id)
        words = claims.words_of(session, site_id, [claim.claim_id for claim in (*waiting, *decided)])
        reached = addresses.reaches_owner(session, site_id)
    now_ms = services.clock.now_ms()
    return render_template(
        "console/claims.html", site=site, waiting=waiting, decided=decided, words=words, now_ms=now_ms, reached=reached
    )


@bp.post("/console/<site_id>/claims/<claim_id>")
def settle(site_id: str, claim_id: str) -> AnyResponse:
    """Answer, approve or decline one claim, always with a message."""
    refuse_cross_site()
    services, site = current_services(), owner_of(site_id, Role.EDITOR)
    with services.db.reading() as session:
        if claims.find_claim(session, site_id, claim_id) is None:
            raise RefusalError(404, "No question has this address.")
    act = request.form.get("act")
    doors = (services.db, services.clock, services.collector, site)
    try:
        if act == "answer":
            flow_claims.answer(*doors, Answer(claim_id, words_given()))
        elif act == "grant":
            amount_micros = amount_given()
            chosen = request.form.get("unit", site.currency)
            unit = (chosen if chosen in site.currencies else site.currency) if amount_micros else None
            claim_decision = ClaimDecision(claim_id=claim_id, words=words_given(), granted=True, unit=unit)
            flow_claims.decide(*doors, replace(claim_decision, amount_micros=amount_micros))
        elif act == "decline":
            flow_claims.decide(*doors, ClaimDecision(claim_id=claim_id, words=words_given(), granted=False))
        else:
            raise RefusalError(400, "Choose one of: answer, grant, decline.")
    except flow_claims.ClaimError:
        raise RefusalError(400, "Please write the answer or the reason, in at most 2,000 characters.") from None
    except flow_claims.AlreadyDecidedError:
        raise RefusalError(409, "This question was decided before. Open the inbox again to read how.") from None
    if act != "answer":
        until(services.db, lambda session: _is_decided(session, site_id, claim_id))
    return redirect(url_for("console_claims.page", site_id=site_id), 303)


def _is_decided(session: Session, site_id: str, claim_id: str) -> bool:
    claim = claims.find_claim(session, site_id, claim_id)
    return claim is not None and claim.outcome != claims.OPEN


@bp.post("/console/<site_id>/promise")
def promise(site_id: str) -> AnyResponse:
    """Set the number of days in which claims are answered; more days begin in 14 days."""
    refuse_cross_site()
    owner_of(site_id, Role.OWNER)
    services = current_services()
    draft = SettingsDraft({"answer_days": request.form.get("days", "")}, acting_owner())
    try:
        change_settings(services.db, services.clock, site_id, draft)
    except BadSiteSettingsError as error:
        raise RefusalError(400, " ".join(error.problems.values())) from None
    services.sites.forget(site_id)
    return redirect(url_for("console_claims.page", site_id=site_id), 303)


def amount_given() -> int:
    """Return the form's amount in micros, 0 for none; raises RefusalError 400."""
    text = request.form.get("amount", "").strip()
    if not text:
        return 0
    if not AMOUNT.fullmatch(text):
        raise RefusalError(400, "Write the amount like 12 or 3.20, or leave it empty.")
    whole, _, rest = text.partition(".")
    amount_micros = int(whole) * MICROS + int(rest.ljust(6, "0"))
    if amount_micros > MOST_MICROS:
        raise RefusalError(400, "At most 1,000,000 can be given at once.")
    return amount_micros
