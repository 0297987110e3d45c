"""A code that opens another account than the one that is open here: what a person may choose on the page that asks.

A code alone joins nothing. What this browser's guest earned may be added to the account of a customer whom the shop has
handed over, while that has no sign-in method; its secret then opens no more than that. And a browser whose earlier
account can be opened in another way may be used for the account that is open here from now on.
"""

from enum import StrEnum

from flask import request

from passalong.core.privileges import GUEST, HAND_OVER, Need, Strength
from passalong.flow.signin.guests import Entry
from passalong.store.books import bindings, identities
from passalong.store.people import sign_in_methods
from passalong.store.sites import Site
from passalong.web.http.auth import Signed
from passalong.web.http.services import current_services


class Choice(StrEnum):
    """An answer to the question which account shall be open."""

    SWITCH = "yes"
    """The other one is opened, and this one signed out here."""
    ADD = "add"
    """Both become one account."""
    USE = "use"
    """This one stays open, and the browser shares for it from now on."""


def chosen() -> Choice | None:
    """Return the choice that was posted."""
    choice = request.form.get("switch", "")
    return Choice(choice) if choice in set(Choice) else None


def choices(site: Site, entry: Entry, here: Signed) -> frozenset[Choice]:
    """Return the choices there are. To stay signed in is always one, and needs no form."""
    if here.site.site_id != site.site_id:
        return frozenset({Choice.SWITCH})
    with current_services().db.reading() as session:
        theirs = identities.account(session, site.site_id, entry.subject)
        is_kept = sign_in_methods.is_kept(session, site.site_id, theirs)
        handed_over = bindings.is_handed_over(session, site.site_id, theirs)
        here_handed_over = bindings.is_handed_over(session, site.site_id, here.mine)
    choices = {Choice.SWITCH}
    if entry.via == HAND_OVER and not is_kept and here.strength is Strength.GUEST and not here_handed_over:
        choices.add(Choice.ADD)
    if entry.via == GUEST and not (is_kept or handed_over) and here.strength is Strength.HAND_OVER:
        choices.add(Choice.ADD)
    if entry.via == GUEST and (is_kept or handed_over) and here.lacks(Need.METHOD) is None:
        choices.add(Choice.USE)
    return frozenset(choices)
