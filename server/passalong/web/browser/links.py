"""Links for people who are about to share, short links, and the widget's way into the portal."""

from contextlib import suppress
from typing import Literal

import msgspec
from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.names.lines import in_one_line
from passalong.core.reasons import Reason
from passalong.flow import personal_codes
from passalong.flow.ingest.collector import QueueFullError
from passalong.flow.ingest.refusals import Refused
from passalong.flow.owners.sites import BadSiteError, is_on_site, origin_of, present_address
from passalong.flow.signin import browser_moves, guests
from passalong.flow.tries import links as try_links
from passalong.i18n import catalogue, formatting
from passalong.lib.tokens import BadTokenError, share_id_of, unverified_share_id
from passalong.lib.try_tokens import read_try
from passalong.store import sites
from passalong.store.books import links, site_links
from passalong.store.books.site_links import SiteLink
from passalong.store.people import public_names
from passalong.store.queries import referee_rewards
from passalong.store.queries.referee_rewards import Offer
from passalong.store.sites import Site
from passalong.web.http import origins, wire
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import Services, current_services

bp = Blueprint("links", __name__)


class LinkBody(wire.Body, frozen=True):
    """A browser's request for a link."""

    site: wire.Key
    id: wire.NoteId
    guest: wire.Guest
    page: wire.Page
    title: wire.Title = ""
    parent: wire.Token | None = None
    visitor: wire.NoteId | None = None


class CreditBody(wire.Body, frozen=True):
    """A guest's request to see their credit, or to change their public name."""

    site: wire.Key
    guest: wire.Guest
    to: Literal["privacy"] | None = None


class ThanksBody(wire.Body, frozen=True):
    """A visitor's request for the name of the advocate who passed the page on, and for a reward of their own."""

    site: wire.Key
    token: wire.Token
    lang: wire.LanguageTag = ""


_link_decoder = msgspec.json.Decoder(LinkBody)
_credit_decoder = msgspec.json.Decoder(CreditBody)
_thanks_decoder = msgspec.json.Decoder(ThanksBody)


@bp.post("/v1/links")
def issue() -> tuple[Response, int]:
    """Return a token for a person who is about to share."""
    services = current_services()
    body = wire.decode(request.get_data(), _link_decoder)
    site = wire.open_site_of(services.sites, body.site)
    page = wire.clean_page(body.page, site.dropped)
    _refuse_foreign(services, site, page)
    if request.headers.get("Sec-GPC") == "1":
        raise RefusalError(403, "This browser asks not to be counted: share the plain link.", name=Reason.OPTED_OUT)
    tried = read_try(services.keys, site.site_id, body.parent) if body.parent else None
    if tried is not None and tried.is_open(services.clock.now_ms()):
        return _issue_try(services, site, body.id, page)
    try:
        request_of_link = _asked(services, site, body, page)
        issued = guests.issue_link(services.db, services.clock, services.keys, site, request_of_link)
    except guests.StoppedGuestError:
        raise _opted_out() from None
    except guests.RequestConflictError:
        raise RefusalError(409, "This id was used before, for another link.") from None
    with services.db.reading() as session:
        name = public_names.shown_name(session, site.site_id, issued.advocate_id)
    moved = {} if request_of_link.guest == body.guest else {"guest": request_of_link.guest}
    return jsonify({"token": issued.token} | _named(name) | moved), 201 if issued.new else 200


def _asked(services: Services, site: Site, body: LinkBody, page: str) -> guests.LinkRequest:
    """Return the request, of the guest that this browser shares for."""
    parts = (services.db, services.clock, services.keys, services.collector)
    return guests.LinkRequest(
        request_id=body.id,
        guest=browser_moves.guest_of(*parts, browser_moves.SharingBrowser(site.site_id, body.guest)),
        page_url=page,
        title=in_one_line(body.title),
        parent_share_id=_parent(services, site, body.parent),
        visitor_id=body.visitor,
    )


def _opted_out() -> RefusalError:
    return RefusalError(403, "This person asked not to be counted: share the plain link.", name=Reason.OPTED_OUT)


def _issue_try(services: Services, site: Site, request_id: str, page: str) -> tuple[Response, int]:
    """Return a link of try mode: the person came by one."""
    try_request = try_links.TryRequest(request_id, page)
    token = try_links.issue_try_link(services.db, services.clock, services.keys, site, try_request)
    return jsonify(token=token, tried=True), 201


def _refuse_foreign(services: Services, site: Site, page: str | None = None) -> None:
    """Refuse requests of other origins, and show the owner the origin that is missing from the list."""
    asked_from = origins.foreign_origin(site)
    if asked_from is None and page is not None and not is_on_site(site, page):
        asked_from = origin_of(page)[: origins.LONGEST]
    if asked_from is None:
        return
    with suppress(QueueFullError):
        services.refusals.offer(Refused(site, "link", Reason.FOREIGN_ORIGIN, asked_from))
    raise origins.refusal(site, asked_from, "its pages share plain links")


def _named(name: str) -> dict[str, str]:
    """Return a name for an answer; nothing if there is none, whatever the reason."""
    return {"name": name} if name else {}


def _parent(services: Services, site: Site, token: str | None) -> str | None:
    """Return the share that the person came by; a token that does not verify is ignored."""
    if token is None:
        return None
    try:
        return wire.share_of(services.keys, services.sites, site, token)
    except BadTokenError:
        return None


@bp.post("/v1/thanks")
def thanks() -> Response:
    """Return the name of the advocate who passed this on, if they show it to everybody, and what the visitor can get.

    Nothing else. Amounts are written in the language of the page, or in English.
    """
    services = current_services()
    body = wire.decode(request.get_data(), _thanks_decoder)
    site = wire.open_site_of(services.sites, body.site)
    _refuse_foreign(services, site)
    share_id = None if request.headers.get("Sec-GPC") == "1" else _parent(services, site, body.token)
    if share_id is None:
        return jsonify({})
    with services.db.reading() as session:
        name = public_names.greeting_name(session, site.site_id, share_id)
        offer = referee_rewards.offered(session, site.site_id, share_id)
    language = catalogue.preferred(body.lang)
    return jsonify(_named(name) | ({"reward": _reward(offer, language)} if offer else {}))


def _reward(offer: Offer, language: str) -> str:
    """Return the amount in words: "up to" where a cap or a budget may leave less of it."""
    amount = formatting.money(offer.micros, offer.unit, language)
    return catalogue.say(language, "rule.up_to", amount=amount) if offer.has_limits else amount


@bp.post("/v1/credit")
def credit() -> tuple[Response, int]:
    """Return a sign-in code for this guest, which works once; also on an archived site, where credit stays theirs."""
    services = current_services()
    body = wire.decode(request.get_data(), _credit_decoder)
    site = wire.site_of(services.sites, body.site)
    try:
        code = guests.hand_over(services.db, services.clock, site.site_id, body.guest)
    except guests.ClosedGuestError:  # signed out everywhere: the portal asks for a sign-in
        return jsonify(url=f"{services.url}/me/in?site={site.site_id}"), 201
    except guests.UnknownGuestError:
        raise RefusalError(404, "Nothing has been shared with this credential yet.") from None
    where = "?to=privacy" if body.to else ""
    return jsonify(url=f"{services.url}/me/in{where}#{site.site_id}.{code}"), 201


@bp.get("/h/<token>")
def hop(token: str) -> AnyResponse:
    """Redirect a short link to its page, on the site's own origins only."""
    services = current_services()
    try:
        link = _behind(services, token)
    except BadTokenError:
        if tried := try_links.try_link_behind(services.db, services.keys, token):
            return _to_page(wire.site_of(services.sites, tried.site_id), tried.page_url, token)
        if not personal_codes.CODE.fullmatch(personal_codes.plain(token)):
            raise RefusalError(404, said("errors.no_page")) from None
        return _by_word(services, _site_meant(services), token)
    return _to_page(wire.site_of(services.sites, link.site_id), link.page_url, token)


@bp.get("/h/<site_id>/<word>")
def hop_by_word(site_id: str, word: str) -> AnyResponse:
    """Redirect a personal code to the site that the address names."""
    services = current_services()
    return _by_word(services, services.sites.find(site_id), word)


def _site_meant(services: Services) -> Site | None:
    """Return the site of a code without one: by the host of the request, or the only one."""
    with services.db.reading() as session:
        return sites.site_of_host(session, request.host) or sites.only_site(session)


def _by_word(services: Services, site: Site | None, typed: str) -> AnyResponse:
    """Redirect a personal code. A retired one leads to the site all the same, and earns nothing."""
    word = personal_codes.plain(typed)
    if site is None:
        raise RefusalError(404, said("errors.word_of_no_site"))
    with services.db.reading() as session:
        found = personal_codes.resolve(session, site.site_id, word)
        link = links.find_link(session, site.site_id, found.share_id) if found.share_id else None
    if found.state == "unknown":
        raise RefusalError(404, said("errors.no_word"))
    return _to_page(site, link.page_url if link else site.home_url, word if link else None)


def _to_page(site: Site, page_url: str, carried: str | None) -> AnyResponse:
    """Redirect to a page of the site, at its present address, with its parameters."""
    try:
        page_url = present_address(site, page_url)
    except BadSiteError:
        raise RefusalError(404, said("errors.page_gone")) from None
    page = wire.clean_page(page_url)
    response = redirect(_with_token(page, carried) if carried else page, 302)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


def _with_token(page: str, token: str) -> str:
    """Return the page with the token: in the query, or in the fragment for sites whose cache varies on queries."""
    if request.args.get("carrier") == "hash":
        return f"{page}#{wire.PARAM}={token}"
    return f"{page}{'&' if '?' in page else '?'}{wire.PARAM}={token}"


def _behind(services: Services, token: str) -> links.IssuedLink | SiteLink:
    """Return the link behind a token that names no site, an advocate's or the site's own; raises BadTokenError."""
    share_id = unverified_share_id(token)
    with services.db.reading() as session:
        candidates: list[links.IssuedLink | SiteLink] = [*links.links_anywhere(session, share_id)]
        candidates += site_links.anywhere(session, share_id)
    for link in candidates:
        if share_id_of(services.keys, link.site_id, token) == link.share_id:
            return link
    raise BadTokenError(Reason.UNKNOWN_SHARE)
