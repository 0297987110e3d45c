"""Sending to an address that somebody named: the address it resolves to is judged, and connected to, itself.

`ipaddress.is_global` is no guard: 6to4, NAT64 and mapped addresses pass. So whatever may hide or reach inside is named
here, one answer of the resolver is used for both the judgement and the connection, and no redirect is followed.
"""

import http.client
import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import ada_url

Address = IPv4Address | IPv6Address

TIMEOUT_S = 10.0
MOST_ANSWER = 65_536
INSIDE = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
            *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
        ),
    )
)
"""IPv4 addresses that are not the public internet's (IANA's special-purpose registry)."""
OUTSIDE_6 = ip_network("2000::/3")
INSIDE_6 = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")))
"""Of IPv6 only global unicast is the internet's; within it: Teredo and other protocols, documentation, 6to4."""


class CannotSend(Exception):
    """Nothing was taken there; says why, in one line."""


def is_web_url(text: str) -> bool:
    """True for an http or https address as browsers read it, without a name and password in it."""
    try:
        url = ada_url.URL(text)
    except ValueError:
        return False
    return url.protocol in ("http:", "https:") and bool(url.hostname) and not url.username and not url.password


def is_outside(address: Address) -> bool:
    """True for an address of the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in INSIDE)
    return address in OUTSIDE_6 and not any(address in network for network in INSIDE_6)


def resolve(host: str, port: int, private: bool) -> Address:
    """The address to connect to. Every answer of the resolver must be outside, unless `private` ones are allowed."""
    try:
        found = [ip_address(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, ValueError, UnicodeError):
        raise CannotSend(f"{host} has no address") from None
    if not private and not all(map(is_outside, found)):
        raise CannotSend(f"{host} leads into a private network")
    return found[0]


def post_json(text: str, body: bytes, *, private: bool = False, timeout_s: float = TIMEOUT_S) -> None:
    """POST JSON to a URL; a 2xx is success, everything else, a redirect too, raises CannotSend."""
    if not is_web_url(text):
        raise CannotSend("it is not an http or https address")
    url = ada_url.URL(text)
    secure = url.protocol == "https:"
    port = int(url.port) if url.port else (443 if secure else 80)
    host = url.hostname.strip("[]")
    address = resolve(host, port, private)
    connection = _Connection(host, port, address, secure, timeout_s)
    headers = {"Host": url.host, "Content-Type": "application/json", "User-Agent": "Passalong"}
    try:
        connection.request("POST", url.pathname + url.search, body, headers)
        response = connection.getresponse()
        response.read(MOST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise CannotSend(f"{host} did not answer: {type(error).__name__}") from None
    finally:
        connection.close()
    if not 200 <= response.status < 300:
        raise CannotSend(f"{host} answered {response.status}")


class _Connection(http.client.HTTPConnection):
    """A connection to the very address that was judged; TLS still asks for the name."""

    def __init__(self, host: str, port: int, address: Address, secure: bool, timeout_s: float):
        super().__init__(host, port, timeout=timeout_s)
        self._address = str(address)
        self._tls = ssl.create_default_context() if secure else None

    def connect(self) -> None:
        """Connect, with TLS where the address says so."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)
