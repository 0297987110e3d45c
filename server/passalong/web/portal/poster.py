"""A QR code and a poster of a link or of a personal code, printed by the browser.

The addresses are the short ones (`/h/…`), so that a code has few and large modules.
"""

from flask import Blueprint, Response, render_template, url_for

from passalong.core.pages import path_of
from passalong.lib.tokens import token_of
from passalong.store.books.links import find_link
from passalong.store.queries import links as store_links
from passalong.store.queries import personal_codes as stored
from passalong.web.http.auth import Signed
from passalong.web.http.errors import RefusalError
from passalong.web.http.guards import signed_in
from passalong.web.http.language import said
from passalong.web.http.qr_code import Poster, qr_file, sheet
from passalong.web.http.services import current_services
from passalong.web.portal.personal_code import short_address

bp = Blueprint("poster", __name__, url_prefix="/me")


@bp.get("/links/<share_id>/poster")
@signed_in()
def of_link(who: Signed, share_id: str) -> str:
    """Show the poster of a link."""
    return _page(who, _link(who, share_id), url_for("poster.qr_of_link", share_id=share_id))


@bp.get("/links/<share_id>/qr.svg")
@signed_in()
def qr_of_link(who: Signed, share_id: str) -> Response:
    """Send the QR code of a link as a file."""
    return qr_file(_link(who, share_id).address)


@bp.get("/word/<word>/poster")
@signed_in()
def of_code(who: Signed, word: str) -> str:
    """Show the poster of a personal code."""
    return _page(who, _code(who, word), url_for("poster.qr_of_code", word=word))


@bp.get("/word/<word>/qr.svg")
@signed_in()
def qr_of_code(who: Signed, word: str) -> Response:
    """Send the QR code of a personal code as a file."""
    return qr_file(_code(who, word).address)


def _page(who: Signed, poster: Poster, file: str) -> str:
    return render_template("portal/poster.html", site=who.site, **sheet(poster, file))


def _link(who: Signed, share_id: str) -> Poster:
    services, site_id = current_services(), who.site.site_id
    with services.db.reading() as session:
        view = store_links.one_link(session, site_id, who.mine, share_id)
        link = find_link(session, site_id, share_id) if view else None
    if view is None or link is None or link.key_id not in services.keys.secrets:
        raise RefusalError(404, said("links.no_link"))
    token = token_of(services.keys, site_id, share_id, link.key_id)
    title = view.link.title.strip() or path_of(view.link.page_url)
    return Poster(title, f"{services.url}/h/{token}", f"/me/links/{share_id}")


def _code(who: Signed, word: str) -> Poster:
    services = current_services()
    with services.db.reading() as session:
        codes = stored.codes_of(session, who.site.site_id, who.mine)
        short = short_address(services, session, who.site)
    if not any(code.code == word and not code.retired_at_ms for code in codes):
        raise RefusalError(404, said("poster.no_code"))
    return Poster(who.site.name, f"{short}{word}", "/me/word")
