"""Plays a made-up story through the real flow: links are issued, facts collected, folded and released day by day."""

import base64
import hmac

from passalong.core.facts import (
    ClockTicked,
    ConversionRefunded,
    ConversionReported,
    Fact,
    LinkShared,
    LinkVisited,
    input_hash,
    stored_values,
)
from passalong.core.identity import advocate_id_of
from passalong.core.money import micros_from_minor
from passalong.demo.almanac import ARTICLES, PURCHASE
from passalong.demo.story import DAY_MS, Bought, Returned, Shared, Step, TurnedAway, Visited
from passalong.flow.conversions.refunds import REFUND
from passalong.flow.conversions.report import API
from passalong.flow.fold.fold import fold_site
from passalong.flow.ingest.collector import Collector
from passalong.flow.ingest.refusals import Refused, count_refusals
from passalong.flow.signin import guests
from passalong.lib.tokens import Keyring, share_id_of
from passalong.store.books import conversions
from passalong.store.engine import Database
from passalong.store.sites import Site
from passalong.web.browser.read_note import BROWSER

SLICE = 5_000
"""The number of facts folded at once: nobody waits for the writer here."""


class StoryClock:
    """The clock of a story: it stands until it is set."""

    def __init__(self, at_ms: int):
        self.at_ms = at_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return self.at_ms


class Teller:
    """Plays the steps of a story through the flow."""

    def __init__(self, db: Database, clock: StoryClock, keys: Keyring, site: Site):
        self._db = db
        self._clock = clock
        self._keys = keys
        self._site = site
        self._collector = Collector(db, clock)
        self._tokens: dict[int, str] = {}
        self.advocates: dict[int, str] = {}
        self._came: set[int] = set()

    def close(self) -> None:
        """Stop the collector's thread."""
        self._collector.close()

    def play(self, steps: list[Step], end_ms: int) -> None:
        """Play every step at its time; each night all is folded and due holds are ended."""
        begin_ms = self._clock.at_ms
        night_ms = begin_ms + DAY_MS
        for step in steps:
            while begin_ms + step.at_ms >= night_ms:
                self._end_day(night_ms)
                night_ms += DAY_MS
            self._clock.at_ms = begin_ms + step.at_ms
            self._take(step)
        self._end_day(end_ms)

    def guest(self, person: int) -> str:
        """Return the secret of this person's browser."""
        return self._name("guest", person)

    def _take(self, step: Step) -> None:
        match step:
            case Shared():
                self._share(step)
            case Visited():
                self._visit(step)
            case Bought():
                self._buy(step)
            case Returned():
                self._return(step)
            case TurnedAway():
                count_refusals(self._db, self._clock, [Refused(self._site, "note", step.reason, step.detail)])

    def _share(self, step: Shared) -> None:
        request = guests.LinkRequest(
            request_id=self._name("request", step.link),
            guest=self.guest(step.person),
            page_url=self._page(step.article),
            title=ARTICLES[step.article].title,
            parent_share_id=self._share_id(step.parent) if step.parent else None,
            visitor_id=self._visitor(step.person) if step.person in self._came else None,
        )
        issued = guests.issue_link(self._db, self._clock, self._keys, self._site, request)
        self._tokens[step.link] = issued.token
        self.advocates[step.person] = advocate_id_of(self._site.site_id, request.guest)
        self._tell(BROWSER, self._name("note", step.link), LinkShared(self._share_id(step.link), step.to))

    def _visit(self, step: Visited) -> None:
        fact = LinkVisited(
            share_id=self._share_id(step.link),
            visitor_id=self._visitor(step.person),
            page_url=self._page(step.article),
            advocate_id=self.advocates.get(step.person),
            refused=step.refused,
        )
        self._came.add(step.person)
        self._tell(BROWSER, self._visit_id(step), fact)

    def _buy(self, step: Bought) -> None:
        visit = step.visit
        fact = ConversionReported(
            goal=PURCHASE,
            gross_micros=micros_from_minor(step.amount_minor, self._site.currency),
            currency=self._site.currency,
            share_id=self._share_id(visit.link) if visit else None,
            visit_id=self._visit_id(visit) if visit and step.whole_code else None,
            refused=step.refused,
        )
        self._tell(API, self._order_id(step.order), fact)

    def _return(self, step: Returned) -> None:
        amount_micros = micros_from_minor(step.amount_minor, self._site.currency)
        order_id = self._order_id(step.order)
        self._tell(REFUND, f"return-{order_id}", ConversionRefunded(order_id, amount_micros))

    def _end_day(self, at_ms: int) -> None:
        """Fold the day's facts, then end due holds, as the worker does."""
        self._clock.at_ms = at_ms
        self._fold()
        with self._db.reading() as session:
            due_ms = conversions.next_due_ms(session, self._site.site_id)
        if due_ms is not None and due_ms <= at_ms:
            self._tell("clock", str(at_ms), ClockTicked())
            self._fold()

    def _fold(self) -> None:
        while fold_site(self._db, self._site.site_id, SLICE):
            pass

    def _tell(self, source: str, event_id: str, fact: Fact) -> None:
        """Record a fact at the time that the clock shows."""
        sender_hash = input_hash(**stored_values(fact))
        self._collector.record(self._site.site_id, source, event_id, fact, sender_hash)

    def _share_id(self, link: int) -> str:
        return share_id_of(self._keys, self._site.site_id, self._tokens[link])

    def _page(self, article: int) -> str:
        return f"{self._site.origins[0]}/{ARTICLES[article].slug}"

    def _visitor(self, person: int) -> str:
        return self._name("visitor", person)

    def _visit_id(self, visit: Visited) -> str:
        return self._name("visit", visit.visit)

    def _order_id(self, order: int) -> str:
        return f"order-{order:05}"

    def _name(self, kind: str, number: int) -> str:
        """Return an id or secret of the story: the same each time on this instance, and not to be guessed elsewhere."""
        text = f"story|{self._site.site_id}|{kind}|{number}".encode()
        digest = hmac.digest(self._keys.secrets[self._keys.newest].encode(), text, "sha256")
        return base64.urlsafe_b64encode(digest[:24]).decode()
