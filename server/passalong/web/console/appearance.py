"""`/console/<site>/appearance`: the real button on several backgrounds, beside the code that changes.

Nothing is stored: the code is what the owner pastes. Every control is a parameter of the address, so the page works
without JavaScript and can be bookmarked.
"""

from flask import Blueprint, render_template, request

from passalong.i18n.catalogue import ENGLISH, say
from passalong.web.console.appearance_choice import NAMES, Reading, read_choice
from passalong.web.console.appearance_code import attributes_of, code_of
from passalong.web.console.appearance_colours import ENOUGH, contrast
from passalong.web.http.auth import owner_of

bp = Blueprint("appearance", __name__)


@bp.get("/console/<site_id>/appearance")
def page(site_id: str) -> str:
    """Show the controls, the real button, and the code."""
    site = owner_of(site_id)
    reading = read_choice(request.args, request.args.getlist("order"), request.args.getlist("to"))
    choice = reading.choice
    ratio = contrast(choice.colour, choice.page)
    return render_template(
        "console/appearance.html",
        site=site,
        choice=choice,
        typed=reading.typed,
        errors=_errors(reading),
        targets=[(key, NAMES[key], key in choice.shown) for key in choice.order],
        attributes=attributes_of(choice),
        code=code_of(choice),
        ratio=f"{ratio:.1f}",
        is_clear=ratio >= ENOUGH,
    )


def _errors(reading: Reading) -> dict[str, str]:
    problems = reading.problems.items()
    return {name: say(ENGLISH, f"console_appearance.wrong.{key}", None, **values) for name, (key, values) in problems}
