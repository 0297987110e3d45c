"""Claims in the portal: "looks wrong?" on a line, "this should have counted", and the conversation about either."""

import re
import secrets
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.attribution import DAY_MS
from passalong.flow import asking
from passalong.store import claims, reports, shared
from passalong.store.sites import Site
from passalong.tokens import BadToken, share_id_of
from passalong.web.auth import Signed, advocate, refuse_cross_site
from passalong.web.errors import Refusal
from passalong.web.language import said
from passalong.web.parts import parts
from passalong.web.patience import until
from passalong.web.wire import PARAM

bp = Blueprint("claims", __name__, url_prefix="/me")
ORDER = re.compile(r"[A-Za-z0-9._:#/-]{1,64}", re.ASCII)
CLAIM = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


@bp.get("/claims")
def mine() -> str | tuple[str, int]:
    """All questions of this advocate, newest first."""
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    site = who.site
    with known.db.reading() as session:
        asked = claims.claims_of(session, site.site_id, who.mine)
        words = claims.words_of(session, site.site_id, [claim.claim_id for claim in asked])
    return render_template("me_claims.html", site=site, asked=asked, words=words)


@bp.get("/why/<line_id>/ask")
def about_line(line_id: str) -> str | tuple[str, int]:
    """The form about one line."""
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    site = who.site
    with known.db.reading() as session:
        credit = reports.find_credit(session, site.site_id, who.mine, line_id)
    if credit is None:
        raise Refusal(404, said("claims.no_line"))
    return _form(site, line_id=line_id)


@bp.post("/why/<line_id>/ask")
def ask_about_line(line_id: str) -> AnyResponse | tuple[str, int] | str:
    """Open a claim about one line."""
    refuse_cross_site()
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    site = who.site
    with known.db.reading() as session:
        credit = reports.find_credit(session, site.site_id, who.mine, line_id)
    if credit is None:
        raise Refusal(404, said("claims.no_line"))
    try:
        _open(site, credit.recipient, line_id=line_id, conversion_id=credit.conversion_id)
    except asking.CannotAsk as error:
        return _form(site, line_id=line_id, problem=str(error)), 400
    return redirect(url_for("portal.explain", line_id=line_id) + "#asked", 303)


@bp.get("/claims/new")
def missing() -> str | tuple[str, int]:
    """The form for something that should have counted."""
    who = advocate()
    return nobody() if who is None else _form(who.site)


@bp.post("/claims/new")
def ask_missing() -> AnyResponse | tuple[str, int] | str:
    """Open a claim about a link or an order."""
    refuse_cross_site()
    who = advocate()
    if who is None:
        return nobody()
    site = who.site
    try:
        share_id, order = _named_link(who), _named_order()
        if share_id is None and order is None:
            raise asking.CannotAsk(said("claims.bad_both"))
        _open(site, who.advocate_id, share_id=share_id or _best_link(who), conversion_id=order)
    except asking.CannotAsk as error:
        return _form(site, problem=str(error)), 400
    return redirect(url_for("claims.mine"), 303)


@bp.post("/claims/<claim_id>")
def reply(claim_id: str) -> AnyResponse | tuple[str, int]:
    """Say more in a conversation of one's own."""
    refuse_cross_site()
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    site = who.site
    with known.db.reading() as session:
        claim = claims.find_claim(session, site.site_id, claim_id)
        count = len(claims.words_of(session, site.site_id, [claim_id]).get(claim_id, ()))
    if claim is None or claim.advocate_id not in who.mine:
        raise Refusal(404, said("claims.not_yours"))
    if count >= asking.MOST_OPEN:
        raise Refusal(400, said("claims.many"))
    try:
        asking.say(known.db, known.clock, site.site_id, claim_id, "advocate", words_given())
    except asking.CannotAsk as error:
        raise Refusal(400, str(error)) from None
    return redirect(url_for("claims.mine"), 303)


def words_given() -> str:
    """What was written in the form's field `words`; raises CannotAsk."""
    words = request.form.get("words", "").replace("\r\n", "\n").strip()
    if not 1 <= len(words) <= asking.MOST_WORDS:
        raise asking.CannotAsk(said("claims.bad_words"))
    return words


def nobody() -> tuple[str, int]:
    """Nobody is signed in."""
    return render_template("me_out.html"), 401


def _form(site: Site, line_id: str | None = None, problem: str = "") -> str:
    by_ms = parts().clock.now_ms() + site.answer_days * DAY_MS
    return render_template(
        "me_ask.html",
        site=site,
        line_id=line_id,
        problem=problem,
        by_ms=by_ms,
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
    known, claim_id = parts(), request.form.get("claim", "")
    if not CLAIM.fullmatch(claim_id):
        raise asking.CannotAsk(said("claims.again"))
    about = {"line_id": line_id, "conversion_id": conversion_id, "share_id": share_id}
    try:
        asking.ask(known.db, known.clock, known.collector, site, claim_id, advocate_id, words_given(), **about)
    except asking.AskedBefore:
        raise asking.CannotAsk(said("claims.before")) from None
    except asking.TooManyAsked:
        raise asking.CannotAsk(said("claims.many")) from None
    except asking.AskedOtherwise:
        raise asking.CannotAsk(said("claims.again")) from None
    until(known.db, lambda session: claims.find_claim(session, site.site_id, claim_id) is not None)


def _named_order() -> str | None:
    order = request.form.get("order", "").strip()
    if order and not ORDER.fullmatch(order):
        raise asking.CannotAsk(said("claims.bad_order"))
    return order or None


def _named_link(who: Signed) -> str | None:
    """The share id behind a link that was pasted; raises CannotAsk when it is none of this person's."""
    pasted = request.form.get("link", "").strip()
    if not pasted:
        return None
    known = parts()
    try:
        share_id = share_id_of(known.keys, who.site.site_id, _token_in(pasted))
    except (BadToken, ValueError):
        raise asking.CannotAsk(said("claims.bad_link")) from None
    with known.db.reading() as session:
        if shared.one_link(session, who.site.site_id, who.mine, share_id) is None:
            raise asking.CannotAsk(said("claims.bad_link"))
    return share_id


def _token_in(pasted: str) -> str:
    """The token in a shared link: of its query, of its fragment, or the end of a short link."""
    url = urlsplit(pasted[:3_000])
    for part in (url.query, url.fragment):
        if PARAM in parse_qs(part):
            return parse_qs(part)[PARAM][0]
    return url.path.rstrip("/").rsplit("/", 1)[-1]


def _best_link(who: Signed) -> str | None:
    """The link of theirs that brought most people: the likeliest, where only the order is known."""
    with parts().db.reading() as session:
        found = shared.links_page(session, who.site.site_id, who.mine, None).pages
    links = [link for page in found for link in page.links]
    return max(links, key=lambda link: link.people).share_id if links else None
