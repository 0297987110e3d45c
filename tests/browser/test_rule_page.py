"""Otto sets his rule in the console alone, with and without JavaScript, and every action is counted."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser_table import ASK_AXE, AXE, TAGS
from cast import a_site
from passalong.core.money import MICROS
from passalong.flow.owners import sites
from passalong.lib.clock import SystemClock
from passalong.store.sites import terms_versions
from plumbing.browsers import NewContext
from serving import Passalong, Start

pytestmark = pytest.mark.browser
SITE = "bees01"
MOST_ACTIONS = 8
WIDTHS = (320, 390, 1_100, 1_920)
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


@dataclass
class Otto:
    """Otto before his console; one click, one typed field or one choice is one action."""

    page: Page
    actions: int = 0

    def press(self, role: str, name: str) -> None:
        """Press a link or a button."""
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]
        self.actions += 1

    def choose(self, label: str, words: str) -> None:
        """Choose from a list."""
        self.page.get_by_label(label, exact=True).select_option(label=words)
        self.actions += 1

    def type(self, label: str, words: str) -> None:
        """Fill in a field."""
        self.page.get_by_label(label, exact=True).fill(words)
        self.actions += 1


@pytest.fixture
def served(start_passalong: Start, tmp_path: Path) -> Passalong:
    """A server with Otto's new site."""
    made = start_passalong(f"sqlite:///{tmp_path / 'rule.sqlite3'}")
    a_site(made.db, SystemClock())
    return made


def at_the_console(served: Passalong, page: Page) -> Otto:
    """Otto has opened his console."""
    code = sites.new_owner_code(served.db, SystemClock(), SITE)
    page.goto(f"{served.url}/start?k={SITE}.{code}")
    page.get_by_role("button", name="Open the console").click()
    return Otto(page)


@pytest.mark.parametrize("java_script", [True, False])
def test_five_euros_to_the_last_link_within_fourteen_days(
    served: Passalong, new_context: NewContext, java_script: bool
) -> None:
    otto = at_the_console(served, new_context(java_script_enabled=java_script).new_page())
    otto.press("link", "Rule")
    otto.press("link", "Fixed thank-you")
    expect(otto.page.get_by_label("Amount", exact=True).first).to_have_value("5.00")
    otto.choose("Days that count after a visit", "14 days")
    otto.choose("Who gets it", "the last person whose link they used")
    if java_script:
        expect(otto.page.locator("#shown .sum").first).to_contain_text("Ben, the last link used€5.00")
        expect(otto.page.locator("#shown blockquote")).to_contain_text("only the last link counts")
    otto.type("Why it changes", "A fixed thank-you is easier to understand.")
    otto.press("button", "Put in force")
    expect(otto.page.locator("#versions li").first).to_contain_text("A fixed thank-you is easier to understand.")
    with served.db.reading() as session:
        terms = terms_versions(session, SITE)[-1].terms
    goal = terms.goal("purchase")
    assert goal and (goal.fixed_micros, goal.unit) == (5 * MICROS, "EUR")
    assert (terms.touch_model, terms.generation_model, terms.window_days) == ("last", "none", 14)
    print(f"\n5 EUR per purchase, to the last link, within 14 days: {otto.actions} actions")
    assert otto.actions <= MOST_ACTIONS


def test_the_pages_of_rule_and_settings_are_fit_for_everybody(served: Passalong, new_context: NewContext) -> None:
    """No fault by axe in both schemes, nothing wider than the window, also where the form says what is wrong."""
    page = new_context().new_page()
    at_the_console(served, page)
    page.add_init_script(path=AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wrong = "goals=1&name-0=other&kind-0=money&amount-0=x&split=own&window=0&hold=14&weights=x&act=preview"
        for path in ("rule", "rule?preset=fixed", f"rule?{wrong}", "settings"):
            page.goto(f"{served.url}/console/{SITE}/{path}")
            page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate(TOO_WIDE) <= 0, (path, width)
            found = page.evaluate(ASK_AXE, TAGS)
            assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == [], path
