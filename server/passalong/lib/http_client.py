"""Outgoing HTTP requests to an address that somebody named: the SSRF guard and one deadline for the whole request.

`ipaddress.is_global` is no guard: 6to4, NAT64 and mapped addresses pass. So every range that may hide or reach a
private network is listed here, the resolver is asked once, its answers are judged and connected to as they are, and no
redirect is followed. Time-outs of sockets are per operation, and a server that sends a byte now and then never hits
one: a `Deadline` shuts the connection down when its time is over.
"""

import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import chain, zip_longest

import ada_url
from msgspec import Struct

Address = IPv4Address | IPv6Address

TIMEOUT_S = 10.0
MOST_ANSWER = 65_536
MOST_ADDRESSES = 6
"""The number of addresses of one host that are tried."""
INSIDE = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
            *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
            *("161.26.0.0/16", "166.8.0.0/14"),
        ),
    )
)
"""IPv4 addresses that are not the public internet's: IANA's special-purpose registry, IBM Cloud's service ranges."""
OUTSIDE_6 = ip_network("2000::/3")
INSIDE_6 = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")))
"""Only global unicast is public in IPv6; within it Teredo and other protocols, documentation and 6to4 are excluded."""
METADATA = frozenset(
    map(
        ip_address,
        (
            *("169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.0.23", "fd00:ec2::254", "fd00:ec2::23"),
            *("168.63.129.16", "100.100.100.200", "192.0.0.192", "192.80.8.124", "fd20:ce::254", "fd00:42::42"),
            "fe80::a9fe:a9fe",
        ),
    )
)
"""Where clouds answer with credentials: AWS, GCP, OpenStack, Tencent, ECS and EKS, Azure, Alibaba, Oracle, Equinix,
Scaleway. Some of these look public; none is ever connected to, even where private addresses are allowed."""


ENDS_IN_IPV4 = tuple(map(ip_network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))
"""IPv6 networks whose last 32 bits are an IPv4 address: compatible, mapped, translated, and NAT64 of both kinds."""


class SendError(Exception):
    """The request failed or was refused; says why, in one line."""


class Deadline:
    """The deadline of one outgoing conversation; at its end the socket is shut down."""

    def __init__(self, after_s: float):
        self._at_s = time.monotonic() + after_s

    @property
    def left_s(self) -> float:
        """The seconds that are left, at least a millisecond: zero would mean no time-out."""
        return max(0.001, self._at_s - time.monotonic())

    @property
    def is_over(self) -> bool:
        """True after the deadline."""
        return time.monotonic() >= self._at_s

    @contextmanager
    def over(self, connected: socket.socket) -> Iterator[None]:
        """Shut the connection down at the deadline, whatever layer of TLS is put around the socket meanwhile."""
        with connected.dup() as raw:
            timer = threading.Timer(self.left_s, _shut, [raw])
            timer.daemon = True
            timer.start()
            try:
                yield
            finally:
                timer.cancel()


def _shut(raw: socket.socket) -> None:
    with suppress(OSError):
        raw.shutdown(socket.SHUT_RDWR)


def is_web_url(text: str) -> bool:
    """Return True for an http or https address as browsers read it, without a name and password in it."""
    try:
        url = ada_url.URL(text)
    except ValueError:
        return False
    return url.protocol in ("http:", "https:") and bool(url.hostname) and not url.username and not url.password


def is_outside(address: Address) -> bool:
    """Return True for an address of the public internet."""
    if is_metadata(address):
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in INSIDE)
    return address in OUTSIDE_6 and not any(address in network for network in INSIDE_6)


def is_metadata(address: Address) -> bool:
    """Return True for the address of a cloud's metadata service, also within an IPv6 address that leads to it."""
    plain = ip_address(str(address).partition("%")[0])
    return plain in METADATA or any(inner in METADATA for inner in embedded(plain))


def embedded(address: Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses that an IPv6 address may lead to: mapped, compatible, NAT64, 6to4, Teredo."""
    if isinstance(address, IPv4Address):
        return ()
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    embedded = [last] if any(address in network for network in ENDS_IN_IPV4) else []
    embedded += [
        address for address in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if address is not None
    ]
    return tuple(embedded)


def resolve(host: str, port: int, private: bool, deadline: Deadline | None = None) -> Sequence[Address]:
    """Return the addresses to try, both families in turn. Raises SendError unless every answer may be connected to."""
    addresses = [ip_address(text) for text in _answers(host, port, deadline or Deadline(TIMEOUT_S))]
    if not addresses:
        raise SendError(f"{host} has no address")
    if any(map(is_metadata, addresses)) or not (private or all(map(is_outside, addresses))):
        raise SendError(f"{host} leads into a private network")
    first, second = (
        [address for address in addresses if (address.version == addresses[0].version) is same]
        for same in (True, False)
    )
    return [address for address in chain(*zip_longest(first, second)) if address is not None][:MOST_ADDRESSES]


def _answers(host: str, port: int, deadline: Deadline) -> list[str]:
    """Ask the resolver in a thread, because it has no time-out; returns its answers as text, each once."""
    box: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def ask() -> None:
        texts: list[str] = []
        with suppress(OSError, ValueError, UnicodeError):
            texts = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        box.put(list(dict.fromkeys(texts)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        return box.get(timeout=deadline.left_s)
    except queue.Empty:
        raise SendError(f"{host} was not resolved in time") from None


class Post(Struct, frozen=True):
    """A body to be sent to a URL, and how long that may take altogether; `private` allows addresses inside."""

    url: str
    body: bytes
    headers: dict[str, str] = {}
    private: bool = False
    timeout_s: float = TIMEOUT_S


class Response(Struct, frozen=True):
    """The answer to a Post: its status, the beginning of its body, and its headers by small letters."""

    status: int
    body: bytes
    headers: dict[str, str]


def post_json(text: str, body: bytes, *, private: bool = False, timeout_s: float = TIMEOUT_S) -> None:
    """POST JSON to a URL within `timeout_s` altogether; anything but a 2xx, a redirect too, raises SendError."""
    response = send(Post(text, body, private=private, timeout_s=timeout_s))
    if not 200 <= response.status < 300:
        raise SendError(f"{ada_url.URL(text).hostname.strip('[]')} answered {response.status}")


def send(post: Post) -> Response:
    """POST JSON once, following no redirect; returns any answer that is whole in time. Raises SendError.

    At most MOST_ANSWER bytes of the answer are read.
    """
    if not is_web_url(post.url):
        raise SendError("it is not an http or https address")
    url, deadline = ada_url.URL(post.url), Deadline(post.timeout_s)
    secure = url.protocol == "https:"
    port = int(url.port) if url.port else (443 if secure else 80)
    host = url.hostname.strip("[]")
    connected = connect(host, port, resolve(host, port, post.private, deadline), deadline)
    connection = PinnedConnection(host, port, connected, secure, deadline)
    headers = {"Host": url.host, "Content-Type": "application/json", "User-Agent": "Passalong", **post.headers}
    try:
        with deadline.over(connected):
            connection.request("POST", url.pathname + url.search, post.body, headers)
            response = connection.getresponse()
            begins = response.read(MOST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        why = "took too long" if deadline.is_over else f"did not answer: {type(error).__name__}"
        raise SendError(f"{host} {why}") from None
    finally:
        connection.close()
        connected.close()
    if deadline.is_over:  # a body that is cut off may look like one that ended
        raise SendError(f"{host} took too long")
    return Response(response.status, begins, {name.lower(): value for name, value in response.getheaders()})


def connect(host: str, port: int, addresses: Sequence[Address], deadline: Deadline) -> socket.socket:
    """Connect to the first address that answers, each with its part of the time. Raises SendError."""
    error: OSError | None = None
    for tried, address in enumerate(addresses):
        try:
            return socket.create_connection((str(address), port), deadline.left_s / (len(addresses) - tried))
        except OSError as failed:
            error = failed
    raise SendError(f"{host} did not answer: {type(error).__name__}")


class PinnedConnection(http.client.HTTPConnection):
    """An HTTP connection over the socket whose address was checked; TLS still uses the host name."""

    def __init__(self, host: str, port: int, connected: socket.socket, secure: bool, deadline: Deadline):
        super().__init__(host, port)
        self._connected = connected
        self._deadline = deadline
        self._tls = _tls() if secure else None

    def connect(self) -> None:
        """Take the connection, with TLS where the address says so."""
        self._connected.settimeout(self._deadline.left_s)
        self.sock = self._connected
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self._connected, server_hostname=self.host)


@cache
def _tls() -> ssl.SSLContext:
    """Read the machine's certificates once: that takes longer than a request."""
    return ssl.create_default_context()
