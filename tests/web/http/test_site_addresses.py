"""A site at several addresses: arrivals, shares, thanks and short links there count; others are told what to do."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from cast import HOME, a_person, an_id, anna, cleo
from flow.office import BOTH, CHROME, OTHER, PAGE, SITE, WAIT_S, Json, Office, an_office
from passalong.core.reasons import Reason
from passalong.flow.ingest.refusals import Refused
from passalong.flow.owners.removal import remove_site
from passalong.flow.owners.site_settings import SiteChange, add_origin, change_site, remove_origin
from passalong.flow.transparency.heads_file import HeadsFile
from passalong.lib.signing import SigningKeys
from web.bodies import DOORS

WWW, SHOP, NEW = "https://www.bees.example", "https://shop.bees.example", "https://honey.example"
BAD_FORMS = [
    ({"act": "rename", "name": " "}, 422, "1 to 120 characters"),
    ({"act": "add", "origin": "x"}, 422, "not a web address"),
    ({"act": "remove", "origin": HOME}, 422, "home address"),
    ({"act": "fly"}, 400, "one of: rename, move, add"),
]
FOREIGN = ["https://evil.example", "http://bees.example", "https://www.bees.example.evil.example", "null"]


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance of this module's own: its sites move."""
    yield from an_office(request, tmp_path_factory)


def settled(office: Office) -> None:
    """Let the server see what was changed on the command line."""
    for site_id in (SITE, OTHER):
        office.instance.services.sites.forget(site_id)


def a_link(name: str, page: str) -> Json:
    """A request for a link to a page."""
    return {"site": SITE, "id": an_id("several", name), "guest": anna.guest, "page": page}


def test_www_belongs_to_the_bare_domain(office: Office) -> None:
    answer = office.send("POST", "/v1/links", a_link("www", f"{WWW}/bees"), {"Origin": WWW})
    assert answer.status == 201
    token = answer.json["token"]
    for door in DOORS:
        said = office.visit(f"www {door}", token, cleo, page=f"{WWW}/bees")
        assert office.note(door, said, {"Origin": WWW}).note == (202, "visit", None)
    assert office.send("POST", "/v1/thanks", {"site": SITE, "token": token}, {"Origin": WWW}).status == 200
    assert office.send("GET", f"/h/{token}").headers["location"] == f"{WWW}/bees?ht={token}"


def test_an_address_that_is_added_counts_and_one_that_is_removed_does_not(office: Office) -> None:
    token = office.link("shop")
    said = office.visit("shop before", token, cleo, page=f"{SHOP}/cart")
    assert office.note("flask", said, {"Origin": SHOP}).note == (202, None, "foreign_origin")
    assert office.send("POST", "/v1/links", a_link("before", f"{SHOP}/cart"), {"Origin": SHOP}).status == 403
    add_origin(office.db, office.clock, SITE, SHOP)
    settled(office)
    said = office.visit("shop after", token, a_person("dora"), page=f"{SHOP}/cart")
    assert office.note("flask", said, {"Origin": SHOP}).note == (202, "visit", None)
    assert office.send("POST", "/v1/links", a_link("after", f"{SHOP}/cart"), {"Origin": SHOP}).status == 201
    remove_origin(office.db, office.clock, SITE, SHOP)
    settled(office)
    assert office.send("POST", "/v1/links", a_link("removed", f"{SHOP}/cart"), {"Origin": SHOP}).status == 403


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_refused_link_says_what_to_do(office: Office, origin: str) -> None:
    answer = office.send("POST", "/v1/links", a_link(f"foreign {origin}", PAGE), {"Origin": origin})
    assert (answer.status, answer.json["error"]) == (403, "foreign_origin")
    advice = "no web address" if origin == "null" else f"`passalong site origin add {SITE} {origin}`"
    assert advice in answer.json["message"]
    page = "https://evil.example/bees"
    answer = office.send("POST", "/v1/links", a_link(f"page {origin}", page))
    assert (answer.status, answer.json["error"]) == (403, "foreign_origin")
    assert "add bees01 https://evil.example`" in answer.json["message"]


def test_other_refusals_of_a_link_have_names_of_their_own(office: Office) -> None:
    answer = office.send("POST", "/v1/links", a_link("gpc", PAGE), {"Sec-GPC": "1"})
    assert (answer.status, answer.json["error"]) == (403, "opted_out")


def test_the_console_shows_an_address_that_asked_in_vain_and_adds_it(office: Office) -> None:
    asked = "https://blog.bees.example"
    assert office.send("POST", "/v1/links", a_link("blog", f"{asked}/x"), {"Origin": asked}).status == 403
    counted = Refused(office.bees.site, "link", Reason.OPTED_OUT, "")
    office.instance.services.refusals.offer(counted).result(WAIT_S)  # they are counted in turn
    otto, path = office.owner(), f"/console/{SITE}/site"
    assert f"<code>{asked}</code>" in office.send("GET", path, client=otto).text
    form = {"act": "add", "origin": asked}
    assert office.send("POST", path, client=otto, form=form).status == 303
    assert f"<code>{asked}</code>" in office.send("GET", path, client=otto).text.partition("Not on the list")[0]
    assert office.send("POST", "/v1/links", a_link("blog now", f"{asked}/x"), {"Origin": asked}).status == 201
    assert office.send("POST", path, client=otto, form={"act": "remove", "origin": asked}).status == 303
    assert office.send("POST", "/v1/links", a_link("blog gone", f"{asked}/x"), {"Origin": asked}).status == 403


def test_the_console_changes_settings_and_says_what_is_wrong(office: Office) -> None:
    otto, path = office.owner(), f"/console/{SITE}/settings"
    assert office.send("POST", path, client=otto, form={"drop_params": "ref"}).status == 303
    assert '"drop":["ref"]' in office.send("GET", f"/along/{SITE}.js").text
    answer = office.send("POST", path, client=otto, form={"drop_params": "a=b"})
    assert (answer.status, 'id="drop_params-error"' in answer.text, ">a=b</textarea>" in answer.text) == (
        422,
        True,
        True,
    )
    assert office.send("POST", path, client=otto, form={"drop_params": "usual"}).status == 303
    for bad, status, said in BAD_FORMS:
        answer = office.send("POST", f"/console/{SITE}/site", client=otto, form=bad)
        assert (answer.status, said in unescape(answer.text)) == (status, True)


def test_only_the_owner_changes_settings(office: Office) -> None:
    form = {"act": "add", "origin": "https://evil.example"}
    for who in (office.client(), office.owner(OTHER)):
        assert office.send("POST", f"/console/{SITE}/site", client=who, form=form).status == 401
    elsewhere = {"Origin": "https://evil.example"}
    answer = office.send("POST", f"/console/{SITE}/site", client=office.owner(), form=form, headers=elsewhere)
    assert answer.status == 403


def test_the_script_knows_the_hosts_of_the_site_and_what_to_drop(office: Office) -> None:
    assert '"carry":[' not in office.send("GET", f"/along/{OTHER}.js").text, "www is no other host"
    add_origin(office.db, office.clock, SITE, SHOP)
    settled(office)
    script = office.send("GET", f"/along/{SITE}.js").text
    assert f'"carry":["bees.example","{SHOP[8:]}","www.bees.example","www.{SHOP[8:]}"]' in script
    assert '"drop":[' not in script, "it has the usual list itself"
    remove_origin(office.db, office.clock, SITE, SHOP)


@pytest.mark.parametrize("door", DOORS)
def test_tracking_parameters_are_no_part_of_a_page(office: Office, door: str) -> None:
    page = f"{PAGE}?utm_source=mail&a=1&fbclid=x&b=2"
    token = office.link(f"tracked {door}", page=page)
    assert office.send("GET", f"/h/{token}").headers["location"] == f"{PAGE}?a=1&b=2&ht={token}"
    said = office.visit(f"tracked {door}", token, a_person("dora", door), page=page)
    assert office.note(door, said).note == (202, "visit", None)
    assert office.note(door, said).note == (202, "duplicate", None)
    office.fold()
    otto = office.owner()
    shown = unescape(office.send("GET", f"/console/{SITE}", client=otto).text)
    assert f"{PAGE}?a=1&b=2" in shown
    assert "utm_source" not in shown


def test_a_password_in_an_address_is_not_shared(office: Office) -> None:
    token = office.link("secret", page="https://otto:pw@bees.example/bees")
    assert office.send("GET", f"/h/{token}").headers["location"] == f"{PAGE}?ht={token}"


def test_a_word_is_found_by_any_host_of_its_site(office: Office) -> None:
    office.link("for the word")
    code = {"code": "ana", "advocate": anna.advocate_id(SITE)}
    assert office.api("POST", "/codes", code).status in (200, 201)
    for host in ("bees.example", "www.bees.example"):
        response = office.client().get("/_along/h/ana", base_url=f"https://{host}", headers={"User-Agent": CHROME})
        assert response.headers["location"] == f"{HOME}/?ht=ana"
    assert (
        office.client().get("/h/ana", base_url="https://other.example", headers={"User-Agent": CHROME}).status_code
        == 404
    )


def test_a_site_that_moves_keeps_its_links(office: Office) -> None:
    """The site moves, and later gives its old address away: short links lead to the new one, tokens go on counting."""
    token, before = office.link("moving"), office.owner()
    change_site(office.db, office.clock, SITE, SiteChange(address=NEW))
    settled(office)
    assert office.send("GET", f"/h/{token}").headers["location"] == f"{PAGE}?ht={token}"
    said = office.visit("moved", token, a_person("emil"), page=f"{NEW}/bees")
    assert office.note("flask", said, {"Origin": NEW}).note == (202, "visit", None)
    remove_origin(office.db, office.clock, SITE, HOME)
    settled(office)
    assert office.send("GET", f"/h/{token}").headers["location"] == f"{NEW}/bees?ht={token}"
    said = office.visit("given away", token, a_person("fred"), page=f"{HOME}/bees")
    assert office.note("flask", said, {"Origin": HOME}).note == (202, None, "foreign_origin")
    assert office.send("GET", f"/console/{SITE}/settings", client=before).status == 200


def test_a_removed_site_is_one_that_is_not_there(office: Office, tmp_path: Path) -> None:
    home, guest = "https://wasps.example", a_person("wasp").guest
    token, owner, person = office.link("wasp", a_person("wasp"), OTHER, home), office.owner(OTHER), a_person("wasp")
    browser = office.signed_in(person, OTHER)
    remove_site(office.db, OTHER, SigningKeys({1: b"k" * 32}), HeadsFile(tmp_path / "heads"), office.clock.now_ms())
    settled(office)
    said = {"site": OTHER, "id": an_id("removed"), "guest": guest, "page": home}
    assert office.send("POST", "/v1/links", said).status == 404
    assert office.note("flask", office.visit("removed", token, cleo, page=home) | {"site": OTHER}).status == 404
    assert office.send("GET", f"/along/{OTHER}.js").status == 404
    assert office.send("GET", f"/h/{token}").status == 404
    assert office.send("GET", f"/open/{OTHER}").status == 404
    assert office.send("GET", f"/console/{OTHER}", client=owner).status == 401
    assert office.send("GET", "/me", client=browser).status == 401
    assert office.api("GET", "/codes", key=office.wasps.api_key).status == 401
