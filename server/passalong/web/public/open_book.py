"""`/open/<site>`: public. Today's rule, the next one, all versions, what sharing brought and what went back.

`/open/<site>/embed` is the same for an iframe on the site's own pages: without forms, and framed by nobody else.
"""

from flask import Blueprint, Response, make_response, render_template

from passalong.flow.mail.messages import CUTS
from passalong.store.books import redemptions
from passalong.store.people import settings_versions
from passalong.store.queries import overview
from passalong.store.sites import Site
from passalong.store.transparency import heads
from passalong.web.http.errors import RefusalError
from passalong.web.http.headers import PAGE
from passalong.web.http.language import said
from passalong.web.http.rule_bases import bases_of
from passalong.web.http.services import current_services

bp = Blueprint("open_book", __name__)
CSP = "Content-Security-Policy"
NOBODY = "frame-ancestors 'none'"


@bp.get("/open/<site_id>")
def book(site_id: str) -> str:
    """Show the open book."""
    return _book(_site(site_id), "http/base.html")


@bp.get("/open/<site_id>/embed")
def embed(site_id: str) -> Response:
    """Show the open book in an iframe; only pages of the site's origins may frame it."""
    site = _site(site_id)
    answer = make_response(_book(site, "public/_embed.html"))
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers[CSP] = PAGE[CSP].replace(NOBODY, f"frame-ancestors {' '.join(site.accepted_origins)}")
    return answer


def _site(site_id: str) -> Site:
    site = current_services().sites.find(site_id)
    if site is None:
        raise RefusalError(404, said("errors.no_site"))
    return site


def _book(site: Site, layout: str) -> str:
    services = current_services()
    with services.db.reading() as session:
        view = overview.open_book(session, site, services.clock.now_ms())
        sealed = heads.newest(session, site.site_id)
        pay_days = redemptions.average_days_to_pay(session, site.site_id)
        announced = settings_versions.announced(session, site.site_id)
    head = sealed.head if sealed else None
    about = {"pay_days": pay_days, "bases": bases_of(site), "announced": announced, "cuts": CUTS}
    return render_template("public/open_book.html", site=site, book=view, head=head, layout=layout, **about)
