"""`/console/<site>/pages`: what each page brought, and where links were sent, in sums; a page's share tree."""

from flask import Blueprint, render_template, request

from passalong.store.queries import page_reach
from passalong.web.console.ranges import range_of
from passalong.web.http.auth import owner_of
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_pages", __name__)


@bp.get("/console/<site_id>/pages")
def page(site_id: str) -> str:
    """Show pages, those that brought most people first, and the channels of the whole site."""
    services, site = current_services(), owner_of(site_id)
    span = range_of(request.args, site, services.clock.now_ms())
    days = (span.first.isoformat(), span.last.isoformat())
    with services.db.reading() as session:
        sums = page_reach.totals(session, site_id, days)
        pages, older = page_reach.reach_of_pages(session, site_id, days, request.args.get("older"))
        channels = page_reach.channels(session, site_id, days)
    return render_template(
        "console/pages.html", site=site, range=span, sums=sums, pages=pages, older=older, channels=channels
    )


@bp.get("/console/<site_id>/pages/<page_hash>")
def one(site_id: str, page_hash: str) -> str:
    """Show one page's totals and how it was passed on."""
    services, site = current_services(), owner_of(site_id)
    with services.db.reading() as session:
        one_page = page_reach.one_page(session, site_id, page_hash)
    if one_page is None:
        raise RefusalError(404, said("console_pages.unknown"))
    return render_template("console/page.html", site=site, found=one_page)
