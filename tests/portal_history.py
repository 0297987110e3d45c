"""What the people of the portal's states did: shares, visits, orders, uses, questions, told to an `Office`."""

import re
from email import message_from_bytes, policy
from html import unescape

from flask.testing import FlaskClient

from cast import HOME, Person, a_person, a_site, an_id, anna, ben, cleo
from flow.office import PAGE, SITE, Office
from passalong.core.attribution import DAY_MS
from passalong.core.settlement import Offered, Way
from passalong.core.terms import Goal, Terms
from passalong.demo import seed
from passalong.flow import erase, keepsakes, letters, settlement
from passalong.flow.transaction import writing
from passalong.store import uses
from passalong.store.keepsakes import Passkey, add_passkey
from passalong.tokens import customer_hash

MUCH = "much"
"""Somebody of the demo's made-up history, with much to look at."""
OTTO = "otto"
"""The owner."""
FULL, KEPT = anna, cleo
"""With a line in every state; and who keeps their credit by every means there is."""
EMPTY, NEW, READ, LITTLE = map(a_person, ("empty", "new", "read", "little"))
"""With nothing; with a link that nobody opened; with readers and no outcome; with less than any way's minimum."""
LONG, ASKING = a_person("long"), a_person("asking")
"""With more lines and more links to a page than one page shows; with a link on its way."""
ONLY, ONLY_HOME = "only01", "https://only.example"
"""A site that pays for purchases alone."""


class Told:
    """The history, being told."""

    def __init__(self, office: Office):
        self.office = office
        self.known = {"site": SITE}
        self.browsers: dict[Person | str, FlaskClient] = {}

    def tell(self) -> tuple[dict[Person | str, str], dict[str, str]]:
        """All of it; returns the cookies and the addresses."""
        self._share_and_sell()
        self._use_and_ask()
        self._keep()
        self._see()
        self._at_the_door()
        self._much()
        self.browsers[OTTO] = self.office.owner()
        return {who: _cookie(browser) for who, browser in self.browsers.items()}, self.known

    # --- what happens -------------------------------------------------------------------------------------------------

    def _share_and_sell(self) -> None:
        office, link = self.office, self.office.link
        goals = (Goal(name="purchase", unit="EUR", rate_bp=1_000),)
        a_site(office.db, office.clock, site_id=ONLY, name="Bees only", home_url=ONLY_HOME, terms=Terms(goals=goals))
        annas = link("annas", FULL, title="Bees in winter")
        self._share(annas, FULL, "copy", "email", "email")
        seeds = link("seeds", FULL, page=f"{HOME}/seeds", title="Planting for pollinators")
        self._come(annas, "direct", 7)
        bens = link("bens", ben, parent=annas, visitor=a_person("direct", 0).visitor)
        self._come(bens, "bens", 6)
        self._come(seeds, "seeds", 3)
        cleos = link("cleos", KEPT, title="How a hive decides")
        self._come(cleos, "cleos", 2)
        little = link("little", LITTLE)
        self._come(little, "little", 1)
        for number in range(6):
            self._share(link(f"long {number}", LONG, title="Bees in winter"), LONG, "copy")
        self._come(link("long 0", LONG, title="Bees in winter"), "long", 51)
        link("empty", EMPTY)
        self._share(link("new", NEW, title="Bees in winter"), NEW, "whatsapp")
        self._come(link("read", READ, ONLY, f"{ONLY_HOME}/bees", title="Bees in winter"), "read", 3, ONLY)
        for name, token, visit, minor in (
            ("early", annas, "direct 0", 50_000),
            ("kept", cleos, "cleos 0", 40_000),
            ("small", little, "little 0", 400),
            ("returned", annas, "direct 1", 3_000),
        ):
            self._buy(name, token, visit, minor)
        office.clock.at_ms += 31 * DAY_MS
        office.fold()
        self._come(annas, "late", 3)
        self._share(link("again", FULL, page=f"{HOME}/seeds", title="Planting for pollinators"), FULL, "bluesky")
        for name, token, visit, minor in (
            ("late", bens, "bens 1", 4_200),
            ("void", annas, "late 0", 7_000),
            ("held", annas, "late 1", 2_500),
        ):
            self._buy(name, token, visit, minor)
        office.api("POST", "/conversions", {"id": "lost", "goal": "purchase", "amount_minor": 900, "currency": "EUR"})
        office.api("POST", "/conversions/returned/refunds", {"id": "back", "amount_minor": 3_000})
        for decision, order in (("void", "void"), ("hold", "held")):
            said = {"id": f"v-{order}", "decision": decision, "about": "conversion", "subject_id": order}
            assert office.api("POST", "/verdicts", said | {"author": "Otto", "note": "Looked at."}).status == 202
        office.fold()

    def _share(self, token: str, who: Person, *targets: str) -> None:
        for number, to in enumerate(targets):
            note = {"site": SITE, "id": an_id("share", token, number), "kind": "share", "token": token, "to": to}
            self.office.note("flask", note | {"guest": who.guest})

    def _come(self, token: str, name: str, count: int, site_id: str = SITE) -> None:
        page = PAGE if site_id == SITE else f"{ONLY_HOME}/bees"
        for number in range(count):
            who = f"{name} {number}"
            note = self.office.visit(who, token, a_person(name, number), page, site=site_id)
            assert self.office.note("flask", note).status == 202
        self.office.fold()

    def _buy(self, name: str, token: str, visit: str, minor: int) -> None:
        code = f"{token}.{an_id('visit', visit)}"
        said = {"id": name, "goal": "purchase", "amount_minor": minor, "currency": "EUR", "code": code}
        assert self.office.api("POST", "/conversions", said).status == 202
        self.office.fold()

    def _use_and_ask(self) -> None:
        office = self.office
        offered = (
            Offered(Way.DISCOUNT_CODE, "EUR", minimum_micros=5_000_000, days=2),
            Offered(Way.STORE_CREDIT, "EUR", minimum_micros=1_000_000),
            Offered(Way.PAYOUT, "EUR", minimum_micros=10_000_000, fee_micros=500_000, days=30),
            Offered(Way.CAUSE, "EUR", minimum_micros=1_000_000, about="To the bee shelter of the next village."),
            Offered(Way.GIVE_BACK, "EUR", minimum_micros=1_000_000),
        )
        with writing(office.db) as session:
            uses.keep_ways(session, SITE, offered)
        for name in ("done", "rejected", "requested"):
            self.known[f"use_{name}"] = self._use("discount_code", "6.50")
        parts = office.instance.parts
        doors = (office.db, parts.collector, SITE)
        settlement.settle_use(*doors, self._id("use_done"), "Otto", "BEES-7K2M-650")
        settlement.reject(*doors, self._id("use_rejected"), "Otto", "The shop closes for the winter.")
        office.fold()

    def _use(self, way: str, amount: str) -> str:
        page = self._get(FULL, f"/me/use/confirm?way={way}&unit=EUR&amount={amount}")
        request = _first(r'name="request" value="([^"]+)"', page)
        form = {"request": request, "way": way, "unit": "EUR", "amount": amount}
        answer = self.office.send("POST", "/me/use/confirm", client=self.browser(FULL), form=form)
        self.office.fold()
        return answer.headers["location"]

    def _id(self, name: str) -> str:
        return self.known[name].rpartition("/")[2]

    def _keep(self) -> None:
        """Cleo keeps her credit by all three means, shows her name, and is counted no more."""
        office, browser = self.office, self.browser(KEPT)
        self._press(self._door_link(browser, "/me/keep/mail", "cleo@example.org"), browser)
        mine = KEPT.advocate_id(SITE)
        keepsakes.new_words(office.db, office.clock, SITE, mine, _cookie(browser).partition(".")[2])
        key = Passkey("k" * 43, "id", "public", 1, mine, "Firefox · Linux", office.clock.at_ms)
        with writing(office.db) as session:
            add_passkey(session, SITE, key)
        erase.keep_name(office.db, SITE, mine, "Cleo", shown=True)
        erase.stop(office.db, office.clock, SITE, mine, stopped=True)
        keys = office.instance.parts.keys
        self.known["stop"] = letters.stop_address(
            keys, "", SITE, customer_hash(keys, SITE, "cleo@example.org"), "monthly"
        )

    def _see(self) -> None:
        """Where each kind of line is to be read, and three questions about them: open, granted, declined."""
        rows = re.findall(r'st st-(\w+)".*?href="(/me/why/\w+)', self._get(FULL, "/me/credit"))
        for state, path in rows:
            self.known.setdefault(f"line_{state}", path)
        self.known["line_asked"] = self.known["line_taken_back"]
        self._ask(f"{self.known['line_asked']}/ask", words="She kept the hive kit.\nPlease look again.")
        self._ask("/me/claims/new", order="lost", words="Cleo told me that she bought it.")
        self._decide("grant", "You are right, thank you.")
        self._ask("/me/claims/new", order="never", words="My neighbour bought one too.")
        self._decide("decline", "There is no such order here.")
        self.known["new_link"] = _first(r'href="(/me/links/[^"]+)"', self._get(NEW, "/me/links"))
        self.known["older"] = _first(r'href="(/me/credit\?before=[^"]+)"', self._get(LONG, "/me/credit"))
        self.known["page"] = _first(r'href="(/me/links/page/[^"]+)"', self._get(LONG, "/me/links"))
        self.browser(READ, ONLY)
        for who in (EMPTY, LITTLE, ben):
            self.browser(who)

    def _ask(self, path: str, **form: str) -> None:
        claim = _first(r'name="claim" value="([^"]+)"', self._get(FULL, path))
        answer = self.office.send("POST", path, client=self.browser(FULL), form={"claim": claim} | form)
        assert answer.status == 303, answer.text
        self.office.fold()

    def _decide(self, act: str, words: str) -> None:
        """Otto decides the newest question."""
        page = self.office.send("GET", f"/console/{SITE}/claims", client=self.office.owner()).text
        path = re.findall(rf'action="(/console/{SITE}/claims/[^"]+)"', page)[-1]
        answer = self.office.send("POST", path, client=self.office.owner(), form={"act": act, "words": words})
        assert answer.status == 303, answer.text
        self.office.fold()

    def _at_the_door(self) -> None:
        """A link that anybody asked for, one that a signed-in browser did, and words that were tried too often."""
        self.known["door"] = self._door_link(None, "/me/in/mail", "anybody@example.org")
        self.office.link("asking", ASKING)
        self.known["door_asked"] = self._door_link(self.browser(ASKING), "/me/keep/mail", "asking@example.org")
        for _ in range(10):
            self.office.send("POST", "/me/in/words", form={"site": ONLY, "words": "bee"})

    def _door_link(self, browser: FlaskClient | None, path: str, address: str) -> str:
        """The link of the mail that comes of asking for it."""
        answer = self.office.send("POST", path, client=browser, form={"site": SITE, "address": address})
        assert answer.status == 303
        self.office.instance.carrier.carry()
        folder = self.office.folder / "outbox" / SITE
        newest = max(folder.glob("*.eml"), key=lambda letter: letter.stat().st_mtime_ns)
        body = message_from_bytes(newest.read_bytes(), policy=policy.default).get_body(("plain",))
        assert body is not None
        return _first(r"https://along\.example(/me/door/\S+)", body.get_content())

    def _press(self, link: str, browser: FlaskClient) -> None:
        assert self.office.send("GET", link, client=browser).status == 303
        assert self.office.send("POST", "/me/door", client=browser, form={}).status == 303

    def _much(self) -> None:
        """The demo's ninety days, and the kinds of pages that only much history has."""
        office = self.office
        made = seed.seed(office.db, office.clock.at_ms, office.instance.parts.keys, None, 60)
        self.known["seeded"] = made.site_id
        self.browsers[MUCH] = office.client()
        answer = office.send("POST", "/me/in", client=self.browsers[MUCH], form={"code": made.portal_code})
        assert answer.status == 303
        credit, links = self._get(MUCH, "/me/credit"), self._get(MUCH, "/me/links")
        self.known["much_why"] = re.findall(r'href="(/me/why/\w+)', credit)[-1]
        self.known["much_link"] = _first(r'href="(/me/links/[^"/]+)"', links)

    # --- looking ------------------------------------------------------------------------------------------------------

    def browser(self, who: Person, site_id: str = SITE) -> FlaskClient:
        """This person's browser, signed in as a guest the first time that it is asked for."""
        if who not in self.browsers:
            self.browsers[who] = self.office.signed_in(who, site_id)
        return self.browsers[who]

    def _get(self, who: Person | str, path: str) -> str:
        answer = self.office.send("GET", path, client=self.browsers.get(who) or self.browser(who))  # type: ignore[arg-type]
        assert answer.status == 200, (path, answer.status)
        return unescape(answer.text)


def _cookie(browser: FlaskClient) -> str:
    roles = [browser.get_cookie(f"__Host-along-{role}", "along.example") for role in ("advocate", "owner")]
    return next(cookie.value for cookie in roles if cookie is not None)


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]
