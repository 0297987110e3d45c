"""Forms that decide something: the site with its services, and the signature under a decision."""

import re

from flask import request

from passalong.flow.owners.desk import Desk, Signed
from passalong.store.sites import Site
from passalong.web.http.auth import acting_owner
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import current_services

ONCE = re.compile(r"[\w-]{8,40}", re.ASCII)
LONGEST_NOTE = 2_000


class BadFormError(ValueError):
    """A form that cannot be taken; `errors` maps the id of a field to a sentence."""

    def __init__(self, errors: dict[str, str]):
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def desk_of(site: Site) -> Desk:
    """Return the site with what decisions about it need."""
    services = current_services()
    return Desk(services.db, services.clock, services.collector, site)


def signed() -> Signed:
    """Return the signature of the form with its reason. Raises BadFormError without one."""
    note = request.form.get("note", "").strip()
    if not note:
        raise BadFormError({"note": said("console_events.note.missing")})
    if len(note) > LONGEST_NOTE:
        raise BadFormError({"note": said("console_events.note.long")})
    return signed_as(note)


def signed_as(note: str) -> Signed:
    """Return the signature of a form whose reason is this one: who acts, and the form's id."""
    once = request.form.get("once", "")
    if not ONCE.fullmatch(once):
        raise RefusalError(400, said("console_events.incomplete"))
    return Signed(acting_owner(), note, once)
