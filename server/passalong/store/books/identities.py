"""Identity: the one module that answers who counts as one person, by four questions (docs/identity.md).

own        is this link the buyer's own?
journey    which visitors' visits belong to this buyer?
group      which advocates count as one, in splits, caps, chains and bans?
account    which advocates are read, spent, published and erased together?

Groups are closed over what was stated and proved, accounts over what was proved. What was seen in one browser reaches
one step from a visitor, and is never followed further. What an order says is used by `own` alone.
"""

import sys
from collections.abc import Collection, Iterable

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from passalong.core.identity import Ownership, Strength, advocate_key, advocates_in, visitor_key, visitors_in
from passalong.store.books import accounts
from passalong.store.books.bindings import BindingBook
from passalong.store.books.edges import EdgeBook
from passalong.store.books.partitions import Partition
from passalong.store.schema.advocates import advocates
from passalong.store.schema.identities import accounts as account_table
from passalong.store.schema.identities import identities

SEEN, STATED, PROVED = Strength.SEEN, Strength.STATED, Strength.PROVED
Origin = tuple[str, str]
"""The source of an edge: source and id of its fact."""

account = accounts.account
"""For pages and the API: all advocate ids of one account, the eldest first."""
accounts_of = accounts.accounts_of
"""For pages of many people: the ids of each account, by the id asked for."""


class Buyer(Struct, frozen=True):
    """The buyer of a conversion: the visitor of its visit, a customer who is signed in at the site, and what its
    order only says."""

    visitor_id: str | None = None
    customer: str | None = None
    said: tuple[str, ...] = ()


class IdentityBook:
    """Identities of one site, as one slice has read and changed them.

    Not a `Book`: it answers questions from a book of edges and from two partitions into sets (`partitions.py`).
    """

    def __init__(self, session: Session, site_id: str):
        self._session = session
        self._site_id = site_id
        self.edges = EdgeBook(session, site_id)
        self.bindings = BindingBook(session, site_id)
        self._groups = Partition(session, site_id, identities)
        self._accounts = Partition(session, site_id, account_table, self._eldest)

    def _eldest(self, members: set[str]) -> str:
        theirs = (advocates.c.site_id == self._site_id, advocates.c.advocate_id.in_(sorted(members)))
        rows = self._session.execute(select(advocates.c.advocate_id, advocates.c.created_at_ms).where(*theirs))
        created_at_ms = {row.advocate_id: row.created_at_ms for row in rows}
        return min(members, key=lambda advocate_id: (created_at_ms.get(advocate_id, sys.maxsize), advocate_id))

    def prime(self, visitor_ids: Iterable[str], advocate_ids: Iterable[str] = ()) -> None:
        """Read all that is known of these visitors and advocates at once."""
        theirs = {advocate_key(advocate_id) for advocate_id in advocate_ids}
        visitors = {visitor_key(visitor_id) for visitor_id in visitor_ids}
        self.edges.prime(visitors | theirs)
        self._groups.prime(theirs.union(*(self._anchors(visitor) for visitor in visitors)))

    def prime_accounts(self, advocate_ids: Iterable[str]) -> None:
        """Read the accounts of these advocates at once."""
        self._accounts.prime(advocate_ids)

    # --- the four questions -------------------------------------------------------------------------------------------

    def own(self, buyer: Buyer, advocate_id: str) -> Ownership:
        """Return whether an advocate's link is the buyer's own: by what is known, or by the order's word alone."""
        name = self._groups.name(advocate_key(advocate_id))
        visitors = self.journey(buyer)
        names = {self._groups.name(key) for visitor in visitors for key in self._anchors(visitor_key(visitor))}
        names |= {self._groups.name(buyer.customer)} if buyer.customer else set()
        if name in names:
            return Ownership.OWN
        stated_names = {self._groups.name(key) for key in buyer.said}
        return Ownership.SAID if name in stated_names else Ownership.NOT

    def journey(self, buyer: Buyer) -> set[str]:
        """Return the visitors whose visits belong to a buyer: their own, and those stated or proved to be theirs.

        A browser that was stated, or seen, with several people belongs to none of them: it stands alone.
        """
        keys = self._browsers_of(buyer.customer) if buyer.customer else set()
        return visitors_in(keys | (self._beside(visitor_key(buyer.visitor_id)) if buyer.visitor_id else set()))

    def _beside(self, key: str) -> set[str]:
        keys = {key} | {other for other in self.edges.at(key, STATED) if other.startswith("v:")}
        for strength in (STATED, SEEN):
            persons = {self._groups.name(anchor) for anchor in self._anchors(key, strength)}
            if len(persons) == 1:
                keys |= self._browsers_of(persons.pop())
        return keys

    def group(self, advocate_id: str, *, seen: bool = True) -> set[str]:
        """Return the advocates that count as one with this one; with `seen` also those who shared in one of their
        browsers."""
        members = self._groups.members(advocate_key(advocate_id))
        return advocates_in(members | self._sharing_a_browser(members) if seen else members)

    def prime_groups(self, advocate_ids: Iterable[str]) -> None:
        """Read at once what `group` asks of these advocates."""
        keys = {advocate_key(advocate_id) for advocate_id in advocate_ids}
        self._groups.prime(keys)
        self._sharing_a_browser(set().union(*(self._groups.members(key) for key in keys)))

    def _sharing_a_browser(self, members: Collection[str]) -> set[str]:
        """Return the groups of everybody who shared in a browser of one of these."""
        shared = {key for key in members if key.startswith("a:")}
        self.edges.prime(shared)
        browsers = {visitor for key in shared for visitor in self.edges.at(key, SEEN)}
        self.edges.prime(browsers)
        beside = {key for visitor in browsers for key in self.edges.at(visitor, SEEN)}
        self._groups.prime(beside)
        return set().union(*(self._groups.members(key) for key in beside))

    def keys_of(self, advocate_ids: Iterable[str]) -> set[str]:
        """Return every key of the people with these ids: their customers, addresses and browsers, seen ones too."""
        own = {advocate_key(advocate_id) for advocate_id in advocate_ids}
        self._groups.prime(own)
        members = own.union(*(self._groups.members(key) for key in own))
        self.edges.prime(members)
        return members.union(*(self.edges.at(key, SEEN, STATED, PROVED) for key in members))

    def account(self, advocate_id: str) -> set[str]:
        """Return the advocates of one account."""
        return self._accounts.members(advocate_id)

    # --- what follows from them ---------------------------------------------------------------------------------------

    def name(self, key: str) -> str:
        """Return the name of a key's group, the same for all who count as one by what was stated and proved."""
        return self._groups.name(key)

    def same_visitor(self, visitor_id: str) -> set[str]:
        """Return the visitors of whom only one can be new: those of everybody seen or stated in this one's browser."""
        key = visitor_key(visitor_id)
        keys = {key} | {other for other in self.edges.at(key, STATED) if other.startswith("v:")}
        return visitors_in(keys.union(*(self._browsers_of(anchor) for anchor in self._anchors(key))))

    def guests_of(self, visitor_id: str) -> set[str]:
        """Return the advocates that were seen in this visitor's browser."""
        return advocates_in(self.edges.at(visitor_key(visitor_id), SEEN))

    def _anchors(self, visitor: str, *strengths: Strength) -> set[str]:
        return {key for key in self.edges.at(visitor, *(strengths or (SEEN, STATED))) if not key.startswith("v:")}

    def _browsers_of(self, key: str) -> set[str]:
        members = self._groups.members(key)
        self.edges.prime(members)
        return {key for member in members for key in self.edges.at(member, SEEN, STATED) if key.startswith("v:")}

    def reach(self, keys: Iterable[str]) -> set[str]:
        """Return all keys of which an answer may change when an edge at one of these comes or goes."""
        all_keys = set(keys)
        for _ in range(2):
            all_keys = self._widened(self._widened(all_keys))
        return all_keys

    def _widened(self, keys: set[str]) -> set[str]:
        visitors = {key for key in keys if key.startswith("v:")}
        self.edges.prime(keys)
        beside = set().union(*(self.edges.at(visitor, SEEN, STATED) for visitor in visitors))
        holders = {key for key in keys | beside if not key.startswith("v:")}
        self._groups.prime(holders)
        members = set().union(*(self._groups.members(key) for key in holders))
        self.edges.prime(members)
        return keys.union(beside, members, *(self.edges.at(member, SEEN, STATED) for member in members))

    # --- what facts add -----------------------------------------------------------------------------------------------

    def see(self, advocate_id: str, visitor_id: str, origin: Origin, seq: int) -> bool:
        """Record that a guest's secret and a visitor were in one browser; True if that is new."""
        return self.edges.add((advocate_key(advocate_id), visitor_key(visitor_id)), SEEN, origin, seq)

    def join(self, keys: Iterable[str], strength: Strength, origin: Origin, seq: int) -> bool:
        """Join advocates, customers and addresses; visitors stated with them are theirs. True if new."""
        ordered_keys = sorted(set(keys))
        holders = [key for key in ordered_keys if not key.startswith("v:")]
        browsers = [key for key in ordered_keys if key.startswith("v:")]
        pairs = [(holders[0], key) for key in holders[1:]]
        pairs += [(holder, visitor) for holder in holders for visitor in browsers]
        if not holders:
            pairs = [(browser, other) for browser in browsers for other in browsers if browser < other]
        new = [self.edges.add(pair, strength, origin, seq) for pair in pairs]
        self._groups.join(holders)
        return any(new)

    def join_accounts(self, advocate_ids: Iterable[str]) -> bool:
        """Join these advocates into one account; True if they were not."""
        return self._accounts.join(advocate_ids)

    def withdraw(self, origin: Origin, seq: int) -> set[str]:
        """Withdraw a statement: groups are closed anew over what is left. Returns the keys that it joined."""
        keys = self.edges.withdraw(origin, seq)
        for key in sorted(key for key in keys if not key.startswith("v:")):
            members = self._groups.dissolve(key)
            self.edges.prime(members)
            for member in sorted(members):
                for other in sorted(self.edges.at(member, STATED, PROVED)):
                    if not other.startswith("v:"):
                        self._groups.join((member, other))
        return keys

    def flush(self) -> None:
        """Write all changes."""
        self.edges.flush()
        self._groups.flush()
        self._accounts.flush()
