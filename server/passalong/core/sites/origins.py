"""Origins of a site: the addresses its owner lists, and their twins with or without `www.`."""

from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=1024)
def with_twins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Return the listed origins, in order, and for each the one with or without `www.`, which belongs to it."""
    return tuple(dict.fromkeys((*origins, *(twin for origin in origins if (twin := _twin(origin))))))


def hosts_of(origins: Iterable[str]) -> tuple[str, ...]:
    """Return the hosts, with their ports where one is named, of these origins and their twins."""
    all_origins = with_twins(tuple(origins))
    return tuple(dict.fromkeys(origin.partition("://")[2] for origin in all_origins))


def same_place(origin: str, other: str) -> bool:
    """Return True if two origins are one address to people: `www.` and http or https make no difference."""
    return bool({*hosts_of((origin,))} & {*hosts_of((other,))})


def _twin(origin: str) -> str | None:
    scheme, _, host = origin.partition("://")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    last = name.rpartition(".")[2]
    if name.startswith("[") or "." not in name or last.isdigit():
        return None  # an IP address or a name such as localhost
    if not host.startswith("www."):
        return f"{scheme}://www.{host}"
    bare = host.removeprefix("www.")
    return f"{scheme}://{bare}" if "." in bare else None
