"""Coming in: links in e-mails, printed words, and what becomes of sessions."""

import json
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cast import Person, a_person, anna
from flow.office import BOTH, OTHER, SITE, Answer, Office, an_office
from passalong.core.facts import Fact
from passalong.core.privileges import FRESH_MS
from passalong.flow.ingest.collector import Collector
from passalong.flow.signin import magic_links, rate_limits
from passalong.flow.signin.magic_links import BadAddressError, clean_address
from passalong.lib.tokens import caller_hash
from web.rendered import sells


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance in which Anna shared; its e-mails go into the folder."""
    for made in an_office(request, tmp_path_factory):
        made.link("annas", anna)
        made.fold()
        yield made


def letters(office: Office, site_id: str = SITE) -> list[EmailMessage]:
    """What was sent since the last look, oldest first; looking takes it away."""
    office.instance.mail_sender.send_due()
    folder = office.folder / "outbox" / site_id
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
    for path in paths:
        path.unlink()
    return found


def link_in(message: EmailMessage) -> str:
    """The path of the link in a mail's plain text."""
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(r"https://along\.example(/me/door/\S+)", body.get_content())
    assert found
    return found[1]


def ask(office: Office, address: str, browser: FlaskClient | None = None, path: str = "/me/in/mail") -> Answer:
    """Ask for a link."""
    return office.send("POST", path, client=browser, form={"site": SITE, "address": address})


def a_link(office: Office, address: str, browser: FlaskClient | None = None) -> str:
    """A fresh link for that address, asked for to keep this browser's credit, or to come in."""
    path = "/me/keep/mail" if browser else "/me/in/mail"
    assert ask(office, address, browser, path).status == 303
    (message,) = (message for message in letters(office) if "/me/door/" in str(message.get_body(("plain",))))
    return link_in(message)


def press(office: Office, link: str, browser: FlaskClient, join: str | None = None) -> Answer:
    """Open a link and press its button, as a person does."""
    assert office.send("GET", link, client=browser).status == 303
    page = office.send("GET", "/me/door", client=browser)
    assert page.status == 200, page.text
    return office.send("POST", "/me/door", client=browser, form={"join": join} if join else {})


def who_is(office: Office, browser: FlaskClient) -> str | None:
    """Whose session a browser has: the id that their person is credited under."""
    cookie = browser.get_cookie("__Host-along-advocate", "along.example")
    if cookie is None or office.send("GET", "/me", client=browser).status != 200:
        return None
    from passalong.lib.tokens import hashed
    from passalong.store.books.identities import account
    from passalong.store.people import open_sessions

    site_id, _, secret = cookie.value.partition(".")
    with office.db.reading() as session:
        found = open_sessions.find(session, site_id, hashed(secret), "advocate", office.clock.at_ms)
        return account(session, site_id, found.subject)[0] if found else None


def test_a_guest_keeps_their_credit_and_comes_in_again_from_elsewhere(office: Office) -> None:
    browser = office.signed_in(anna)
    assert press(office, a_link(office, "anna@example.org", browser), browser).headers["location"] == "/me"
    assert who_is(office, browser) == anna.advocate_id(SITE)
    elsewhere = office.client()
    assert press(office, a_link(office, " Anna@Example.org "), elsewhere).status == 303
    assert who_is(office, elsewhere) == anna.advocate_id(SITE)


def test_a_link_works_once(office: Office) -> None:
    link = a_link(office, "once@example.org")
    first, second = office.client(), office.client()
    assert press(office, link, first).status == 303
    assert office.send("GET", link, client=second).status == 303
    assert office.send("GET", "/me/door", client=second).status == 400
    assert office.send("POST", "/me/door", client=second).status == 400
    assert who_is(office, second) is None


def test_the_button_uses_the_link_that_its_page_showed(office: Office) -> None:
    """Mallory opens a link of hers in another tab of Anna's browser, between Anna's page and her press."""
    annas, mallorys = a_link(office, "anna@example.org"), a_link(office, "mallory@example.org")
    browser = office.client()
    office.send("GET", annas, client=browser)
    shown = re.search(r'name="shown" value="(\w+)"', office.send("GET", "/me/door", client=browser).text)
    assert shown is not None
    office.send("GET", mallorys, client=browser)
    answer = office.send("POST", "/me/door", client=browser, form={"shown": shown[1]})
    assert (answer.headers["location"], who_is(office, browser)) == ("/me/door", None)
    assert "m…y@example.org" in office.send("GET", "/me/door", client=browser).text
    office.send("GET", annas, client=browser)
    assert office.send("POST", "/me/door", client=browser, form={"shown": shown[1]}).headers["location"] == "/me"


def test_a_link_ends_after_15_minutes(office: Office) -> None:
    link, browser = a_link(office, "late@example.org"), office.client()
    now_ms = office.clock.at_ms
    office.send("GET", link, client=browser)
    try:
        office.clock.at_ms = now_ms + 15 * 60_000
        assert office.send("POST", "/me/door", client=browser).status == 400
        office.clock.at_ms -= 1
        assert office.send("POST", "/me/door", client=browser).status == 303
    finally:
        office.clock.at_ms = now_ms


def test_after_the_first_hop_no_address_holds_the_code(office: Office) -> None:
    link, browser = a_link(office, "hop@example.org"), office.client()
    answer = office.send("GET", link, client=browser)
    assert answer.headers["location"] == "/me/door"
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert link.rpartition(".")[2] not in office.send("GET", "/me/door", client=browser).text


def test_nothing_tells_whether_an_address_is_known(office: Office) -> None:
    press(office, a_link(office, "known@example.org"), office.client())
    known, unknown = ask(office, "known@example.org"), ask(office, "nobody-here@example.org")
    assert (known.status, known.headers["location"], known.body) == (
        unknown.status, unknown.headers["location"], unknown.body
    )  # fmt: skip
    assert len(letters(office)) == 2


def test_an_address_is_written_to_three_times_and_nobody_is_told_of_the_fourth(office: Office) -> None:
    answers = {ask(office, "often@example.org").status for _ in range(5)}
    assert answers == {303}
    assert len(letters(office)) == 3


def test_a_mailbox_is_written_to_24_times_a_day_whatever_stands_behind_its_plus(office: Office) -> None:
    """Neither many names of one mailbox nor a patient asker fills it; the answers are always the same."""
    office.clock.at_ms += rate_limits.DAY_MS
    sent, statuses = 0, set()
    for number in range(30):
        statuses.add(ask(office, f"victim+{number}@example.org").status)
        office.clock.at_ms += 60_000
        sent += len(letters(office))
    assert (statuses, sent) == ({303}, 24)


def test_all_strangers_together_get_a_thousand_mails_an_hour_and_who_is_known_gets_theirs(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.clock.at_ms += rate_limits.HOUR_MS
    monkeypatch.setattr(rate_limits, "MAIL_TO_STRANGERS", rate_limits.Limit("few strangers", 2, rate_limits.HOUR_MS))
    press(office, a_link(office, "member@example.org"), office.client())
    for number in range(3):
        assert ask(office, f"stranger{number}@example.org").status == 303
    assert len(letters(office)) == 1, "the first was the member, before they were one"
    assert ask(office, "member@example.org").status == 303
    assert len(letters(office)) == 1


def test_one_line_at_home_is_one_caller_whatever_address_of_it_asks(office: Office) -> None:
    keys = office.instance.services.keys
    one = {caller_hash(keys, f"2001:db8:1:2:{number:x}::1") for number in range(1, 20)}
    assert len(one | {caller_hash(keys, "2001:db8:1:2::%eth0")}) == 1
    assert caller_hash(keys, "2001:db8:1:3::1") not in one
    assert caller_hash(keys, "::ffff:192.0.2.1") == caller_hash(keys, "192.0.2.1") != caller_hash(keys, "192.0.2.2")
    assert caller_hash(keys, "unix:") != caller_hash(keys, "")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "anna",
        "anna@",
        "@example.org",
        "a b@example.org",
        "anna@example",
        "a@b@c.org",
        "anna@example.org\r\nBcc: x@y.z",
        "<anna@example.org>",
        "anna@example.org,ben@example.org",
        "ä@example.org",
        "a" * 65 + "@example.org",
        "x@" + "a." * 200 + "org",
        "anna@exa\u2028mple.org",
        "anna@\udce4.org",
        "anna@.org",
        "anna@-.org" * 40,
    ],
)
def test_an_invalid_address_is_refused_in_words(typed: str) -> None:
    with pytest.raises(BadAddressError):
        clean_address(typed)


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        (" anna@example.org\n", "anna@example.org"),
        ("Anna+x@EXAMPLE.org", "Anna+x@example.org"),
        ("a@bücher.de", "a@xn--bcher-kva.de"),
    ],
)
def test_an_address_is_taken_as_mail_is_sent_to_it(typed: str, clean: str) -> None:
    assert clean_address(typed) == clean


def test_a_bad_address_is_answered_and_sends_nothing(office: Office) -> None:
    answer = ask(office, "not an address")
    assert answer.status == 400
    assert "anna@example.org" in answer.text
    assert letters(office) == []


# --- several browsers -------------------------------------------------------------------------------------------------


def two_browsers(office: Office, name: str) -> tuple[Person, Person, FlaskClient, FlaskClient]:
    """One person with two browsers, each of which has shared."""
    one, two = a_person(name, "desk"), a_person(name, "phone")
    office.link(f"{name} desk", one)
    office.link(f"{name} phone", two)
    return one, two, office.signed_in(one), office.signed_in(two)


def test_the_same_address_joins_two_browsers(office: Office) -> None:
    one, two, desk, phone = two_browsers(office, "dora")
    press(office, a_link(office, "dora@example.org", desk), desk)
    press(office, a_link(office, "dora@example.org", phone), phone, "yes")
    office.fold()
    both = min(one.advocate_id(SITE), two.advocate_id(SITE))
    assert {who_is(office, desk), who_is(office, phone)} == {both}


def test_a_link_that_was_asked_for_elsewhere_joins_nothing_whatever_is_pressed(office: Office) -> None:
    """Mallory asks for a link to Emma's address: it opens Emma's account for Emma, and Mallory's stays what it is."""
    emmas, mallorys = a_person("emma"), a_person("mallory", "emma")
    office.link("emma", emmas)
    office.link("mallory and emma", mallorys)
    emma, mallory = office.signed_in(emmas), office.signed_in(mallorys)
    press(office, a_link(office, "emma@example.org", emma), emma)
    link = a_link(office, "emma@example.org", mallory)
    office.send("GET", link, client=emma)
    assert 'name="join"' not in office.send("GET", "/me/door", client=emma).text
    assert office.send("POST", "/me/door", client=emma, form={"join": "yes"}).status == 303
    office.fold()
    assert who_is(office, emma) == emmas.advocate_id(SITE)
    assert who_is(office, mallory) == mallorys.advocate_id(SITE)


def test_a_link_that_is_opened_on_another_device_says_where_the_credit_is(office: Office) -> None:
    """Asked for at the desk, opened on a phone that has credit, too, and on one without: neither joins anything."""
    one, two, desk, phone = two_browsers(office, "fred")
    link = a_link(office, "fred@example.org", desk)
    empty = office.client()
    office.send("GET", link, client=empty)
    assert "asked for this link in another browser" in office.send("GET", "/me/door", client=empty).text
    asked = press(office, link, phone)
    assert (asked.status, asked.headers["location"]) == (303, "/me/door")
    assert "Another account is open in this browser" in office.send("GET", "/me/door", client=phone).text
    assert who_is(office, phone) == two.advocate_id(SITE), "nothing was used up, and nobody is signed out"
    assert office.send("POST", "/me/door", client=phone, form={"switch": "yes", "join": "yes"}).status == 303
    office.fold()
    assert who_is(office, desk) == one.advocate_id(SITE)
    assert who_is(office, phone) not in (one.advocate_id(SITE), two.advocate_id(SITE))


def test_a_link_asked_for_and_opened_in_one_browser_joins_if_its_person_says_so(office: Office) -> None:
    """They are told by mail; sessions without a sign-in end, and codes on their way; the guest secret reads less."""
    one, two, desk, phone = two_browsers(office, "dave")
    sells(office, "dave at a desk", one, 1_000, "desks", frozen=False)
    sells(office, "dave on a phone", two, 2_000, "phones", frozen=False)
    press(office, a_link(office, "dave@example.org", desk), desk)
    other = office.signed_in(two)
    waiting = a_link(office, "somebody-else@example.org", other)
    link = a_link(office, "dave@example.org", phone)
    office.send("GET", link, client=phone)
    assert 'name="join" value="yes"' in office.send("GET", "/me/door", client=phone).text
    assert office.send("POST", "/me/door", client=phone, form={"join": "yes"}).status == 303
    (told,) = letters(office)
    assert (str(told["Subject"]), str(told["To"])) == (
        "Two accounts at The Bee Almanac are now one",
        "dave@example.org",
    )
    office.fold()
    assert who_is(office, other) is None, "a guest's session ends"
    office.send("GET", waiting, client=other)
    assert office.send("GET", "/me/door", client=other).status == 400, "and what it had asked for"
    assert who_is(office, desk) == who_is(office, phone), "a signed-in session stays, and sees both"
    again = office.signed_in(two)
    for browser, titles in ((phone, {"About desks", "About phones"}), (again, {"About phones"})):
        page = office.send("GET", "/me/links", client=browser).text
        assert set(re.findall("About desks|About phones", page)) == titles, "the secret reads its own browser's alone"


def test_a_join_ends_weaker_sessions_however_soon_it_is_folded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fold may be faster than the request that joins: here every proved fact is folded before the next step."""
    prove = magic_links.prove

    def prove_and_fold(collector: Collector, site_id: str, event_id: str, fact: Fact) -> None:
        prove(collector, site_id, event_id, fact)
        office.fold()

    monkeypatch.setattr(magic_links, "prove", prove_and_fold)
    _, two, desk, phone = two_browsers(office, "quinn")
    press(office, a_link(office, "quinn@example.org", desk), desk)
    other = office.signed_in(two)
    press(office, a_link(office, "quinn@example.org", phone), phone, "yes")
    assert [str(told["To"]) for told in letters(office)] == ["quinn@example.org"]
    assert who_is(office, other) is None, "a guest's session ends"
    assert who_is(office, desk) == who_is(office, phone) is not None


def test_an_account_with_a_sign_in_joins_another_only_while_it_is_freshly_signed_in(office: Office) -> None:
    desk, phone = two_browsers(office, "dina")[2:]
    press(office, a_link(office, "dina1@example.org", desk), desk)
    press(office, a_link(office, "dina2@example.org", phone), phone)
    link = a_link(office, "dina1@example.org", phone)
    office.clock.at_ms += FRESH_MS
    office.send("GET", link, client=phone)
    assert 'name="join"' not in office.send("GET", "/me/door", client=phone).text
    office.clock.at_ms -= FRESH_MS
    assert 'name="join"' in office.send("GET", "/me/door", client=phone).text


def test_an_address_that_is_somebodys_already_is_never_joined_unasked(office: Office) -> None:
    """Mallory sends Flora a way into Mallory's own page; there Flora keeps “her” credit with her address."""
    floras, mallorys = a_person("flora"), a_person("mallory", "flora")
    office.link("flora", floras)
    office.link("mallory and flora", mallorys)
    flora, tricked = office.signed_in(floras), office.signed_in(mallorys)
    press(office, a_link(office, "flora@example.org", flora), flora)
    link = a_link(office, "flora@example.org", tricked)
    office.send("GET", link, client=tricked)
    assert "Only join browsers that are yours." in office.send("GET", "/me/door", client=tricked).text
    assert office.send("POST", "/me/door", client=tricked).status == 303
    office.fold()
    assert who_is(office, tricked) == floras.advocate_id(SITE)
    assert who_is(office, office.signed_in(mallorys)) == mallorys.advocate_id(SITE)


def test_a_guest_secret_makes_no_way_in_to_credit_that_is_kept(office: Office) -> None:
    """Every script of the page can read the secret: it reads pages, and gives Mallory no words, key or address."""
    who = a_person("gina")
    office.link("gina", who)
    first = office.signed_in(who)
    press(office, a_link(office, "gina@example.org", first), first)
    thief = office.signed_in(who)
    assert office.send("GET", "/me", client=thief).status == 200
    for path in ("/me/keep/mail", "/me/keep/words", "/me/keep/passkey/options", "/me/keep/passkey/forget"):
        answer = office.send("POST", path, client=thief, form={"address": "mallory@example.org", "handle": "x"})
        assert answer.status == 403, path
        assert office.send("POST", path, client=first, form={"address": "g@example.org", "handle": "x"}).status < 400
    letters(office)
    page = office.send("GET", "/me/keep", client=thief).text
    assert "This account has its own sign-in" in page
    assert office.send("GET", "/me/privacy/everything.json", client=thief).status == 403
    assert office.send("GET", "/me/privacy/everything.json", client=first).status == 200
    link = a_link(office, "mallory@example.org")
    press(office, link, thief)
    assert office.send("POST", "/me/door", client=thief, form={"join": "yes", "switch": "yes"}).status == 303
    office.fold()
    assert who_is(office, thief) != who.advocate_id(SITE), "nor by a link of the thief's own, pressed with the secret"


def test_a_link_that_was_asked_for_before_something_was_kept_joins_nothing_after(office: Office) -> None:
    who = a_person("hanna")
    office.link("hanna", who)
    first, thief = office.signed_in(who), office.signed_in(who)
    old = a_link(office, "mallory2@example.org", thief)
    press(office, a_link(office, "hanna@example.org", first), first)
    assert office.send("GET", old, client=thief).status == 303
    assert office.send("GET", "/me/door", client=thief).status == 400


# --- words ------------------------------------------------------------------------------------------------------------


def new_words(office: Office, browser: FlaskClient) -> list[str]:
    """Twelve words, from the page that shows them."""
    page = office.send("POST", "/me/keep/words", client=browser).text
    return re.findall(r"<li><code>([a-z]+)</code></li>", page)


def test_printed_words_bring_a_person_back(office: Office) -> None:
    who = a_person("greta")
    office.link("greta", who)
    words = new_words(office, office.signed_in(who))
    assert len(words) == 12
    typed = " 1. " + ",\n".join(word.upper()[:4] for word in words)
    elsewhere = office.client()
    assert office.send("POST", "/me/in/words", client=elsewhere, form={"site": SITE, "words": typed}).status == 303
    assert who_is(office, elsewhere) == who.advocate_id(SITE)
    wrong = " ".join([*words[1:], words[0]])
    assert office.send("POST", "/me/in/words", form={"site": SITE, "words": wrong}).status == 400
    assert office.send("POST", "/me/in/words", form={"site": OTHER, "words": typed}).status == 400


def test_new_words_replace_the_old_ones(office: Office) -> None:
    who = a_person("hugo")
    office.link("hugo", who)
    browser = office.signed_in(who)
    old, new = new_words(office, browser), new_words(office, browser)
    assert office.send("POST", "/me/in/words", form={"site": SITE, "words": " ".join(old)}).status == 400
    assert office.send("POST", "/me/in/words", form={"site": SITE, "words": " ".join(new)}).status == 303


def test_words_are_tried_ten_times_an_hour(office: Office) -> None:
    answers = [
        office.send("POST", "/me/in/words", headers={"X-Try": "1"}, form={"site": OTHER, "words": "abandon " * 12})
        for _ in range(12)
    ]
    assert 429 in {answer.status for answer in answers}
    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) > 0


# --- out --------------------------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_and_not_only_its_cookie(office: Office) -> None:
    browser = office.signed_in(anna)
    cookie = browser.get_cookie("__Host-along-advocate", "along.example")
    assert cookie is not None
    assert office.send("POST", "/me/out", client=browser).status == 303
    stolen = {"Cookie": f"__Host-along-advocate={cookie.value}"}
    assert office.send("GET", "/me", headers=stolen).status == 401


def test_signing_out_everywhere_closes_other_browsers_and_their_guest_secrets(office: Office) -> None:
    one, _, desk, phone = two_browsers(office, "ida")
    press(office, a_link(office, "ida@example.org", desk), desk)
    press(office, a_link(office, "ida@example.org", phone), phone, "yes")
    office.fold()
    page = office.send("GET", "/me/keep", client=desk).text
    assert page.count("Sign out there") >= 1
    assert office.send("POST", "/me/out", client=desk, form={"where": "everywhere"}).status == 303
    assert (who_is(office, desk), who_is(office, phone)) == (None, None)
    url = office.send("POST", "/v1/credit", {"site": SITE, "guest": one.guest}).json["url"]
    assert url.endswith(f"/me/in?site={SITE}")
    office.link("ida shares on", one)


def test_signing_out_everywhere_ends_the_ways_in_that_are_on_their_way(office: Office) -> None:
    """A code from the widget that somebody else has taken down opens nothing after that."""
    who = a_person("jana")
    office.link("jana", who)
    browser = office.signed_in(who)
    code = office.send("POST", "/v1/credit", {"site": SITE, "guest": who.guest}).json["url"].partition("#")[2]
    assert office.send("POST", "/me/out", client=browser, form={"where": "everywhere"}).status == 303
    assert office.send("POST", "/me/in", form={"code": code}).status == 400


def test_coming_in_makes_a_new_session_and_ends_the_old_one(office: Office) -> None:
    browser = office.signed_in(anna)
    before = browser.get_cookie("__Host-along-advocate", "along.example")
    link = a_link(office, "jo@example.org")
    press(office, link, browser)
    assert office.send("POST", "/me/door", client=browser, form={"switch": "yes"}).status == 303
    after = browser.get_cookie("__Host-along-advocate", "along.example")
    assert before is not None and after is not None
    assert before.value != after.value
    assert office.send("GET", "/me", headers={"Cookie": f"__Host-along-advocate={before.value}"}).status == 401


def test_no_secret_and_no_address_stands_where_it_should_not(office: Office) -> None:
    """The address in its one table; of codes and words nothing but hashes, anywhere."""
    link = a_link(office, "kim@example.org")
    office.link("kim", a_person("kim"))
    words = new_words(office, office.signed_in(a_person("kim")))
    with office.db.writer.connect() as connection:
        from sqlalchemy import select

        from passalong.store.schema.columns import metadata

        rows = {
            table.name: json.dumps([str(row) for row in connection.execute(select(table))])
            for table in metadata.sorted_tables
        }
    assert [name for name, text in rows.items() if "kim@example.org" in text] == ["addresses"]
    code = link.rpartition(".")[2]
    assert [name for name, text in rows.items() if code in text or " ".join(words) in text] == []


def test_files_of_the_outbox_are_for_one_user_alone(office: Office) -> None:
    ask(office, "lena@example.org")
    office.instance.mail_sender.send_due()
    modes = {oct(path.stat().st_mode & 0o777) for path in Path(office.folder / "outbox").rglob("*.eml")}
    assert modes == {"0o600"}
    letters(office)


# --- an owner's customer ----------------------------------------------------------------------------------------------


def hand_over(office: Office, customer: str, key: str | None = None) -> Answer:
    """The owner's server vouches for a customer."""
    return office.api("POST", "/hand-over", {"customer": customer}, key)


def redeem(office: Office, answer: Answer) -> FlaskClient:
    """The browser that is sent to the address."""
    browser = office.client()
    code = answer.json["url"].partition("#")[2]
    assert office.send("POST", "/me/in", client=browser, form={"code": code}).status == 303
    assert office.send("POST", "/me/in", form={"code": code}).status == 400
    return browser


def test_an_owners_customer_comes_in_without_a_second_sign_in(office: Office) -> None:
    first = redeem(office, hand_over(office, "customer-77"))
    office.fold()
    again = redeem(office, hand_over(office, "customer-77"))
    others = {who_is(office, redeem(office, hand_over(office, name))) for name in ("customer-78", "Customer-77")}
    assert who_is(office, first) == who_is(office, again)
    assert len(others | {who_is(office, first)}) == 3


def test_a_hand_over_with_an_address_as_id_does_not_open_the_account_kept_with_it(office: Office) -> None:
    who = a_person("mona")
    office.link("mona", who)
    browser = office.signed_in(who)
    press(office, a_link(office, "mona@example.org", browser), browser)
    office.fold()
    assert who_is(office, redeem(office, hand_over(office, "mona@example.org"))) != who.advocate_id(SITE)


def test_a_hand_over_wants_a_key_and_a_customer_and_is_soon_over(office: Office) -> None:
    assert hand_over(office, "customer-77", "ak_nobody_x").status == 401
    assert hand_over(office, "  ").status == 400
    answer = hand_over(office, "customer-77")
    office.clock.at_ms += 120_000
    code = answer.json["url"].partition("#")[2]
    assert office.send("POST", "/me/in", form={"code": code}).status == 400


def test_the_owner_sees_what_was_sent_but_not_what_it_says(office: Office) -> None:
    link = a_link(office, "nora@example.org")
    page = office.send("GET", f"/console/{SITE}/mail", client=office.owner()).text
    assert "n…a@example.org" in page
    assert "Sent" in page
    assert "nora@" not in page
    assert link.rpartition(".")[2] not in page
