"""Removal of a site: it ends for everybody, and its rows stay as an archive under a signed last head."""

from passalong.core.transparency.leaves import LastHead
from passalong.flow.fold.fold import fold_site
from passalong.flow.transaction import writing
from passalong.flow.transparency.heads_file import HeadsFile
from passalong.flow.transparency.sealing import last_head
from passalong.lib.signing import SigningKeys
from passalong.store import sites
from passalong.store.engine import Database


def remove_due(db: Database, keys: SigningKeys, file: HeadsFile, now_ms: int) -> int:
    """Remove the sites that were deleted and not taken back in time; returns how many."""
    with db.reading() as session:
        due = sites.due_for_removal(session, now_ms)
    for site_id in due:
        remove_site(db, site_id, keys, file, now_ms)
    return len(due)


def remove_site(db: Database, site_id: str, keys: SigningKeys, file: HeadsFile, now_ms: int) -> LastHead:
    """Remove a site and return its last head, which is in the file then. Raises what sealing raises.

    What waits is folded first. From then on its script, links, pages and keys are those of a site that is not there,
    and its address is free; journal and receipts are kept. Doing it once more finishes what was interrupted.
    """
    while fold_site(db, site_id):
        pass
    with writing(db) as session:
        sites.end_site(session, site_id, now_ms)
    head = last_head(db, site_id, keys, now_ms)
    while file.keep(db, site_id):
        pass
    file.keep_last(head)
    return head
