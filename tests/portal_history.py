"""What the people of the portal's states did: shares, visits, orders, uses, questions, told to an `Office`."""

import re
from email import message_from_bytes, policy
from html import unescape

from flask.testing import FlaskClient

from cast import HOME, Person, a_person, a_site, an_id, anna, ben, cleo
from flow.office import PAGE, SITE, Json, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.ledger.redemptions import Method, OfferedMethod
from passalong.core.privileges import Role, Scope
from passalong.core.redemptions.facts import RedemptionRejected, RedemptionSettled
from passalong.core.terms.model import Goal, Terms
from passalong.core.webhooks.schedule import Answer
from passalong.demo import seed
from passalong.flow import erasure
from passalong.flow import redemptions as flow_redemptions
from passalong.flow.mail import messages
from passalong.flow.owners import api_keys, team
from passalong.flow.owners.api_keys import NewKey
from passalong.flow.owners.changes import By
from passalong.flow.owners.webhooks import Wanted
from passalong.flow.signin import recovery_words
from passalong.flow.transaction import writing
from passalong.flow.webhooks.settling import settle
from passalong.lib.tokens import email_hash
from passalong.store.books import redemptions
from passalong.store.people.sign_in_methods import Passkey, add_passkey
from passalong.store.webhooks import deliveries
from passalong.store.webhooks.deliveries import Lease

MUCH = "much"
"""Somebody of the demo's made-up history, with much to look at."""
OTTO, INA = "otto", "ina"
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
        self.browsers[INA] = self.office.teammate(Role.OWNER, address="ina@bees.example")
        self._invite()
        self._add_webhook()
        self._propose()
        return {who: _cookie(browser) for who, browser in self.browsers.items()}, self.known

    def _add_webhook(self) -> None:
        """A webhook whose receiver did not take the first event."""
        known = self.office.instance.services.webhooks
        made, _ = known.add(SITE, Wanted("https://shop.example/hooks/passalong", "Shop server"), By())
        number, now_ms = known.test(SITE, made.webhook_id, By()), self.office.clock.now_ms()
        with writing(self.office.db) as session:
            leased = deliveries.claim(session, made, Lease(now_ms, now_ms + 1, 1))
            settle(session, leased[0], Answer(500, 240, "<h1>Internal Server Error</h1>", "answered 500"), now_ms)
        self.known |= {"webhook": made.webhook_id, "delivery": str(number)}

    def _propose(self) -> None:
        """An assistant proposes a gift, and to retire a code that does not exist, which is approved."""
        office = self.office
        key = api_keys.new(office.db, office.clock, SITE, NewKey("Otto's assistant", (Scope.READ, Scope.PROPOSE)))
        gift = {
            "id": "gift",
            "advocate": FULL.advocate_id(SITE),
            "amount_minor": 1_250,
            "unit": "EUR",
            "note": "Thanks",
        }
        said: tuple[Json, ...] = (
            {"operation": "give_credit", "body": gift, "reason": "She wrote that her friend's order is missing."},
            {"operation": "retire_code", "path": {"code": "nobodys"}},
        )
        ids = [office.api("POST", "/proposals", one, key=key).json["id"] for one in said]
        page = f"/console/{SITE}/proposals/{ids[1]}"
        office.send("POST", page, client=self.browsers[OTTO], form={"act": "approve"})
        self.known["proposal"] = ids[1]

    def _invite(self) -> None:
        """Ina has a colleague who only reads, and invites another, who has not come yet."""
        office = self.office
        office.teammate(Role.VIEWER, address="vic@bees.example")
        keys = office.instance.services.keys
        team.invite(office.db, office.clock, keys, SITE, team.Invite("eva@bees.example", Role.EDITOR, "cli", "en"))
        self.known["invitation"] = office.mailed("team_invite")

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
            OfferedMethod(Method.DISCOUNT_CODE, "EUR", minimum_micros=5_000_000, days=2),
            OfferedMethod(Method.STORE_CREDIT, "EUR", minimum_micros=1_000_000),
            OfferedMethod(Method.PAYOUT, "EUR", minimum_micros=10_000_000, fee_micros=500_000, days=30),
            OfferedMethod(
                Method.CAUSE, "EUR", minimum_micros=1_000_000, about="To the bee shelter of the next village."
            ),
            OfferedMethod(Method.GIVE_BACK, "EUR", minimum_micros=1_000_000),
        )
        with writing(office.db) as session:
            redemptions.replace_methods(session, SITE, offered)
        for name in ("done", "rejected", "requested"):
            self.known[f"use_{name}"] = self._redeem("discount_code", "6.50")
        parts = office.instance.services
        doors = (office.db, parts.collector, SITE)
        flow_redemptions.settle_redemption(*doors, RedemptionSettled(self._id("use_done"), "Otto", "BEES-7K2M-650"))
        flow_redemptions.reject(
            *doors, RedemptionRejected(self._id("use_rejected"), "Otto", "The shop closes for the winter.")
        )
        office.fold()

    def _redeem(self, method: str, amount: str) -> str:
        page = self._get(FULL, f"/me/use/confirm?way={method}&unit=EUR&amount={amount}")
        request = _first(r'name="request" value="([^"]+)"', page)
        form = {"request": request, "way": method, "unit": "EUR", "amount": amount}
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
        recovery_words.new_words(office.db, office.clock, SITE, mine, _cookie(browser).partition(".")[2])
        key = Passkey("k" * 43, "id", "public", 1, mine, "Firefox · Linux", office.clock.at_ms)
        with writing(office.db) as session:
            add_passkey(session, SITE, key)
        erasure.keep_name(office.db, office.bees.site, mine, erasure.Name("Cleo", shown=True))
        erasure.stop(office.db, office.clock, SITE, mine, stopped=True)
        keys = office.instance.services.keys
        self.known["stop"] = messages.stop_address(
            keys, "", SITE, email_hash(keys, SITE, "cleo@example.org"), "monthly"
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
        self._before_this_one()

    def _before_this_one(self) -> None:
        """Somebody who keeps recovery words shared in a browser in which another account is open now."""
        earlier = a_person("earlier")
        self.office.link("earlier", earlier)
        self.office.save_access(earlier)
        self.office.prove(self.browser(KEPT))
        url = self.office.send("POST", "/v1/credit", {"site": SITE, "guest": earlier.guest}).json["url"]
        self.known["code"] = str(url).partition("#")[2]

    def _door_link(self, browser: FlaskClient | None, path: str, address: str) -> str:
        """The link of the mail that comes of asking for it."""
        answer = self.office.send("POST", path, client=browser, form={"site": SITE, "address": address})
        assert answer.status == 303
        self.office.instance.mail_sender.send_due()
        folder = self.office.folder / "outbox" / SITE
        newest = max(folder.glob("*.eml"), key=lambda message: message.stat().st_mtime_ns)
        body = message_from_bytes(newest.read_bytes(), policy=policy.default).get_body(("plain",))
        assert body is not None
        return _first(r"https://along\.example(/me/door/\S+)", body.get_content())

    def _press(self, link: str, browser: FlaskClient) -> None:
        assert self.office.send("GET", link, client=browser).status == 303
        assert self.office.send("POST", "/me/door", client=browser, form={}).status == 303

    def _much(self) -> None:
        """The demo's ninety days, and the kinds of pages that only much history has."""
        office = self.office
        made = seed.seed(office.db, office.clock.at_ms, office.instance.services.keys, None, 60)
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
    roles = [browser.get_cookie(f"__Host-along-{role}", "along.example") for role in ("advocate", "owner", "console")]
    return next(cookie.value for cookie in roles if cookie is not None)


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]
