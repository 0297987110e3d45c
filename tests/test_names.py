"""The names that a browser sees, against what filter lists block and hide.

The lists themselves are not in this repository: `tests/lists/` has the families of generic rules that matter here, each
with something that it must catch, so that a check which finds nothing has looked. The engine is Brave's. A rule that
names us by name is a person's choice, and nothing here tries to get past it.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import adblock
import pytest

from browser_table import BUTTON, Person, Street
from passalong.web.http import wire
from plumbing.drivers import Played

ROOT = Path(__file__).parents[1]
LISTS = Path(__file__).parent / "lists"
STATIC = ROOT / "server/passalong/web/static"
OUR_HOST, OWNER = "https://along.example.net", "https://www.bees.example"
TOKEN = "Zx81-QvTb3_9kLmN0pRsTuVwXyA"


def rows(name: str) -> list[list[str]]:
    """The table of a file; a backslash before a bar takes its meaning away."""
    lines = [line for line in (LISTS / name).read_text().splitlines() if line and not line.startswith("#")]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)(?<!\|)\|(?!\|)", line)] for line in lines]


def engine() -> adblock.Engine:
    """Every rule of the table, as one list."""
    filters = adblock.FilterSet()
    filters.add_filters([row[0] for row in rows("addresses.txt")])
    return adblock.Engine(filters)


def asked_for() -> Iterator[tuple[str, str]]:
    """Every address that the script has a browser ask for, and what kind of request it is."""
    yield "/along/k7f3q9.js", "script"
    yield "/v1.4.0/along.js", "script"
    for part in sorted((STATIC / "along").glob("*.js")):
        yield f"/along/{part.name}?0123456789", "script"
        yield f"/v1.4.0/{part.name}?0123456789", "script"
    for path in sorted(set(re.findall(r"/v1/[a-z]+", (STATIC / "along.js").read_text() + _parts()))):
        yield path, "xmlhttprequest"
    yield f"/h/{TOKEN}", "document"
    yield "/open/k7f3q9", "document"
    yield "/me", "document"


def _parts() -> str:
    return "".join(part.read_text() for part in (STATIC / "along").glob("*.js"))


def test_the_notes_and_links_are_among_what_is_asked_for() -> None:
    paths = {path for path, _ in asked_for()}
    assert {"/v1/notes", "/v1/links", "/v1/credit", "/v1/thanks", "/along/panel.js?0123456789"} <= paths


@pytest.mark.parametrize("row", rows("addresses.txt"), ids=lambda row: row[0])
def test_a_family_catches_what_it_is_for(row: list[str]) -> None:
    rule, kind, whose, address = row
    page = "https://" + address.split("/")[2] + "/" if whose == "first" else f"{OWNER}/"
    alone = adblock.FilterSet()
    alone.add_filters([rule])
    assert adblock.Engine(alone).check_network_urls(address, page, kind).matched


def test_nothing_that_the_script_asks_for_is_blocked_on_any_domain() -> None:
    judge, blocked = engine(), []
    for host in (OUR_HOST, "https://along.bees.example", f"{OWNER}/_along", "http://127.0.0.1:8080"):
        for path, kind in asked_for():
            if judge.check_network_urls(host + path, f"{OWNER}/bees-in-winter?ht={TOKEN}", kind).matched:
                blocked.append(host + path)
    assert blocked == []


def test_nothing_that_our_own_pages_load_is_blocked() -> None:
    judge = engine()
    own = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()]
    kinds = {"js": "script", "css": "stylesheet", "svg": "image", "woff2": "font"}
    blocked = [
        name
        for name in own
        if (kind := kinds.get(name.rpartition(".")[2]))
        and judge.check_network_urls(f"{OUR_HOST}/static/{name}?v=1", f"{OUR_HOST}/me", kind).matched
    ]
    assert blocked == []


def test_the_script_never_uses_what_is_blocked_by_its_kind() -> None:
    """Third-party beacons and pings are blocked whatever their address; so is window.open of a share page."""
    text = (STATIC / "along.js").read_text() + _parts()
    assert [word for word in ("sendBeacon", "ping=", "window.open(", "new Image") if word in text] == []


def stripped(name: str) -> bool:
    """True when a parameter of that name is taken off addresses somewhere."""
    words = [
        word for row in (LISTS / "parameters.txt").read_text().splitlines() if row[:1] != "#" for word in row.split()
    ]
    return any(re.search(word[1:-1], name) if word.startswith("/") else word == name for word in words)


def test_our_parameter_is_taken_off_nowhere() -> None:
    assert not stripped(wire.PARAM)
    for fallback in ("thx", "pa"):
        assert not stripped(fallback)
    for known in ("ref", "utm_id", "share_from", "msclkid", "affiliate_code"):
        assert stripped(known), known


# --- what is hidden ---------------------------------------------------------------------------------------------------


class Names(HTMLParser):
    """Classes and ids of a template, its own language left aside."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Take down the names of one element."""
        for name, value in attributes:
            if name in ("class", "id") and value:
                self.found.update(re.sub(r"{[{%].*?[%}]}", " ", value).split())


def test_no_class_or_id_of_our_own_pages_is_one_that_lists_hide() -> None:
    names = Names()
    for template in (ROOT / "server/passalong").rglob("*.html"):
        names.feed(template.read_text())
    assert len(names.found) > 30
    hidden = {row[0].lstrip(".#") for row in rows("elements.txt")}
    assert {name for name in names.found if name in hidden or re.search("share|sharing|social", name)} == set()


@pytest.mark.browser
def test_no_list_hides_the_button_its_panel_or_its_companions(chromium_driver: Played, street: Street) -> None:
    chromium_driver.begin()
    person = Person(chromium_driver, street)
    table = rows("elements.txt")
    controls = "".join(f"<div data-row={number}>{row[1]}</div>" for number, row in enumerate(table))
    companions = "<pass-thanks>Thanks</pass-thanks><pass-quote for=main>Quote</pass-quote>"
    sheet = ",".join(row[0] for row in table) + "{display:none!important}"
    person.come(BUTTON + companions + controls, f"<style>{sheet}</style>")
    kept: list[int] = person.js(
        """return [...document.querySelectorAll("[data-row]")].filter((e) => e.firstElementChild.checkVisibility())
             .map((e) => +e.dataset.row)"""
    )
    assert [table[number][0] for number in kept] == []
    person.share()
    assert person.js(
        """return ["pass-along", "pass-thanks", "pass-quote"].every((name) =>
             getComputedStyle(document.querySelector(name)).display !== "none")"""
    )
    assert len(person.js("return controls().map(nameOf).filter((name) => /new tab/.test(name))")) >= 8
