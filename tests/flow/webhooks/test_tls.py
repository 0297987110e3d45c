"""Webhooks over TLS: the certificate must be of the host in the address, and signed by somebody who is trusted."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flow.webhooks.receivers import Receiver, a_receiver
from passalong.lib import http_client
from passalong.lib.http_client import Post, SendError, send
from plumbing.ports import HOST


def certificate(folder: Path, host: str) -> ssl.SSLContext:
    """A server's context with a certificate of this host, signed by itself; `folder/cert.pem` is to be trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ip_address("::1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """A receiver whose certificate is of shop.example."""
    with a_receiver(tls=certificate(tmp_path, "shop.example")) as made:
        yield made


def test_an_event_reaches_a_receiver_whose_certificate_is_trusted_and_no_other(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "_answers", lambda *_: [HOST])
    post = Post(f"https://shop.example:{receiver.port}/hook", b"{}", {"webhook-id": "evt_1"}, private=True)
    with pytest.raises(SendError, match="SSL"):
        send(post)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    monkeypatch.setattr(http_client, "_tls", lambda: trusting)
    assert send(post).status == 204
    with pytest.raises(SendError, match="SSL"):
        send(Post(f"https://other.example:{receiver.port}/hook", b"{}", {"webhook-id": "evt_1"}, private=True))
    assert receiver.ids == ["evt_1"]
