"""The doctor's checks of a page, in the order in which they are reported; each says what to do. Pure."""

import re
from collections.abc import Callable

import ada_url

from passalong.flow.doctor.case import Case, Finding
from passalong.flow.doctor.policy import INLINE, allows, sources_of, with_host

Check = Callable[[Case], Finding]
SCRIPTS = ("script-src-elem", "script-src", "default-src")
REQUESTS = ("connect-src", "default-src")


def check_page(case: Case) -> Finding:
    """Check that the page answers."""
    if case.page.status >= 400:
        fix = "Give the address of a page that everybody can open, without a password."
        return Finding("page", "bad", f"{case.page.url} answers {case.page.status}.", fix)
    return Finding("page", "ok", f"{case.page.url} answers {case.page.status}.")


def check_tag(case: Case) -> Finding:
    """Check that our script is on the page, with this site's key and from this server."""
    wanted = f"{case.host}/along/{case.site.site_id}.js"
    if case.ours and not case.ours.startswith((f"{case.host}/", f"{case.origin}/_along/")):
        return Finding("tag", "bad", f"The page loads {case.ours}.", f"This server is {case.host}: load {wanted}.")
    if case.ours:
        return Finding("tag", "ok", f"The page loads {case.ours}.")
    if case.tags:
        return Finding("tag", "bad", f"The page loads {case.tags[0]}, which is another key.", f"Load {wanted}.")
    return Finding("tag", "bad", "The page does not load the script.", "Paste the lines of the Install page into it.")


def check_snippet(case: Case) -> Finding:
    """Check that nothing on the way has changed what was pasted: an editor, a minifier, a consent tool."""
    key = f"along/{case.site.site_id}.js"
    if not case.ours and _is_text(key, case):
        fix = "Paste the lines as HTML (a “Custom HTML” or “Code” block), not as text, and outside comments."
        return Finding("snippet", "bad", "The lines are on the page as text that no browser runs.", fix)
    if case.loader and not ("import(" in case.loader and "modulepreload" in case.loader):
        return _eaten("The loader has lost lines: a minifier or an editor has changed it.", case)
    if re.search(r"[“”‘’]", case.loader):
        return _eaten("An editor has turned straight quotes of the loader into curly ones.", case)
    if any(key in text for text in case.read.held_back):
        fix = 'Exclude the script from it: with Cloudflare’s Rocket Loader, add data-cfasync="false" to the tag.'
        return Finding("snippet", "bad", "A consent tool or an optimiser holds the script back.", fix)
    if case.ours and not case.read.has_button:
        fix = "Add <pass-along></pass-along> where the button should be. Arrivals are counted without it."
        return Finding("snippet", "hint", "The script is there and the button’s element is not.", fix)
    return Finding(
        "snippet", "ok" if case.ours else "skipped", "The lines arrived as they were pasted." if case.ours else ""
    )


def _is_text(key: str, case: Case) -> bool:
    """Return True if the lines are on the page where no browser runs them: escaped, or in a comment."""
    text = case.page.text
    return any(key in comment for comment in case.read.comments) or (
        key in text and ("&lt;script" in text or text[: text.find(key)].rpartition("&")[2].startswith("quot;"))
    )


def _eaten(says: str, case: Case) -> Finding:
    tag = f'<script src="{case.host}/along/{case.site.site_id}.js" async></script>'
    return Finding("snippet", "bad", says, f"Exclude it from the minifier, or paste one plain tag: {tag}")


def check_csp(case: Case) -> Finding:
    """Check that the page's policies allow our script and its requests."""
    header = case.page.headers.get("content-security-policy", "")
    policies = [policy.strip() for policy in header.split(",") if policy.strip()] + list(case.read.csp)
    served = case.served_from if case.ours else case.host
    script = case.ours or f"{case.host}/along/{case.site.site_id}.js"
    for policy in policies:
        missing = _missing(policy, script, served, case)
        if missing:
            lines = with_host(policy, str(ada_url.URL(served).origin), missing)
            says = f"The content security policy forbids {served} in {' and '.join(missing)}."
            return Finding("csp", "bad", says, f"Content-Security-Policy: {lines}")
        if case.loader and not _runs_inline(sources_of(policy, *SCRIPTS)):
            fix = f'Use one tag instead: <script src="{script}" async></script>'
            return Finding(
                "csp", "bad", "The content security policy forbids inline scripts, so the loader cannot run.", fix
            )
    return Finding(
        "csp",
        "ok",
        "No content security policy is in the way." if policies else "The page has no content security policy.",
    )


def _missing(policy: str, script: str, served: str, case: Case) -> tuple[str, ...]:
    sources = sources_of(policy, *SCRIPTS)
    trusted = sources is not None and "'strict-dynamic'" in sources
    permissions = (
        ("script-src", trusted or allows(sources, script, case.page.url)),
        ("connect-src", allows(sources_of(policy, *REQUESTS), f"{served}/v1/notes", case.page.url)),
    )
    return tuple(name for name, is_allowed in permissions if not is_allowed)


def _runs_inline(sources: list[str] | None) -> bool:
    return sources is None or any(source.lower().startswith(INLINE) for source in sources)


def check_origin(case: Case) -> Finding:
    """Check that the page's origin is on the site's list."""
    if case.origin in case.site.accepted_origins:
        return Finding("origin", "ok", f"{case.origin} is on the site's list of addresses.")
    fix = f"Add it under Settings, or run `passalong site origin add {case.site.site_id} {case.origin}`."
    return Finding("origin", "bad", f"{case.origin} is not on the site's list of addresses.", fix)


def check_canonical(case: Case) -> Finding:
    """Check that the addresses which the page says of itself belong to the site."""
    for name, address in (("canonical", case.read.canonical), ("og:url", case.read.og_url)):
        if not address:
            continue
        try:
            url = ada_url.URL(address, case.page.url)
        except ValueError:
            return Finding(
                "canonical",
                "bad",
                f"Its {name} is {address[:200]!r}, which is no address.",
                f"Correct or remove {name}.",
            )
        if str(url.origin) not in case.site.accepted_origins:
            fix = f"Let {name} name the page itself; or add {url.origin} to the site's addresses."
            return Finding("canonical", "hint", f"Its {name} names another site: {address[:200]}.", fix)
        if "ht=" in str(url.search):
            return Finding("canonical", "bad", f"Its {name} carries a code.", f"Leave the parameter ht out of {name}.")
    return Finding("canonical", "ok", "Its canonical address and og:url are its own, or not given.")


def check_parameter(case: Case) -> Finding:
    """Check that the site does not use the parameter `ht` for something else."""
    if case.read.uses_parameter:
        fix = "Rename the site's own parameter ht: codes of shared links are called so."
        return Finding("parameter", "hint", "The page has a parameter ht of its own.", fix)
    return Finding("parameter", "ok", "The parameter ht is free.")


def check_referrer(case: Case) -> Finding:
    """Check that the first light can see the script: it needs the page's origin."""
    policy = (case.read.referrer or case.page.headers.get("referrer-policy", "")).split(",")[-1].strip().lower()
    if policy in ("no-referrer", "same-origin") and not case.loader:
        fix = "Nothing is lost: open your site in try mode. Or set Referrer-Policy: strict-origin-when-cross-origin."
        return Finding("referrer", "hint", f"Referrer-Policy is {policy}: the first light may stay dark.", fix)
    return Finding("referrer", "ok", f"Referrer-Policy is {policy or 'the browser’s own'}.")


def check_worker(case: Case) -> Finding:
    """Check for a service worker, which may answer with an old page or an old script."""
    if any("serviceWorker" in text and ".register(" in text for text in (*case.read.inline, case.page.text[:200_000])):
        fix = f"Let it pass requests to {case.host} and pages with ht through to the network."
        return Finding("worker", "hint", "The page has a service worker, which may answer from a cache.", fix)
    return Finding("worker", "ok", "No service worker is registered in the page.")


CHECKS: tuple[Check, ...] = (
    check_page,
    check_tag,
    check_snippet,
    check_csp,
    check_origin,
    check_canonical,
    check_parameter,
    check_referrer,
    check_worker,
)
"""Checks of the page as it was fetched; `network.py` has those that ask more."""
