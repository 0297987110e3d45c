"""`/console/<site>/review`: what is held, with its evidence; decisions about one result or a whole pattern; undoing."""

from typing import cast

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.decisions import DECISIONS
from passalong.core.facts import About
from passalong.core.privileges import Role
from passalong.flow.owners import decisions
from passalong.flow.owners import review as flow_review
from passalong.flow.owners.review import Ruling
from passalong.store import event_log
from passalong.store.queries import review
from passalong.store.sites import Site
from passalong.web.console import acting, why
from passalong.web.console.acting import BadFormError
from passalong.web.http.auth import owner_of, refuse_cross_site
from passalong.web.http.await_fold import until
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import current_services

bp = Blueprint("console_review", __name__)
SHOWN = 10
"""The number of results of a pattern, and of decisions, that are listed."""


@bp.get("/console/<site_id>/review")
def page(site_id: str) -> str:
    """Show what is held and the latest decisions."""
    return _page(owner_of(site_id))


def _page(site: Site, errors: dict[str, str] | None = None) -> str:
    with current_services().db.reading() as session:
        results = review.held_results(session, site.site_id, request.args.get("later"))
        decided = review.latest_decisions(session, site.site_id)[:SHOWN]
    fields = request.form if errors else {}
    return render_template(
        "console/review.html", site=site, held=results, decided=decided, errors=errors or {}, given=fields, most=SHOWN
    )


@bp.post("/console/<site_id>/review")
def decide(site_id: str) -> AnyResponse | tuple[str, int]:
    """Decide about one result or a pattern, or undo decisions, with a reason."""
    refuse_cross_site()
    site = owner_of(site_id, Role.EDITOR)
    back = request.form.get("back", "")
    try:
        _decide(site)
    except BadFormError as error:
        return _again(site, back, error.errors), 422
    except decisions.TooLateError as error:
        return _again(site, back, {"note": str(error)}), 409
    except decisions.UnknownSubjectError as error:
        return _again(site, back, {"note": str(error)}), 409
    except decisions.DecisionError as error:
        return _again(site, back, {"note": str(error)}), 422
    until(current_services().db, lambda session: not event_log.is_waiting(session, site_id))
    if back:
        return redirect(url_for("console_why.explain", site_id=site_id, subject=back), 303)
    return redirect(url_for("console_review.page", site_id=site_id), 303)


def _again(site: Site, back: str, errors: dict[str, str]) -> str:
    return why.page(site, back, errors, request.form.get("note", "")) if back else _page(site, errors)


def _decide(site: Site) -> None:
    desk, signed, form = acting.desk_of(site), acting.signed(), request.form
    act, about = form.get("act", ""), form.get("about", "conversion")
    if act == "undo":
        flow_review.undo(desk, signed, form.get("batch", "")[:160])
        return
    if about not in ("conversion", "visit") or act not in DECISIONS[cast(About, about)]:
        raise RefusalError(400, "Choose one of: hold, void, release, undo.")
    decision = next(action for action in DECISIONS[cast(About, about)] if action == act)
    if pattern := form.get("pattern", "")[:200]:
        flow_review.rule_on_pattern(desk, signed, decision, pattern)
        return
    subject_id = form.get("subject_id", "")[:160]
    flow_review.rule_on(desk, signed, Ruling(decision, cast(About, about), (subject_id,)))
