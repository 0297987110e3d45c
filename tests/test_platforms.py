"""The files of `snippets/platforms/`: the same lines everywhere, and the console shows them filled in."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from flow.office import SITE, URL, Office, an_office
from passalong.web.console.platforms import FOLDER, PLATFORMS, Platform
from passalong.web.console.snippets import SNIPPET
from tables import BOTH as BOTH

LOADER = SNIPPET.split("</script>")[0] + "</script>"
SECTIONS = ["Purchases", "Content security policy", "Check", "Tried"]


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """One instance on SQLite."""
    request.param = "sqlite"
    return next(an_office(request, tmp_path_factory))


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_a_platform_says_where_how_and_whether_it_was_tried(platform: Platform) -> None:
    lines = [block.lines for block in platform.steps if block.lines]
    assert lines
    assert list(platform.sections) == SECTIONS
    assert all(block.text or block.lines for section in platform.sections.values() for block in section)
    for code in lines:
        if "<script>" in code and "modulepreload" in code:
            assert LOADER in code
    assert any("/along/SITE_KEY.js" in code for code in lines) or platform.name == "newsletters"


def test_thirty_six_platforms_have_a_file() -> None:
    assert len(PLATFORMS) == len(list(FOLDER.glob("*.md"))) == 36


def test_the_console_shows_every_platform_with_the_sites_key(office: Office) -> None:
    otto = office.owner()
    for name, platform in PLATFORMS.items():
        text = office.send("GET", f"/console/{SITE}/install?platform={name}", client=otto).text
        assert platform.title in text
        assert ("SITE_KEY" in text, "HOST/" in text) == (False, False), name


def test_the_plugin_for_wordpress_has_the_sites_key(office: Office) -> None:
    answer = office.send("GET", f"/console/{SITE}/install/wordpress.zip", client=office.owner())
    with ZipFile(BytesIO(answer.body)) as packed:
        names = packed.namelist()
        defaults = packed.read("passalong/defaults.php").decode()
    assert names == [f"passalong/{name}" for name in ("block.js", "passalong.php", "settings.php", "defaults.php")]
    assert f"'host' => '{URL}', 'key' => '{SITE}'" in defaults
