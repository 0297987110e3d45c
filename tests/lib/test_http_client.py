"""Outgoing requests: which addresses are allowed, DNS rebinding, both address families, one deadline for the whole."""

import socket
import threading
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passalong.lib import http_client
from passalong.lib.http_client import SendError, is_outside, is_web_url
from plumbing.dripping import a_server, drips
from plumbing.ports import HOST

INSIDE = """0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1
192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1
::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:db8::1
2002:7f00:1::1 3fff::1 fc00::1 fd12::1 fe80::1 fec0::1 ff02::1 4000::1 161.26.0.11 166.8.0.1""".split()
METADATA = """169.254.169.254 169.254.170.2 169.254.170.23 169.254.0.23 168.63.129.16 100.100.100.200 192.0.0.192
192.80.8.124 fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fd00:42::42 fe80::a9fe:a9fe ::ffff:168.63.129.16""".split()
OUTSIDE = """1.1.1.1 8.8.8.8 100.128.0.1 172.32.0.1 192.167.255.255 223.255.255.255 168.63.129.15 192.80.8.125
2606:4700::1111 2a00::1""".split()
EVERY = [*((address, False) for address in INSIDE + METADATA), *((address, True) for address in OUTSIDE)]


@pytest.mark.parametrize(
    ("address", "outside"), [*((a, False) for a in INSIDE + METADATA), *((a, True) for a in OUTSIDE)]
)
def test_an_address_is_outside_or_not(address: str, outside: bool) -> None:
    assert is_outside(ip_address(address)) is outside


INNER = st.sampled_from(
    [ip_network(text) for text in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")]
).flatmap(lambda network: st.integers(int(network[0]), int(network[-1])).map(IPv4Address))
"""Loopback, private and link-local addresses."""
WAYS_IN: list[Callable[[IPv4Address], IPv6Address]] = [
    lambda inner: IPv6Address(int(inner)),
    lambda inner: IPv6Address((0xFFFF << 32) | int(inner)),
    lambda inner: IPv6Address((0xFFFF << 48) | int(inner)),
    lambda inner: IPv6Address((0x64FF9B << 96) | int(inner)),
    lambda inner: IPv6Address((0x64FF9B0001 << 80) | int(inner)),
    lambda inner: IPv6Address((0x2002 << 112) | int(inner) << 80 | 1),
    lambda inner: IPv6Address((0x20010000 << 96) | 0x41C2 << 80 | (int(inner) ^ 0xFFFFFFFF)),
]
"""Compatible, mapped, translated, NAT64 of both kinds, 6to4 and Teredo."""


@given(INNER, st.sampled_from(WAYS_IN))
def test_no_address_inside_is_taken_for_one_outside_however_it_is_written(
    inner: IPv4Address, written: Callable[[IPv4Address], IPv6Address]
) -> None:
    assert not is_outside(inner)
    assert not is_outside(written(inner))


@pytest.mark.parametrize("written", WAYS_IN)
def test_a_metadata_service_is_refused_within_ipv6_even_where_private_addresses_are_allowed(
    written: Callable[[IPv4Address], IPv6Address],
) -> None:
    assert http_client.is_metadata(written(IPv4Address("169.254.169.254")))
    assert not http_client.is_metadata(written(IPv4Address("192.168.1.1")))


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_outside_are_only_global_unicast_addresses_that_lead_to_no_address_inside(address: IPv6Address) -> None:
    if is_outside(address):
        assert address in ip_network("2000::/3")
        assert address.is_global
        assert all(is_outside(inner) for inner in http_client.embedded(address))


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_outside_are_only_ipv4_addresses_that_the_registry_calls_global(address: IPv4Address) -> None:
    assert not is_outside(address) or address.is_global


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "localhost", "[::ffff:a00:1]"])
def test_every_spelling_of_an_address_inside_is_refused(host: str) -> None:
    with pytest.raises(SendError, match=r"private network|no address"):
        http_client.post_json(f"http://{host}:9/", b"{}")


@pytest.mark.parametrize("address", METADATA)
def test_a_clouds_metadata_service_is_refused_even_where_private_addresses_are_allowed(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(SendError, match="private network"):
        http_client.post_json(f"http://{host}/latest/meta-data/", b"{}", private=True)


def test_one_answer_inside_among_others_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two answers the connection could take either."""
    answers = [(2, 1, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers)
    with pytest.raises(SendError, match="private network"):
        http_client.resolve("rebinding.example", 80, private=False)


def test_the_resolver_is_asked_once_and_that_answer_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, connected = [], []

    def answer(host: str, *_: object, **_more: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(2, 1, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", 80))]

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(SendError, match="did not answer"):
        http_client.post_json("http://rebinding.example/", b"{}")
    assert (asked, connected) == (["rebinding.example"], [("8.8.8.8", 80)])


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://witness.example/heads?x=1", True),
        ("http://witness.example:8443", True),
        ("ftp://witness.example", False),
        ("file:///etc/passwd", False),
        ("https://name:secret@witness.example", False),
        ("witness.example", False),
        ("", False),
        ("https://", False),
    ],
)
def test_a_web_address_is_one(url: str, good: bool) -> None:
    assert is_web_url(url) is good


# --- both families, and one deadline ----------------------------------------------------------------------------------


def answers(*addresses: str) -> Callable[..., list[tuple[object, ...]]]:
    """A resolver that gives these addresses."""
    return lambda *_args, **_more: [(2, 1, 6, "", (address, 80)) for address in addresses]


def test_both_families_are_tried_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers("2a00::1", "2a00::2", "2a00::1", "8.8.8.8", "1.1.1.1"))
    found = http_client.resolve("both.example", 80, private=False)
    assert [str(address) for address in found] == ["2a00::1", "8.8.8.8", "2a00::2", "1.1.1.1"]


def says_ok(connection: socket.socket) -> None:
    """A server that takes everything."""
    connection.recv(4_000)
    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_the_second_address_is_taken_where_the_first_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose IPv6 address leads nowhere is reached by IPv4."""
    with a_server(says_ok) as port, monkeypatch.context() as patched:
        patched.setattr(http_client, "_answers", lambda *_: ["::1", HOST])
        http_client.post_json(f"http://both.example:{port}/", b"{}", private=True)


def test_an_unreachable_address_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def connect(address: tuple[str, int], timeout_s: float) -> socket.socket:
        tried.append(timeout_s)
        time.sleep(timeout_s)
        raise TimeoutError

    monkeypatch.setattr(socket, "getaddrinfo", answers("2a00::1", "8.8.8.8"))
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(SendError, match="did not answer"):
        http_client.post_json("http://away.example/", b"{}", timeout_s=0.4)
    assert len(tried) == 2
    assert sum(tried) == pytest.approx(0.4, abs=0.1)


DRIPS = {
    "status": b"HTTP/1.1 2",
    "headers": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "body of a length": b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n",
    "body without a length": b"HTTP/1.1 200 OK\r\n\r\n",
}


@pytest.mark.parametrize("head", DRIPS.values(), ids=DRIPS)
def test_a_server_that_drips_is_left_at_the_deadline(head: bytes) -> None:
    """No single read takes long; the whole does. Nor is half a body taken for success."""
    began = time.monotonic()
    with a_server(drips(head)) as port, pytest.raises(SendError, match="took too long"):
        http_client.post_json(f"http://{HOST}:{port}/", b"{}", private=True, timeout_s=0.5)
    assert time.monotonic() - began < 10, "the server would have gone on for twenty seconds"


def test_a_tls_handshake_that_drips_is_left_too() -> None:
    began = time.monotonic()
    hello = b"\x16\x03\x03\x40\x00"  # a handshake record of 16 kB that never ends
    with a_server(drips(hello)) as port, pytest.raises(SendError, match="took too long"):
        http_client.post_json(f"https://{HOST}:{port}/", b"{}", private=True, timeout_s=0.5)
    assert time.monotonic() - began < 10


def test_a_resolver_that_hangs_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def hang(*_args: object, **_more: object) -> None:
        never.wait(20)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    with pytest.raises(SendError, match="not resolved in time"):
        http_client.post_json("http://slow.example/", b"{}", timeout_s=0.2)
    assert time.monotonic() - began < 10
    never.set()
