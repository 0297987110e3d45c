"""Sending outside: which addresses are outside, and what happens on the way. Rebinding finds nothing to rebind."""

import socket
from ipaddress import ip_address

import pytest

from passalong import outbound
from passalong.outbound import CannotSend, is_outside, is_web_url

INSIDE = """0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1
192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1
::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:db8::1
2002:7f00:1::1 3fff::1 fc00::1 fd12::1 fe80::1 fec0::1 ff02::1 4000::1""".split()
OUTSIDE = "1.1.1.1 8.8.8.8 100.128.0.1 172.32.0.1 192.167.255.255 223.255.255.255 2606:4700::1111 2a00::1".split()


@pytest.mark.parametrize(("address", "outside"), [*((a, False) for a in INSIDE), *((a, True) for a in OUTSIDE)])
def test_an_address_is_outside_or_not(address: str, outside: bool) -> None:
    assert is_outside(ip_address(address)) is outside


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "localhost", "[::ffff:a00:1]"])
def test_every_spelling_of_an_address_inside_is_refused(host: str) -> None:
    with pytest.raises(CannotSend, match=r"private network|no address"):
        outbound.post_json(f"http://{host}:9/", b"{}")


def test_one_answer_inside_among_others_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two answers the connection could take either."""
    answers = [(2, 1, 6, "", (address, 80)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers)
    with pytest.raises(CannotSend, match="private network"):
        outbound.resolve("rebinding.example", 80, private=False)


def test_the_resolver_is_asked_once_and_that_answer_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, connected = [], []

    def answer(host: str, *_: object, **_more: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(2, 1, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", 80))]

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        connected.append(address)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(CannotSend, match="did not answer"):
        outbound.post_json("http://rebinding.example/", b"{}")
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
