"""`/console/<site>/changes`: the audit log, with filters and a cursor."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from passalong.core.terms.amounts import write_amount, write_percent
from passalong.i18n.catalogue import ENGLISH, catalogue
from passalong.store.people import changes, owners
from passalong.store.people.changes import RecordedChange
from passalong.web.http.auth import BY_LINK, owner_of
from passalong.web.http.language import said
from passalong.web.http.line_words import plain_name
from passalong.web.http.services import current_services

bp = Blueprint("console_changes", __name__)
ROWS = 50


@bp.get("/console/<site_id>/changes")
def page(site_id: str) -> str:
    """Show the newest changes, of one action or one person if asked for."""
    services, site = current_services(), owner_of(site_id)
    action, actor = (request.args.get(name, "")[:80] for name in ("action", "actor"))
    with services.db.reading() as session:
        entries = changes.newest(
            session,
            site_id,
            ROWS + 1,
            changes.ChangeFilter(action=action, actor=actor, before=request.args.get("before", "")[:80]),
        )
        ids = [entry.change.actor.removeprefix("owner:") for entry in entries]
        names = owners.names(session, ids)
        members = [(f"owner:{member.owner.owner_id}", member.owner.address) for member in owners.team(session, site_id)]
    page_entries = entries[:ROWS]
    more = {"action": action, "actor": actor, "before": page_entries[-1].cursor} if len(entries) > ROWS else {}
    return render_template(
        "console/changes.html",
        site=site,
        rows=[_row(change, names) for change in page_entries],
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


def _row(entry: RecordedChange, names: dict[str, str]) -> dict[str, Any]:
    change = entry.change
    before, after = _state(change.before), _state(change.after)
    if isinstance(before, dict) and isinstance(after, dict):
        same = {name for name in before if name in after and before[name] == after[name]}
        before, after = ({name: state[name] for name in state if name not in same} for state in (before, after))
    return {
        "at_ms": entry.at_ms,
        "who": _actor_words(change.actor, names),
        "what": action_words(change.action),
        "subject": change.subject,
        "before": _state_words(before),
        "after": _state_words(after),
    }


def action_words(action: str) -> str:
    """Return what a change does, in words."""
    key = f"console_changes.action.{action}"
    return said(key) if key in catalogue(ENGLISH) else action


def actor_names(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """Return who each actor of the audit log is, in words."""
    named = set(actors)
    names = owners.names(session, [actor.removeprefix("owner:") for actor in named])
    return {actor: _actor_words(actor, names) for actor in named}


def _actor_words(actor: str, names: dict[str, str]) -> str:
    kind, _, name = actor.partition(":")
    if actor == f"owner:{BY_LINK}":
        return said("console_changes.by_link")
    if kind == "owner":
        return names.get(name, said("console_changes.gone"))
    if kind == "advocate":
        return said("console_people.guest", name=name[:4])
    return said("console_changes.cli") if kind == "cli" else actor


def _state(text: str) -> Any:
    """Return a recorded state: its values by name, or what was recorded where it is no JSON."""
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def _state_words(state: Any) -> list[tuple[str, str]]:
    """Return the values of a state as pairs of words; one pair without a name for what is no JSON object."""
    if not isinstance(state, dict):
        return [("", str(state))]
    return [(str(name).replace("_", " "), _value_words(name, value)) for name, value in state.items()]


def _value_words(name: str, value: object) -> str:
    if name == "goals" and isinstance(value, list):
        return "; ".join(_goal_words(goal) for goal in value if isinstance(goal, dict))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _goal_words(goal: dict[str, Any]) -> str:
    """Return a goal of a rule with what is set of it: `purchase: unit EUR, rate 10%`."""
    unit = str(goal.get("unit", ""))
    parts = [_part_words(name, value, unit) for name, value in goal.items() if value and name != "name"]
    return f"{plain_name(str(goal.get('name', '')))}: {', '.join(parts)}"


def _part_words(name: str, value: Any, unit: str) -> str:
    if name == "rate_bp":
        return f"rate {write_percent(value)}%"
    if name.endswith("_micros"):
        return f"{plain_name(name.removesuffix('_micros'))} {write_amount(value, unit)} {unit}"
    return f"{plain_name(name)} {value if isinstance(value, str | int) else json.dumps(value, ensure_ascii=False)}"
