"""Content security policies, read as a browser reads them: does one allow our script and its requests?"""

import ada_url

INLINE = ("'unsafe-inline'", "'nonce-", "'sha256-", "'sha384-", "'sha512-")


def directives(policy: str) -> dict[str, list[str]]:
    """Return the directives of one policy; of a repeated one the first counts."""
    sources_of: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *sources = part.split()[:200] or [""]
        if name:
            sources_of.setdefault(name.lower(), sources)
    return sources_of


def sources_of(policy: str, *names: str) -> list[str] | None:
    """Return the sources that hold for the first of these directives that is there; None if none is."""
    sources_of = directives(policy)
    return next((sources_of[name] for name in names if name in sources_of), None)


def allows(sources: list[str] | None, address: str, page: str) -> bool:
    """Return True if one of the sources matches an address that a page at `page` asks for."""
    return sources is None or any(_matches(source.lower(), address, page) for source in sources)


def _matches(source: str, address: str, page: str) -> bool:
    url = ada_url.URL(address)
    if source == "'self'":
        return str(url.origin) == str(ada_url.URL(page).origin)
    if source == "*":
        return url.protocol in ("http:", "https:")
    if source.endswith(":"):
        return url.protocol == source
    scheme, _, rest = source.rpartition("://")
    host, _, path = rest.partition("/")
    host, _, port = host.partition(":")
    if scheme and url.protocol not in (f"{scheme}:", f"{scheme}s:"):
        return False
    if port not in ("", "*") and port != (url.port or {"https:": "443", "http:": "80"}.get(url.protocol, "")):
        return False
    if not port and url.port:
        return False
    is_host = url.hostname.endswith(host[1:]) if host.startswith("*.") else url.hostname == host
    return is_host and (not path or url.pathname.startswith(f"/{path}"))


def with_host(policy: str, host: str, names: tuple[str, ...]) -> str:
    """Return the policy with a host added to these directives, which begin with what held for them before."""
    sources_of = directives(policy)
    for name in names:
        sources = sources_of.get(name, sources_of.get("default-src", []))
        sources_of[name] = [*(source for source in sources if source.lower() != "'none'"), host]
    return "; ".join(" ".join((name, *sources)) for name, sources in sources_of.items())
