"""`/console/<site>/install`: what to paste, filled in; `/console/<site>/gallery`: every look and state at once."""

from flask import Blueprint, render_template

from passalong.web import released
from passalong.web.auth import owner_of
from passalong.web.parts import parts

bp = Blueprint("install", __name__)

LOADER = """<script>
  // The page never waits for this, not even its load event, and nothing of it is lost if it does not come.
  {
    const link = document.createElement("link");
    const start = () => import(link.href).catch(() => {});
    Object.assign(link, { rel: "modulepreload", href: "HOST/along/SITE_KEY.js", onload: start });
    link.relList.supports("modulepreload") ? document.head.append(link) : addEventListener("load", start);
  }
</script>"""
"""For most pages. `import()` alone holds the load event back in Firefox and WebKit; a preloaded module does not."""

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
"""What gallery.js brings about, its caption, the language, and the attribute `credit`."""


def loader(url: str, site_id: str) -> str:
    """The lines that load a site's script, as snippets/html.html has them."""
    return LOADER.replace("HOST", url).replace("SITE_KEY", site_id)


@bp.get("/console/<site_id>/install")
def install(site_id: str) -> str:
    """The tags with this site's key, the newest frozen version with its hash, and the lines of a strict policy."""
    site = owner_of(site_id)
    newest = next(iter(released.versions()), None)
    hashed = released.integrity(newest)["along.js"] if newest else None
    url = parts().url
    lines = loader(url, site_id)
    return render_template("console_install.html", site=site, url=url, loader=lines, version=newest, integrity=hashed)


@bp.get("/console/<site_id>/gallery")
def gallery(site_id: str) -> str:
    """The real script on a page of ours. It sends nothing: the page answers in the server's place."""
    site = owner_of(site_id)
    tongues = [(tag, "rtl" if tag in RIGHT_TO_LEFT else "ltr") for tag in released.languages()]
    shown = {"looks": LOOKS, "sizes": SIZES, "states": STATES, "rtl": RIGHT_TO_LEFT, "tongues": tongues}
    return render_template("console_gallery.html", site=site, **shown)
