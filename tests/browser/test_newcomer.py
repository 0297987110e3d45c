"""A newcomer runs a site in the console alone, without JavaScript and without docs, and every action is counted.

Each form is also filled in wrongly, sent twice, and sent again after going back: nothing breaks and nothing is lost.
"""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.test_rule_page import Otto, at_the_console
from cast import anna, cleo
from flow.world import KEYS, SITE, World, a_tick, a_visit, an_order
from passalong.core.ledger.redemptions import Method
from passalong.core.money import MICROS
from passalong.flow import redemptions
from passalong.flow.ingest.collector import Collector
from passalong.flow.owners import api_keys
from passalong.flow.redemptions import Asked, Person
from passalong.lib.clock import SystemClock
from passalong.store import outbox, sites
from passalong.store.books.redemptions import Destination
from passalong.store.people import api_keys as stored
from plumbing.browsers import NewContext
from plumbing.iso20022 import is_valid
from serving import Passalong, Start

pytestmark = pytest.mark.browser
GARBAGE = "\"><i>x</i> ' -- 🐝"
MOST = {
    "a colleague invited": 4,
    "a key revoked": 2,
    "a payout approved and exported for the bank": 7,
    "a second address added": 3,
    "the site renamed": 3,
    "the site deleted": 3,
}


@pytest.fixture
def served(start_passalong: Start, tmp_path: Path) -> Passalong:
    """A server where Anna has asked for 20.00, and with a key that is not needed any more."""
    url = f"sqlite:///{tmp_path / 'newcomer.sqlite3'}"
    world = World(url)
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), an_order("o", 2, euros=1_000, share_id=share, visit="v"), a_tick(40))
    person, collector = Person(anna.advocate_id(SITE), signed_in=True), Collector(world.db, world.clock)
    place = Destination("iban", "Anna Bienenstöck", "DE02120300000000202051")
    redemptions.keep_destination(world.db, world.clock, SITE, person, place)
    asked = Asked("r" * 22, Method.PAYOUT, "EUR", 20 * MICROS)
    redemptions.request_redemption(world.db, collector, world.site.site, person, asked)
    collector.close()
    world.fold()
    api_keys.new(world.db, SystemClock(), SITE, "old shop")
    world.close()
    return start_passalong(url, PASSALONG_KEYS=json.dumps({str(key): secret for key, secret in KEYS.secrets.items()}))


def sends_garbage(otto: Otto, field: str, button: str) -> None:
    """Fill in a field with nonsense: the page comes again with what was typed and a sentence beside the field."""
    box = otto.page.get_by_label(field, exact=True)
    form = otto.page.locator("form", has=box)
    form.evaluate("form => { form.noValidate = true }")
    box.evaluate("box => { box.type = 'text' }")
    box.fill(GARBAGE)
    otto.page.get_by_role("button", name=button, exact=True).first.click()
    again = otto.page.get_by_label(field, exact=True)
    expect(again).to_have_attribute("aria-invalid", "true")
    expect(again).to_have_value(GARBAGE)
    expect(otto.page.get_by_role("alert")).to_be_visible()


def again_after_back(page: Page, button: str) -> None:
    """Go back to the form and send it once more."""
    page.go_back()
    page.get_by_role("button", name=button, exact=True).first.click()
    expect(page.locator("h1")).to_be_visible()


def done(otto: Otto, what: str) -> None:
    """Print how many actions it took."""
    print(f"\n{what}: {otto.actions} actions")
    assert otto.actions <= MOST[what]
    otto.actions = 0


def test_a_newcomer_does_everything_in_the_console_alone(served: Passalong, new_context: NewContext) -> None:
    otto = at_the_console(served, new_context(java_script_enabled=False).new_page())
    page = otto.page

    otto.press("link", "Team")
    otto.type("E-mail address", "ina@bees.example")
    otto.choose("Role", "Editor")
    otto.press("button", "Send the invitation")
    expect(page.get_by_text("Editor, until")).to_be_visible()
    done(otto, "a colleague invited")
    again_after_back(page, "Send the invitation")
    with served.db.reading() as session:
        assert [one.kind for one in outbox.newest(session, SITE, 9)].count("team_invite") == 1

    otto.press("link", "Keys")
    page.locator(".claim", has_text="old shop").get_by_role("button", name="Revoke").click()
    otto.actions += 1
    expect(page.locator(".claim", has_text="old shop")).to_contain_text("Ended")
    done(otto, "a key revoked")
    with served.db.reading() as session:
        (key,) = [one for one in stored.all_of(session, SITE) if one.name == "old shop"]
    assert not key.works(SystemClock().now_ms())

    page.locator(".margin").get_by_role("link", name=re.compile("^Redemptions")).click()
    page.locator('button[value="agree"]').click()
    otto.actions += 2
    otto.type("Name on the account", "The Bee Almanac")
    otto.type("IBAN", "DE89370400440532013000")
    otto.press("button", "Save this account")
    otto.press("button", "Export approved payouts")
    with page.expect_download() as download:
        page.locator('a[href$=".xml"]').click()
    otto.actions += 1
    document = download.value.path().read_bytes()
    assert is_valid(document) and b"Anna Bienenstock" in document
    done(otto, "a payout approved and exported for the bank")
    page.go_back()
    expect(page.locator("section.batch")).to_have_count(1)
    expect(page.get_by_role("button", name="Export approved payouts")).to_have_count(0)

    otto.press("link", "This site")
    otto.type("Add an address, such as https://shop.example.org", "https://shop.bees.example")
    otto.press("button", "Add the address")
    expect(page.locator("li", has_text="https://shop.bees.example")).to_be_visible()
    done(otto, "a second address added")

    otto.press("link", "This site")
    otto.type("Name", "Bees & Honey")
    otto.press("button", "Rename")
    expect(page.locator("h1")).to_have_text("Bees & Honey")
    done(otto, "the site renamed")
    again_after_back(page, "Rename")
    expect(page.locator("h1")).to_have_text("Bees & Honey")

    otto.press("link", "This site")
    otto.type("Write the name of the site: Bees & Honey", "Bees & Honey")
    otto.press("button", "Delete this site")
    expect(page.get_by_text("You deleted this site.")).to_be_visible()
    done(otto, "the site deleted")
    page.get_by_role("button", name="Cancel the deletion").click()
    expect(page.get_by_text("You deleted this site.")).to_have_count(0)
    with served.db.reading() as session:
        found = sites.find_site(session, SITE)
    assert found is not None and (found.name, found.delete_at_ms) == ("Bees & Honey", None)


FORMS = (
    ("team", "E-mail address", "Send the invitation"),
    ("site", "Add an address, such as https://shop.example.org", "Add the address"),
    ("site", "Home address", "Move"),
    ("site", "Write the name of the site: The Bee Almanac", "Delete this site"),
    ("payouts", "IBAN", "Save this account"),
    ("payouts", "Each code is worth", "Add these codes"),
    ("payouts", "Only payouts up to (leave empty for all)", "Approve payouts"),
    ("settings", "Parameters to leave out of shared links", "Save the list"),
)


def test_garbage_in_any_field_is_kept_and_explained(served: Passalong, new_context: NewContext) -> None:
    otto = at_the_console(served, new_context().new_page())
    for path, field, button in FORMS:
        otto.page.goto(f"{served.url}/console/{SITE}/{path}")
        sends_garbage(otto, field, button)


def test_two_editors_in_two_browsers_read_of_each_other(served: Passalong, new_context: NewContext) -> None:
    ina, otto = (at_the_console(served, new_context().new_page()).page for _ in range(2))
    for page in (ina, otto):
        page.goto(f"{served.url}/console/{SITE}/site")
    ina.get_by_label("Name", exact=True).fill("Bees")
    ina.get_by_role("button", name="Rename", exact=True).click()
    expect(ina.locator("h1")).to_have_text("Bees")
    otto.get_by_label("Name", exact=True).fill("Honey")
    otto.get_by_role("button", name="Rename", exact=True).click()
    expect(otto.locator("#name-error")).to_contain_text("It is now “Bees”; you wrote “Honey”")
    expect(otto.get_by_label("Name", exact=True)).to_have_value("Honey")
    otto.get_by_role("button", name="Rename", exact=True).click()
    expect(otto.locator("h1")).to_have_text("Honey")

    for page in (ina, otto):
        page.goto(f"{served.url}/console/{SITE}/payouts")
    ina.locator('button[value="agree"]').click()
    expect(ina.locator('button[value="done"]')).to_be_visible()
    otto.get_by_label(re.compile("^Payment reference .or reason")).fill("Too late.")
    otto.locator('button[value="decline"]').click()
    expect(otto.get_by_role("alert")).to_contain_text("it is approved now. You wanted to decline it")
    expect(otto.get_by_label(re.compile("^Payment reference .or reason"))).to_have_value("Too late.")
