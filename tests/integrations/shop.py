"""A site of Otto's with a connection to a shop system, Anna's link, and Cleo who came by it."""

import itertools
from collections.abc import Mapping
from types import MappingProxyType

from cast import OttosSite, a_site, an_id, anna, cleo
from flow.office import PAGE, Answer, Office
from integrations.deliveries import FIELDS, STORIES, Sent, body_of
from passalong.core.ledger.receipts import Receipt
from passalong.flow.owners.changes import By
from passalong.flow.owners.shop_connections import NewConnection, connect, end, replace_secret
from passalong.store.books import receipts
from passalong.store.shops import deliveries

NONE: Mapping[str, str] = MappingProxyType({})
SECRET = "whsec_anna_and_ben"
_numbers = itertools.count(1)


class Shop:
    """One connection of one system; `code` is the code of Cleo's visit."""

    def __init__(
        self,
        office: Office,
        system: str,
        basis: str = "net",
        later_goal: str = "renewal",
        site: OttosSite | None = None,
    ):
        self.office, self.system = office, system
        self.site = site or a_site(office.db, office.clock, site_id=f"shop{next(_numbers):04d}")
        keys = office.instance.services.keys
        fields = FIELDS if system == "generic" else ""
        asked = NewConnection(self.site.site_id, system, SECRET, basis, "purchase", later_goal, fields)
        self.connection = connect(office.db, office.clock, keys, asked, By())
        self.code = "" if site else self._visited()

    def _visited(self) -> str:
        """Let Cleo come by Anna's link; returns the code of the visit."""
        name, site_id = self.site.site_id, self.site.site_id
        token = self.office.link(name, anna, site_id)
        note = self.office.visit(name, token, cleo, PAGE, site=site_id)
        assert self.office.note("flask", note).status == 202
        return f"{token}.{an_id('visit', name)}"

    def story(self) -> list[Sent]:
        """Every delivery of the system's story, in the order in which things happened."""
        return STORIES[self.system].deliveries(self.code)

    def deliver(self, sent: Sent, secret: str = SECRET, body: bytes | None = None, late_ms: int = 0) -> Answer:
        """Send a delivery, signed with a secret at our time plus `late_ms`; `body` replaces what was signed."""
        signed = body_of(sent)
        signature = STORIES[self.system].sign(secret, signed, self.office.clock.now_ms() - late_ms)
        headers = {"Content-Type": "application/json", **sent.headers, **signature}
        return self.office.send("POST", self.path, signed if body is None else body, headers)

    def deliver_bytes(self, body: bytes, headers: Mapping[str, str] = NONE, door: str = "flask") -> Answer:
        """Send any body through `flask` or `asgi`, signed as the system signs."""
        signature = STORIES[self.system].sign(SECRET, body, self.office.clock.now_ms())
        sent = {"Content-Type": "application/json", **headers, **signature}
        if door == "flask":
            return self.office.send("POST", self.path, body, sent)
        return self.office.via_asgi("POST", self.path, body, sent)

    @property
    def path(self) -> str:
        """The address of the endpoint."""
        return f"/shops/{self.site.site_id}/{self.connection.connection_id}"

    def rotate(self, secret: str) -> None:
        """Take a new secret."""
        keys, named = self.office.instance.services.keys, (self.site.site_id, self.connection.connection_id)
        replace_secret(self.office.db, self.office.clock, keys, named, (secret, By()))

    def end(self) -> None:
        """End the connection."""
        end(self.office.db, self.office.clock, self.site.site_id, self.connection.connection_id, By())

    def receipt(self, order_id: str) -> Receipt | None:
        """The latest receipt of an order."""
        self.office.fold()
        with self.office.db.reading() as session:
            return receipts.latest(session, self.site.site_id, f"conversion:{order_id}")

    def ledger(self) -> dict[str, tuple[int, int]]:
        """Order id → (worth, taken back) in minor units."""
        made = ((order_id, self.receipt(order_id)) for order_id in STORIES[self.system].ledger)
        return {name: (one.gross_micros // 10_000, one.refunded_micros // 10_000) for name, one in made if one}

    def outcomes(self) -> list[str]:
        """The outcomes in the log, newest first; those of one millisecond in any order."""
        with self.office.db.reading() as session:
            named = (self.site.site_id, self.connection.connection_id)
            return [one.outcome for one in deliveries.newest(session, *named, 100)]
