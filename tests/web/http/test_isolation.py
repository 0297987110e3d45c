"""Who may see what: every route of the map × everybody who could ask × everybody whose ids they could name.

A route that stands in no row of the matrix fails; so does one byte of another person's on any page.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from cast import HOME, Person, a_person, cleo
from flow.office import BOTH, OTHER, SITE, Answer, Office, an_office
from passalong.core.attribution.allocate import DAY_MS
from passalong.web.api.operations import OPERATIONS
from passalong.web.api.own import OWN
from passalong.web.api.routes import rules_of

EVERYBODY, ADVOCATE, OWNER, PROGRAM = "everybody", "an advocate, of their own", "the site's owner", "a key of the site"
RUNNER, ACCOUNT = "somebody who runs a site", "an account of somebody who runs sites (tests/web/console/test_roles.py)"
MATRIX: dict[str, str] = {
    "/": EVERYBODY,
    "/along/<name>.js": EVERYBODY,
    "/v<version>/<name>.js": EVERYBODY,
    "/h/<token>": EVERYBODY,
    "/h/<site_id>/<word>": EVERYBODY,
    "/card/<site_id>/<code>.svg": EVERYBODY,
    "/healthz": EVERYBODY,
    "/readyz": EVERYBODY,
    "/metrics": EVERYBODY,  # on this machine, or with the token: tests/web/http/test_metrics.py
    "/robots.txt": EVERYBODY,
    "/llms.txt": EVERYBODY,
    "/.well-known/oauth-protected-resource/mcp": EVERYBODY,
    "/static/<path:filename>": EVERYBODY,
    "/styles/console.css": EVERYBODY,
    "/theme": EVERYBODY,
    "/start": EVERYBODY,
    "/open/<site_id>": EVERYBODY,
    "/open/<site_id>/check": EVERYBODY,
    "/open/<site_id>/heads": EVERYBODY,
    "/open/<site_id>/proof/consistency": EVERYBODY,
    "/open/<site_id>/proof/inclusion": EVERYBODY,
    "/v1/credit": EVERYBODY,
    "/v1/credit/balance": EVERYBODY,  # by a credit token: tests/web/browser/test_credit.py
    "/v1/credit/lines": EVERYBODY,
    "/v1/book/<site_id>": EVERYBODY,
    "/v1/links": EVERYBODY,
    "/v1/notes": EVERYBODY,
    "/v1/thanks": EVERYBODY,
    "/me/in": EVERYBODY,
    "/me/in/mail": EVERYBODY,
    "/me/in/words": EVERYBODY,
    "/me/in/passkey": EVERYBODY,
    "/me/in/passkey/options": EVERYBODY,
    "/me/door": EVERYBODY,
    "/me/door/<code>": EVERYBODY,
    "/me/language": EVERYBODY,
    "/me/out": EVERYBODY,
    "/me/stop/<code>": EVERYBODY,
    "/me/owner/<code>": EVERYBODY,
    "/me": ADVOCATE,
    "/me/seen": ADVOCATE,
    "/me/credit": ADVOCATE,
    "/me/credit.csv": ADVOCATE,
    "/me/links": ADVOCATE,
    "/me/links/<share_id>": ADVOCATE,
    "/me/links/page/<page_hash>": ADVOCATE,
    "/me/links/<share_id>/poster": ADVOCATE,
    "/me/links/<share_id>/qr.svg": ADVOCATE,
    "/me/word/<word>/poster": ADVOCATE,
    "/me/word/<word>/qr.svg": ADVOCATE,
    "/me/why/<line_id>": ADVOCATE,
    "/me/why/<line_id>/ask": ADVOCATE,
    "/me/claims": ADVOCATE,
    "/me/claims/new": ADVOCATE,
    "/me/claims/<claim_id>": ADVOCATE,
    "/me/word": ADVOCATE,
    "/me/use": ADVOCATE,
    "/me/use/confirm": ADVOCATE,
    "/me/use/<redemption_id>": ADVOCATE,
    "/me/use/<redemption_id>/destination": ADVOCATE,
    "/me/use/<redemption_id>/withdraw": ADVOCATE,
    "/me/card": ADVOCATE,
    "/me/card.svg": ADVOCATE,
    "/me/card/public": ADVOCATE,
    "/me/card/back": ADVOCATE,
    "/me/privacy": ADVOCATE,
    "/me/privacy/name": ADVOCATE,
    "/me/privacy/stop": ADVOCATE,
    "/me/privacy/everything.json": ADVOCATE,
    "/me/privacy/erase": ADVOCATE,
    "/me/statement": ADVOCATE,
    "/me/statement.json": ADVOCATE,
    "/me/keep": ADVOCATE,
    "/me/keep/mail": ADVOCATE,
    "/me/keep/words": ADVOCATE,
    "/me/keep/passkey": ADVOCATE,
    "/me/keep/passkey/options": ADVOCATE,
    "/me/keep/passkey/forget": ADVOCATE,
    "/me/keep/assistant": ADVOCATE,
    "/me/keep/assistant/end": ADVOCATE,
    "/me/mail": ADVOCATE,
    "/console": EVERYBODY,
    "/console/in": EVERYBODY,
    "/console/in/<code>": EVERYBODY,
    "/console/account": ACCOUNT,
    "/console/account/address": ACCOUNT,
    "/console/account/passkey": ACCOUNT,
    "/console/account/passkey/options": ACCOUNT,
    "/console/account/passkey/forget": ACCOUNT,
    "/console/in/passkey": EVERYBODY,
    "/console/in/openid": EVERYBODY,
    "/console/in/openid/back": EVERYBODY,
    "/console/account/openid": ACCOUNT,
    "/console/account/openid/forget": ACCOUNT,
    "/console/in/passkey/options": EVERYBODY,
    "/console/sites": RUNNER,
    "/console/sites/new": ACCOUNT,
    "/start/new": EVERYBODY,
    "/open/<site_id>/embed": EVERYBODY,
    "/shops/<site_id>/<connection_id>": EVERYBODY,
    "/api/v1/openapi.json": EVERYBODY,
    "/api/v1/reference": EVERYBODY,
    "/api/v1/me/openapi.json": EVERYBODY,
    **{f"/api/v1{one.path.replace('{', '<').replace('}', '>')}": PROGRAM for one in OWN},
    **{f"/api/v1{rule}": PROGRAM for one in OPERATIONS for rule in rules_of(one)},
}
"""Whose each route is. A new route stands here, or the build fails.

Pages of a site's console are its owner's; tests/web/console/test_roles.py has the role that each needs.
"""
CONSOLE_OF_A_SITE = "/console/<site_id>"
CHANGING = ("/me/out", "/me/language", "/me/keep/words", "/theme")
"""What would change who is signed in, or what they keep, is asked last and by nobody's session that is needed again."""


class Somebody(NamedTuple):
    """A role: their name, their browser, and what must be on no page but theirs."""

    name: str
    browser: FlaskClient
    secrets: tuple[str, ...]


PEOPLE = ("annabel", "benedikt", "carlotta", "dorothea")
PHONE = "dorothea-phone"
"""Dorothea has two browsers: what she left behind in the other before they were joined is hers, too."""


class House(NamedTuple):
    """An instance with advocates who keep their credit, one of them in two browsers, a guest, and two owners.

    `ids` are what could be named, by who left them behind.
    """

    office: Office
    roles: dict[str, Somebody]
    ids: dict[str, dict[str, str]]


def whose(ids: str) -> str:
    """The role of who left these ids behind."""
    return ids.partition("-")[0]


def claim(office: Office, who: Person) -> FlaskClient:
    """A browser in which this person keeps their credit with an address."""
    browser = office.signed_in(who)
    form = {"address": f"{whose(who.name)}@{whose(who.name)}.example"}
    assert office.send("POST", "/me/keep/mail", client=browser, form=form).status == 303
    office.instance.mail_sender.send_due()
    newest = max((office.folder / "outbox" / SITE).glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    body = message_from_bytes(newest.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    link = re.search(r"https://along\.example(/me/door/\S+)", body.get_content())
    assert link
    office.send("GET", link[1], client=browser)
    assert office.send("POST", "/me/door", client=browser, form={"join": "yes"}).status == 303
    return browser


def share_and_sell(office: Office, who: Person) -> dict[str, str]:
    """This person shares a page of their own, somebody comes and buys; the ids that this leaves behind."""
    page = f"{HOME}/only-{who.name}-passed-this-on"
    token = office.link(f"{who.name} isolated", who, page=page, title=f"Title that only {who.name} chose")
    note = office.visit(f"{who.name} isolated", token, a_person("visitor of", who.name), page=page)
    assert office.note("flask", note, {"Origin": HOME}).status == 202
    order = {"id": f"order-of-{who.name}", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    assert office.api("POST", "/conversions", order | {"code": f"{token}.{note['id']}"}).status == 202
    office.fold()
    with office.db.reading() as session:
        mine = {"who": who.advocate_id(SITE)}
        line = session.scalar(text("SELECT line_id FROM credits WHERE recipient = :who AND unit = 'EUR'"), mine)
        share = session.scalar(text("SELECT share_id FROM issued_links WHERE advocate_id = :who"), mine)
        page_hash = session.scalar(text("SELECT page_hash FROM page_totals WHERE advocate_id = :who"), mine)
    return {
        "line_id": str(line),
        "share_id": str(share),
        "page_hash": str(page_hash),
        "token": token,
        "subject": f"conversion:order-of-{who.name}",
        "conversion_id": f"order-of-{who.name}",
        "site_id": SITE,
    }


def marks(who: Person, ids: dict[str, str]) -> tuple[str, ...]:
    """What must stand on no page but this person's."""
    said = (f"only {who.name} chose", f"only-{who.name}-passed", f"@{whose(who.name)}.example")
    return (who.advocate_id(SITE), who.guest, *said, ids["line_id"], ids["token"])


@pytest.fixture(scope="module", params=BOTH)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Everybody, once for all tests."""
    for office in an_office(request, tmp_path_factory):
        people = {name: a_person(name) for name in (*PEOPLE, PHONE)}
        ids = {name: share_and_sell(office, who) for name, who in people.items()}
        office.clock.at_ms += 31 * DAY_MS  # what is ready stays under the id of its browser
        office.fold()
        browsers = {name: claim(office, who) for name, who in people.items() if name != "carlotta"}
        office.fold()
        browsers["carlotta"] = office.signed_in(people["carlotta"])
        roles = {"nobody": Somebody("nobody", office.client(), ())}
        for name in PEOPLE:
            theirs = [other for other in people if whose(other) == name]
            secrets = [secret for other in theirs for secret in marks(people[other], ids[other])]
            roles[name] = Somebody(name, browsers[name], tuple(secrets))
        roles["otto"] = Somebody("otto", office.owner(SITE), ())
        roles["the wasps' owner"] = Somebody("the wasps' owner", office.owner(OTHER), ())
        yield House(office, roles, ids)


def rules(office: Office) -> dict[str, set[str]]:
    """Every route with its methods."""
    found: dict[str, set[str]] = {}
    for rule in office.instance.flask.url_map.iter_rules():
        found.setdefault(rule.rule, set()).update((rule.methods or set()) - {"OPTIONS", "HEAD"})
    return found


def test_every_route_stands_in_the_matrix(house: House) -> None:
    found = set(rules(house.office))
    found = {rule for rule in found if not rule.startswith(CONSOLE_OF_A_SITE)}
    assert (found - set(MATRIX), set(MATRIX) - found) == (set(), set())


def ask(house: House, who: Somebody, method: str, rule: str, ids: dict[str, str]) -> Answer:
    """One request to a route, with the ids of somebody in its address, its query and its form."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids.get(found[1], "x"), rule)
    named = {"site": SITE, "line": ids["line_id"], "page": ids["page_hash"], "advocate": ids["share_id"]}
    form = named | {"address": "somebody@example.net"} if method == "POST" else None
    return house.office.send(method, path, client=who.browser, form=form)


def whose_is(rule: str) -> str:
    """What the matrix says."""
    return OWNER if rule.startswith(CONSOLE_OF_A_SITE) else MATRIX[rule]


def is_open_to(rule: str, who: str) -> bool:
    """What the matrix says, of a role."""
    whose = whose_is(rule)
    if whose == ADVOCATE:
        return who in PEOPLE
    if whose == RUNNER:
        return who in ("otto", "the wasps' owner")
    return whose == EVERYBODY or (whose == OWNER and who == "otto")


def test_a_route_is_closed_to_everybody_whose_it_is_not(house: House) -> None:
    """401 for whoever has no business there; for the others anything but that."""
    wrong = []
    cells = 0
    for rule, methods in rules(house.office).items():
        for method in methods - ({"POST"} if rule in CHANGING else set()):
            for who in house.roles.values():
                status = ask(house, who, method, rule, house.ids["annabel"]).status
                cells += 1
                if (status == 401) == is_open_to(rule, who.name) or status >= 500:
                    wrong.append((who.name, method, rule, status))
    assert wrong == []
    assert cells > 6 * 50


def test_changes_of_an_account_need_its_session(house: House) -> None:
    for rule in ("/me/keep/words", "/me/mail", "/me/keep/passkey/forget"):
        for name in ("nobody", "otto", "the wasps' owner"):
            assert ask(house, house.roles[name], "POST", rule, house.ids["annabel"]).status == 401, (rule, name)


def leaks(house: House, reader: Somebody, answer: Answer) -> list[str]:
    """What an answer has of people other than its reader."""
    shown = answer.body.decode(errors="replace") + str(answer.headers)
    others = [who for who in house.roles.values() if who.name != reader.name]
    return [secret for who in others for secret in who.secrets if secret in shown]


def test_no_advocate_sees_a_byte_of_another(house: House) -> None:
    """Every page, with everybody's ids in its address; the owner sees pages and orders, no address and no secret.

    An id that the reader brought along themselves may stand in the answer: it is where the language switch leads back.
    """
    found = []
    read = 0
    for rule, methods in rules(house.office).items():
        if "GET" not in methods or whose_is(rule) == PROGRAM or "<token>" in rule:
            continue
        for reader in house.roles.values():
            for ids in house.ids.values():
                answer = ask(house, reader, "GET", rule, ids)
                read += 1
                if reader.name == "otto" and whose_is(rule) == OWNER:
                    secrets = [secret for who in house.roles.values() for secret in who.secrets[1:2]]
                    secrets += [f"{name}@{name}.example" for name in PEOPLE]
                    found += [
                        (reader.name, rule, secret)
                        for secret in secrets
                        if secret in answer.body.decode(errors="replace")
                    ]
                else:
                    brought = set(ids.values())
                    found += [(reader.name, rule, one) for one in leaks(house, reader, answer) if one not in brought]
    assert found == []
    assert read > 500


PERSONAL = (
    *("/me/why/<line_id>", "/me/links/<share_id>", "/me/links/page/<page_hash>"),
    *("/me/links/<share_id>/poster", "/me/links/<share_id>/qr.svg"),
)
"""Pages of one thing that belongs to one person."""


def test_another_advocates_ids_are_nothing_to_find(house: House) -> None:
    for reader in PEOPLE:
        for left_by, ids in house.ids.items():
            for rule in PERSONAL:
                status = ask(house, house.roles[reader], "GET", rule, ids).status
                assert status == (200 if reader == whose(left_by) else 404), (reader, left_by, rule)


def test_the_search_finds_the_markers_of_ones_own_pages(house: House) -> None:
    """The positive control: each page that may show a secret does, to its owner; to anybody else it is a leak."""
    for name in house.ids:
        own = ask(house, house.roles[whose(name)], "GET", "/me/links", house.ids[name])
        assert f"only {name} chose" in own.text
        stranger = house.roles["benedikt" if name != "benedikt" else "annabel"]
        assert leaks(house, stranger, own) != []


def test_a_key_of_another_site_opens_nothing_of_this_one(house: House) -> None:
    for conversion in (ids["conversion_id"] for ids in house.ids.values()):
        path = f"/conversions/{conversion}"
        assert house.office.api("GET", path).status == 200
        assert house.office.api("GET", path, key=house.office.wasps.api_key).status == 404
    assert cleo.visitor not in house.office.api("GET", "/codes", key=house.office.wasps.api_key).text
