"""`/me/card`: a picture that says what somebody passed along this month, for them to show. Public if they say so.

The server draws SVG, which has every letter that the reader has. The PNG is made in the person's own browser
(static/card.js): a server would need a font for each script that a title can be in.
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong import languages
from passalong.core.cards import MOST_TITLES, Card, title_on_card
from passalong.core.days import month_start_ms, period_start_ms
from passalong.flow import cards as flow
from passalong.languages import figures
from passalong.store import access, cards, names
from passalong.store.sites import Site
from passalong.web.auth import Signed, advocate, refuse_cross_site
from passalong.web.card_picture import HEIGHT, WIDTH, Words, drawn
from passalong.web.claims import nobody
from passalong.web.errors import Refusal
from passalong.web.language import language, said
from passalong.web.parts import parts

bp = Blueprint("card", __name__)


@bp.get("/me/card")
def page() -> str | tuple[str, int]:
    """What can be on it, how it looks, and whether anybody else sees it."""
    who = advocate()
    return nobody() if who is None else _page(who, request.args.getlist("p"))


@bp.get("/me/card.svg")
def preview() -> Response | tuple[str, int]:
    """The picture as it would be, for its person alone."""
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    try:
        with known.db.reading() as session:
            card = flow.draft(session, who.site, who.mine, known.clock.now_ms(), request.args.getlist("p"))
    except flow.NoCard:
        raise Refusal(404, said("card.none")) from None
    return _picture(who.site, card, language())


@bp.post("/me/card/public")
def publish() -> AnyResponse | tuple[str, int]:
    """Anybody who has its address sees it from now on."""
    refuse_cross_site()
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    chosen = request.form.getlist("p")
    try:
        flow.publish(known.db, known.clock, who.site, who.advocate_id, chosen, language())
    except flow.NoCard:
        return _page(who, chosen), 400
    return redirect(url_for("card.page"), 303)


@bp.post("/me/card/back")
def take_back() -> AnyResponse | tuple[str, int]:
    """Nobody sees it any more."""
    refuse_cross_site()
    known, who = parts(), advocate()
    if who is None:
        return nobody()
    flow.take_back(known.db, who.site.site_id, who.advocate_id)
    return redirect(url_for("card.page"), 303)


@bp.get("/card/<site_id>/<code>.svg")
def public(site_id: str, code: str) -> Response:
    """A card that its person made public, until they take it back. No copy of it is kept by anybody who asks first."""
    known = parts()
    site = known.sites.find(site_id)
    with known.db.reading() as session:
        found = cards.find(session, site_id, code[:64]) if site else None
        hidden = found and names.is_hidden(session, site_id, access.advocates_of(session, site_id, found.advocate_id))
    if site is None or found is None or hidden:
        raise Refusal(404, "No card is here. It may have been taken back.")
    answer = _picture(site, found.card, found.language)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _page(who: Signed, chosen: list[str]) -> str:
    known, site = parts(), who.site
    now_ms = known.clock.now_ms()
    with known.db.reading() as session:
        pages = cards.pages_since(session, site.site_id, who.mine, month_start_ms(now_ms, site.time_zone))
        shown = cards.of_person(session, site.site_id, who.mine)
        hidden = names.is_hidden(session, site.site_id, who.mine)
        try:
            card = shown.card if shown else flow.draft(session, site, who.mine, now_ms, chosen)
        except flow.NoCard:
            card = None
    spoken = shown.language if shown else language()
    alt = in_words(site, card, spoken) if card else ""
    mine = [one.page_hash for one in pages if one.page_hash in chosen]
    where = url_for("card.preview", p=mine)
    if shown:
        where = url_for("card.public", site_id=site.site_id, code=shown.card_code)
    return render_template(
        "me_card.html",
        site=site,
        pages=[(one.page_hash, title_on_card(one.title, one.page_url)) for one in pages],
        chosen=mine,
        most=MOST_TITLES,
        card=card,
        alt=alt,
        address=f"{known.url}{where}" if shown else "",
        picture_url=where,
        hidden=hidden,
        size=(WIDTH, HEIGHT),
    )


def in_words(site: Site, card: Card, spoken: str) -> str:
    """What the picture says, for who cannot see it."""
    words = _words(site, card, spoken)
    return " ".join([f"{words.sentence} ({words.where})", " · ".join(words.titles)]).strip()


def _words(site: Site, card: Card, spoken: str) -> Words:
    month = figures.month(period_start_ms(card.month, site.time_zone), site.time_zone, spoken)
    return Words(
        where=f"{site.name} · {month}",
        number=languages.number(card.pages, spoken),
        sentence=languages.say(spoken, "card.pages", n=card.pages),
        titles=card.titles,
        rtl=languages.direction(spoken) == "rtl",
    )


def _picture(site: Site, card: Card, spoken: str) -> Response:
    drawing = drawn(_words(site, card, spoken))
    alt, size = in_words(site, card, spoken), (WIDTH, HEIGHT)
    picture = render_template("card.svg", drawing=drawing, alt=alt, size=size, spoken=spoken)
    return make_response(picture, {"Content-Type": "image/svg+xml; charset=utf-8"})
