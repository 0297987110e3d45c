"""The code that an owner pastes for a choice of the appearance page. Pure."""

import html

from passalong.web.console.appearance_choice import ICONS, LAYOUTS, LOOKS, PINE, SIZES, USUAL, Choice

ROOM = {
    "row": (
        'pass-along[as="row"]{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.75rem,1fr));gap:8px}\n'
        'pass-along[as="row"]>*{min-block-size:46px}'
    ),
    "bar": (
        'pass-along[as="bar"]{display:block;min-block-size:46px}\n@media(width>=64rem){pass-along[as="bar"]'
        "{position:fixed;inset-block-start:50%;inset-inline-start:0;min-block-size:0}}"
    ),
}
"""The style that keeps the room of a layout until the script has come, as widget/README.md says."""
COPY_AND_MORE = 2
"""A row has "Copy link" and "…" besides the targets."""


def code_of(choice: Choice) -> str:
    """Return the element with the attributes that differ from the default, and a style for a colour and a layout."""
    rules = "\n".join(part for part in (_accent(choice), ROOM.get(choice.layout, "")) if part)
    style = f"<style>{rules}</style>\n" if rules else ""
    room = "<i></i>" * (len(choice.shown) + COPY_AND_MORE) if choice.layout == "row" else ""
    written = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes_of(choice).items())
    return f"{style}<pass-along{written}>{room}</pass-along>"


def attributes_of(choice: Choice) -> dict[str, str]:
    """Return the attributes of `<pass-along>` that differ from the default, by name."""
    attributes = {
        "as": choice.layout if choice.layout != LAYOUTS[0] else "",
        "look": choice.look if choice.look != LOOKS[0] else "",
        "size": choice.size if choice.size != SIZES[0] else "",
        "icons": choice.icons if choice.icons != ICONS[0] else "",
        "label": choice.label,
        "to": " ".join(choice.shown) if choice.shown != USUAL else "",
        "hashtags": choice.hashtags,
        "via": choice.via,
    }
    return {name: value for name, value in attributes.items() if value}


def _accent(choice: Choice) -> str:
    return f"pass-along{{--along-accent:{choice.colour}}}" if choice.colour != PINE else ""
