"""A history with a line of every kind, told through the public interfaces: notes, the API, the console, the portal.

Anna shares; Ben and Cleo pass it on; people buy, return, are refunded and looked at; Otto gives, answers and shares out
the pool; credit is used in every way, declined, withdrawn, and expires.
"""

import re

from flask.testing import FlaskClient

from cast import HOME, Person, a_person, an_id, anna, ben, cleo
from flow.office import SITE, Json, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.ledger.expiry import ends_ms
from passalong.core.ledger.redemptions import Method, OfferedMethod
from passalong.core.terms.model import Goal, Terms
from passalong.flow.transaction import writing
from passalong.flow.transparency import sealing
from passalong.store import sites
from passalong.store.books import redemptions
from web.rendered import join, kept

NOTE = "For your help at the fair"
DORA, EMIL, GWEN = a_person("dora"), a_person("emil"), a_person("gwen")
"""Who came and got a reward of her own; whose two browsers were joined; whose credit expired."""
PHONE = a_person("emil", "phone")
IBAN = {"kind": "iban", "name": "Anna Ant", "account": "DE02 1203 0000 0000 2020 51"}
TERMS = Terms(
    goals=(
        Goal("new_visitor", "points", fixed_micros=10_000_000),
        Goal("purchase", "EUR", rate_bp=1_000, welcome_micros=5_000_000),
        Goal("hive_tour", "EUR", fixed_micros=3_333_333),
    ),
    expiry_months=12,
)
METHODS = tuple(OfferedMethod(method, "EUR", days=7) for method in Method)


class History:
    """The history, as far as it is told."""

    def __init__(self, office: Office):
        self.office = office
        self.tokens: dict[str, str] = {}
        self.payout_page = ""
        """A payout that nobody has agreed to yet, in a browser in which Anna signed in."""

    def tell(self) -> None:
        """All of it, to the day on which Gwen's credit has expired. Otto can be written to."""
        self.office.reach_owner()
        with writing(self.office.db) as session:
            redemptions.replace_methods(session, SITE, METHODS)
            sites.add_terms(session, SITE, TERMS, self.office.clock.at_ms, "Both sides.")
        self._share()
        self._sell()
        self._give()
        self._ask()
        self._fold(days=31)
        self._redeem()
        self._late()
        self._expire()
        sealing.seal_all(self.office.db, SITE, self.office.instance.services.signing, self.office.clock.now_ms())

    def _share(self) -> None:
        self.tokens["anna"] = self.office.link("annas", anna, title="Bees")
        self.tokens["ben"] = self.office.link("bens", ben, parent=self.tokens["anna"])
        self.tokens["cleo"] = self.office.link("cleos", cleo, parent=self.tokens["ben"])
        self.tokens["known"] = self.office.link("known", anna, page=f"{HOME}/hives", title="Hives")
        for number in range(6):
            self.come(f"known {number}", "known", a_person("reader", number), page=f"{HOME}/hives")
        for who in (EMIL, PHONE, GWEN):
            self.tokens[who.name] = self.office.link(who.name, who)

    def _sell(self) -> None:
        for number, link in enumerate(("anna", "ben", "cleo", "known")):
            self.buy(f"kept-{link}", link, a_person("buyer", number))
        for name in ("part", "whole", "void", "void-visit"):
            self.buy(name, "anna", a_person("buyer", name))
        self.back("part", 2_500)
        self.back("whole", 10_000)
        self.decide("void", "void", "conversion", "It was a test order.")
        self.decide("void-visit", "void", "visit", "A program.", subject=an_id("visit", "void-visit"))
        self.buy("tour", "anna", a_person("buyer", "tour"), goal="hive_tour")
        self.buy("dora", "anna", DORA)
        self.share("doras", DORA)
        self.order("code-alone", code=self.tokens["anna"])
        self.order("named")
        named = {"id": "n1", "advocate": anna.advocate_id(SITE), "author": "Otto", "note": "She told me."}
        self.post("/conversions/named/advocates", named)
        for who in (EMIL, PHONE):
            self.buy(f"joined-{who.name.replace(' ', '-')}", who.name, a_person("buyer", who.name))
        join(self.office, EMIL, PHONE)
        self.buy("gwens", GWEN.name, a_person("buyer", "gwen"))
        self._fold()

    def _give(self) -> None:
        for name, unit in (("fair", "EUR"), ("points", "points"), ("mistake", "EUR")):
            gift = {"id": name, "advocate": anna.advocate_id(SITE), "amount_minor": 500, "unit": unit}
            self.post("/credits", gift | {"author": "Otto", "note": NOTE})
        self._fold()
        self.decide("mistake", "void", "conversion", "The wrong person.", subject="given:mistake")

    def _ask(self) -> None:
        browser = self.office.signed_in(anna)
        self.ask(browser, "/me/claims/new", order="elsewhere")
        self.answer("grant", amount="3.00", unit="EUR")
        self.order("silent")
        self.ask(browser, "/me/claims/new", order="silent")
        self._fold(days=8)
        lowered = next(line for line in self.lines(browser) if line.startswith("taken_back|A purchase"))
        self.ask(browser, f"/me/why/{lowered.rpartition('|')[2]}/ask")
        self.answer("grant")

    def _redeem(self) -> None:
        browser = kept(self.office, anna)
        used = {method: self.redeem(browser, method, "2.00") for method in Method}
        for method in (Method.DISCOUNT_CODE, Method.STORE_CREDIT, Method.CAUSE, Method.PAYOUT):
            if method is Method.PAYOUT:
                self.settle(used[method], "agree")
            self.settle(used[method], "done", "BEES-1")
        self.settle(self.redeem(browser, Method.CAUSE, "1.00"), "decline", "The cause is closed.")
        withdrawn = self.redeem(browser, Method.PAYOUT, "1.00")
        self.payout_page = self.office.send("GET", f"/me/use/{withdrawn}", client=browser).text
        assert self.office.send("POST", f"/me/use/{withdrawn}/withdraw", client=browser).status == 303
        self._fold()

    def _late(self) -> None:
        """After the holds: a refund, an order that somebody looks at, and one whose hold still runs."""
        self.back("kept-anna", 5_000)
        self.buy("held", "anna", a_person("buyer", "held"))
        self.decide("look", "hold", "conversion", "Looked at.", subject="held")
        self._fold()

    def _expire(self) -> None:
        end = ends_ms("2027-02", "UTC")
        for days in (60, 14, 0):
            self.office.clock.at_ms = end - days * DAY_MS
            self._fold()
            self.see(self.office.signed_in(GWEN))
        self.buy("waiting", "known", a_person("buyer", "waiting"))
        self._fold()

    # --- steps --------------------------------------------------------------------------------------------------------

    def come(self, name: str, link: str, who: Person, page: str = f"{HOME}/bees") -> str:
        """Somebody comes by a link; returns the code that a shop would send."""
        note = self.office.visit(name, self.tokens[link], who, page=page)
        assert self.office.note("flask", note).status == 202
        return f"{self.tokens[link]}.{note['id']}"

    def share(self, name: str, who: Person) -> None:
        """Somebody presses Share: from then on they are known as an advocate."""
        token = self.office.link(name, who, visitor=who.visitor)
        note = {"site": SITE, "id": an_id("share", name), "kind": "share", "token": token, "guest": who.guest}
        assert self.office.note("flask", note | {"to": "copy"}).status == 202
        self._fold()

    def buy(self, name: str, link: str, who: Person, goal: str = "purchase") -> None:
        """Somebody comes by a link and buys for 100.00."""
        self.order(name, goal=goal, code=self.come(name, link, who))

    def order(self, name: str, goal: str = "purchase", **more: str) -> None:
        """The shop reports an order of 100.00."""
        said = {"id": name, "goal": goal, "amount_minor": 10_000, "currency": "EUR"}
        self.post("/conversions", said | more)
        self._fold()

    def back(self, order: str, minor: int) -> None:
        """A part of an order's value is given back."""
        self.post(f"/conversions/{order}/refunds", {"id": f"{order}-back", "amount_minor": minor})
        self._fold()

    def decide(self, name: str, decision: str, about: str, note: str, subject: str = "") -> None:
        """Otto decides about something."""
        said = {"id": f"v-{name}", "decision": decision, "about": about, "subject_id": subject or name}
        self.post("/verdicts", said | {"author": "Otto", "note": note})
        self._fold()

    def post(self, path: str, said: Json) -> None:
        """Otto's shop speaks."""
        answer = self.office.api("POST", path, said)
        assert answer.status in (200, 202), (path, answer.text)

    def ask(self, browser: FlaskClient, path: str, **form: str) -> None:
        """A question is asked."""
        page = self.office.send("GET", path, client=browser).text
        claim = re.search(r'name="claim" value="([^"]+)"', page)
        assert claim is not None, path
        answer = self.office.send(
            "POST", path, client=browser, form={"claim": claim[1], "words": "Please look."} | form
        )
        assert answer.status == 303, answer.text
        self._fold()

    def answer(self, act: str, **form: str) -> None:
        """Otto answers the question that was asked last."""
        owner = self.office.owner()
        page = self.office.send("GET", f"/console/{SITE}/claims", client=owner).text
        path = re.findall(rf'action="(/console/{SITE}/claims/[^"]+)"', page)[-1]
        answer = self.office.send("POST", path, client=owner, form={"act": act, "words": "Yes."} | form)
        assert answer.status == 303, answer.text
        self._fold()

    def redeem(self, browser: FlaskClient, method: Method, amount: str) -> str:
        """Use credit; returns the use's id."""
        page = self.office.send(
            "GET", f"/me/use/confirm?way={method.value}&unit=EUR&amount={amount}", client=browser
        ).text
        request = re.search(r'name="request" value="([^"]+)"', page)
        assert request is not None, page
        form = {"request": request[1], "way": method.value, "unit": "EUR", "amount": amount}
        more = IBAN if method is Method.PAYOUT else {}
        answer = self.office.send("POST", "/me/use/confirm", client=browser, form=form | more)
        assert answer.status == 303, answer.text
        self._fold()
        return request[1]

    def settle(self, redemption_id: str, act: str, words: str = "") -> None:
        """Otto agrees to a use, does it or declines it."""
        path, form = f"/console/{SITE}/payouts/{redemption_id}", {"act": act, "words": words}
        answer = self.office.send("POST", path, client=self.office.owner(), form=form)
        assert answer.status == 303, answer.text
        self._fold()

    def see(self, browser: FlaskClient) -> None:
        """The notices of home are seen."""
        page = self.office.send("GET", "/me", client=browser).text
        for name in re.findall(r'data-notice="([^"]+)"', page):
            assert self.office.send("POST", "/me/seen", client=browser, form={"notice": name}).status == 204
        self._fold()

    def lines(self, browser: FlaskClient) -> list[str]:
        """The ledger as `state|what happened|line`."""
        sheet = self.office.send("GET", "/me/credit.csv", client=browser).text.splitlines()[1:]
        cells = [row.rsplit(",", 5) for row in sheet]
        return [f"{state}|{first.partition(',')[2]}|{line}" for first, state, _, _, _, line in cells]

    def _fold(self, days: int = 0) -> None:
        self.office.clock.at_ms += days * DAY_MS
        self.office.fold()
