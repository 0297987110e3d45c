"""QR codes and posters: of one's own links and codes alone, with the short address in them, and no script."""

import re
from collections.abc import Iterator

import pytest

from cast import HOME, Person, anna, ben
from flow.office import BOTH, PAGE, SITE, URL, Answer, Office, an_office
from passalong.flow.transaction import writing
from passalong.lib.tokens import share_id_of
from passalong.store.queries import personal_codes
from passalong.store.queries.personal_codes import Code
from passalong.web.http.qr_code import qr_svg

TITLE = "Bees <in> winter & spring"


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Anna shared a page, and has a personal code."""
    for made in an_office(request, tmp_path_factory):
        token = made.link("poster", anna, title=TITLE)
        shared = {"site": SITE, "id": "a" * 22, "kind": "share", "token": token, "to": "copy", "guest": anna.guest}
        assert made.note("flask", shared).status == 202
        made.fold()
        made.link("bens", ben)
        give_code(made, "anna-bees")
        yield made


def give_code(office: Office, code: str) -> None:
    """Give Anna a personal code, on a link of its own."""
    share_id = share_id_of(office.instance.services.keys, SITE, office.link(code, anna))
    with writing(office.db) as session:
        made = Code(SITE, code, anna.advocate_id(SITE), share_id, "owner", office.clock.at_ms)
        personal_codes.insert_code(session, made)


def asked(office: Office, path: str, who: Person = anna) -> Answer:
    """A page as this person gets it."""
    return office.send("GET", path, client=office.signed_in(who))


def link_of(office: Office) -> str:
    """Return the path of Anna's link in her portal."""
    found = re.search(r"/me/links/[\w-]{15}(?=[\"#])", asked(office, "/me/links").text)
    assert found
    return found[0]


def test_the_poster_of_a_link_has_its_title_its_short_address_and_its_code(office: Office) -> None:
    path = link_of(office)
    assert f'href="{path}/poster"' in asked(office, path).text
    page = asked(office, f"{path}/poster").text
    address = re.search(rf"{URL}/h/([\w-]{{27}})<", page)
    assert address
    assert share_id_of(office.instance.services.keys, SITE, address[1]) == path.rpartition("/")[2]
    assert office.send("GET", f"/h/{address[1]}").headers["location"].startswith(PAGE)
    assert "Bees &lt;in&gt; winter &amp; spring" in page
    assert str(qr_svg(f"{URL}/h/{address[1]}")) in page


def test_the_file_of_a_code_is_svg_to_save(office: Office) -> None:
    answer = asked(office, f"{link_of(office)}/qr.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-disposition"] == "attachment; filename=qr.svg"
    assert answer.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "<script" not in answer.text


def test_a_personal_code_has_a_poster_too(office: Office) -> None:
    assert 'href="/me/word/anna-bees/poster"' in asked(office, "/me/word").text
    page = asked(office, "/me/word/anna-bees/poster").text
    assert f"{URL}/h/{SITE}/anna-bees<" in page
    assert asked(office, "/me/word/anna-bees/qr.svg").status == 200


@pytest.mark.parametrize("file", ["poster", "qr.svg"])
def test_nobody_prints_what_belongs_to_somebody_else_or_to_nobody(office: Office, file: str) -> None:
    for path in (link_of(office), "/me/word/anna-bees", "/me/links/%22%3E", "/me/word/%00", "/me/word/nobody"):
        assert asked(office, f"{path}/{file}", ben).status == 404, path
    assert office.send("GET", f"{link_of(office)}/{file}").status in (302, 303, 401)


def test_a_retired_code_is_printed_no_more(office: Office) -> None:
    give_code(office, "anna-old")
    with writing(office.db) as session:
        personal_codes.end_code(session, SITE, "anna-old", office.clock.at_ms)
    assert asked(office, "/me/word/anna-old/poster").status == 404


def test_an_owner_prints_links_of_the_site_which_credit_nobody_and_personal_codes(office: Office) -> None:
    otto, root = office.owner(SITE), f"/console/{SITE}"
    for bad in ("https://evil.example/", "javascript:alert(1)", "", "bees"):
        answer = office.send("POST", f"{root}/posters", client=otto, form={"page": bad, "title": "T"})
        assert answer.status == 400, bad
        assert f"such as {HOME}/" in answer.text
    form = {"page": f"{PAGE}?utm_source=x#top", "title": TITLE}
    places = [office.send("POST", f"{root}/posters", client=otto, form=form).headers["location"] for _ in range(2)]
    assert places[0] == places[1], "pressing twice makes one link"
    poster = office.send("GET", places[0], client=otto).text
    address = re.search(rf"{URL}/h/([\w-]{{27}})<", poster)
    assert address
    assert "Bees &lt;in&gt; winter &amp; spring" in poster
    assert office.send("GET", f"/h/{address[1]}").headers["location"].startswith(PAGE)
    assert places[0] in office.send("GET", f"{root}/posters", client=otto).text
    assert office.note("asgi", office.visit("scanned", address[1], ben)).note == (202, "visit", None)
    office.fold()
    assert "site_link" in office.send("GET", f"{root}/events?show=all&q=site_link", client=otto).text
    assert office.send("GET", f"{places[0]}/qr.svg", client=otto).text.startswith("<svg")
    assert f'href="{root}/posters/code/anna-bees"' in office.send("GET", f"{root}/words", client=otto).text
    assert f"{URL}/h/{SITE}/anna-bees<" in office.send("GET", f"{root}/posters/code/anna-bees", client=otto).text
    turned = office.send("POST", f"{root}/posters", client=otto, form={**form, "title": "Honey\u202e and wax"})
    assert "Honey and wax" in office.send("GET", turned.headers["location"], client=otto).text
    annas = link_of(office).rpartition("/")[2]
    for path in (f"link/{annas}", "link/x", "code/nobody", "code/anna-old", f"link/{annas}/qr.svg", "code/%00/qr.svg"):
        assert office.send("GET", f"{root}/posters/{path}", client=otto).status == 404, path
