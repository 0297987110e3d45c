"""Claims in the portal: "looks wrong?" on a line, "report a missing credit", and the messages of either."""

import re
import secrets
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.privileges import Need
from passalong.flow import claim_promises
from passalong.flow import claims as flow_claims
from passalong.lib.tokens import BadTokenError, share_id_of
from passalong.store.books import claims
from passalong.store.people import addresses
from passalong.store.queries import advocates
from passalong.store.queries import links as store_links
from passalong.store.sites import Site
from passalong.web.http.auth import Signed
from passalong.web.http.await_fold import until
from passalong.web.http.errors import RefusalError
from passalong.web.http.guards import signed_in
from passalong.web.http.language import said
from passalong.web.http.services import current_services
from passalong.web.http.wire import PARAM
from passalong.web.portal.signin import caller

bp = Blueprint("claims", __name__, url_prefix="/me")
ORDER = re.compile(r"[A-Za-z0-9._:#/-]{1,64}", re.ASCII)
CLAIM = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


@bp.get("/claims")
@signed_in()
def mine(who: Signed) -> str:
    """Show all claims of this advocate, newest first."""
    return _list(who)


def _list(who: Signed, claim_id: str = "", problem: str = "") -> str:
    """Render the list, with what a message could not be; what was typed stays in its field."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        claims_read = claims.claims_of(session, site.site_id, who.mine)
        words = claims.words_of(session, site.site_id, [claim.claim_id for claim in claims_read])
    wrong = {claim_id: (problem, request.form.get("words", ""))} if problem else {}
    return render_template("portal/claims.html", site=site, asked=claims_read, words=words, wrong=wrong)


@bp.get("/why/<line_id>/ask")
@signed_in()
def about_line(who: Signed, line_id: str) -> str:
    """Show the form about one line."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        credit = advocates.find_credit(session, site.site_id, who.mine, line_id)
    if credit is None:
        raise RefusalError(404, said("claims.no_line"))
    return _form(site, line_id=line_id, advocate_id=credit.recipient)


@bp.post("/why/<line_id>/ask")
@signed_in(Need.SPEND)
def ask_about_line(who: Signed, line_id: str) -> AnyResponse | tuple[str, int] | str:
    """Open a claim about one line."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        credit = advocates.find_credit(session, site.site_id, who.mine, line_id)
    if credit is None:
        raise RefusalError(404, said("claims.no_line"))
    try:
        _open(site, credit.recipient, line_id=line_id, conversion_id=credit.conversion_id)
    except flow_claims.ClaimError as error:
        return _form(site, line_id=line_id, advocate_id=credit.recipient, problem=str(error)), 400
    return redirect(url_for("home.explain", line_id=line_id) + "#asked", 303)


@bp.get("/claims/new")
@signed_in()
def missing(who: Signed) -> str:
    """Show the form for a missing credit."""
    return _form(who.site)


@bp.post("/claims/new")
@signed_in(Need.SPEND)
def ask_missing(who: Signed) -> AnyResponse | tuple[str, int] | str:
    """Open a claim about a link or an order."""
    site = who.site
    try:
        share_id, order = _named_link(who), _named_order()
        if share_id is None and order is None:
            raise flow_claims.ClaimError(said("claims.bad_both"))
        _open(site, who.advocate_id, share_id=share_id or _best_link(who), conversion_id=order)
    except flow_claims.ClaimError as error:
        return _form(site, problem=str(error)), 400
    return redirect(url_for("claims.mine"), 303)


@bp.post("/claims/<claim_id>")
@signed_in(Need.SPEND)
def reply(who: Signed, claim_id: str) -> AnyResponse | tuple[str, int]:
    """Add a message to a claim of one's own."""
    services = current_services()
    site = who.site
    with services.db.reading() as session:
        claim = claims.find_claim(session, site.site_id, claim_id)
        count = len(claims.words_of(session, site.site_id, [claim_id]).get(claim_id, ()))
    if claim is None or claim.advocate_id not in who.mine:
        raise RefusalError(404, said("claims.not_yours"))
    if count >= flow_claims.MOST_OPEN:
        return _list(who, claim_id, said("claims.many")), 400
    try:
        new = claims.NewWords(claim_id, "advocate", words_given())
        flow_claims.say(services.db, services.clock, site.site_id, new)
    except flow_claims.ClaimError as error:
        return _list(who, claim_id, str(error)), 400
    return redirect(url_for("claims.mine"), 303)


def words_given() -> str:
    """Return the form's message; raises ClaimError."""
    words = request.form.get("words", "").replace("\r\n", "\n").strip()
    if not 1 <= len(words) <= flow_claims.MOST_WORDS:
        raise flow_claims.ClaimError(said("claims.bad_words"))
    return words


def _form(site: Site, line_id: str | None = None, advocate_id: str = "", problem: str = "") -> str:
    services = current_services()
    by_ms = services.clock.now_ms() + site.answer_days * DAY_MS
    with services.db.reading() as session:
        reached = addresses.reaches_owner(session, site.site_id)
        try:
            only_owner = bool(line_id) and claim_promises.line_needs_owner(session, site, advocate_id, line_id or "")
        except claim_promises.NothingToDecideError:
            raise RefusalError(409, said("claims.nothing", site=site.name)) from None
    return render_template(
        "portal/claim.html",
        site=site,
        line_id=line_id,
        problem=problem,
        by_ms=by_ms,
        reached=reached,
        only_owner=only_owner,
        claim_id=secrets.token_urlsafe(16),
        given=request.form,
    )


def _open(
    site: Site,
    advocate_id: str,
    *,
    line_id: str | None = None,
    conversion_id: str | None = None,
    share_id: str | None = None,
) -> None:
    services, claim_id = current_services(), request.form.get("claim", "")
    if not CLAIM.fullmatch(claim_id):
        raise flow_claims.ClaimError(said("claims.again"))
    about = {"line_id": line_id, "conversion_id": conversion_id, "share_id": share_id}
    new_claim = flow_claims.NewClaim(
        claim_id=claim_id, advocate_id=advocate_id, words=words_given(), caller=caller().bucket, **about
    )
    try:
        flow_claims.ask(services.db, services.clock, services.collector, site, new_claim)
    except flow_claims.ClaimExistsError:
        raise flow_claims.ClaimError(said("claims.before")) from None
    except flow_claims.TooManyClaimsError:
        raise flow_claims.ClaimError(said("claims.many")) from None
    except flow_claims.SiteFullError:
        raise flow_claims.ClaimError(said("claims.site_full")) from None
    except flow_claims.NoSavedAccountError:
        raise flow_claims.ClaimError(said("claims.save_first")) from None
    except claim_promises.NothingToDecideError:
        raise RefusalError(409, said("claims.nothing", site=site.name)) from None
    except flow_claims.ClaimsOffError:
        raise flow_claims.ClaimError(said("claims.off", site=site.name)) from None
    except flow_claims.ClaimConflictError:
        raise flow_claims.ClaimError(said("claims.again")) from None
    until(services.db, lambda session: claims.find_claim(session, site.site_id, claim_id) is not None)


def _named_order() -> str | None:
    order = request.form.get("order", "").strip()
    if order and not ORDER.fullmatch(order):
        raise flow_claims.ClaimError(said("claims.bad_order"))
    return order or None


def _named_link(who: Signed) -> str | None:
    """Return the share id behind a pasted link; raises ClaimError if it is none of this person's."""
    pasted = request.form.get("link", "").strip()
    if not pasted:
        return None
    services = current_services()
    try:
        share_id = share_id_of(services.keys, who.site.site_id, _token_in(pasted))
    except (BadTokenError, ValueError):
        raise flow_claims.ClaimError(said("claims.bad_link")) from None
    with services.db.reading() as session:
        if store_links.one_link(session, who.site.site_id, who.mine, share_id) is None:
            raise flow_claims.ClaimError(said("claims.bad_link"))
    return share_id


def _token_in(pasted: str) -> str:
    """Return the token in a shared link: of its query, of its fragment, or the end of a short link."""
    url = urlsplit(pasted[:3_000])
    for part in (url.query, url.fragment):
        if PARAM in parse_qs(part):
            return parse_qs(part)[PARAM][0]
    return url.path.rstrip("/").rsplit("/", 1)[-1]


def _best_link(who: Signed) -> str | None:
    """Return the link that brought most people: the likeliest, if only the order is known."""
    with current_services().db.reading() as session:
        lines = store_links.links_page(session, who.site.site_id, who.mine, None).pages
    links = [link for page in lines for link in page.links]
    return max(links, key=lambda link: link.people).share_id if links else None
