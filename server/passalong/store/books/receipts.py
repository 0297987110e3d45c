"""Receipts in every version."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from passalong.core.ledger.receipts import Receipt, decode_receipt, encode_receipt
from passalong.core.ledger.redemptions import RedemptionReceipt
from passalong.store import bulk
from passalong.store.schema.receipts import receipts

_OF_SITE = receipts.c.site_id == bindparam("of_site")
_NEWEST = (
    select(receipts.c.subject, func.max(receipts.c.version).label("version"))
    .where(_OF_SITE, receipts.c.subject.in_(bindparam("subjects", expanding=True)))
    .group_by(receipts.c.subject)
    .subquery()
)
LATEST = (
    select(receipts.c.subject, receipts.c.version, receipts.c.body)
    .join(_NEWEST, (receipts.c.subject == _NEWEST.c.subject) & (receipts.c.version == _NEWEST.c.version))
    .where(_OF_SITE)
)
"""The latest versions of the receipts of `subjects`."""


def latest(session: Session, site_id: str, subject: str) -> Receipt | None:
    """The receipt of a subject as it stands."""
    body = session.scalar(
        select(receipts.c.body)
        .where(receipts.c.site_id == site_id, receipts.c.subject == subject)
        .order_by(receipts.c.version.desc())
        .limit(1)
    )
    return None if body is None else _decode(body)


def _decode(body: str) -> Receipt:
    """Return the receipt; that of a redemption has more fields."""
    receipt = decode_receipt(body)
    return msgspec.json.decode(body, type=RedemptionReceipt) if receipt.kind == "use" else receipt


class ReceiptBook:
    """The receipts of one site, as one slice has read and added to them.

    Not a `Book`: it keeps the latest version of a subject as text, and appends a version only where the text differs.
    """

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self._latest: dict[str, tuple[int, str]] = {}
        self._new: list[dict[str, Any]] = []

    def prime(self, subjects: Iterable[str]) -> None:
        """Read the latest versions of these receipts at once; version 0 means none."""
        missing = sorted({subject for subject in subjects if subject not in self._latest})
        self._latest |= {subject: (0, "") for subject in missing}
        if not missing:
            return
        values = {"of_site": self._site_id, "subjects": missing}
        for subject, version, body in self._session.execute(LATEST, values):
            self._latest[subject] = (version, body)

    def latest(self, subject: str) -> Receipt | None:
        """The receipt of a subject as it stands."""
        self.prime([subject])
        version, body = self._latest[subject]
        return decode_receipt(body) if version else None

    def exists(self, subject: str) -> bool:
        """Return True if there is a receipt of this subject."""
        self.prime([subject])
        return self._latest[subject][0] > 0

    def put(self, receipt: Receipt, seq: int, at_ms: int) -> bool:
        """Append a new version if the receipt changed; True if it did."""
        self.prime([receipt.subject])
        version, before = self._latest[receipt.subject]
        body = encode_receipt(receipt)
        if body == before:
            return False
        self._latest[receipt.subject] = (version + 1, body)
        self._new.append(
            {
                "site_id": self._site_id,
                "subject": receipt.subject,
                "version": version + 1,
                "seq": seq,
                "at_ms": at_ms,
                "body": body,
            }
        )
        return True

    def flush(self) -> None:
        """Write the additions."""
        bulk.insert_all(self._session, receipts, self._new)
        self._new.clear()
