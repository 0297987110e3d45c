# mypy: ignore-errors
"""Make `data/0.2.0.tar.xz`, a data folder as 0.2.0 left it: run this with a checkout of 0.2.0, never with this version.

    git worktree add /tmp/old 02d6d9f && cd /tmp/old && make setup
    PYTHONPATH=tests .venv/bin/python <this file> <where to write 0.2.0.tar.xz>

The folder has the database, its keys and its heads file. In the story every kind of join of 0.2.0 occurs: an order's
customer, `identify`, a hand-over (`joined`, `customer-…`), a proof by mail (`joined`, 64 hex digits), the guest of a
visit, the visitor of a link. Vera's account is poisoned: a guest checkout in Mallory's browser names her address, and
afterwards each of them makes sign-in methods, a name and a payout destination. Cleo's account is clean.
"""

import re
import sys
import tarfile
import tempfile
from email import message_from_bytes, policy
from pathlib import Path

from cast import a_person, an_id, anna, ben, cleo, mallory
from flow.office import SITE, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.identity import customer_key
from passalong.core.ledger.redemptions import Offered, Way
from passalong.flow import erasure
from passalong.flow import redemptions as flow_redemptions
from passalong.flow.signin import recovery_words
from passalong.flow.transaction import writing
from passalong.flow.transparency import sealing
from passalong.flow.transparency.heads_file import HeadsFile
from passalong.lib.tokens import customer_hash
from passalong.settings import read_settings, read_signing_keys
from passalong.store.books import redemptions
from passalong.store.books.redemptions import Destination
from passalong.store.people import sessions
from passalong.store.people.sign_in_methods import Passkey, add_passkey

VERA, PHONE, LAPTOP, DORA, ERIN, FRED = map(a_person, ("vera", "phone", "laptop", "dora", "erin", "fred"))
VERAS = "vera@example.org"
URL = "https://along.example"


class Told:
    """The history of one site, told to an instance of 0.2.0."""

    def __init__(self, office: Office):
        self.office = office
        self.browsers = {}

    def tell(self) -> None:
        """All of it, in its order."""
        self._offer()
        self._share()
        self._prove()
        self._poison()
        self._methods()
        self._earn()
        self._use()
        self._erase()
        self.office.fold()

    def _offer(self) -> None:
        offered = (
            Offered(Way.PAYOUT, "EUR", minimum_micros=1_000_000, days=30),
            Offered(Way.STORE_CREDIT, "EUR", minimum_micros=1_000_000),
        )
        with writing(self.office.db) as session:
            redemptions.keep_ways(session, SITE, offered)

    def _share(self) -> None:
        """Anna, Ben after her, Vera, Cleo and Mallory share; Ben's and Mallory's links tell their visitors."""
        link = self.office.link
        self.annas = link("annas", anna)
        self.come("ben 1", self.annas, ben, guest=ben.guest)
        self.bens = link("bens", ben, parent=self.annas, visitor=ben.visitor)
        self.veras = link("veras", VERA, visitor=VERA.visitor)
        self.cleos = link("cleos", cleo)
        self.mallorys = link("mallorys", mallory, visitor=mallory.visitor)
        self.phones = link("phones", PHONE, visitor=PHONE.visitor)
        self.laptops = link("laptops", LAPTOP, visitor=LAPTOP.visitor)
        for name, token, who in (("phone", self.phones, PHONE), ("laptop", self.laptops, LAPTOP)):
            note = {"site": SITE, "id": an_id("share", name), "kind": "share", "token": token, "to": "copy"}
            assert self.office.note("flask", note | {"guest": who.guest}).status == 202
        self.office.fold()

    def _prove(self) -> None:
        """Vera and Cleo keep their credit by mail; customers 77 and 78 are handed over; the owner identifies."""
        for who, address in ((VERA, VERAS), (cleo, "cleo@example.org")):
            self.by_mail(who, address)
        for customer in ("77", "78"):
            self.hand_over(customer)
        said = {"id": "devices", "advocates": [one.advocate_id(SITE) for one in (PHONE, LAPTOP)]}
        assert self.office.api("POST", "/identify", said | {"customers": ["phil"]}).status == 202
        said = {"id": "screens", "visitors": [DORA.visitor, ERIN.visitor], "customers": ["dora"]}
        assert self.office.api("POST", "/identify", said).status == 202
        self.office.fold()

    def _poison(self) -> None:
        """A guest checkout in Mallory's browser names Vera's address: 0.2.0 makes one person of them."""
        self.come("mallory 1", self.annas, mallory, guest=mallory.guest)
        self.buy("poison", self.annas, "mallory 1", 2_000, customer=VERAS)

    def _methods(self) -> None:
        """Sign-in methods, names and payout destinations, of whom is several accounts and of whom is one."""
        for who in (mallory, VERA, cleo):
            self.keep(who)
        destination = Destination("iban", "Mallory", "DE89370400440532013000")
        mine = self.browser(mallory)
        assert mine is not None
        flow_redemptions.keep_destination(
            self.office.db, self.office.clock, SITE, mallory.advocate_id(SITE), destination, signed_in=True
        )
        destination = Destination("iban", "Cleo", "DE02120300000000202051")
        flow_redemptions.keep_destination(
            self.office.db, self.office.clock, SITE, cleo.advocate_id(SITE), destination, signed_in=True
        )

    def keep(self, who) -> None:
        """Recovery words, a passkey and a name."""
        office, mine = self.office, who.advocate_id(SITE)
        secret = _cookie(self.browser(who)).partition(".")[2]
        recovery_words.new_words(office.db, office.clock, SITE, mine, secret)
        key = Passkey(an_id("key", who.name) * 2, "id", "public", 1, mine, "Firefox · Linux", office.clock.at_ms)
        with writing(office.db) as session:
            add_passkey(session, SITE, key)
        erasure.keep_name(office.db, SITE, mine, who.name.title(), shown=True)

    def _earn(self) -> None:
        """Orders by everybody's links, a refund, a verdict, credit by hand; then the holds end, and more come."""
        for number, (token, minor, customer) in enumerate(
            (
                (self.veras, 20_000, "a"),
                (self.veras, 9_900, "b"),
                (self.cleos, 10_000, "c"),
                (self.bens, 12_345, "d"),
                (self.mallorys, 3_000, "e"),
                (self.phones, 7_000, "phil"),
                (self.laptops, 8_000, "g"),
            )
        ):
            who = a_person("buyer", number)
            self.come(f"buyer {number}", token, who)
            self.buy(f"order {number}", token, f"buyer {number}", minor, customer=customer)
        self.come("dora", self.annas, DORA)
        self.buy("dora", self.annas, "dora", 5_000, customer="dora")
        self.buy("renewal", None, None, 5_000, customer="dora")
        said = {"id": "back", "amount_minor": 900}
        assert self.office.api("POST", "/conversions/order 1/refunds", said).status == 202
        gift = {"id": "gift", "advocate": VERA.advocate_id(SITE), "unit": "EUR", "amount_minor": 500}
        gift |= {"author": "Otto", "note": "For her help at the fair."}
        answer = self.office.api("POST", "/credits", gift)
        assert answer.status == 202, answer
        self.office.clock.at_ms += 31 * DAY_MS
        self.office.fold()
        self.come("late", self.veras, a_person("late"))
        self.buy("late", self.veras, "late", 4_000, customer="late")

    def _use(self) -> None:
        """Mallory uses what the two of them have, and Otto pays it."""
        office, parts = self.office, self.office.instance.services
        doors = (office.db, parts.collector, office.bees.site)
        asked = flow_redemptions.Asked("payout 1", Way.PAYOUT, "EUR", 10_000_000)
        flow_redemptions.use(*doors, mallory.advocate_id(SITE), asked, signed_in=True)
        office.fold()
        flow_redemptions.approve(office.db, parts.collector, SITE, "payout 1", "Otto")
        office.fold()
        flow_redemptions.settle_use(office.db, parts.collector, SITE, "payout 1", "Otto", "TRANSFER-1")
        office.fold()
        asked = flow_redemptions.Asked("store 1", Way.STORE_CREDIT, "EUR", 1_000_000)
        flow_redemptions.use(*doors, cleo.advocate_id(SITE), asked, signed_in=True)
        office.fold()

    def _erase(self) -> None:
        """Customer 78 erases everything, and is handed over again: a new account without a fact."""
        browser = self.hand_over("78")
        office = self.office
        page = office.send("GET", "/me/privacy", client=browser)
        assert page.status == 200
        key = customer_key(customer_hash(office.instance.services.keys, SITE, "78"))
        with office.db.reading() as session:
            theirs = sessions.advocate_of(session, SITE, key)
        erasure.erase(office.db, office.clock, office.instance.carrier, SITE, theirs)
        self.hand_over("78")

    # --- what people and shops do -------------------------------------------------------------------------------------

    def come(self, name: str, token: str, who, **more: str) -> None:
        assert self.office.note("flask", self.office.visit(name, token, who, **more)).status == 202
        self.office.clock.at_ms += 60_000
        self.office.fold()

    def buy(self, name: str, token: str | None, visit: str | None, minor: int, customer: str) -> None:
        said = {"id": name, "goal": "purchase", "amount_minor": minor, "currency": "EUR", "customer": customer}
        if token and visit:
            said["code"] = f"{token}.{an_id('visit', visit)}"
        answer = self.office.api("POST", "/conversions", said)
        assert answer.status == 202, answer
        self.office.clock.at_ms += 60_000
        self.office.fold()

    def browser(self, who):
        if who not in self.browsers:
            self.browsers[who] = self.office.signed_in(who)
        return self.browsers[who]

    def hand_over(self, customer: str):
        answer = self.office.api("POST", "/hand-over", {"customer": customer})
        assert answer.status == 201, answer
        self.office.fold()
        browser = self.office.client()
        code = answer.json["url"].partition("#")[2]
        assert self.office.send("POST", "/me/in", client=browser, form={"code": code}).status == 303
        return browser

    def by_mail(self, who, address: str) -> None:
        office, browser = self.office, self.browser(who)
        answer = office.send("POST", "/me/keep/mail", client=browser, form={"address": address})
        assert answer.status == 303, answer
        office.instance.carrier.carry()
        newest = max((office.folder / "outbox").rglob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        message = message_from_bytes(newest.read_bytes(), policy=policy.default)
        text = message.get_body(("plain",)).get_content()
        path = re.search(rf"{URL}(/me/door/\S+)", text)[1]
        assert office.send("GET", path, client=browser).status == 303
        assert office.send("POST", "/me/door", client=browser, form={"join": "yes"}).status == 303
        office.fold()


def _cookie(browser) -> str:
    cookie = browser.get_cookie("__Host-along-advocate", domain="along.example")
    return cookie.value


def main(target: Path) -> None:
    """Make the folder and pack it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        office = Office(f"sqlite:///{data / 'passalong.sqlite3'}", data)
        Told(office).tell()
        settings = read_settings({"PASSALONG_DATA": str(data), "PASSALONG_URL": URL})
        keys = read_signing_keys(settings)
        sealing.seal_all(office.db, SITE, keys, office.clock.at_ms)
        HeadsFile(settings.heads_file).keep(office.db, SITE)
        office.close()
        with tarfile.open(target, "w:xz") as packed:
            for name in ("passalong.sqlite3", "keys.json", "ledger-keys.json", "heads.jsonl"):
                packed.add(data / name, name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
