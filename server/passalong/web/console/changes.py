"""`/console/<site>/changes`: the audit log, with filters and a cursor."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from passalong.i18n.catalogue import ENGLISH, catalogue
from passalong.store.people import changes, owners
from passalong.store.people.changes import RecordedChange
from passalong.web.http.auth import BY_LINK, owner_of
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("console_changes", __name__)
ROWS = 50


@bp.get("/console/<site_id>/changes")
def page(site_id: str) -> str:
    """Show the newest changes, of one action or one person if asked for."""
    services, site = current_services(), owner_of(site_id)
    action, actor = (request.args.get(name, "")[:80] for name in ("action", "actor"))
    with services.db.reading() as session:
        found = changes.newest(
            session,
            site_id,
            ROWS + 1,
            changes.ChangeFilter(action=action, actor=actor, before=request.args.get("before", "")[:80]),
        )
        ids = [one.change.actor.removeprefix("owner:") for one in found]
        known = owners.names(session, ids)
        members = [(f"owner:{member.owner.owner_id}", member.owner.address) for member in owners.team(session, site_id)]
    shown = found[:ROWS]
    more = {"action": action, "actor": actor, "before": shown[-1].cursor} if len(found) > ROWS else {}
    return render_template(
        "console/changes.html",
        site=site,
        rows=[_row(change, known) for change in shown],
        actions=_actions(),
        actors=[*members, (f"owner:{BY_LINK}", said("console_changes.by_link")), ("cli", said("console_changes.cli"))],
        action=action,
        actor=actor,
        older=f"{url_for('console_changes.page', site_id=site_id)}?{urlencode(more)}" if more else "",
    )


def _actions() -> list[tuple[str, str]]:
    """Return every action that has words."""
    prefix = "console_changes.action."
    names = [key.removeprefix(prefix) for key in catalogue(ENGLISH) if key.startswith(prefix)]
    return [(name, said(prefix + name)) for name in sorted(names)]


def _row(one: RecordedChange, known: dict[str, str]) -> dict[str, Any]:
    change = one.change
    return {
        "at_ms": one.at_ms,
        "who": _actor_words(change.actor, known),
        "what": action_words(change.action),
        "subject": change.subject,
        "before": _state_words(change.before),
        "after": _state_words(change.after),
    }


def action_words(action: str) -> str:
    """Return what a change does, in words."""
    key = f"console_changes.action.{action}"
    return said(key) if key in catalogue(ENGLISH) else action


def actor_names(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """Return who each actor of the audit log is, in words."""
    named = set(actors)
    known = owners.names(session, [actor.removeprefix("owner:") for actor in named])
    return {actor: _actor_words(actor, known) for actor in named}


def _actor_words(actor: str, known: dict[str, str]) -> str:
    kind, _, name = actor.partition(":")
    if actor == f"owner:{BY_LINK}":
        return said("console_changes.by_link")
    if kind == "owner":
        return known.get(name, said("console_changes.gone"))
    if kind == "advocate":
        return said("console_people.guest", name=name[:4])
    return said("console_changes.cli") if kind == "cli" else actor


def _state_words(text: str) -> list[tuple[str, str]]:
    """Return the values of a state as pairs of words; one pair without a name for what is no JSON object."""
    try:
        values = json.loads(text) if text else {}
    except ValueError:
        values = text
    if not isinstance(values, dict):
        return [("", str(values))]
    return [(str(name).replace("_", " "), _value_words(value)) for name, value in values.items()]


def _value_words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
