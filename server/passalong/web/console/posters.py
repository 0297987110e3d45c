"""`/console/<site>/posters`: QR codes and posters of links of the site itself and of personal codes."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.facts import input_hash
from passalong.core.names.lines import in_one_line
from passalong.core.pages import path_of
from passalong.core.privileges import Role
from passalong.flow.owners.advocate_links import LinkConflictError, LinkError, LinkMaking, WantedLink, make_links
from passalong.lib.tokens import token_of
from passalong.store.books import site_links
from passalong.store.queries import personal_codes as stored
from passalong.store.sites import Site
from passalong.web.http import wire
from passalong.web.http.auth import owner_of, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.qr_code import Poster, qr_file, sheet
from passalong.web.http.services import current_services
from passalong.web.portal.personal_code import short_address

bp = Blueprint("console_posters", __name__, url_prefix="/console/<site_id>/posters")
MOST_LINKS = 50
LONGEST_TITLE = 90


@bp.get("")
def page(site_id: str) -> str:
    """Show the form for a link of the site, and the newest of these links."""
    return _page(owner_of(site_id))


@bp.post("")
def make(site_id: str) -> AnyResponse | tuple[str, int]:
    """Make a link of the site and go to its poster; the same page and title give the same link again."""
    refuse_cross_site()
    services, site = current_services(), owner_of(site_id, Role.EDITOR)
    title = in_one_line(request.form.get("title", ""))[:LONGEST_TITLE]
    try:
        page_url = wire.clean_page(request.form.get("page", "").strip(), site.dropped)
        wanted = WantedLink(f"/poster-{input_hash(page=page_url, title=title)[:32]}", None, page_url, title)
        link = make_links(LinkMaking(services.db, services.clock, services.keys, site), [wanted])[0]
    except (LinkError, LinkConflictError, RefusalError):
        return _page(site, said("console_posters.bad", page=f"{site.origins[0]}/")), 400
    return redirect(url_for("console_posters.of_link", site_id=site_id, share_id=link.share_id), 303)


@bp.get("/link/<share_id>")
def of_link(site_id: str, share_id: str) -> str:
    """Show the poster of a link of the site."""
    site = owner_of(site_id)
    file = url_for("console_posters.qr_of_link", site_id=site_id, share_id=share_id)
    return _sheet(site, _link(site, share_id), file, "pages")


@bp.get("/link/<share_id>/qr.svg")
def qr_of_link(site_id: str, share_id: str) -> Response:
    """Send the QR code of a link of the site as a file."""
    return qr_file(_link(owner_of(site_id), share_id).address)


@bp.get("/code/<word>")
def of_code(site_id: str, word: str) -> str:
    """Show the poster of a personal code."""
    site = owner_of(site_id)
    return _sheet(site, _code(site, word), url_for("console_posters.qr_of_code", site_id=site_id, word=word), "words")


@bp.get("/code/<word>/qr.svg")
def qr_of_code(site_id: str, word: str) -> Response:
    """Send the QR code of a personal code as a file."""
    return qr_file(_code(owner_of(site_id), word).address)


def _page(site: Site, problem: str = "") -> str:
    services = current_services()
    with services.db.reading() as session:
        links = site_links.newest(session, site.site_id, MOST_LINKS)
    return render_template(
        "console/posters.html",
        site=site,
        links=[(link, link.title or path_of(link.page_url)) for link in links if link.key_id in services.keys.secrets],
        problem=problem,
        form=request.form,
        longest=LONGEST_TITLE,
    )


def _sheet(site: Site, poster: Poster, file: str, menu_page: str) -> str:
    return render_template("console/poster.html", site=site, menu_page=menu_page, **sheet(poster, file))


def _link(site: Site, share_id: str) -> Poster:
    services = current_services()
    with services.db.reading() as session:
        link = site_links.find(session, site.site_id, share_id)
    if link is None or link.key_id not in services.keys.secrets:
        raise RefusalError(404, said("console_posters.no_link"))
    token = token_of(services.keys, site.site_id, share_id, link.key_id)
    back = url_for("console_posters.page", site_id=site.site_id)
    return Poster(link.title or path_of(link.page_url), f"{services.url}/h/{token}", back)


def _code(site: Site, word: str) -> Poster:
    services = current_services()
    with services.db.reading() as session:
        codes = stored.codes_of(session, site.site_id)
        short = short_address(services, session, site)
    if not any(code.code == word and not code.retired_at_ms for code in codes):
        raise RefusalError(404, said("console_posters.no_code"))
    return Poster(site.name, f"{short}{word}", url_for("console_personal_codes.page", site_id=site.site_id))
