"""The lines that an owner pastes, with the site's key and addresses filled in: the same everywhere."""

from urllib.parse import quote

from passalong.store.sites import Site

SNIPPET = """<script>
  /* The page never waits for this, not even its load event, and nothing of it is lost if it does not come. */
  {
    const link = document.createElement("link");
    const start = () => import(link.href).catch(() => {});
    Object.assign(link, { rel: "modulepreload", href: "HOST/along/SITE_KEY.js", onload: start });
    link.relList.supports("modulepreload") ? document.head.append(link) : addEventListener("load", start);
  }
</script>
<pass-along><a href="mailto:?subject=Worth%20reading&body=https://example.org/">Send this page</a></pass-along>
<style>pass-along:not(:defined){display:inline-block;min-block-size:46px;min-inline-size:6.25em;vertical-align:middle}</style>"""
"""The snippet for most pages, as in snippets/html.html and README.md. No line comments: white space may be collapsed.

`import()` alone holds the load event back in Firefox and WebKit; a preloaded module does not.
"""


def snippet(url: str, site: Site) -> str:
    """Return the snippet of a site: it loads the script and places the button."""
    return filled(SNIPPET, url, site)


def filled(lines: str, url: str, site: Site) -> str:
    """Fill in our address, the site's key and its home page."""
    host = url.partition("://")[2]
    lines = lines.replace("HOSTNAME", host).replace("HOST", url).replace("SITE_KEY", site.site_id)
    return lines.replace("https://example.org/", quote(site.home_url, safe=":/"))
