"""Reports by strength and effect: what each kind of report lets Mallory see, spend, name, change and erase of Anna's.

Bans, caps and chains are tests/flow/fold/test_effects.py.
"""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from cast import HOME, Person, a_person, an_id
from flow.office import BOTH, SITE, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.identity import customer_key, email_key
from passalong.core.identity_facts import AddressProved, CustomerBound
from passalong.core.money import MICROS
from passalong.flow.signin.magic_links import prove
from passalong.flow.transparency import sealing
from passalong.lib.tokens import customer_hash, email_hash, hashed
from passalong.store.books import identities, redemptions
from passalong.store.people import erasure, open_sessions
from passalong.store.queries import advocates, personal_codes


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance for all reports: each has an Anna and a Mallory of its own."""
    yield from an_office(request, tmp_path_factory)


class Pair:
    """An Anna of whom a customer id and an address are known, and a Mallory who shares, too."""

    def __init__(self, office: Office, name: str):
        self.office = office
        self.name = name
        self.anna, self.mallory = a_person(f"anna {name}"), a_person(f"mallory {name}")
        self.customer, self.email = f"customer {name}", f"{an_id('mail', name)[:12]}@example.org"
        self.page = f"{HOME}/of-{an_id('page', name)[:12]}"
        self.shares = [
            office.link(f"annas {name}", self.anna, page=self.page),
            office.link(f"mallorys {name}", self.mallory),
        ]
        self.identify("her account", advocates=[self.anna.advocate_id(SITE)], customers=[self.customer])
        self.office.fold()
        for number, token in enumerate(self.shares):
            self.earn(f"sale {number}", token)
        self.prove("her mail", AddressProved(self.anna.advocate_id(SITE), self.key(email=True)))

    def key(self, *, email: bool = False) -> str:
        """The identity key of her customer id, or of her address."""
        keys = self.office.instance.services.keys
        if email:
            return email_key(email_hash(keys, SITE, self.email))
        return customer_key(customer_hash(keys, SITE, self.customer))

    def prove(self, name: str, fact: AddressProved | CustomerBound) -> None:
        """Somebody proves something."""
        prove(self.office.instance.services.collector, SITE, f"{name} {self.name}", fact)
        self.office.fold()

    def identify(self, name: str, **named: object) -> None:
        """Otto's shop states that these are one person."""
        said = {"id": f"{name} {self.name}"[:60]} | named
        answer = self.office.api("POST", "/identify", said)
        assert answer.status == 202, answer

    def earn(self, name: str, token: str, **said: object) -> None:
        """Somebody new comes by a link and buys for 100 euros."""
        who = a_person(f"{name} {self.name} buyer")
        self.order(name, token, who, **said)

    def order(self, name: str, token: str, who: Person, **said: object) -> None:
        """This person comes by a link, in the browser in which they share, and buys."""
        named = f"{name} {self.name}"
        assert self.office.note("flask", self.office.visit(named, token, who, guest=who.guest)).status == 202
        code = f"{token}.{an_id('visit', named)}"
        body = {"id": named, "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": code} | said
        assert self.office.api("POST", "/conversions", body).status == 202
        self.office.fold()


Report = Callable[[Pair], None]


def says(**said: str) -> Report:
    """Mallory's order says that she is Anna."""
    return lambda pair: pair.order(
        "says", pair.shares[0], pair.mallory, **{name: getattr(pair, name) for name in said.values()}
    )


def one_browser(pair: Pair) -> None:
    """Both come by a link in one browser."""
    pair.order("one", pair.shares[1], pair.anna)
    pair.order("two", pair.shares[0], Person("both", pair.anna.visitor, pair.mallory.guest))


REPORTS: dict[str, tuple[str, Report]] = {
    "an order's customer": ("said", says(customer="customer")),
    "an order's e-mail": ("said", says(email="email")),
    "guests in one browser": ("seen", one_browser),
    "identify of two advocates": (
        "stated",
        lambda pair: pair.identify("two", advocates=[one.advocate_id(SITE) for one in (pair.anna, pair.mallory)]),
    ),
    "identify of one customer": (
        "stated",
        lambda pair: pair.identify("c", advocates=[pair.mallory.advocate_id(SITE)], customers=[pair.customer]),
    ),
    "a join": ("proved", lambda pair: pair.office.join(pair.anna, pair.mallory)),
}


def choices(office: Office, who: Person) -> erasure.Choices:
    """What this advocate's own row says."""
    with office.db.reading() as session:
        return erasure.choices(session, SITE, [who.advocate_id(SITE)])


def shown(office: Office, session: FlaskClient, path: str, needle: str) -> bool:
    """Whether a page of this session has a text."""
    answer = office.send("GET", path, client=session)
    assert answer.status == 200, (path, answer.text[:200])
    return needle in answer.text


def effects(office: Office, pair: Pair) -> set[str]:
    """The effects that Mallory's session has on what is Anna's; the one that cannot be undone comes last."""
    sealing.seal_site(office.db, SITE, office.instance.services.signing, office.clock.at_ms)
    office.save_access(pair.mallory)
    session, hers = office.signed_in(pair.mallory), pair.anna.advocate_id(SITE)
    office.prove(session)
    found = {
        "spend": spends(office, pair, session),
        "code": asks_for_a_code(office, pair, session),
        "statement": shown(office, session, "/me/statement.json", hers),
        "download": shown(office, session, "/me/privacy/everything.json", hers),
        "read": shown(office, session, "/me/links", pair.page),
        "expiry and mail": hers in mine_of(office, session),
    }
    changes: dict[str, tuple[str, dict[str, str], Callable[[], object]]] = {
        "name": ("/me/privacy/name", {"name": "Mally", "shown": "all"}, lambda: choices(office, pair.anna).name),
        "stop": ("/me/privacy/stop", {"stopped": "yes"}, lambda: choices(office, pair.anna).stopped_at_ms),
        "erase": ("/me/privacy/erase", {"read": "yes"}, lambda: choices(office, pair.anna).erased_at_ms),
    }
    for name, (path, form, changed) in changes.items():
        assert office.send("POST", path, client=session, form=form).status in (200, 303), name
        office.fold()
        found[name] = bool(changed())
    return {name for name, is_so in found.items() if is_so}


def spends(office: Office, pair: Pair, session: FlaskClient) -> bool:
    """Whether Mallory's session spends a euro more than her own advocate has."""
    with office.db.reading() as reading:
        own = advocates.unit_sums(reading, SITE, [pair.mallory.advocate_id(SITE)])
    micros = next(one.ready_micros for one in own if one.unit == "EUR") + MICROS
    request = an_id("spends", pair.name)
    form = {"way": "give_back", "unit": "EUR", "amount": f"{micros // 10_000 / 100:.2f}", "request": request}
    answer = office.send("POST", "/me/use/confirm", client=session, form=form)
    office.fold()
    with office.db.reading() as reading:
        redemption = redemptions.find_redemption(reading, SITE, request)
    assert (answer.status == 303) == (redemption is not None), answer.text
    return redemption is not None and redemption.state == "done"


def asks_for_a_code(office: Office, pair: Pair, session: FlaskClient) -> bool:
    """Whether a code that Mallory's session asks for stands for somebody in Anna's account."""
    word = f"code-{pair.name}".replace("'", "").replace("e-mail", "letter").replace(" ", "-")[:24].rstrip("-")
    assert office.send("POST", "/me/word", client=session, form={"word": word}).status == 303
    with office.db.reading() as reading:
        wanted = personal_codes.find_wanted(reading, SITE, word)
        assert wanted is not None
        return wanted.advocate_id in identities.account(reading, SITE, pair.anna.advocate_id(SITE))


def mine_of(office: Office, browser: FlaskClient) -> set[str]:
    """The advocates that pages, mails, notices of expiry and redemptions of this session are about."""
    cookie = browser.get_cookie("__Host-along-advocate", "along.example")
    assert cookie is not None
    with office.db.reading() as session:
        found = open_sessions.find(
            session, SITE, hashed(cookie.value.partition(".")[2]), "advocate", office.clock.at_ms
        )
        assert found is not None
        return set(identities.account(session, SITE, found.subject))


EVERY = {"spend", "code", "statement", "download", "read", "expiry and mail", "name", "stop", "erase"}


@pytest.mark.parametrize("report", REPORTS)
def test_a_session_reaches_what_was_proved_and_nothing_else(office: Office, report: str) -> None:
    strength, make = REPORTS[report]
    pair = Pair(office, report)
    make(pair)
    office.clock.at_ms += 31 * DAY_MS
    office.fold()
    assert effects(office, pair) == (EVERY if strength == "proved" else set())
