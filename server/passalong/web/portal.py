"""`/me`: whom my sharing reached, what it earned, why."""

from collections.abc import Iterator

import msgspec
from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from passalong.flow import notices
from passalong.languages import direction
from passalong.languages.rule import rule_words
from passalong.store import claims, lines, reports, shared, why
from passalong.store.sites import in_force, terms_versions
from passalong.store.views import OneLink
from passalong.web.auth import advocate
from passalong.web.errors import Refusal
from passalong.web.language import language, said
from passalong.web.parts import parts
from passalong.web.picture import NARROW, WIDE, Picture, draw
from passalong.web.sheets import ledger_sheet

bp = Blueprint("portal", __name__, url_prefix="/me")
PRINTED_ROWS = 500


@bp.get("")
def home() -> str | tuple[str, int]:
    """Home."""
    known, who = parts(), advocate()
    if who is None:
        return _nobody()
    site = who.site
    with known.db.reading() as session:
        terms = in_force(terms_versions(session, site.site_id), known.clock.now_ms()).terms
        view = reports.advocate_home(session, site.site_id, who.mine, terms)
    coming = notices.shown(known.db, known.collector, site, who.mine, known.clock.now_ms())
    pictures = _pictures(view.way)
    return render_template(
        "me.html", site=site, home=view, pictures=pictures, coming=coming, updated_at_ms=known.clock.now_ms()
    )


@bp.get("/links")
def links() -> str | tuple[str, int]:
    """The pages that were passed along, with their links."""
    known, who = parts(), advocate()
    if who is None:
        return _nobody()
    site = who.site
    with known.db.reading() as session:
        view = shared.links_page(session, site.site_id, who.mine, request.args.get("before"))
        in_all = reports.pages_in_all(session, site.site_id, who.mine)
    return render_template("me_links.html", site=site, found=view, in_all=in_all)


@bp.get("/links/page/<page_hash>")
def links_of_page(page_hash: str) -> str | tuple[str, int]:
    """All links to one page."""
    known, who = parts(), advocate()
    if who is None:
        return _nobody()
    site = who.site
    with known.db.reading() as session:
        view = shared.links_of_page(session, site.site_id, who.mine, page_hash)
    if not view:
        raise Refusal(404, said("links.no_page"))
    return render_template("me_link_page.html", site=site, found=view)


@bp.get("/links/<share_id>")
def link(share_id: str) -> str | tuple[str, int]:
    """One link, and where it went."""
    known, who = parts(), advocate()
    if who is None:
        return _nobody()
    site = who.site
    with known.db.reading() as session:
        view = shared.one_link(session, site.site_id, who.mine, share_id)
    if view is None:
        raise Refusal(404, said("links.no_link"))
    return render_template("me_link.html", site=site, one=view, pictures=_pictures(view))


def _pictures(one: OneLink | None) -> tuple[Picture, ...]:
    leftwards = direction(language()) == "rtl"
    return tuple(draw(one.tree, size, leftwards) for size in (WIDE, NARROW)) if one else ()


@bp.get("/credit")
def credit() -> str | tuple[str, int]:
    """The ledger."""
    known, who = parts(), advocate()
    if who is None:
        return _nobody()
    site = who.site
    with known.db.reading() as session:
        view = reports.advocate_credit(session, site.site_id, who.mine, request.args.get("before"))
    return render_template("me_credit.html", site=site, credit=view, before=request.args.get("before"))


@bp.get("/credit.csv")
def credit_sheet() -> Response | tuple[str, int]:
    """The whole ledger as CSV."""
    known, who = parts(), advocate()
    if who is None:
        return _nobody()
    site = who.site
    spoken = language()

    def sheet() -> Iterator[str]:
        with known.db.reading() as session:
            every = lines.every_line(session, site.site_id, who.mine)
            yield from ledger_sheet(every, site.time_zone, spoken)

    answer = Response(sheet(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="credit-{site.site_id}.csv"'
    return answer


@bp.get("/statement")
def statement() -> str | tuple[str, int]:
    """The ledger as it prints, with the ways to check it."""
    known, who = parts(), advocate()
    if who is None:
        return _nobody()
    site = who.site
    with known.db.reading() as session:
        sums = reports.unit_sums(session, site.site_id, who.mine)
        rows, older = lines.page(session, site.site_id, who.mine, None, PRINTED_ROWS, {})
    return render_template(
        "me_statement.html",
        site=site,
        advocate_id=who.advocate_id,
        sums=sums,
        rows=rows,
        more=older is not None,
        now_ms=known.clock.now_ms(),
    )


@bp.get("/why/<line_id>")
def explain(line_id: str) -> Response | tuple[str, int]:
    """Why, or why not: the same receipt as a page, or as JSON where that is asked for (`?as=json`)."""
    known, who = parts(), advocate()
    if who is None:
        return _nobody()
    site = who.site
    with known.db.reading() as session:
        view = why.why_page(session, site, who.mine, line_id)
        asked = claims.claims_on(session, site.site_id, who.mine, line_id)
        words = claims.words_of(session, site.site_id, [claim.claim_id for claim in asked])
    if view is None:
        raise Refusal(404, said("claims.no_line"))
    if _wants_json():
        return jsonify(msgspec.to_builtins(view) | {"terms_sentence": rule_words(view.terms)})
    json_url = url_for("portal.explain", line_id=line_id) + "?as=json"
    return make_response(
        render_template("me_why.html", site=site, why=view, json_url=json_url, asked=asked, words=words)
    )


def _wants_json() -> bool:
    """True for a program: `?as=json`, or an Accept header that prefers it."""
    if request.args.get("as"):
        return request.args["as"] == "json"
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _nobody() -> tuple[str, int]:
    return render_template("me_out.html"), 401
