"""A small OpenID provider over HTTP: discovery, keys, an authorization endpoint that asks nobody, and tokens.

It checks what a provider checks: the client's secret, the redirect address, the PKCE verifier, and that a code is used
once. A test says who is signed in, and may spoil a token in one way.
"""

import json
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from plumbing.ports import HOST

Claims = dict[str, Any]
CLIENT, SECRET = "passalong", "a secret of the client"


class Provider:
    """A provider on a port of its own. `person` are the claims about who is signed in there."""

    def __init__(self, now_ms: Callable[[], int], back: str):
        self.person: Claims = {"sub": "4711", "email": "ina@bees.example", "email_verified": True}
        self.spoil: Claims = {}
        self.way = "RS256"
        self.back = back
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.published = self.key
        self.codes: dict[str, dict[str, str]] = {}
        self._now_ms = now_ms
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self.issuer = f"http://{HOST}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def env(self) -> dict[str, str]:
        """The settings of a server whose people sign in here."""
        names = ("ISSUER", "CLIENT", "SECRET", "NAME")
        values = (self.issuer, CLIENT, SECRET, "Hive accounts")
        return {f"PASSALONG_OPENID_{name}": value for name, value in zip(names, values, strict=True)}

    def description(self) -> Claims:
        """The document of discovery."""
        paths = {"authorization_endpoint": "/authorize?hint=bees", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return {"issuer": self.issuer} | {name: f"{self.issuer}{path}" for name, path in paths.items()}

    def keys(self) -> Claims:
        """The public keys."""
        return {"keys": [self.published.as_dict(private=False)]}

    def authorize(self, asked: dict[str, str]) -> str:
        """The address back, with a code."""
        assert (asked["response_type"], asked["client_id"], asked["hint"]) == ("code", CLIENT, "bees")
        assert asked["redirect_uri"] == self.back and "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = sha256(f"{len(self.codes)}{asked['state']}".encode()).hexdigest()
        self.codes[code] = asked
        return f"{self.back}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def token(self, sent: dict[str, str], proof: str) -> tuple[int, Claims]:
        """The answer to a code."""
        asked = self.codes.pop(sent.get("code", ""), None)
        secret = b64decode(proof.removeprefix("Basic ")).decode() == f"{CLIENT}:{SECRET.replace(' ', '%20')}"
        challenge = urlsafe_b64encode(sha256(sent["code_verifier"].encode()).digest()).decode().rstrip("=")
        if asked is None or not secret or challenge != asked["code_challenge"] or sent["redirect_uri"] != self.back:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "none", "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])}

    def _id_token(self, nonce: str) -> str:
        now_s = self._now_ms() // 1_000
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now_s, "exp": now_s + 300, "nonce": nonce}
        claims = {name: value for name, value in (claims | self.person | self.spoil).items() if value is not None}
        if self.way == "RS256":
            return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
        if self.way == "HS256":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET.ljust(32)))
        parts = ({"alg": "none"}, claims)
        return ".".join(urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            """Four addresses."""

            def do_GET(self) -> None:
                """Discovery, keys, and the page where a person would sign in."""
                path, _, query = self.path.partition("?")
                if path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider.authorize(_fields(query)))
                    self.end_headers()
                else:
                    self._say(200, provider.keys() if path == "/keys" else provider.description())

            def do_POST(self) -> None:
                """A code becomes a token."""
                sent = _fields(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._say(*provider.token(sent, self.headers.get("Authorization", "")))

            def _say(self, status: int, body: Claims) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def _fields(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


def path_of(url: str) -> str:
    """The path and query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
