"""The packages for npm: @passalong/widget and @passalong/react, with React 18 and 19, in a real browser."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from browser_table import SITE, Person, heard

pytestmark = pytest.mark.browser
WIDGET = Path(__file__).parents[2] / "widget"
NODE = str(Path(sys.prefix) / "bin" / "node")
LINKS, NOTES = "POST /v1/links", "POST /v1/notes"


def a_page(version: int, host: str) -> dict[str, str]:
    """The page of widget/packages/react/page.mjs: its HTML, rendered on a server, and its script."""
    command = [NODE, "packages/react/page.mjs", str(version), host, SITE]
    done = subprocess.run(command, cwd=WIDGET, capture_output=True, text=True, timeout=120, check=True)
    made: dict[str, str] = json.loads(done.stdout)
    return made


@pytest.mark.parametrize("version", [18, 19])
def test_a_page_that_react_rendered_on_a_server_is_taken_over_as_it_is(cleo: Person, version: int) -> None:
    page = a_page(version, cleo.door.url)
    assert "<pass-along" in page["html"]
    said = heard(cleo)
    script = cleo.site.put_file(page["script"])
    body = f"<div id=root>{page['html']}</div><script src={script}></script>"
    cleo.come(body, tag="", query=f"?ht={cleo.street.token()}")
    assert cleo.js("return document.querySelector('pass-along a').textContent") == "Send this page"
    cleo.js("takeOver()")
    cleo.until("window.along?.code && document.querySelector('pass-along').shadowRoot && 1")
    cleo.move_a_little()
    cleo.until("along.code()")
    assert cleo.js("return [along.config.look, document.querySelector('pass-along').className]") == ["solid", "mine"]
    cleo.press("Next 0")
    cleo.until("document.querySelector('pass-along').url === '/page/1' && 1")
    cleo.share()
    cleo.until("field().value.includes('/page/1?ht=')")
    cleo.copy()
    assert cleo.js("return window.shared") == [1, "copy"]
    assert cleo.js("return [window.recovered ?? null, seen.errors]") == [None, []]
    assert [line for line in said if "hydrat" in line.lower() or "Warning" in line] == []


@pytest.mark.parametrize("version", [18, 19])
def test_a_page_that_is_taken_over_after_the_script_stays_as_it_is(cleo: Person, version: int) -> None:
    """The script of a tag comes first, and a form's code and the thanks are there: React must find its own elements."""
    page = a_page(version, cleo.door.url)
    script = cleo.site.put_file(page["script"])
    body = f"<div id=root>{page['html']}</div><script src={script}></script>"
    cleo.come(body, query=f"?ht={cleo.street.token()}")
    cleo.until("along.code?.() && document.querySelector('pass-thanks').shadowRoot && 1")
    cleo.js("takeOver()")
    cleo.press("Next 0")
    cleo.until("find('Next 1') && 1")
    cleo.share()
    assert cleo.js("return [window.recovered ?? null, seen.errors]") == [None, []]


def test_the_packages_do_nothing_on_a_server() -> None:
    calls = "load({ host: 'https://x', site: 'y' }); for (const one of [open, link, code, outcome, consent, explain])"
    told = "if ((await one()) !== null) throw new Error(one.name);"
    names = "load, open, link, code, outcome, consent, explain"
    source = f'import {{ {names} }} from "./packages/widget/index.js"; {calls} {{ {told} }}'
    subprocess.run([NODE, "--input-type=module", "-e", source], cwd=WIDGET, check=True, timeout=60)
