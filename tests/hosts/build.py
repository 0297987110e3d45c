"""Pages built by the tools that owners use, from the very lines of `snippets/platforms/`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from passalong.store.sites import Site
from passalong.web.console.platforms import PLATFORMS
from passalong.web.console.snippets import filled

TOOLS = Path(__file__).parents[2] / ".venv" / "hosts"
"""Tools of hosts that are no part of the tests: `make test-hosts` installs them here."""
BUILD_S = 900
HERE = ("mkdocs", "flask")
"""The hosts whose tools are among those of the tests."""
SAME_LINES = {"react18": "react"}
"""Hosts that are tried with the lines of another one."""
TEXT = "In winter the bees form a cluster."


class Lines(Struct, frozen=True):
    """The lines of a platform's file, filled in for a site: in their order, and by the name of their file."""

    all: tuple[str, ...]
    by_file: Mapping[str, str]

    def write(self, folder: Path) -> None:
        """Write those that are files."""
        for name, lines in self.by_file.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(lines + "\n")


def lines_of(platform: str, url: str, site: Site) -> Lines:
    """Return a platform's lines as the console shows them."""
    blocks = [block for block in PLATFORMS[SAME_LINES.get(platform, platform)].steps if block.lines]
    by_file = {block.file: filled(block.lines, url, site) for block in blocks if block.file}
    return Lines(tuple(filled(block.lines, url, site) for block in blocks), by_file)


def run(folder: Path, *command: str, **env: str) -> str:
    """Run a tool in a folder and return its output; what it says is shown where it fails."""
    quiet = {"CI": "true", "ASTRO_TELEMETRY_DISABLED": "1", "NEXT_TELEMETRY_DISABLED": "1"}
    environment = {**os.environ, **quiet, **env}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=BUILD_S)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def node(folder: Path, name: str, *arguments: str) -> None:
    """Run a tool of npm's that `make test-hosts` has installed."""
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(TOOLS / "node_modules")
    run(folder, str(modules / ".bin" / name), *arguments)


def mkdocs(folder: Path, lines: Lines) -> Path:
    """MkDocs with the theme that the docs use."""
    config = (
        "site_name: Bees\nsite_url: ''\nuse_directory_urls: true\nplugins: []\n" + lines.by_file["mkdocs.yml"] + "\n"
    )
    (folder / "mkdocs.yml").write_text(config)
    _page(folder / "docs" / "index.md", f"# Bees\n\n{TEXT}\n\n{lines.all[-1]}\n")
    run(folder, sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", "built")
    return folder / "built"


def sphinx(folder: Path, lines: Lines) -> Path:
    """Sphinx with its own theme."""
    (folder / "conf.py").write_text("project = 'Bees'\n" + lines.by_file["conf.py"] + "\n")
    _page(folder / "index.rst", f"Bees\n====\n\n{TEXT}\n\n{lines.all[-1]}\n")
    run(folder, str(TOOLS / "bin" / "sphinx-build"), "-q", "-b", "html", ".", "built")
    return folder / "built"


def hugo(folder: Path, lines: Lines) -> Path:
    """Hugo without a theme: one layout that calls the partial."""
    lines.write(folder)
    (folder / "config.toml").write_text("title = 'Bees'\nbaseURL = '/'\ndisableKinds = ['RSS', 'sitemap']\n")
    _page(folder / "layouts" / "index.html", f"{_head()}<h1>Bees</h1><p>{TEXT}</p>{lines.all[-1]}</html>")
    _page(folder / "content" / "_index.md", "---\ntitle: Bees\n---\n")
    run(folder, "hugo", "--quiet", "--minify", "--destination", "built")
    return folder / "built"


def jekyll(folder: Path, lines: Lines) -> Path:
    """Jekyll without a theme: one page that calls the include."""
    lines.write(folder)
    _page(folder / "index.html", f"---\ntitle: Bees\n---\n{_head()}<h1>Bees</h1><p>{TEXT}</p>{lines.all[-1]}</html>")
    run(folder, "jekyll", "build", "--quiet", "--disable-disk-cache", "--destination", "built")
    return folder / "built"


def eleventy(folder: Path, lines: Lines) -> Path:
    """Eleventy: the include is called from a Nunjucks page."""
    lines.write(folder)
    _page(folder / "index.njk", f"{_head()}<h1>Bees</h1><p>{TEXT}</p>{lines.all[-1]}</html>")
    node(folder, "eleventy", "--quiet", "--output=built")
    return folder / "built"


def astro(folder: Path, lines: Lines) -> Path:
    """Astro, built to files."""
    _page(folder / "package.json", '{"type": "module"}')
    page = f"---\n---\n<html lang='en'><head><title>Bees</title>{lines.all[0]}</head><body><h1>Bees</h1>"
    _page(folder / "src" / "pages" / "index.astro", f"{page}<p>{TEXT}</p>{lines.all[1]}</body></html>")
    node(folder, "astro", "build", "--outDir", "built")
    return folder / "built"


def react(folder: Path, lines: Lines) -> Path:
    """React by Vite, drawn in the browser."""
    script = f"""import {{ createRoot }} from "react-dom/client";
createRoot(document.getElementById("app")).render(<><h1>Bees</h1><p>{TEXT}</p>{lines.all[1]}</>);"""
    return _vite(folder, lines.by_file["index.html"], ("main.jsx", script), _REACT)


_REACT = 'import react from "@vitejs/plugin-react";'


def react18(folder: Path, lines: Lines) -> Path:
    """React 18, drawn on the server and taken over in the browser."""
    page = f"export default () => <><h1>Bees</h1><p>{TEXT}</p>{lines.all[1]}</>;"
    _page(folder / "page.jsx", page)
    drawn = """import { renderToString } from "react-dom/server"; import Page from "./page.jsx";
process.stdout.write(renderToString(<Page />));"""
    _page(folder / "server.jsx", drawn)
    taken = """import { hydrateRoot } from "react-dom/client"; import Page from "./page.jsx";
hydrateRoot(document.getElementById("app"), <Page />);"""
    option = """react()], resolve: { alias: { "react-dom": "react-dom18", react: "react18" } },
ssr: { noExternal: true }, x: ["""
    built = _vite(folder, lines.by_file["index.html"], ("main.jsx", taken), _REACT, option)
    node(folder, "vite", "build", "--ssr", "server.jsx", "--outDir", "drawing", "--logLevel", "warn")
    html = run(folder, "node", "drawing/server.js")
    index = built / "index.html"
    index.write_text(index.read_text().replace("<div id=app>", f"<div id=app>{html}"))
    return built


def nextjs(folder: Path, lines: Lines) -> Path:
    """Next.js: pages that the server has drawn, exported as files."""
    start, _, script = lines.by_file["app/layout.jsx"].partition("\n\n")
    frame = f"<html lang='en'><body>{{children}}{script}</body></html>"
    _page(folder / "app" / "layout.jsx", f"{start}\nexport default ({{ children }}) => {frame};")
    _page(folder / "app" / "page.jsx", f"export default () => <><h1>Bees</h1><p>{TEXT}</p>{lines.all[1]}</>;")
    _page(folder / "next.config.mjs", 'export default { output: "export" };')
    _page(folder / "package.json", '{"type": "module"}')
    node(folder, "next", "build", "--webpack")
    return folder / "out"


def svelte(folder: Path, lines: Lines) -> Path:
    """Svelte by Vite, drawn in the browser."""
    _page(folder / "App.svelte", f"<h1>Bees</h1><p>{TEXT}</p>{lines.all[1]}")
    script = """import { mount } from "svelte"; import App from "./App.svelte";
mount(App, { target: document.getElementById("app") });"""
    plugin = 'import { svelte } from "@sveltejs/vite-plugin-svelte";'
    return _vite(folder, lines.by_file["index.html"], ("main.js", script), plugin, "svelte()")


def vue(folder: Path, lines: Lines) -> Path:
    """Vue by Vite, with the template compiler told of the element."""
    _page(folder / "App.vue", f"<template><h1>Bees</h1><p>{TEXT}</p>{lines.all[2]}</template>")
    script = 'import { createApp } from "vue"; import App from "./App.vue"; createApp(App).mount("#app");'
    plugin = 'import vue from "@vitejs/plugin-vue";'
    return _vite(folder, lines.by_file["index.html"], ("main.js", script), plugin, lines.by_file["vite.config.js"])


def turbo(folder: Path, lines: Lines) -> Path:
    """Two pages, of which Turbo draws the second."""
    shutil.copy(TOOLS / "node_modules" / "@hotwired" / "turbo" / "dist" / "turbo.es2017-esm.js", folder / "turbo.js")
    head = _head(f"<script type='module' src='/turbo.js'></script>{lines.all[0]}")
    _page(folder / "index.html", f"{head}<h1>Home</h1><a href='/bees.html'>Bees</a></html>")
    _page(folder / "bees.html", f"{head}<h1>Bees</h1><p>{TEXT}</p>{lines.all[1]}</html>")
    return folder


def htmx(folder: Path, lines: Lines) -> Path:
    """A page into which htmx swaps the part with the button."""
    shutil.copy(TOOLS / "node_modules" / "htmx.org" / "dist" / "htmx.min.js", folder / "htmx.js")
    head = _head(f"<script src='/htmx.js'></script>{lines.all[0]}")
    _page(folder / "index.html", f"{head}<main hx-get='/part.html' hx-trigger='load'>…</main></html>")
    _page(folder / "part.html", f"<h1>Bees</h1><p>{TEXT}</p>{lines.all[1]}")
    return folder


BUILDERS: Mapping[str, Callable[[Path, Lines], Path]] = {
    "mkdocs": mkdocs,
    "sphinx": sphinx,
    "hugo": hugo,
    "jekyll": jekyll,
    "eleventy": eleventy,
    "astro": astro,
    "react": react,
    "react18": react18,
    "nextjs": nextjs,
    "svelte": svelte,
    "vue": vue,
    "turbo": turbo,
    "htmx": htmx,
}
"""Hosts whose pages are files once they are built."""


def _vite(folder: Path, tag: str, script: tuple[str, str], plugin: str, option: str = "react()") -> Path:
    name, text = script
    _page(folder / "package.json", '{"type": "module"}')
    _page(folder / name, text)
    _page(folder / "vite.config.js", f"{plugin}\nexport default {{ plugins: [{option}] }};")
    body = f"<div id=app></div>{tag}<script type=module src=/{name}></script>"
    _page(folder / "index.html", f"{_head()}<body>{body}</body></html>")
    node(folder, "vite", "build", "--outDir", "built", "--logLevel", "warn")
    return folder / "built"


def _head(more: str = "") -> str:
    return f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Bees</title>{more}</head>"


def _page(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def missing(platform: str) -> str:
    """Return what a host needs that is not installed; empty where all is there."""
    if platform in HERE:
        return ""
    if platform in ("hugo", "jekyll"):
        return "" if shutil.which(platform) else f"Debian's package {platform}"
    tool = {"sphinx": "bin/sphinx-build", "django": "bin/django-admin"}.get(platform, "node_modules")
    return "" if (TOOLS / tool).exists() else tool.removeprefix("bin/")
