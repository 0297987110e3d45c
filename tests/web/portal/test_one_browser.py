"""Several accounts in one browser: it is used for another person from now on, or its credit is added to another."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from cast import Person, a_person, an_id, anna, ben, mallory
from flow.mail.props import keep, text_of
from flow.office import BOTH, OTHER, PAGE, SITE, Answer, Office, an_office
from passalong.core.identity import advocate_id_of
from passalong.flow import erasure
from passalong.lib.tokens import hashed, share_id_of
from passalong.store.books import identities, links
from passalong.store.people import open_sessions
from web.portal.test_signin import letters


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna, Ben and Mallory have shared, each in a browser of their own; Anna and Ben keep recovery words."""
    for made in an_office(request, tmp_path_factory):
        for who in (anna, ben, mallory):
            made.link(f"of {who.visitor}", who)
        made.save_access(anna)
        made.save_access(ben)
        made.fold()
        yield made


def code_of(office: Office, who: Person, site_id: str = SITE) -> str:
    """A one-time code of this person's widget."""
    url = office.send("POST", "/v1/credit", {"site": site_id, "guest": who.guest}).json["url"]
    return str(url).partition("#")[2]


def handed_over(office: Office, customer: str) -> str:
    """A one-time code of the shop for its customer."""
    url = office.api("POST", "/hand-over", {"customer": customer}).json["url"]
    office.fold()
    return str(url).partition("#")[2]


def post(office: Office, browser: FlaskClient, code: str, choice: str = "") -> Answer:
    """Open a code, or answer the question that it led to."""
    form = {"code": code, "switch": choice} if choice else {"code": code}
    return office.send("POST", "/me/in", client=browser, form=form)


def choices(answer: Answer) -> set[str]:
    """The buttons of the page that asks."""
    assert answer.status == 200, answer
    return set(re.findall(r'name="switch" value="(\w+)"', answer.text))


def opened(office: Office, browser: FlaskClient) -> set[str]:
    """The advocates whose credit a browser's session shows now; none without a session."""
    cookie = browser.get_cookie("__Host-along-advocate", "along.example")
    if cookie is None or office.send("GET", "/me", client=browser).status != 200:
        return set()
    _, _, secret = cookie.value.partition(".")
    with office.db.reading() as session:
        found = open_sessions.find(session, SITE, hashed(secret), "advocate", office.clock.at_ms)
        assert found is not None
        return set(identities.account(session, SITE, found.subject))


def may_spend(office: Office, browser: FlaskClient) -> bool:
    """Whether a session may use credit."""
    return office.send("POST", "/me/use/confirm", client=browser, form={"way": "code"}).status != 403


def signed_in(office: Office, who: Person) -> FlaskClient:
    """A browser in which this person has signed in with a method of their own a moment ago."""
    browser = office.signed_in(who)
    office.prove(browser)
    return browser


def ask_link(office: Office, name: str, guest: str) -> Answer:
    """What the widget asks for when somebody is about to share."""
    return office.send("POST", "/v1/links", {"site": SITE, "id": an_id("link", name), "guest": guest, "page": PAGE})


def owner_of(office: Office, answer: Answer) -> str:
    """The advocate to whom an issued link belongs."""
    with office.db.reading() as session:
        share_id = share_id_of(office.instance.services.keys, SITE, answer.json["token"])
        link = links.find_link(session, SITE, share_id)
    assert link is not None
    return link.advocate_id


def account_of(office: Office, advocate_id: str) -> set[str]:
    """The advocates of one account."""
    with office.db.reading() as session:
        return set(identities.account(session, SITE, advocate_id))


# --- "use this browser for Ben" ---------------------------------------------------------------------------------------


def test_a_browser_is_used_for_ben_from_now_on(office: Office) -> None:
    """Anna shared here, Ben has signed in: what he shares next is his, and what she shared stays hers."""
    browser = signed_in(office, ben)
    asked = post(office, browser, code_of(office, anna))
    assert choices(asked) == {"yes", "use"}
    assert post(office, browser, code_of(office, anna), "use").status == 303
    assert opened(office, browser) == {ben.advocate_id(SITE)}, "he stays signed in"
    first = ask_link(office, "first", anna.guest)
    office.fold()
    new = first.json["guest"]
    assert new != anna.guest
    assert owner_of(office, first) == advocate_id_of(SITE, new)
    assert account_of(office, ben.advocate_id(SITE)) == {ben.advocate_id(SITE), advocate_id_of(SITE, new)}
    assert account_of(office, anna.advocate_id(SITE)) == {anna.advocate_id(SITE)}


def test_the_new_secret_is_the_same_every_time_and_is_enrolled_once(office: Office) -> None:
    """The widget keeps it only when a link is used: until then each view asks with the old one."""
    assert post(office, signed_in(office, ben), code_of(office, anna), "use").status == 303
    answers = [ask_link(office, f"view {number}", anna.guest) for number in range(3)]
    office.fold()
    assert len({answer.json["guest"] for answer in answers}) == 1
    assert "guest" not in ask_link(office, "later", answers[0].json["guest"]).json
    assert office.count("guests") == 4
    assert office.count("accounts") == 2


def test_the_old_secret_opens_nothing_more_and_the_new_one_only_its_own(office: Office) -> None:
    assert post(office, signed_in(office, ben), code_of(office, anna), "use").status == 303
    url = office.send("POST", "/v1/credit", {"site": SITE, "guest": anna.guest}).json["url"]
    assert url.endswith(f"/me/in?site={SITE}")
    new = Person("the browser", anna.visitor, ask_link(office, "next", anna.guest).json["guest"])
    office.fold()
    browser = office.signed_in(new)
    assert not may_spend(office, browser)
    assert office.send("POST", "/me/privacy/erase", client=browser).status == 403


def test_a_browser_can_be_moved_back(office: Office) -> None:
    assert post(office, signed_in(office, ben), code_of(office, anna), "use").status == 303
    bens = ask_link(office, "for ben", anna.guest).json["guest"]
    office.fold()
    anna_here = office.client()
    code = code_of(office, Person("the browser", anna.visitor, bens))
    assert post(office, anna_here, handed_over(office, "anna-at-the-shop")).status == 303
    assert choices(post(office, anna_here, code)) >= {"yes", "use"}
    assert post(office, anna_here, code, "use").status == 303
    back = ask_link(office, "back", bens)
    office.fold()
    assert owner_of(office, back) in opened(office, anna_here)
    assert owner_of(office, ask_link(office, "old tab", anna.guest)) == owner_of(office, back), "it follows all moves"


def test_the_account_that_a_browser_shared_for_is_told_by_mail(office: Office) -> None:
    """Anna gets one mail, in her language; Ben, whose browser it is now, gets none, nor does a choice refused."""
    keep(office, anna, "de")
    keep(office, ben)
    office.link("again", mallory)
    assert choices(post(office, signed_in(office, ben), code_of(office, mallory), "use")) == {"yes"}
    assert letters(office) == []
    browser, code = signed_in(office, ben), code_of(office, anna)
    assert post(office, browser, code, "use").status == 303
    assert post(office, browser, code, "use").status == 400
    (told,) = letters(office)
    assert told["To"] == "anna@example.org"
    assert told["Subject"] == "Ein Browser teilt nicht mehr für dein Konto bei The Bee Almanac"
    assert "bleibt deins" in text_of(told)
    assert "/me/keep" in text_of(told)
    assert told["List-Unsubscribe"] is None, "what concerns the account cannot be switched off"


def test_credit_that_only_this_browser_can_open_is_not_moved_away_from(office: Office) -> None:
    """Mallory keeps no sign-in method: moved, what she shared would be open to nobody."""
    browser = signed_in(office, ben)
    code = code_of(office, mallory)
    assert choices(post(office, browser, code)) == {"yes"}
    assert choices(post(office, browser, code, "use")) == {"yes"}, "nor by a form of one's own"
    assert "guest" not in ask_link(office, "still hers", mallory.guest).json


def test_only_a_session_that_may_add_a_sign_in_method_moves_a_browser(office: Office) -> None:
    """A guest secret of a kept account, and a sign-in of more than ten minutes ago, do not."""
    weak = office.signed_in(ben)
    assert choices(post(office, weak, code_of(office, anna), "use")) == {"yes"}
    old = signed_in(office, ben)
    office.clock.at_ms += 11 * 60_000
    assert choices(post(office, old, code_of(office, anna), "use")) == {"yes"}


def test_a_browser_moved_to_somebody_erased_stands_alone(office: Office) -> None:
    assert post(office, signed_in(office, ben), code_of(office, anna), "use").status == 303
    parts = office.instance.services
    mine = ben.advocate_id(SITE)
    erasure.erase(parts, SITE, mine)
    office.fold()
    answer = ask_link(office, "after", anna.guest)
    office.fold()
    assert account_of(office, owner_of(office, answer)) == {owner_of(office, answer)}


# --- a hand-over where this browser has credit ------------------------------------------------------------------------


def test_a_hand_over_asks_whether_to_add_the_credit_of_this_browser(office: Office) -> None:
    cara = a_person("cara")
    office.link("caras", cara)
    browser = office.signed_in(cara)
    code = handed_over(office, "cara-77")
    asked = post(office, browser, code)
    assert choices(asked) == {"yes", "add"}
    assert "This browser has its own credit." in asked.text
    assert opened(office, browser) == {cara.advocate_id(SITE)}, "nothing has happened yet"
    assert post(office, browser, code, "add").status == 303
    office.fold()
    together = opened(office, browser)
    assert cara.advocate_id(SITE) in together
    assert len(together) == 2
    assert post(office, office.client(), code).status == 400, "the code is used up"
    later = office.client()
    assert post(office, later, handed_over(office, "cara-77")).status == 303
    assert opened(office, later) == together


def test_the_credit_of_this_browser_can_be_added_after_the_hand_over_too(office: Office) -> None:
    """The shop opened the portal first; then "Your credit" is pressed in the panel."""
    cara = a_person("cara")
    office.link("caras", cara)
    browser = office.client()
    assert post(office, browser, handed_over(office, "cara-78")).status == 303
    customer = opened(office, browser)
    code = code_of(office, cara)
    assert choices(post(office, browser, code)) == {"yes", "add"}
    assert post(office, browser, code, "add").status == 303
    office.fold()
    assert opened(office, browser) == customer | {cara.advocate_id(SITE)}


def test_who_does_not_add_it_loses_nothing(office: Office) -> None:
    cara = a_person("cara")
    office.link("caras", cara)
    browser = office.signed_in(cara)
    assert post(office, browser, handed_over(office, "cara-79"), "yes").status == 303
    assert cara.advocate_id(SITE) not in opened(office, browser)
    assert opened(office, office.signed_in(cara)) == {cara.advocate_id(SITE)}


# --- Mallory --------------------------------------------------------------------------------------------------------


def test_a_guest_secret_that_was_added_reads_its_own_credit_and_spends_nothing(office: Office) -> None:
    """Mallory leads a customer into her own portal, and the customer adds "this browser's" credit: hers gains, she does
    not."""
    victim = office.signed_in(mallory)
    earlier = office.signed_in(mallory)
    waiting = code_of(office, mallory)
    assert post(office, victim, handed_over(office, "victim"), "add").status == 303
    office.fold()
    assert len(opened(office, victim)) == 2
    assert opened(office, earlier) == set(), "every weaker session of both has ended"
    assert post(office, office.client(), waiting).status == 400, "and every code that waited"
    hers = office.signed_in(mallory)
    assert not may_spend(office, hers)
    for path in ("/me/privacy/erase", "/me/privacy/name", "/me/keep/words", "/me/keep/mail", "/me/out"):
        form = {"name": "M", "address": "mallory@example.org", "where": "everywhere"}
        assert office.send("POST", path, client=hers, form=form).status == 403, path
    [customer] = opened(office, victim) - {mallory.advocate_id(SITE)}
    assert office.send("GET", "/me/privacy/everything.json", client=hers).status == 403
    home = office.send("GET", "/me", client=hers)
    assert (home.status, customer in home.text) == (200, False)


def test_two_customers_in_one_browser_are_never_added_to_each_other(office: Office) -> None:
    browser = office.client()
    assert post(office, browser, handed_over(office, "mum")).status == 303
    mums = opened(office, browser)
    code = handed_over(office, "dad")
    for choice in ("", "add", "use"):
        assert choices(post(office, browser, code, choice)) == {"yes"}
    assert opened(office, browser) == mums


def test_a_guest_that_belongs_to_one_customer_is_not_added_to_another(office: Office) -> None:
    cara = a_person("cara")
    office.link("caras", cara)
    first = office.signed_in(cara)
    assert post(office, first, handed_over(office, "mum"), "add").status == 303
    office.fold()
    assert choices(post(office, office.signed_in(cara), handed_over(office, "dad"), "add")) == {"yes"}
    dads = office.client()
    assert post(office, dads, handed_over(office, "dad")).status == 303
    assert "add" not in choices(post(office, dads, code_of(office, cara), "add"))


def test_credit_of_a_kept_account_is_not_added_by_its_guest_secret(office: Office) -> None:
    """The account of a customer who keeps a sign-in method, and a browser of one who does, need that method."""
    assert "add" not in choices(post(office, office.signed_in(anna), handed_over(office, "c1"), "add"))
    browser = office.client()
    assert post(office, browser, handed_over(office, "c2")).status == 303
    assert "add" not in choices(post(office, browser, code_of(office, anna), "add"))


def test_codes_and_sessions_of_another_site_move_and_add_nothing(office: Office) -> None:
    office.link("wasps", ben, OTHER, "https://wasps.example/nest")
    there = office.signed_in(ben, OTHER)
    for choice in ("use", "add"):
        assert choices(post(office, there, code_of(office, anna), choice)) == {"yes"}
    here = signed_in(office, ben)
    for choice in ("use", "add"):
        assert choices(post(office, here, code_of(office, ben, OTHER), choice)) == {"yes"}
    swapped = f"{SITE}.{code_of(office, ben, OTHER).partition('.')[2]}"
    assert post(office, here, swapped, "use").status == 400


def test_a_code_moves_a_browser_once_and_not_from_a_form_of_another_site(office: Office) -> None:
    browser, code = signed_in(office, ben), code_of(office, anna)
    form = {"code": code, "switch": "use"}
    forged = {"Origin": "https://mallory.example", "Sec-Fetch-Site": "cross-site"}
    assert office.send("POST", "/me/in", client=browser, form=form, headers=forged).status == 403
    assert "guest" not in ask_link(office, "untouched", anna.guest).json
    assert post(office, browser, code, "use").status == 303
    assert post(office, browser, code, "use").status == 400
