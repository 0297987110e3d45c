"""`/console/<site>/events`: every event with its reason, searched and filtered, a page at a time; and what is new."""

from contextlib import suppress
from datetime import timedelta

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.dates import day_of, day_start_ms
from passalong.core.privileges import Role
from passalong.core.reasons import Reason
from passalong.flow.owners import quarantine
from passalong.flow.owners.changes import AlreadyDoneError
from passalong.lib.tokens import BadTokenError
from passalong.store.queries import event_search, events
from passalong.store.queries.events import Filters, Shown, cursor_of
from passalong.store.sites import Site
from passalong.web.console import acting
from passalong.web.console.event_words import days_of
from passalong.web.console.ranges import Range, range_of
from passalong.web.http import wire
from passalong.web.http.auth import owner_of, refuse_cross_site
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_events", __name__)
LONGEST_SEARCH = 300
FILTERS = ("q", "show", "kind", "result", "page", "who")
SHOWN: tuple[Shown, ...] = ("shared", "all", "unshared")


@bp.get("/console/<site_id>/events")
def page(site_id: str) -> str:
    """Show a page of events, and events that could not be processed."""
    services, site = current_services(), owner_of(site_id)
    now_ms = services.clock.now_ms()
    span = range_of(request.args, site, now_ms)
    place, newer = _place(request.args)
    with services.db.reading() as session:
        filters = filters_of(session, site, span, request.args)
        event_page = events.event_page(session, site_id, filters, place, newer=newer)
        newest = (
            events.newest(session, site_id, filters) if event_page.newer is None and filters.subjects is None else None
        )
        failed = quarantine.quarantined(session, site_id)
        further = events.paid_further(session, site_id, event_page.lines)
    return render_template(
        "console/events.html",
        site=site,
        range=span,
        found=event_page,
        days=days_of(event_page.lines, further, site, day_of(now_ms, site.time_zone)),
        keep=kept(request.args),
        newest=newest.text if newest else None,
        failed=failed,
        choices=_choices(),
    )


def _place(args: MultiDict[str, str]) -> tuple[events.Cursor | None, bool]:
    newer = cursor_of(args.get("newer"))
    return (newer, True) if newer else (cursor_of(args.get("older")), False)


def kept(args: MultiDict[str, str]) -> dict[str, str]:
    """Return the filters of an address that are set, as its parameters."""
    return {name: args[name][:LONGEST_SEARCH] for name in FILTERS if args.get(name)}


def filters_of(session: Session, site: Site, span: Range, args: MultiDict[str, str]) -> Filters:
    """Return the filters that an address asks for; values that are not on offer are ignored."""
    show, kind, result = args.get("show", ""), args.get("kind", ""), args.get("result", "")
    filters = Filters(
        since_ms=day_start_ms(span.first.isoformat(), site.time_zone),
        until_ms=day_start_ms((span.last + timedelta(days=1)).isoformat(), site.time_zone),
        shown=next((choice for choice in SHOWN if choice == show), "shared"),
        kind=kind if kind in events.KINDS else "",
        result=result if result in (*events.RESULTS, *Reason) else "",
        page_hash=args.get("page", "")[:32],
        advocates=tuple(event_search.people_called(session, site.site_id, args["who"])) if args.get("who") else (),
    )
    text = args.get("q", "").strip()[:LONGEST_SEARCH]
    return event_search.search(session, site, filters, text, _share_in(site, text)) if text else filters


def _share_in(site: Site, text: str) -> str | None:
    """Return the link whose code or address was typed in."""
    services, code = current_services(), event_search.code_in(text)
    try:
        return wire.share_of(services.keys, services.sites, site, code) if code else None
    except BadTokenError:
        return None


def _choices() -> dict[str, list[tuple[str, str]]]:
    """Return the options of the filters: value and words."""
    return {
        "show": [(name, said(f"console_events.show.{name}")) for name in SHOWN],
        "kind": [("", said("console_events.kind.all"))]
        + [(name, said(f"console_events.kind.{name}")) for name in events.KINDS],
        "result": [("", said("console_events.result.all"))]
        + [(name, said(f"console_events.result.{name}")) for name in events.RESULTS]
        + [(name.value, said(f"console_events.reason.{name.value}")) for name in Reason],
    }


@bp.get("/console/<site_id>/events/new")
def news(site_id: str) -> Response:
    """Count the events since a place in the list, for the live announcement."""
    services, site = current_services(), owner_of(site_id)
    span = range_of(request.args, site, services.clock.now_ms())
    place = cursor_of(request.args.get("after"))
    with services.db.reading() as session:
        filters = filters_of(session, site, span, request.args)
        count = events.count_newer(session, site_id, filters, place) if place and filters.subjects is None else 0
    answer = jsonify(count=count, words=said("console_events.new", count) if count else "")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/console/<site_id>/events/retry")
def retry(site_id: str) -> AnyResponse:
    """Retry the events that could not be processed."""
    refuse_cross_site()
    site = owner_of(site_id, Role.EDITOR)
    with suppress(AlreadyDoneError):  # a second press
        quarantine.retry(acting.desk_of(site), acting.signed_as(said("console_events.retry.note")))
    return redirect(url_for("console_events.page", site_id=site_id), 303)
