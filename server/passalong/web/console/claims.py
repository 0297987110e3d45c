"""`/console/<site>/claims`: open claims, the next deadline first; answer, approve or decline."""

from flask import Blueprint, redirect, render_template, request, url_for
from msgspec.structs import replace
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.money import MICROS
from passalong.core.privileges import Role
from passalong.core.terms.amounts import BadAmountError, read_amount
from passalong.flow import claims as flow_claims
from passalong.flow.claims import Answer, ClaimDecision
from passalong.flow.owners.desk import Signed, log
from passalong.flow.owners.settings import BadSiteSettingsError, SettingsDraft, change_settings
from passalong.store.books import claims
from passalong.store.people import addresses, changes
from passalong.store.queries.api_lists import Listing
from passalong.store.sites import Site
from passalong.web.console import acting
from passalong.web.console.acting import BadFormError
from passalong.web.console.paging import ROWS, kept, page_from
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.await_fold import until
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services
from passalong.web.portal.claims import words_given

bp = Blueprint("console_claims", __name__)
MOST_MICROS = 1_000_000 * MICROS
MOST_COUNTED = 10_000
OPEN = Listing("claims", ("promised_at_ms", "claim_id"), {"outcome": claims.OPEN})
PLACES = [str(place) for place in range(ROWS, claims.MOST_SHOWN, ROWS)]
"""Where a page of decided claims may begin, beside the first one."""
ACTS = ("answer", "grant", "decline")
"""The actions of an owner on a claim."""


@bp.get("/console/<site_id>/claims")
def page(site_id: str) -> str:
    """Show open claims, and those decided lately."""
    return _page(owner_of(site_id), {})


def _page(site: Site, errors: dict[str, str]) -> str:
    """Render the page; `errors` are sentences by the id of a field, and what was typed stays in the fields."""
    services, site_id = current_services(), site.site_id
    with services.db.reading() as session:
        page_rows = page_from(session, site_id, OPEN)
        waiting = [claims.Claim(**row) for row in page_rows.rows]
        first = int(request.args["decided"]) if request.args.get("decided") in PLACES else 0
        decided = claims.decided_claims(session, site_id)[first : first + ROWS + 1]
        words = claims.words_of(session, site_id, [claim.claim_id for claim in (*waiting, *decided)])
        count = claims.count_unanswered(session, site_id, MOST_COUNTED)
        reached = addresses.reaches_owner(session, site_id)
    return render_template(
        "console/claims.html",
        site=site,
        count=count,
        waiting=waiting,
        next_after=page_rows.next,
        decided=decided[:ROWS],
        next_decided=first + ROWS if len(decided) > ROWS else 0,
        keep=kept("after"),
        words=words,
        now_ms=services.clock.now_ms(),
        reached=reached,
        units=[(unit, unit) for unit in site.currencies],
        errors=errors,
        typed=request.form if errors else {},
    )


@bp.post("/console/<site_id>/claims/<claim_id>")
def settle(site_id: str, claim_id: str) -> AnyResponse | tuple[str, int]:
    """Answer, approve or decline one claim, always with a message."""
    refuse_cross_site()
    services, site = current_services(), owner_of(site_id, Role.EDITOR)
    act = request.form.get("act", "")
    if act not in ACTS:
        raise RefusalError(400, said("console_claims.choose"))
    with services.db.reading() as session:
        claim = claims.find_claim(session, site_id, claim_id)
    if claim is None:
        raise RefusalError(404, said("console_claims.nowhere"))
    try:
        _act(site, claim_id, act)
    except BadFormError as error:
        return _page(site, {f"{name}-{claim_id}": words for name, words in error.errors.items()}), 422
    except flow_claims.AlreadyDecidedError:
        if not _is_sent_twice(site_id):
            return _page(site, {"": _conflict(claim.outcome, act)}), 409
    if act != "answer":
        until(services.db, lambda session: _is_decided(session, site_id, claim_id))
    return redirect(url_for("console_claims.page", site_id=site_id, **kept("after")), 303)


def _act(site: Site, claim_id: str, act: str) -> None:
    """Do what the form asks for, with an entry in the audit log. Raises BadFormError or AlreadyDecidedError."""
    try:
        words = words_given()
    except flow_claims.ClaimError:
        raise BadFormError({"w": said("console_claims.bad_words")}) from None
    services, desk, once = current_services(), acting.desk_of(site), request.form.get("once", "")[:22]
    doors = (services.db, services.clock, services.collector, site)
    if act == "answer":
        flow_claims.answer(*doors, Answer(claim_id, words, once))
    else:
        chosen = request.form.get("unit", site.currency)
        unit = chosen if chosen in site.currencies else site.currency
        amount_micros = amount_given(unit) if act == "grant" else 0
        paid = unit if amount_micros else None
        decision = ClaimDecision(claim_id=claim_id, words=words, granted=act == "grant", unit=paid)
        try:
            flow_claims.decide(*doors, replace(decision, amount_micros=amount_micros))
        except flow_claims.FinalSplitError as error:
            raise BadFormError({"a": str(error)}) from None
    log(desk, Signed(acting_owner(), once=once), f"claim.{act}", claim_id, {})


def _is_sent_twice(site_id: str) -> bool:
    """Return True if this form was sent before: what it asks for is done."""
    with current_services().db.reading() as session:
        return changes.is_recorded(session, site_id, request.form.get("once", "")[:22] or "-")


def _conflict(outcome: str, act: str) -> str:
    """Return the sentence for two people who decide a claim: how it was decided, and what this one wanted."""
    words = request.form.get("words", "").strip()[: flow_claims.MOST_WORDS]
    now = said(f"console_claims.outcome.{outcome}")
    return said("console_claims.conflict", now=now, wanted=said(f"console_claims.act.{act}"), words=words)


def _is_decided(session: Session, site_id: str, claim_id: str) -> bool:
    claim = claims.find_claim(session, site_id, claim_id)
    return claim is not None and claim.outcome != claims.OPEN


@bp.post("/console/<site_id>/promise")
def promise(site_id: str) -> AnyResponse | tuple[str, int]:
    """Set the number of days in which claims are answered; more days begin in 14 days."""
    refuse_cross_site()
    services, site = current_services(), owner_of(site_id, Role.OWNER)
    draft = SettingsDraft({"answer_days": request.form.get("days", "")}, acting_owner())
    try:
        change_settings(services.db, services.clock, site_id, draft)
    except BadSiteSettingsError as error:
        return _page(site, {"days": " ".join(error.problems.values())}), 422
    services.sites.forget(site_id)
    return redirect(url_for("console_claims.page", site_id=site_id), 303)


def amount_given(unit: str) -> int:
    """Return the form's amount of a unit in micros, 0 for none; raises BadFormError."""
    text = request.form.get("amount", "").strip()
    try:
        amount_micros = read_amount(text, unit) if text else 0
    except BadAmountError as error:
        raise BadFormError({"a": said("console_claims.bad_amount", problem=str(error))}) from None
    if amount_micros > MOST_MICROS:
        raise BadFormError({"a": said("console_claims.too_much")})
    return amount_micros
