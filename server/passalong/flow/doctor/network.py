"""The doctor's checks that ask more of the network: our own address, redirects, and what a CDN does with a code."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

import ada_url

from passalong.flow.doctor.case import Case, Finding
from passalong.lib.http_client import SendError, is_outside, resolve
from passalong.lib.http_get import Fetched, fetch

PROBES = ("doctor-looks-at-this-page-1", "doctor-looks-at-this-page-2")
"""Codes that no link has: 27 characters, as tokens have."""
BLOCKED_NAMES = ("affiliate.", "promo.")


def is_loopback(host: str) -> bool:
    """Return True for a name or an address of this machine alone."""
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _is_inside(address: str) -> bool:
    """Return True for a host that browsers elsewhere do not reach; one without an address counts as such."""
    url = ada_url.URL(address)
    if is_loopback(url.hostname):
        return True
    try:
        return not all(map(is_outside, resolve(url.hostname.strip("[]"), 443, private=True)))
    except SendError:
        return True


def check_host(case: Case) -> Finding:
    """Check that a browser on the page reaches this server."""
    page, served = ada_url.URL(case.page.url), case.served_from if case.ours else case.host
    if page.protocol == "https:" and served.startswith("http:"):
        fix = "Serve Passalong over https, and set PASSALONG_URL to that address."
        return Finding("host", "bad", f"The page is https and {served} is not: browsers block that.", fix)
    if _is_inside(case.host) and not _is_inside(case.page.url) and "/_along" not in served:
        fix = "Give Passalong a public address and set PASSALONG_URL to it, or forward /_along/ from your own site."
        return Finding(
            "host", "bad", f"{case.host} is on a private network or this machine: visitors never reach it.", fix
        )
    if ada_url.URL(case.host).hostname.startswith(BLOCKED_NAMES):
        fix = "Use a name like along., go. or credit."
        return Finding("host", "hint", f"Block lists know names like {ada_url.URL(case.host).hostname}.", fix)
    return Finding("host", "ok", f"Browsers reach {served}.")


def check_redirects(case: Case) -> Finding:
    """Check that a code in the address survives the site's redirects: from http, and with or without www."""
    lost = []
    for start in _ways_in(case):
        with suppress(SendError):
            response = fetch(with_code(start, PROBES[0]), private=case.private)
            if PROBES[0] not in response.url:
                lost.append(f"{start} leads to {response.url[:200]}")
    if lost:
        fix = "Let redirects keep the query ($request_uri in nginx, {uri} in Caddy), or share with carrier=hash."
        return Finding("redirects", "bad", f"The code is lost on the way: {lost[0]}.", fix)
    return Finding("redirects", "ok", "A code in the address survives every redirect.")


def _ways_in(case: Case) -> list[str]:
    """Return the page's address as people may type it: as given, from http, with or without www."""
    first_address = case.page.hops[0] if case.page.hops else case.page.url
    if case.private:
        return [first_address]
    url = ada_url.URL(first_address)
    path = f"{url.pathname}{url.search}"
    twin = url.host.removeprefix("www.") if url.host.startswith("www.") else f"www.{url.host}"
    twins = [f"{url.protocol}//{twin}{path}"] if f"{url.protocol}//{twin}" in case.site.accepted_origins else []
    return [first_address, f"http://{url.host}{path}", *twins]


def with_code(page: str, code: str) -> str:
    """Return a page's address with a code."""
    bare = page.partition("#")[0]
    return f"{bare}{'&' if '?' in bare else '?'}ht={code}"


def check_cdn(case: Case) -> Finding:
    """Check what a cache in front of the site does with the parameter."""
    try:
        first, second = (fetch(with_code(case.page.url, code), private=case.private) for code in PROBES)
    except SendError as error:
        return Finding("cdn", "skipped", f"A page with a code could not be fetched: {error}.")
    if second.status >= 400 > case.page.status:
        fix = "Let the server or firewall pass the parameter ht."
        return Finding("cdn", "bad", f"With a code the page answers {second.status}.", fix)
    if PROBES[0] in second.text:
        fix = "Leave ht out of what the page prints of its own address, or out of the cache."
        return Finding("cdn", "bad", "A cache gives one visitor the page with another's code in it.", fix)
    cached = {_cached(case.page), _cached(first), _cached(second)}
    if "hit" in cached and _cached(second) == "miss":
        fix = "Leave ht out of the cache's key, or share with carrier=hash."
        return Finding("cdn", "hint", "The CDN keeps a copy for each code: shared links are slower than others.", fix)
    return Finding("cdn", "ok", "A page with a code is answered like the page itself.")


def _cached(page: Fetched) -> str:
    headers = " ".join(page.headers.get(name, "") for name in ("cf-cache-status", "x-cache", "x-vercel-cache")).lower()
    return "hit" if "hit" in headers else "miss" if "miss" in headers else ""


def check_script(case: Case) -> Finding:
    """Check that the script itself is answered, at the address that the page has."""
    address = case.ours or f"{case.host}/along/{case.site.site_id}.js"
    try:
        response = fetch(address, private=case.private or not case.ours)
    except SendError as error:
        return Finding(
            "script", "bad", f"{address} does not answer: {error}.", "Check the proxy, the name and the port."
        )
    if response.status != 200 or "javascript" not in response.headers.get("content-type", ""):
        fix = "Let the proxy pass this address to Passalong unchanged."
        return Finding("script", "bad", f"{address} answers {response.status}, and not with the script.", fix)
    return Finding("script", "ok", f"{address} answers with the script.")


CHECKS: tuple[Callable[[Case], Finding], ...] = (check_host, check_script, check_redirects, check_cdn)
