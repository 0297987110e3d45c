"""`/console/<site>/gallery`: every look, state and language of the widget at once."""

from flask import Blueprint, render_template

from passalong.web.browser import releases
from passalong.web.http.auth import owner_of

bp = Blueprint("gallery", __name__)

LOOKS = ("outline", "solid", "plain", "icon")
SIZES = ("s", "m", "l")
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
STATES = (
    ("open", "Open", "en", ""),
    ("plain", "A plain link was chosen", "en", ""),
    ("ask", "credit=ask, before the choice", "en", "ask"),
    ("off", "credit=off", "en", "off"),
    ("copied", "Copied, or to be copied by hand", "en", ""),
    ("named", "Somebody who gave themselves a name", "en", ""),
    ("code", "The QR code", "en", ""),
    ("open", "In German", "de", ""),
    ("open", "In Arabic, right to left", "ar", ""),
    ("open", "In Japanese", "ja", ""),
)
"""States that gallery.js shows: name, caption, language, and the attribute `credit`."""


@bp.get("/console/<site_id>/gallery")
def gallery(site_id: str) -> str:
    """Show the real script on a page of ours. It sends nothing: the page answers in the server's place."""
    site = owner_of(site_id)
    tongues = [(tag, "rtl" if tag in RIGHT_TO_LEFT else "ltr") for tag in releases.languages()]
    choices = {"looks": LOOKS, "sizes": SIZES, "states": STATES, "rtl": RIGHT_TO_LEFT, "tongues": tongues}
    return render_template("console/gallery.html", site=site, **choices)
