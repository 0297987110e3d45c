"""Forms that decide something: the site with its services, and the signature under a decision."""

import json
import re

from flask import request

from passalong.flow.owners.changes import ChangedMeanwhileError
from passalong.flow.owners.desk import Desk, Signed
from passalong.store.people import changes
from passalong.store.sites import Site
from passalong.web.console.changes import action_words, actor_names
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


def last_change(site_id: str, subject: str) -> str:
    """Return the id of the newest change of a subject, for a form's `seen`; empty if nobody changed it."""
    with current_services().db.reading() as session:
        latest = changes.latest_about(session, site_id, subject)
    return latest.change.change_id if latest else ""


def refuse_changed(site_id: str, subject: str) -> None:
    """Raise ChangedMeanwhileError if somebody changed the subject since the form was opened; a form sent twice passes.

    The error's `standing` says what they did: `Ina excluded this person: “Spam.”`.
    """
    seen = request.form.get("seen")
    with current_services().db.reading() as session:
        latest = changes.latest_about(session, site_id, subject)
        if seen is None or latest is None or latest.change.change_id == seen[:40]:
            return
        if changes.is_recorded(session, site_id, request.form.get("once", "")[:40]):
            return
        who = actor_names(session, [latest.change.actor])[latest.change.actor]
    what = action_words(latest.change.action)
    raise ChangedMeanwhileError(
        said("console_people.conflict.line", who=who, what=what, note=_note_of(latest.change.after))
    )


def _note_of(after: str | None) -> str:
    """Return the note in what a change recorded. A long record is cut, and then has none that can be read."""
    try:
        return str(json.loads(after or "{}").get("note", ""))
    except ValueError:
        return ""


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
