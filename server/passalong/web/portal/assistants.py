"""`/me/keep/assistant`: a person makes and ends the tokens with which their assistant reads their account."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Need
from passalong.flow.signin import assistant_tokens
from passalong.flow.signin.assistant_tokens import LONGEST_NAME, TooManyError
from passalong.flow.signin.sessions import ASSISTANT, NewSession
from passalong.web.http.auth import Signed
from passalong.web.http.errors import RefusalError
from passalong.web.http.guards import signed_in
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("assistants", __name__, url_prefix="/me/keep/assistant")


@bp.post("")
@signed_in(Need.ASSISTANT)
def make(who: Signed) -> str:
    """Show a new token, once."""
    services = current_services()
    name = " ".join(request.form.get("name", "").split())[:LONGEST_NAME]
    wanted = NewSession(who.advocate_id, who.via, name, ASSISTANT)
    try:
        token = assistant_tokens.new(services.db, services.clock, who.site.site_id, wanted)
    except TooManyError:
        raise RefusalError(409, said("account.assistant_most", most=assistant_tokens.MOST)) from None
    return render_template("portal/assistant.html", site=who.site, token=token, services=services)


@bp.post("/end")
@signed_in(Need.CHANGE)
def end(who: Signed) -> AnyResponse:
    """End a token."""
    handle = request.form.get("handle", "")[:64]
    if handle:
        assistant_tokens.end(current_services().db, who.site.site_id, who.advocate_id, handle)
    return redirect(url_for("account.page"), 303)
