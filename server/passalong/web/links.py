"""Links for people who are about to share, short links, and the way from the widget to the portal."""

from typing import Literal

import msgspec
from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.integrity import is_declared_bot
from passalong.core.pages import path_of
from passalong.core.reasons import Reason
from passalong.flow import codes, enrol
from passalong.flow.manage import is_on_site
from passalong.flow.refuse import Refused
from passalong.store import links, names, sites
from passalong.store.sites import Site
from passalong.tokens import BadToken, share_id_of, unverified_share_id
from passalong.web import wire
from passalong.web.errors import Refusal
from passalong.web.language import said
from passalong.web.notes import ACK_TIMEOUT_S
from passalong.web.parts import Parts, parts

bp = Blueprint("links", __name__)


class LinkBody(wire.Body, frozen=True):
    """A link that a browser asks for."""

    site: wire.Key
    id: wire.NoteId
    guest: wire.Guest
    page: wire.Page
    title: wire.Title = ""
    parent: wire.Token | None = None
    visitor: wire.NoteId | None = None


class CreditBody(wire.Body, frozen=True):
    """A guest who wants to see their credit, or to change under which name it is theirs."""

    site: wire.Key
    guest: wire.Guest
    to: Literal["privacy"] | None = None


class ThanksBody(wire.Body, frozen=True):
    """Somebody who came by a link, and wants to know from whom."""

    site: wire.Key
    token: wire.Token


_link_decoder = msgspec.json.Decoder(LinkBody)
_credit_decoder = msgspec.json.Decoder(CreditBody)
_thanks_decoder = msgspec.json.Decoder(ThanksBody)


@bp.post("/v1/links")
def issue() -> tuple[Response, int]:
    """A token for a person who shows the intent to share."""
    known = parts()
    body = wire.decode(request.get_data(), _link_decoder)
    site = wire.site_of(known.sites, body.site)
    page = wire.clean_page(body.page)
    if not is_on_site(site, page) or not _is_from(site):
        raise Refusal(403, "The page or the `Origin` is not on this site's list of addresses.")
    if request.headers.get("Sec-GPC") == "1":
        raise Refusal(403, "This browser asks not to be counted: share the plain link.")
    asked = enrol.LinkRequest(
        request_id=body.id,
        guest=body.guest,
        page_url=page,
        title=" ".join(body.title.split()),
        parent_share_id=_parent(known, site, body.parent),
        visitor_id=body.visitor,
    )
    try:
        issued = enrol.issue_link(known.db, known.clock, known.keys, site, asked)
    except enrol.Stopped:
        raise Refusal(403, "This person asked not to be counted: share the plain link.") from None
    except enrol.RequestConflict:
        raise Refusal(409, "This id was used before, for another link.") from None
    with known.db.reading() as session:
        name = names.shown_name(session, site.site_id, issued.advocate_id)
    return jsonify({"token": issued.token} | _named(name)), 201 if issued.new else 200


def _is_from(site: Site) -> bool:
    """False when a browser says that another site's page asks."""
    origin = request.headers.get("Origin")
    return origin is None or origin in site.origins


def _named(name: str) -> dict[str, str]:
    """A name in an answer; nothing where there is none, whatever the reason."""
    return {"name": name} if name else {}


def _parent(known: Parts, site: Site, token: str | None) -> str | None:
    """The share that somebody came by; a token that does not verify is dropped, and life goes on."""
    if token is None:
        return None
    try:
        return wire.share_of(known.keys, known.sites, site, token)
    except BadToken:
        return None


@bp.post("/v1/thanks")
def thanks() -> Response:
    """The name of who passed this on, if they want everybody who comes by their links to read it. Nothing else."""
    known = parts()
    body = wire.decode(request.get_data(), _thanks_decoder)
    site = wire.site_of(known.sites, body.site)
    if not _is_from(site):
        raise Refusal(403, "The `Origin` is not on this site's list of addresses.")
    share_id = None if request.headers.get("Sec-GPC") == "1" else _parent(known, site, body.token)
    if share_id is None:
        return jsonify({})
    with known.db.reading() as session:
        return jsonify(_named(names.greeting_name(session, site.site_id, share_id)))


@bp.post("/v1/credit")
def credit() -> tuple[Response, int]:
    """A way into the portal for this guest, good once."""
    known = parts()
    body = wire.decode(request.get_data(), _credit_decoder)
    site = wire.site_of(known.sites, body.site)
    try:
        code = enrol.hand_over(known.db, known.clock, site.site_id, body.guest)
    except enrol.ClosedGuest:  # signed out everywhere: the portal asks who it is
        return jsonify(url=f"{known.url}/me/in?site={site.site_id}"), 201
    except enrol.UnknownGuest:
        raise Refusal(404, "Nothing was shared with this credential yet.") from None
    where = "?to=privacy" if body.to else ""
    return jsonify(url=f"{known.url}/me/in{where}#{site.site_id}.{code}"), 201


@bp.get("/h/<token>")
def hop(token: str) -> AnyResponse:
    """A short link: to the page that the token was made for, on the site's own origins, and nowhere else."""
    known = parts()
    try:
        found = _behind(known, token)
    except BadToken:
        if not codes.CODE.fullmatch(codes.plain(token)):
            raise Refusal(404, said("errors.no_page")) from None
        return _by_word(known, _site_meant(known), token)
    return _to_page(known, wire.site_of(known.sites, found.site_id), found.page_url, token)


@bp.get("/h/<site_id>/<word>")
def hop_by_word(site_id: str, word: str) -> AnyResponse:
    """A word that stands for somebody, of a site that the address names: to that site."""
    known = parts()
    return _by_word(known, known.sites.find(site_id), word)


def _site_meant(known: Parts) -> Site | None:
    """The site of a word that names none: the one under whose own domain it was asked for, or the only one."""
    with known.db.reading() as session:
        found = sites.all_sites(session)
    here = [site for site in found if request.host in {origin.partition("://")[2] for origin in site.origins}]
    return next(iter(here if len(here) == 1 else found if len(found) == 1 else ()), None)


def _by_word(known: Parts, site: Site | None, typed: str) -> AnyResponse:
    """Where a word leads. One that was ended leads to the site all the same, and counts for nobody."""
    word = codes.plain(typed)
    if site is None:
        raise Refusal(404, said("errors.word_of_no_site"))
    with known.db.reading() as session:
        found = codes.resolve(session, site.site_id, word)
        link = links.find_link(session, site.site_id, found.share_id) if found.share_id else None
    if found.state == "unknown":
        raise Refusal(404, said("errors.no_word"))
    return _to_page(known, site, link.page_url if link else site.home_url, word if link else None)


def _to_page(known: Parts, site: Site, page_url: str, carried: str | None) -> AnyResponse:
    """The way to a page of the site, with what it carries."""
    if not is_on_site(site, page_url):
        raise Refusal(404, said("errors.page_gone"))
    if is_declared_bot(request.headers.get("User-Agent", "")):
        detail = f"{path_of(page_url)} · {request.headers.get('User-Agent', '')[:120]}"
        known.refusals.offer(Refused(site, "hop", Reason.BOT, detail)).result(timeout=ACK_TIMEOUT_S)
    page = wire.clean_page(page_url)
    response = redirect(_with_token(page, carried) if carried else page, 302)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


def _with_token(page: str, token: str) -> str:
    """The page as the token is carried to it: in the query, or for sites whose cache minds queries in the fragment."""
    if request.args.get("carrier") == "hash":
        return f"{page}#{wire.PARAM}={token}"
    return f"{page}{'&' if '?' in page else '?'}{wire.PARAM}={token}"


def _behind(known: Parts, token: str) -> links.IssuedLink:
    """The issued link behind a token that names no site; raises BadToken."""
    share_id = unverified_share_id(token)
    with known.db.reading() as session:
        candidates = links.links_anywhere(session, share_id)
    for link in candidates:
        if share_id_of(known.keys, link.site_id, token) == link.share_id:
            return link
    raise BadToken(Reason.UNKNOWN_SHARE)
