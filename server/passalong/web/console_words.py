"""`/console/<site>/words`: words that advocates ask for and have, and whether they may ask at all."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.flow import codes
from passalong.flow.codes import Asking, BadCode
from passalong.store import codes as stored
from passalong.store import sites
from passalong.web.auth import owner_of, refuse_cross_site
from passalong.web.errors import Refusal
from passalong.web.parts import parts
from passalong.web.word import short_address

bp = Blueprint("console_words", __name__)
ASKING: Mapping[str, Asking] = {"on": "on", "ask": "ask", "off": "off"}


@bp.get("/console/<site_id>/words")
def page(site_id: str) -> str:
    """Words that wait, words that are there, and the setting."""
    known, cached = parts(), owner_of(site_id)
    with known.db.reading() as session:
        site = sites.find_site(session, site_id) or cached
        wanted = stored.wanted_of(session, site_id)
        there = stored.codes_of(session, site_id)
        short = short_address(known, session, site)
    return render_template("console_words.html", site=site, wanted=wanted, there=there, short=short)


@bp.post("/console/<site_id>/words")
def change(site_id: str) -> AnyResponse:
    """Agree, decline, end a word, or say who may ask."""
    refuse_cross_site()
    known, site = parts(), owner_of(site_id)
    act, word = request.form.get("act", ""), request.form.get("word", "")
    try:
        if act == "agree":
            codes.agree(known.db, known.clock, known.keys, site, word)
        elif act == "decline":
            codes.decline(known.db, known.clock, site_id, word)
        elif act == "end":
            codes.retire_code(known.db, known.clock, site_id, word)
        elif act in ASKING:
            codes.let_ask(known.db, site_id, ASKING[act])
        else:
            raise Refusal(400, "Choose one of: agree, decline, end, or who may ask.")
    except BadCode as error:
        raise Refusal(400, str(error)) from None
    return redirect(url_for("console_words.page", site_id=site_id), 303)
