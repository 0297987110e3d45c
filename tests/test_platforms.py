"""The files of `snippets/platforms/`: the same lines everywhere, and the console shows them filled in."""

import json
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import markdown
import pytest

from flow.office import SITE, URL, Office, an_office
from hosts.apps import APPS
from hosts.build import BUILDERS, HERE, SAME_LINES
from passalong.core.shops.codes import read_code
from passalong.core.shops.systems import SYSTEMS
from passalong.web.console.platforms import FOLDER, PLATFORMS, Platform
from passalong.web.console.snippets import SNIPPET
from tables import BOTH as BOTH

LOADER = SNIPPET.split("</script>")[0] + "</script>"
NODE = str(Path(sys.prefix) / "bin" / "node")
TABLE = Path(__file__).parents[1] / "docs" / "platforms.md"
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
    files = ("block.js", "checkout.js", "passalong.php", "settings.php", "uninstall.php", "woocommerce.php")
    assert names == [f"passalong/{name}" for name in (*files, "defaults.php")]
    assert f"'host' => '{URL}', 'key' => '{SITE}'" in defaults


BLOCKS = [
    pytest.param(block.lines, id=f"{name}-{number}")
    for name, platform in PLATFORMS.items()
    for number, block in enumerate(block for block in platform.steps if block.lines)
]
SCRIPTS = [block for block in BLOCKS if "import(link.href)" in str(block.values[0])]
TEMPLATE_MARKS = ("{{", "{%", "{#", "<%", "<?", "[[", "${", "@{")


@pytest.mark.parametrize("lines", BLOCKS)
def test_pasted_lines_have_no_line_comment_and_no_empty_line(lines: str) -> None:
    """White space may be collapsed, and an empty line ends an HTML block of Markdown."""
    assert not re.search(r"(^|[^:\"'])//", lines, re.MULTILINE), lines
    assert "<script" not in lines or "jsx" in lines or "\n\n" not in lines or lines.startswith("import ")


@pytest.mark.parametrize("lines", SCRIPTS)
def test_the_lines_survive_markdown_template_engines_and_collapsed_white_space(lines: str, tmp_path: Path) -> None:
    rendered = re.sub(r"</?p>", "", markdown.markdown(lines, extensions=["extra"]))
    assert rendered.split() == lines.split()
    assert not [mark for mark in TEMPLATE_MARKS if mark in lines]
    assert not re.search(r"(?m)^\s*@|[^\w]@\w", lines), "Blade and Razor would read a directive"
    collapsed = re.sub(r"\s+", " ", lines)
    script = collapsed.partition("<script>")[2].partition("</script>")[0]
    (tmp_path / "pasted.js").write_text(script)
    subprocess.run([NODE, "--check", str(tmp_path / "pasted.js")], check=True, timeout=60)


@pytest.mark.parametrize("name", ["rails", "shopify", "jekyll"])
def test_templates_of_ruby_leave_the_lines_as_they_are(name: str) -> None:
    """Liquid is part of Debian's Jekyll, ERB of Ruby."""
    if shutil.which("ruby") is None:
        pytest.skip("ruby is not installed")
    engine = "erb" if name == "rails" else "liquid"
    render = {"erb": "ERB.new($stdin.read).result", "liquid": "Liquid::Template.parse($stdin.read).render!({})"}[engine]
    for block in (block for block in PLATFORMS[name].steps if "<pass-along" in block.lines or "<script" in block.lines):
        command = ["ruby", f"-r{engine}", "-e", f"print {render}"]
        done = subprocess.run(command, input=block.lines, capture_output=True, text=True, timeout=60)
        if "cannot load such file" in done.stderr:
            pytest.skip(f"Debian's package jekyll brings {engine}")
        assert done.stdout == block.lines, done.stderr


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_a_platform_names_its_policy_how_to_check_and_how_orders_are_reported(platform: Platform) -> None:
    said = {heading: " ".join(block.text for block in blocks) for heading, blocks in platform.sections.items()}
    if platform.name != "newsletters":
        assert "script-src HOST; connect-src HOST" in said["Content security policy"]
        assert "four lights" in said["Check"]
        assert re.search(r"Report|report|Connect|Shops|data-along|\bht\b|code", said["Purchases"])
    assert platform.tried in ("driven", "rendered", "written")
    if platform.tried != "driven":
        assert re.search(r"Written from \S+.*, 20\d\d-\d\d-\d\d", said["Tried"]), said["Tried"]


def test_what_is_called_driven_is_driven() -> None:
    """A host of `make test-hosts`, or a page of the browser tests."""
    hosts = {*BUILDERS, *APPS, "wordpress"} - set(SAME_LINES)
    driven = {name for name, platform in PLATFORMS.items() if platform.tried == "driven"}
    assert driven == hosts | {"html", "csp", "server"}
    assert all("make test-hosts" in PLATFORMS[name].said_tried for name in hosts - set(HERE))


def test_every_platform_that_was_asked_for_has_a_file() -> None:
    asked = """html wordpress ghost shopify webflow squarespace wix framer drupal joomla typo3 gtm hugo jekyll eleventy
    docusaurus mkdocs sphinx astro nextjs remix nuxt sveltekit react vue svelte angular django flask rails laravel turbo
    htmx newsletters server"""
    assert set(asked.split()) <= set(PLATFORMS)


def test_one_table_in_the_docs_has_every_platform_with_how_it_was_tried() -> None:
    rows = [line.split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")][1:]
    table = {row[0].removeprefix("| "): (row[1], row[-1].removesuffix(" |")) for row in rows}
    assert table == {platform.title: (platform.tried, platform.said_tried) for platform in PLATFORMS.values()}


SCRIPTED = {"stripe": "out.push(JSON.stringify({ %s }));", "paddle": "%s;", "shopify": "%s;", "lemonsqueezy": "%s;"}
"""The systems whose order is given the code by a script, and where their line stands in one."""
CHECKOUTS = """globalThis.window = globalThis;
const out = [], Paddle = { Checkout: { open: (order) => out.push(JSON.stringify(order)) } };
const fetch = (_, { body }) => out.push(body), heard = [];
globalThis.addEventListener = (_, work) => heard.push(work);
for (const along of [undefined, {}, { code: () => null }, { code: async () => "token.visit" }]) {
  globalThis.along = along;
  const link = new URL("https://shop.example/buy");
  { LINE }
  for (const work of heard.splice(0)) await work();
  out.push(link.search);
}
console.log(JSON.stringify(out.filter((sent) => /token|null|undefined/.test(sent))));"""


@pytest.mark.parametrize("system", SCRIPTED)
def test_a_checkout_opens_without_our_script_and_sends_a_code_only_where_there_is_one(
    system: str, tmp_path: Path
) -> None:
    line = SCRIPTED[system].replace("%s", SYSTEMS[system].carries)
    (tmp_path / "checkout.mjs").write_text(CHECKOUTS.replace("LINE", line))
    done = subprocess.run([NODE, tmp_path / "checkout.mjs"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    (sent,) = {one for one in json.loads(done.stdout) if "null" not in one}
    assert "token__visit" in sent if system == "stripe" else "token.visit" in sent
    assert read_code("null") == read_code("undefined") == ""


def test_no_lines_to_paste_break_a_page_whose_script_was_blocked() -> None:
    for name, platform in PLATFORMS.items():
        text = (FOLDER / f"{name}.md").read_text()
        assert not re.search(r"(?<!window\.)\balong\.code\(\)", text), platform.title
