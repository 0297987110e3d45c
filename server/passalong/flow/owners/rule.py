"""The rule of a site for its editor: versions with their authors, when a draft can begin, and putting it in force."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.terms.model import Terms
from passalong.core.terms.validation import checked, cuts
from passalong.core.webhooks.events import EventType
from passalong.flow.owners.changes import AlreadyDoneError
from passalong.flow.owners.terms import ADD, NOTICE_DAYS, Draft, announce_version, append_version
from passalong.flow.transaction import changing_site
from passalong.lib.clock import Clock
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.event_log import has_shared
from passalong.store.people import changes
from passalong.store.sites import TermsVersion, announced, in_force, terms_versions

MOST_AUTHORS = 500


class RuleChangedError(Exception):
    """Another person made a version since the form was opened; `newest` is theirs."""

    def __init__(self, newest: TermsVersion):
        super().__init__("Somebody else changed the rule meanwhile.")
        self.newest = newest


class Rule(Struct, frozen=True):
    """All versions of a site's rule, oldest first; the one in force; those to come; authors by number.

    `is_free` until somebody shares: then any change begins at once.
    """

    versions: Sequence[TermsVersion]
    standing: TermsVersion
    coming: Sequence[TermsVersion]
    authors: dict[int, str]
    is_free: bool

    @property
    def last(self) -> int:
        """The number of the newest version."""
        return self.versions[-1].terms.version

    def cuts(self, draft: Terms) -> list[str]:
        """Return what a draft takes away from people who share, by the rule of today or one that is announced."""
        standing = [self.standing, *self.coming]
        return sorted({sentence for version in standing for sentence in cuts(version.terms, draft)})

    def begins_ms(self, draft: Terms, now_ms: int) -> int:
        """Return when a draft can begin: now, or in 14 days if it takes something away."""
        return now_ms if self.is_free or not self.cuts(draft) else now_ms + NOTICE_DAYS * DAY_MS


def rule_of(session: Session, site_id: str, now_ms: int) -> Rule:
    """Return the rule of a site."""
    versions = terms_versions(session, site_id)
    additions = changes.newest(session, site_id, MOST_AUTHORS, changes.ChangeFilter(action=ADD))
    authors = {int(change.change.subject.removeprefix("version ")): change.change.actor for change in additions}
    standing = in_force(versions, now_ms)
    return Rule(versions, standing, announced(versions, now_ms), authors, not has_shared(session, site_id))


class Basis(Struct, frozen=True):
    """The state of the rule that a draft changes: the number of the newest version that its author saw.

    With `replaces` the draft takes the place of every announced version.
    """

    newest: int
    replaces: bool = False


def put_in_force(db: Database, clock: Clock, site_id: str, draft: Draft, basis: Basis) -> TermsVersion:
    """Append a version that begins as soon as it may.

    Raises BadTermsError, RuleChangedError, or
    AlreadyDoneError for a form that was sent before.
    """
    document = checked(draft.document)
    with changing_site(db, clock, site_id) as (session, _, now_ms):
        if draft.change_id and changes.is_recorded(session, site_id, draft.change_id):
            raise AlreadyDoneError
        rule = rule_of(session, site_id, now_ms)
        if rule.last != basis.newest:
            raise RuleChangedError(rule.versions[-1])
        for version in rule.coming if basis.replaces else ():
            sites.withdraw_terms(session, site_id, version.terms.version, now_ms)
            announce_version(session, site_id, EventType.TERMS_WITHDRAWN, version, now_ms)
        if basis.replaces:
            rule = rule_of(session, site_id, now_ms)
        begins_ms = max(rule.begins_ms(document, now_ms), draft.since_ms or 0)
        timed = Draft(document, draft.note.strip(), begins_ms, draft.author, draft.change_id)
        return append_version(session, site_id, timed, now_ms)
