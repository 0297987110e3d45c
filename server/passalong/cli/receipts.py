"""`passalong explain`: compute one receipt again, put it into words, and compare it with the stored one."""

import click
import msgspec

from passalong.cli.common import CommandError, current_database, one_site
from passalong.flow.explain import Explanation, explain
from passalong.store import sites
from passalong.store.engine import Database
from passalong.store.sites import Site


@click.command("explain")
@click.argument("subject", metavar="ID")
@click.option("--site", "site_id", help="Its site; all are looked through, if left out.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def explain_one(subject: str, site_id: str | None, as_json: bool) -> int:
    """Explain a conversion, a visit or a line of credit by its id; exit code 1 if the facts give other numbers."""
    with current_database() as db:
        explanation = _find(db, _sites(db, site_id), subject)
    if explanation is None:
        raise CommandError(
            f"Nothing here has the id {subject[:120]!r}: a conversion, a visit or a line of credit has one."
        )
    if as_json:
        print(msgspec.json.encode(explanation).decode())
    else:
        print("\n".join([*explanation.words, _verdict(explanation)]))
    return 1 if explanation.differs else 0


def _find(db: Database, sites: list[Site], subject: str) -> Explanation | None:
    with db.reading_one_moment() as session:
        explanations = (explain(session, site, subject) for site in sites)
        return next((explanation for explanation in explanations if explanation is not None), None)


def _sites(db: Database, site_id: str | None) -> list[Site]:
    if site_id is not None:
        return [one_site(db, site_id)]
    with db.reading() as session:
        return sites.all_sites(session)


def _verdict(explanation: Explanation) -> str:
    if explanation.made is None:
        return "Not recalculated: a person decided it, or its hold has ended."
    if explanation.differs:
        fields = ", ".join(explanation.differs)
        return f"THE FACTS GIVE OTHER NUMBERS: {fields}. `passalong ledger verify` checks the whole ledger."
    frozen = " The hold has ended, so the split stays as it was then." if explanation.frozen else ""
    return f"Recalculated from the facts: the same numbers.{frozen}"
