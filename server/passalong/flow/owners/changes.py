"""The audit log: every change of a site by a person, recorded in the transaction that makes it."""

import json
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.lib.tokens import new_secret
from passalong.store.people import changes
from passalong.store.people.changes import Change

CLI = "cli"
"""The actor of what is changed on the command line."""
LONGEST_STATE = 4_000
LONGEST_ID = 40


class ChangedMeanwhileError(Exception):
    """Another person changed this since the form was opened; `standing` is what it is now."""

    def __init__(self, standing: str):
        super().__init__(f"This was changed meanwhile: {standing}")
        self.standing = standing


class AlreadyDoneError(Exception):
    """The form with this id was sent before: what it asks for is done."""


class By(Struct, frozen=True):
    """The author of a change, and of a form that asked for it the id and what it showed before (None: not known)."""

    actor: str = CLI
    once: str = ""
    seen: str | None = None

    def check(self, now: str, wanted: str) -> None:
        """Raise ChangedMeanwhileError where something else stands than the person saw, unless it is what they want."""
        if self.seen is not None and now not in (self.seen, wanted):
            raise ChangedMeanwhileError(now)


def record_change(session: Session, change: Change, now_ms: int) -> None:
    """Record a change; call it in the transaction that makes the change, and before the change is made.

    Raises AlreadyDoneError for a change whose id was recorded before.
    """
    change_id = change.change_id[:LONGEST_ID] or new_secret()[:22]
    if change.change_id and changes.is_recorded(session, change.site_id, change_id):
        raise AlreadyDoneError
    short = replace(change, change_id=change_id, subject=change.subject[:160], actor=change.actor[:80])
    changes.add(session, replace(short, before=_cut(change.before), after=_cut(change.after)), now_ms)


def state(values: Mapping[str, object]) -> str:
    """Return the JSON text of a state, for `before` or `after`."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_STATE else text[: LONGEST_STATE - 1] + "…"
