"""`/console/<site>/appearance`: the real button on several backgrounds, beside the code that changes.

Nothing is stored: the code is what the owner pastes. Every control is a parameter of the address, so the page works
without JavaScript and can be bookmarked.
"""

import html
import re
from collections.abc import Sequence

from flask import Blueprint, render_template, request
from msgspec import Struct

from passalong.web.http.auth import owner_of

bp = Blueprint("appearance", __name__)
LOOKS = ("outline", "solid", "plain", "icon")
SIZES = ("m", "s", "l")
USUAL = ("email", "whatsapp", "mastodon", "bluesky", "linkedin", "x", "facebook", "reddit")
"""The targets that are shown where the owner names none, in their order."""
NAMES = {
    "email": "E-mail", "whatsapp": "WhatsApp", "mastodon": "Mastodon", "bluesky": "Bluesky", "linkedin": "LinkedIn",
    "x": "X", "facebook": "Facebook", "reddit": "Reddit", "sms": "SMS", "threads": "Threads", "telegram": "Telegram",
    "hn": "Hacker News", "lobsters": "Lobsters", "pinterest": "Pinterest", "tumblr": "Tumblr",
    "teams": "Microsoft Teams", "line": "LINE", "xing": "XING", "viber": "Viber", "flipboard": "Flipboard",
    "diaspora": "diaspora*", "vk": "VK", "ok": "OK", "weibo": "Weibo", "qzone": "Qzone",
}  # fmt: skip
"""Every target by its key, as widget/src/targets.js calls it; the usual ones come first."""
PINE, WHITE = "#0b5d44", "#ffffff"
ENOUGH = 4.5
"""The contrast that WCAG 2 wants of text."""
_COLOUR = re.compile(r"#[0-9a-f]{6}")


class Chosen(Struct, frozen=True):
    """The owner's choice: look, size, word, colour, the background of their page, and targets in order."""

    look: str
    size: str
    label: str
    colour: str
    page: str
    order: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def contrast(self) -> float:
        """The contrast of the colour with the page."""
        return contrast(self.colour, self.page)


@bp.get("/console/<site_id>/appearance")
def page(site_id: str) -> str:
    """Show the controls, the real button, and the code."""
    site, chosen = owner_of(site_id), _chosen()
    targets = [(key, NAMES[key], key in chosen.shown) for key in chosen.order]
    return render_template(
        "console/appearance.html",
        site=site,
        chosen=chosen,
        targets=targets,
        looks=LOOKS,
        sizes=SIZES,
        code=code_of(chosen),
        ratio=f"{chosen.contrast:.1f}",
        is_clear=chosen.contrast >= ENOUGH,
    )


def _chosen() -> Chosen:
    """Read the controls; a value that is not understood is as usual."""
    asked = request.args
    every = tuple(NAMES)
    named = [key for key in dict.fromkeys(asked.getlist("order")) if key in every]
    order = _moved((*named, *(key for key in every if key not in named)), asked.get("up"), asked.get("down"))
    shown = tuple(key for key in order if key in asked.getlist("to")) if "order" in asked else USUAL
    return Chosen(
        look=_one_of(LOOKS, asked.get("look")),
        size=_one_of(SIZES, asked.get("size")),
        label=" ".join(asked.get("label", "")[:40].split()),
        colour=_colour(asked.get("colour"), PINE),
        page=_colour(asked.get("page"), WHITE),
        order=order,
        shown=shown,
    )


def _one_of(values: Sequence[str], asked: str | None) -> str:
    return next((one for one in values if one == asked), values[0])


def _colour(asked: str | None, usual: str) -> str:
    text = (asked or "").strip().lower()
    return text if _COLOUR.fullmatch(text) else usual


def _moved(order: tuple[str, ...], up: str | None, down: str | None) -> tuple[str, ...]:
    """Move one target a place up or down."""
    made = list(order)
    for key, by in ((up, -1), (down, 1)):
        if key in made:
            place = made.index(key)
            made.insert(max(0, place + by), made.pop(place))
    return tuple(made)


def code_of(chosen: Chosen) -> str:
    """Return the element with the attributes that differ from the usual, and a style for a colour."""
    given = {
        "look": chosen.look if chosen.look != LOOKS[0] else "",
        "size": chosen.size if chosen.size != SIZES[0] else "",
        "label": chosen.label,
        "to": " ".join(chosen.shown) if chosen.shown != USUAL else "",
    }
    attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in given.items() if value)
    style = f"<style>pass-along{{--along-accent:{chosen.colour}}}</style>\n" if chosen.colour != PINE else ""
    return f"{style}<pass-along{attributes}></pass-along>"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours like #0b5d44, from 1 to 21, by WCAG 2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
