"""Where the panel opens, and which press it takes: low windows, double clicks, pages that move on, many buttons.

What depends on an engine runs in all three browsers, the rest in Chromium.
"""

import pytest

from browser_table import BUTTON, Person, open_panel, page_of, resized

pytestmark = pytest.mark.browser
LINKS, NOTES = "POST /v1/links", "POST /v1/notes"
BOXES = """const box = (e) => e.getBoundingClientRect().toJSON();
  await Promise.all(panel().getAnimations().map((one) => one.finished));
  return [box(find("Share")), box(panel())]"""


# --- where the panel opens, and what it takes a press for -------------------------------------------------------------


@pytest.mark.parametrize("height", [500, 600, 700, 800])
def test_the_panel_leaves_its_button_free(cleo: Person, height: int) -> None:
    resized(cleo, 1000, height)
    cleo.come(f"<div style='height:{height // 2 - 40}px'></div>{BUTTON.replace('<h1>Bees</h1>', '')}")
    open_panel(cleo)
    button, panel = cleo.js(BOXES)
    apart = panel["left"] >= button["right"] or panel["right"] <= button["left"]
    assert apart or panel["top"] >= button["bottom"] or panel["bottom"] <= button["top"]
    assert panel["top"] >= 0
    assert panel["bottom"] <= height


def test_a_panel_that_is_higher_than_the_window_is_scrolled(cleo: Person) -> None:
    resized(cleo, 1000, 330)
    cleo.come("<div style='height:140px'></div><pass-along></pass-along>")
    open_panel(cleo)
    _, panel = cleo.js(BOXES)
    assert panel["top"] >= 0
    assert panel["bottom"] <= 330
    assert cleo.js("return panel().scrollHeight > panel().clientHeight")


def test_a_double_click_opens_once(cleo: Person) -> None:
    cleo.come()
    open_panel(cleo)
    cleo.keys("Escape")
    cleo.until("!panel().matches(':popover-open')")
    page_of(cleo).locator("pass-along button").first.dblclick()
    cleo.until("panel().matches(':popover-open')")
    cleo.stay(200)
    assert cleo.js("return panel().matches(':popover-open')")
    assert cleo.events() == ["open", "close", "open"]


def test_nothing_under_the_pointer_is_pressed_by_the_press_that_opened(cleo: Person) -> None:
    clock = page_of(cleo).clock
    clock.install()
    resized(cleo, 390, 500)
    cleo.come("<div style='height:330px'></div><pass-along></pass-along>")
    open_panel(cleo)
    cleo.keys("Escape")
    cleo.until("!panel().matches(':popover-open')")
    x, y = cleo.middle_of("Share")
    clock.pause_at(cleo.js("return Date.now()") + 1_000)
    cleo.driver.click(x, y)
    cleo.until("panel().matches(':popover-open')")
    cleo.js("window.pressed = 0; panel().addEventListener('click', () => pressed++)")
    cleo.driver.click(x, y)
    assert cleo.js("return pressed") == 0
    assert "share" not in cleo.events()
    page_of(cleo).mouse.move(x + 40, y)
    cleo.driver.click(x + 40, y)
    assert cleo.js("return pressed") == 1


# --- many buttons -----------------------------------------------------------------------------------------------------


def test_a_pointer_that_crosses_many_buttons_asks_for_nothing(cleo: Person) -> None:
    clock = page_of(cleo).clock
    clock.install()
    cleo.come("".join(f"<p style='margin:0'><pass-along size=s url='/page/{n}'></pass-along></p>" for n in range(15)))
    cleo.until("controls().length === 15")
    clock.pause_at(cleo.js("return Date.now()") + 1_000)  # time passes by our word alone
    mouse = page_of(cleo).mouse
    mouse.move(40, 10)
    for number in range(15):
        clock.run_for(10)
        mouse.move(40, 10 + 34 * (number + 1))
    mouse.move(900, 500)
    clock.run_for(500)
    cleo.js("await 0")
    assert "GET /along/links.js" not in cleo.door.lines()
    cleo.point_at("Share")
    clock.run_for(70)
    cleo.js("await 0")
    assert "GET /along/links.js" not in cleo.door.lines()
    clock.run_for(20)
    cleo.door.wait_for(LINKS)


@pytest.mark.parametrize("height", [500, 800, 1100])
def test_a_second_press_at_once_presses_nothing_wherever_the_button_stands(person: Person, height: int) -> None:
    person.driver.resize(1000, height)
    for above in (0, height // 2 - 40, height - 90):
        url = person.come(f"<div style='height:{above}px'></div><pass-along></pass-along>")
        open_panel(person)
        person.keys("Escape")
        person.until("!panel().matches(':popover-open')")
        x, y = person.middle_of("Share")
        person.driver.click(x, y)
        person.driver.click(x, y)
        person.until("document.querySelector('pass-along').shadowRoot.querySelector('[aria-expanded]') && 1")
        assert "share" not in person.events()
        assert person.js("return location.href") == url
