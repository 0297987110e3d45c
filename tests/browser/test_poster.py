"""The poster in a real browser: its code can be read, it prints on one sheet, and nothing else comes on paper."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from portal_history import MUCH
from portal_states import Gallery

pytestmark = pytest.mark.browser
READER = Path(__file__).parents[2] / "widget" / "node_modules" / "jsqr" / "dist" / "jsQR.js"
READ = """async svg => {
  const picture = new Image();
  picture.src = "data:image/svg+xml," + encodeURIComponent(svg);
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 600, height: 600 }).getContext("2d");
  canvas.drawImage(picture, 0, 0, 600, 600);
  return jsQR(canvas.getImageData(0, 0, 600, 600).data, 600, 600)?.data;
}"""
AS_TEXT = "svg => new XMLSerializer().serializeToString(svg)"


def opened(page: Page, gallery: Gallery) -> None:
    """Open the poster of a link."""
    page.goto(f"{gallery.served.url}{gallery.known['much_link']}/poster")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_reader_finds_the_address_that_stands_below_the_code(
    chromium: Browser, gallery: Gallery, scheme: str
) -> None:
    with gallery.browser(chromium, MUCH) as context:
        page, reader = context.new_page(), context.new_page()
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        opened(page, gallery)
        reader.add_script_tag(path=READER)
        code = page.locator("svg.qr").evaluate(AS_TEXT)
        assert reader.evaluate(READ, code) == page.locator(".poster .where").inner_text()


def test_the_sheet_alone_is_printed_on_one_page(chromium: Browser, gallery: Gallery, tmp_path: Path) -> None:
    with gallery.browser(chromium, MUCH) as context:
        page = context.new_page()
        opened(page, gallery)
        page.emulate_media(media="print")
        assert not page.get_by_role("heading", level=1).is_visible()
        assert not page.get_by_role("navigation").first.is_visible()
        assert page.locator("svg.qr").is_visible()
        printed = page.pdf(path=tmp_path / "poster.pdf", format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
