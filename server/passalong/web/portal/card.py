"""`/me/card`: a picture of what an advocate shared this month. Public on request.

The server draws SVG, whose text the reader's fonts render. The PNG is made in the person's own browser
(static/card.js): a server would need a font for each script that a title can be in.
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.cards import MOST_TITLES, Card, title_on_card
from passalong.core.dates import month_start_ms, period_start_ms
from passalong.core.privileges import Need
from passalong.flow import cards as flow
from passalong.i18n import catalogue, formatting
from passalong.store.books import identities
from passalong.store.people import public_names
from passalong.store.queries import cards
from passalong.store.sites import Site
from passalong.web.http.auth import Signed
from passalong.web.http.errors import RefusalError
from passalong.web.http.guards import signed_in
from passalong.web.http.language import language, said
from passalong.web.http.services import current_services
from passalong.web.portal.card_picture import HEIGHT, WIDTH, Words, drawn

bp = Blueprint("card", __name__)


@bp.get("/me/card")
@signed_in()
def page(who: Signed) -> str:
    """Show what can be on the card, how it looks, and whether it is public."""
    return _page(who, _choice(request.args))


@bp.get("/me/card.svg")
@signed_in()
def preview(who: Signed) -> Response:
    """Draw the card as it would be, for its person alone."""
    services = current_services()
    try:
        with services.db.reading() as session:
            card = flow.draft(session, who.site, who.mine, services.clock.now_ms(), _choice(request.args))
    except flow.NoCardError:
        raise RefusalError(404, said("card.none")) from None
    return _picture(who.site, card, language())


@bp.post("/me/card/public")
@signed_in(Need.CHANGE)
def publish(who: Signed) -> AnyResponse | tuple[str, int]:
    """Publish the card."""
    services = current_services()
    chosen = _choice(request.form)
    try:
        card_request = flow.CardRequest(who.advocate_id, chosen, language())
        flow.publish(services.db, services.clock, who.site, card_request)
    except flow.NoCardError:
        return _page(who, chosen), 400
    return redirect(url_for("card.page"), 303)


@bp.post("/me/card/back")
@signed_in(Need.CHANGE)
def take_back(who: Signed) -> AnyResponse:
    """Make the card private again."""
    services = current_services()
    flow.take_back(services.db, who.site.site_id, who.advocate_id)
    return redirect(url_for("card.page"), 303)


@bp.get("/card/<site_id>/<code>.svg")
def public(site_id: str, code: str) -> Response:
    """Serve a public card, until its person takes it back. It is never cached without asking."""
    services = current_services()
    site = services.sites.find(site_id)
    with services.db.reading() as session:
        card = cards.find(session, site_id, code[:64]) if site else None
        hidden = card and public_names.is_hidden(
            session, site_id, identities.account(session, site_id, card.advocate_id)
        )
    if site is None or card is None or hidden:
        raise RefusalError(404, "There is no card here. It may have been made private again.")
    answer = _picture(site, card.card, card.language)
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _choice(fields: MultiDict[str, str]) -> flow.Choice:
    return flow.Choice(fields.getlist("p"), "thanks" in fields)


def _page(who: Signed, chosen: flow.Choice) -> str:
    services, site = current_services(), who.site
    now_ms = services.clock.now_ms()
    since_ms = month_start_ms(now_ms, site.time_zone)
    with services.db.reading() as session:
        pages = cards.pages_since(session, site.site_id, who.mine, since_ms)
        thanks = flow.thanks_since(session, site, who.mine, since_ms)
        public_card = cards.of_person(session, site.site_id, who.mine)
        hidden = public_names.is_hidden(session, site.site_id, who.mine)
        try:
            card = public_card.card if public_card else flow.draft(session, site, who.mine, now_ms, chosen)
        except flow.NoCardError:
            card = None
    spoken = public_card.language if public_card else language()
    alt = in_words(site, card, spoken) if card else ""
    page_hashes = [page.page_hash for page in pages if page.page_hash in chosen.pages]
    where = url_for("card.preview", p=page_hashes, thanks=1 if chosen.thanks else None)
    if public_card:
        where = url_for("card.public", site_id=site.site_id, code=public_card.card_code)
    return render_template(
        "portal/card.html",
        site=site,
        pages=[(month_page.page_hash, title_on_card(month_page.title, month_page.page_url)) for month_page in pages],
        chosen=page_hashes,
        thanks=thanks,
        thanks_chosen=chosen.thanks,
        most=MOST_TITLES - bool(thanks and chosen.thanks),
        card=card,
        alt=alt,
        address=f"{services.url}{where}" if public_card else "",
        picture_url=where,
        hidden=hidden,
        size=(WIDTH, HEIGHT),
    )


def in_words(site: Site, card: Card, spoken: str) -> str:
    """Return the card's text, for people who cannot see it."""
    words = _words(site, card, spoken)
    return " ".join([f"{words.sentence} ({words.where})", " · ".join(words.titles), words.thanks]).strip()


def _words(site: Site, card: Card, spoken: str) -> Words:
    month = formatting.month(period_start_ms(card.month, site.time_zone), site.time_zone, spoken)
    return Words(
        where=f"{site.name} · {month}",
        number=catalogue.number(card.pages, spoken),
        sentence=catalogue.say(spoken, "card.pages", n=card.pages),
        titles=card.titles,
        rtl=catalogue.direction(spoken) == "rtl",
        thanks=catalogue.say(spoken, "home.thanked", n=card.thanks) if card.thanks else "",
    )


def _picture(site: Site, card: Card, spoken: str) -> Response:
    drawing = drawn(_words(site, card, spoken))
    alt, size = in_words(site, card, spoken), (WIDTH, HEIGHT)
    picture = render_template("portal/card.svg", drawing=drawing, alt=alt, size=size, spoken=spoken)
    return make_response(picture, {"Content-Type": "image/svg+xml; charset=utf-8"})
