"""`/console/<site>/install`: what to paste, filled in; `/console/<site>/gallery`: every look and state at once."""

from flask import Blueprint, render_template

from passalong.web import released
from passalong.web.auth import owner_of
from passalong.web.parts import parts

bp = Blueprint("install", __name__)

LOOKS = ("outline", "solid", "plain", "icon")
SIZES = ("s", "m", "l")
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
STATES = (
    ("open", "Open", "en", ""),
    ("plain", "A plain link was chosen", "en", ""),
    ("ask", "credit=ask, before the choice", "en", "ask"),
    ("off", "credit=off", "en", "off"),
    ("copied", "Copied, or to be copied by hand", "en", ""),
    ("code", "The QR code", "en", ""),
    ("open", "In German", "de", ""),
    ("open", "In Arabic, right to left", "ar", ""),
    ("open", "In Japanese", "ja", ""),
)
"""What gallery.js brings about, its caption, the language, and the attribute `credit`."""


@bp.get("/console/<site_id>/install")
def install(site_id: str) -> str:
    """The tags with this site's key, the newest frozen version with its hash, and the lines of a strict policy."""
    site = owner_of(site_id)
    newest = next(iter(released.versions()), None)
    hashed = released.integrity(newest)["along.js"] if newest else None
    url = parts().url
    return render_template("console_install.html", site=site, url=url, version=newest, integrity=hashed)


@bp.get("/console/<site_id>/gallery")
def gallery(site_id: str) -> str:
    """The real script on a page of ours. It sends nothing: the page answers in the server's place."""
    site = owner_of(site_id)
    tongues = [(tag, "rtl" if tag in RIGHT_TO_LEFT else "ltr") for tag in released.languages()]
    shown = {"looks": LOOKS, "sizes": SIZES, "states": STATES, "rtl": RIGHT_TO_LEFT, "tongues": tongues}
    return render_template("console_gallery.html", site=site, **shown)
