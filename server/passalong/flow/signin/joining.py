"""When two accounts become one: every weaker session and one-time code of both ends, and both are told by mail."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from passalong.flow.signin.sessions import ADVOCATE, CREDIT, WEAK
from passalong.store.books import identities
from passalong.store.outbox import Draft, enqueue
from passalong.store.people import addresses
from passalong.store.people import open_sessions as sessions
from passalong.store.people import sessions as store_sessions

JOINED = "joined"
"""The kind of the mail."""


def end_weaker(session: Session, site_id: str, advocate_ids: Sequence[str], code_hash: str, now_ms: int) -> None:
    """End the one-time codes of these advocates' accounts, and on a join of two also their sessions without a sign-in.

    `advocate_ids` are those that the recorded fact joins, or the one whose address was proved; the fold may have made
    one account of them already. The mail goes to every address that was confirmed before, once for each code.
    """
    everybody = {advocate_id for each in advocate_ids for advocate_id in identities.account(session, site_id, each)}
    store_sessions.end_codes(session, site_id, everybody)
    if len(advocate_ids) < 2:
        return
    for role in (ADVOCATE, CREDIT):
        sessions.end_all(session, site_id, role, everybody, sessions.Which(via=WEAK))
    for address in addresses.confirmed_of(session, site_id, everybody):
        mail_id = f"{JOINED}:{code_hash[:22]}:{address.address_hash}"
        enqueue(session, site_id, address, Draft(JOINED, mail_id, {"day_ms": now_ms}), now_ms)
