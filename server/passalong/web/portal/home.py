"""`/me`: whom my sharing reached, what it earned, and why."""

from contextlib import ExitStack
from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from passalong.flow.mail import expiry_notices
from passalong.i18n.catalogue import direction
from passalong.i18n.rule import rule_words
from passalong.store.books import claims
from passalong.store.books.claims import Claim
from passalong.store.books.decisions import standing_ban
from passalong.store.queries import advocates, ledger_lines, why
from passalong.store.queries import links as store_links
from passalong.store.queries.cursors import BadCursorError
from passalong.store.queries.views import OneLink
from passalong.store.queries.why_views import WhyPage
from passalong.store.sites import Site
from passalong.web.http.auth import Signed
from passalong.web.http.csv_export import ledger_sheet
from passalong.web.http.downloads import File, in_parts, one_at_a_time, stream
from passalong.web.http.errors import RefusalError
from passalong.web.http.formats import wants_json
from passalong.web.http.guards import signed_in
from passalong.web.http.language import language, said
from passalong.web.http.line_words import outcome_sentence
from passalong.web.http.services import current_services
from passalong.web.portal.share_tree import NARROW, WIDE, Picture, draw

bp = Blueprint("home", __name__, url_prefix="/me")
PRINTED_ROWS = 500


@bp.get("")
@signed_in()
def home(who: Signed) -> str:
    """Show the home page."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        view = advocates.advocate_home(session, site, who.mine, services.clock.now_ms())
        ban = standing_ban(session, site.site_id, who.mine)
        coming = expiry_notices.coming_of(session, site, who.mine, services.clock.now_ms())
    pictures = _pictures(view.best_link)
    return render_template(
        "portal/home.html",
        site=site,
        home=view,
        pictures=pictures,
        coming=coming,
        ban=ban,
        updated_at_ms=services.clock.now_ms(),
    )


@bp.post("/seen")
@signed_in()
def seen(who: Signed) -> tuple[str, int]:
    """Record the notices that this person's page has just shown them (static/seen.js)."""
    services = current_services()
    with services.db.reading() as session:
        coming = expiry_notices.coming_of(session, who.site, who.mine, services.clock.now_ms())
    expiry_notices.record_seen(services.collector, who.site.site_id, coming, request.form.getlist("notice"))
    return "", 204


@bp.get("/links")
@signed_in()
def links(who: Signed) -> str:
    """Show the shared pages, with their links."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        try:
            view = store_links.links_page(session, site.site_id, who.mine, request.args.get("before"))
        except BadCursorError:
            raise RefusalError(400, said("errors.bad_address")) from None
        in_all = advocates.pages_in_all(session, site.site_id, who.mine)
    return render_template("portal/links.html", site=site, found=view, in_all=in_all)


@bp.get("/links/page/<page_hash>")
@signed_in()
def links_of_page(who: Signed, page_hash: str) -> str:
    """Show all links to one page."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        view = store_links.links_of_page(session, site.site_id, who.mine, page_hash)
    if not view:
        raise RefusalError(404, said("links.no_page"))
    return render_template("portal/link_page.html", site=site, found=view)


@bp.get("/links/<share_id>")
@signed_in()
def link(who: Signed, share_id: str) -> str:
    """Show one link with its share tree."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        view = store_links.one_link(session, site.site_id, who.mine, share_id)
    if view is None:
        raise RefusalError(404, said("links.no_link"))
    return render_template("portal/link.html", site=site, one=view, pictures=_pictures(view))


def _pictures(link: OneLink | None) -> tuple[Picture, ...]:
    leftwards = direction(language()) == "rtl"
    return tuple(draw(link.tree, size, leftwards) for size in (WIDE, NARROW)) if link else ()


@bp.get("/credit")
@signed_in()
def credit(who: Signed) -> str:
    """Show the ledger."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        try:
            view = advocates.advocate_credit(session, site.site_id, who.mine, request.args.get("before"))
        except BadCursorError:
            raise RefusalError(400, said("errors.bad_address")) from None
    return render_template("portal/ledger.html", site=site, credit=view, before=request.args.get("before"))


@bp.get("/credit.csv")
@signed_in()
def credit_sheet(who: Signed) -> Response:
    """Download the whole ledger as CSV."""
    services = current_services()
    site = who.site
    with ExitStack() as stack:
        stack.enter_context(one_at_a_time(site.site_id, who.advocate_id))
        session = stack.enter_context(services.db.reading_one_moment())
        every = ledger_lines.every_line(session, site.site_id, who.mine)
        sheet = in_parts(ledger_sheet(every, site, language()))
        return stream(File(f"credit-{site.site_id}.csv", "text/csv", sheet), stack.pop_all())


@bp.get("/statement")
@signed_in()
def statement(who: Signed) -> str:
    """Show the printable ledger, with the ways to check it."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        sums = advocates.unit_sums(session, site.site_id, who.mine)
        rows, older = ledger_lines.page(session, site.site_id, who.mine, ledger_lines.LedgerPage(PRINTED_ROWS))
    return render_template(
        "portal/statement.html",
        site=site,
        advocate_id=who.advocate_id,
        sums=sums,
        rows=rows,
        more=older is not None,
        now_ms=services.clock.now_ms(),
    )


@bp.get("/why/<line_id>")
@signed_in()
def explain(who: Signed, line_id: str) -> Response:
    """Show why, or why not: the same receipt as a page, or as JSON (`?as=json`)."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        view = why.why_page(session, site, who.mine, line_id)
        ban = standing_ban(session, site.site_id, who.mine)
        claims_read = claims.claims_on(session, site.site_id, who.mine, line_id)
        origin = _origin(session, site.site_id, view)
        words = claims.words_of(session, site.site_id, [claim.claim_id for claim in (*claims_read, *origin)])
    if view is None:
        raise RefusalError(404, said("claims.no_line"))
    if wants_json():
        return jsonify(_as_json(view, site))
    json_url = url_for("home.explain", line_id=line_id) + "?as=json"
    about = {"asked": claims_read, "origin": origin, "words": words, "ban": ban}
    return make_response(render_template("portal/why.html", site=site, why=view, json_url=json_url, **about))


def _origin(session: Session, site_id: str, view: WhyPage | None) -> tuple[Claim, ...]:
    """Return the claim that brought a line, if one did."""
    claim_id = view.gift.claim_id if view and view.gift else None
    claim = claims.find_claim(session, site_id, claim_id) if claim_id else None
    return (claim,) if claim else ()


def _as_json(view: WhyPage, site: Site) -> dict[str, Any]:
    """Return the page's view with its two sentences: what happened, and the rule that decided, if one did."""
    rule = rule_words(view.terms, remember=view.remember, bases=view.bases) if view.terms else None
    sentence = outcome_sentence(view, site.time_zone, site.name, language())
    fields: dict[str, Any] = msgspec.to_builtins(view)
    return fields | {"sentence": sentence, "terms_sentence": rule}
