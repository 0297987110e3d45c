"""The hint in the answer to a conversion whose goal no version of the terms has: it is recorded, and earns nothing."""

from collections.abc import Sequence

from passalong.core.facts import GIVEN, NEW_VISITOR
from passalong.lib.clock import Clock
from passalong.store.engine import Database
from passalong.store.sites import TermsVersion, in_force, terms_versions

MET_OTHERWISE = (NEW_VISITOR, GIVEN)
"""Goals that nobody reports: visits meet one, decisions the other."""


def goal_hint(db: Database, clock: Clock, site_id: str, goal: str) -> dict[str, object]:
    """Return the goals that can be reported and a sentence, or nothing if some version of the terms has this goal.

    An older version counts, because links keep the terms under which they were issued.
    """
    with db.reading() as session:
        versions = terms_versions(session, site_id)
    if any(
        goal == pays.name for version in versions if version.withdrawn_at_ms is None for pays in version.terms.goals
    ):
        return {}
    goals = _reportable(versions, clock.now_ms())
    goal_words = f"Its goals are {', '.join(f'`{name}`' for name in goals)}." if goals else "It pays for nothing yet."
    return {"goals": goals, "words": f"The rule of this site has no goal `{goal}`, so this earns nothing. {goal_words}"}


def _reportable(versions: Sequence[TermsVersion], now_ms: int) -> list[str]:
    terms = in_force(versions, now_ms).terms
    return [goal.name for goal in terms.goals if goal.name not in MET_OTHERWISE]
