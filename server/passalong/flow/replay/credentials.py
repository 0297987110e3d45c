"""Credentials of 0.2.0 that may stand under the wrong id: they are dropped and listed, the others stay.

0.2.0 made one person of a visitor, a customer and an advocate as soon as an order named them together. What such a
person made then (a sign-in method, a name, a personal code, a payout destination) stands under the least of their
ids, whoever of them made it. Where today's rules find the same advocates in one account, nothing can be wrong.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from passalong.core.identity import advocates_in
from passalong.lib.emails import BadEmailError
from passalong.lib.tokens import Keyring, email_hash, owner_email_hash
from passalong.store.books.identities import account
from passalong.store.people import addresses
from passalong.store.schema.advocates import advocate_choices
from passalong.store.schema.identities import identities
from passalong.store.schema.people import (
    addresses as address_table,
)
from passalong.store.schema.people import (
    cards,
    mail_choices,
    mail_marks,
    mails,
    one_time_codes,
    passkeys,
    recovery_words,
    sessions,
)
from passalong.store.schema.personal_codes import codes, wanted_codes
from passalong.store.schema.redemptions import payout_destinations

NAMED = {
    "recovery words": recovery_words,
    "passkey": passkeys,
    "payout destination": payout_destinations,
    "card": cards,
}


def doubtful(old: Session, fresh: Session, site_id: str) -> list[str]:
    """The advocates that 0.2.0 held for one person with others, and that are not one account with them today."""
    persons: defaultdict[str, set[str]] = defaultdict(set)
    rows = old.execute(select(identities.c.identity, identities.c.person).where(identities.c.site_id == site_id))
    for key, person in rows:
        persons[person] |= advocates_in([key])
    return sorted(
        advocate_id
        for theirs in persons.values()
        if len(theirs) > 1 and not theirs <= set(account(fresh, site_id, min(theirs)))
        for advocate_id in theirs
    )


def listed(session: Session, site_id: str, advocate_ids: Iterable[str]) -> list[str]:
    """Return the dropped credentials of these advocates, in words. The tables may be 0.2.0's: every column is named."""
    theirs = sorted(advocate_ids)
    lost = []
    for words, table in NAMED.items():
        conditions = (table.c.site_id == site_id, table.c.advocate_id.in_(theirs))
        lost += [
            f"{words} of {advocate_id}"
            for advocate_id in session.scalars(select(table.c.advocate_id).where(*conditions))
        ]
    at = address_table.c
    confirmed = (at.site_id == site_id, at.advocate_id.in_(theirs), at.confirmed_at_ms.is_not(None))
    lost += [f"address of {advocate_id}" for advocate_id in session.scalars(select(at.advocate_id).where(*confirmed))]
    named = select(advocate_choices.c.advocate_id).where(
        advocate_choices.c.site_id == site_id, advocate_choices.c.advocate_id.in_(theirs), advocate_choices.c.name != ""
    )
    lost += [f"name of {advocate_id}" for advocate_id in session.scalars(named)]
    live = (codes.c.site_id == site_id, codes.c.advocate_id.in_(theirs), codes.c.retired_at_ms.is_(None))
    rows = session.execute(select(codes.c.code, codes.c.advocate_id).where(*live))
    lost += [f"personal code {row.code} of {row.advocate_id}" for row in rows]
    return sorted(lost)


def drop(session: Session, site_id: str, advocate_ids: Iterable[str], now_ms: int) -> None:
    """Drop it. A personal code is retired: nobody else ever gets it."""
    theirs = sorted(advocate_ids)
    addresses.forget(session, site_id, theirs)
    for table in (*NAMED.values(), wanted_codes):
        session.execute(delete(table).where(table.c.site_id == site_id, table.c.advocate_id.in_(theirs)))
    conditions = (advocate_choices.c.site_id == site_id, advocate_choices.c.advocate_id.in_(theirs))
    session.execute(
        update(advocate_choices).where(*conditions).values(name="", name_folded="", shown=False, greets=False)
    )
    live = (codes.c.site_id == site_id, codes.c.advocate_id.in_(theirs), codes.c.retired_at_ms.is_(None))
    session.execute(update(codes).where(*live).values(retired_at_ms=now_ms))


def end_all(session: Session, site_id: str) -> None:
    """End every session and one-time code of the site."""
    for table in (sessions, one_time_codes):
        session.execute(delete(table).where(table.c.site_id == site_id))


def rehash_addresses(session: Session, keys: Keyring, site_id: str) -> None:
    """Find every address under its hash of today, with what is written to it and what its owner wishes."""
    rows = session.execute(select(address_table).where(address_table.c.site_id == site_id)).all()
    for row in rows:
        try:
            new = (owner_email_hash if row.role == addresses.OWNER else email_hash)(keys, site_id, row.address)
        except BadEmailError:  # nothing was ever sent to it
            continue
        for table in (address_table, mails, mail_choices, mail_marks):
            conditions = (table.c.site_id == site_id, table.c.address_hash == row.address_hash)
            session.execute(update(table).where(*conditions).values(address_hash=new))
