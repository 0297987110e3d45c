"""`/console/<site>/people`: who shares, last active first, and one person: credit, exclusion, public name.

Nobody has a rank, and no page says where a person sent a link.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.decisions import DECISIONS
from passalong.core.privileges import Role
from passalong.core.terms.amounts import BadAmountError, read_amount
from passalong.flow.owners import decisions
from passalong.flow.owners import review as flow_review
from passalong.flow.owners.changes import ChangedMeanwhileError
from passalong.flow.owners.review import Ruling
from passalong.store import event_log
from passalong.store.queries import event_search, people
from passalong.store.queries.page_reach import totals
from passalong.store.queries.people import PeoplePage, PersonPage
from passalong.store.sites import Site
from passalong.web.console import acting
from passalong.web.console.acting import BadFormError
from passalong.web.console.ranges import range_of
from passalong.web.http.auth import owner_of, refuse_cross_site
from passalong.web.http.await_fold import until
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_people", __name__)
SHOWN = ("everyone", "held", "banned")


@bp.get("/console/<site_id>/people")
def page(site_id: str) -> str:
    """Show people, or those whom a search finds."""
    services, site = current_services(), owner_of(site_id)
    span = range_of(request.args, site, services.clock.now_ms())
    text, show = request.args.get("q", "").strip()[:300], request.args.get("show", "everyone")
    with services.db.reading() as session:
        people_page = _found(session, site_id, text, show)
        came = totals(session, site_id, (span.first.isoformat(), span.last.isoformat())).people
        sharing = people.sharing(session, site_id)
    return render_template(
        "console/people.html",
        site=site,
        range=span,
        found=people_page,
        came=came,
        sharing=sharing,
        q=text,
        show=show if show in SHOWN else "everyone",
        shown=[(name, said(f"console_people.show.{name}")) for name in SHOWN],
    )


def _found(session: Session, site_id: str, text: str, show: str) -> PeoplePage:
    if text:
        named = people.named(session, site_id, text) or event_search.people_called(session, site_id, text)
        return PeoplePage(tuple(people.person_lines(session, site_id, named[:1])), None, None)
    if show == "banned":
        return PeoplePage(tuple(people.banned_people(session, site_id)), None, None)
    if show == "held":
        return PeoplePage(tuple(people.held_people(session, site_id)), None, None)
    newer = request.args.get("newer")
    return people.people_page(session, site_id, newer or request.args.get("older"), newer=bool(newer))


@bp.get("/console/<site_id>/people/<advocate_id>")
def person(site_id: str, advocate_id: str) -> str:
    """Show one person."""
    return _person(owner_of(site_id), advocate_id)


def _person(site: Site, advocate_id: str, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "console/person.html",
        site=site,
        person=_find(site, advocate_id),
        errors=errors or {},
        given=request.form if errors else {},
        units=[(unit, unit) for unit in site.units],
        seen=acting.last_change(site.site_id, advocate_id),
    )


def _find(site: Site, advocate_id: str) -> PersonPage:
    with current_services().db.reading() as session:
        person_page = people.find_person(session, site.site_id, advocate_id)
    if person_page is None:
        raise RefusalError(404, said("console_people.unknown"))
    return person_page


@bp.post("/console/<site_id>/people/<advocate_id>")
def decide(site_id: str, advocate_id: str) -> AnyResponse | tuple[str, int]:
    """Give credit, exclude a person or lift that, hide or show their name; each with a reason."""
    refuse_cross_site()
    site = owner_of(site_id, Role.EDITOR)
    _find(site, advocate_id)
    act = request.form.get("act", "")
    try:
        acting.refuse_changed(site_id, advocate_id)
        if act == "give":
            _give(site, advocate_id)
        elif act in DECISIONS["advocate"]:
            decision = next(action for action in DECISIONS["advocate"] if action == act)
            ruling = Ruling(decision, "advocate", (advocate_id,))
            flow_review.rule_on(acting.desk_of(site), acting.signed(), ruling)
        else:
            raise RefusalError(400, "Choose one of: give, ban, lift, hide, show.")
    except ChangedMeanwhileError as error:
        return _person(site, advocate_id, {"": said("console_people.conflict", theirs=error.standing)}), 409
    except BadFormError as error:
        return _person(site, advocate_id, error.errors), 422
    except decisions.DecisionError as error:
        return _person(site, advocate_id, {"note": str(error)}), 422
    until(current_services().db, lambda session: not event_log.is_waiting(session, site_id))
    return redirect(url_for("console_people.person", site_id=site_id, advocate_id=advocate_id), 303)


def _give(site: Site, advocate_id: str) -> None:
    unit = request.form.get("unit", "")
    unit = unit if unit in site.units else site.currency
    amount_micros = _amount(request.form.get("amount", "").strip(), unit)
    flow_review.give_credit(acting.desk_of(site), acting.signed(), advocate_id, unit, amount_micros)


def _amount(text: str, unit: str) -> int:
    """Return an amount as people write it, in micros. Raises BadFormError."""
    try:
        return read_amount(text, unit)
    except BadAmountError as error:
        raise BadFormError({"amount": str(error)}) from None
