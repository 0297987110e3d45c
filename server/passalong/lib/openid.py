"""OpenID Connect: the authorization code flow with PKCE against one provider, which the operator names.

`begin` gives the address to send the browser to, `finish` exchanges the code that comes back for a checked ID token.
State, nonce and PKCE verifier are derived from one secret, which the browser keeps in a cookie: nothing is stored.
"""

import json
import threading
from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from passalong.lib import http_get
from passalong.lib.clock import Clock
from passalong.lib.http_client import SendError
from passalong.lib.http_post import post_form

if TYPE_CHECKING:  # imported where it is used: few instances have a provider
    from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures by a key pair: the client's secret must not make an ID token, and `none` signs nothing."""
SCOPE = "openid email"
FRESH_MS = 3_600_000
"""How long the provider's description and keys are kept."""
LEEWAY_S = 60


class Provider(Struct, frozen=True):
    """A provider: its issuer address, our id and secret there, and the name on the button."""

    issuer: str
    client: str
    secret: str
    name: str


class Identity(Struct, frozen=True):
    """A person at a provider: its own id of them (`subject`), and the address, where it says that it is theirs."""

    issuer: str
    subject: str
    address: str
    is_verified: bool

    @property
    def key(self) -> str:
        """The hash under which this identity is stored."""
        return sha256(f"{self.issuer}\n{self.subject}".encode()).hexdigest()


class BadIdentityError(Exception):
    """The provider cannot be asked, or its answer is not one to this question; says why, for the log."""


class _Known(Struct, frozen=True):
    """The provider's description and keys, and when they were fetched."""

    about: dict[str, Any]
    keys: "KeySet"
    at_ms: int


class OpenId:
    """The client of one provider. Thread-safe; the provider is asked at the first sign-in, not at the start."""

    def __init__(self, provider: Provider, clock: Clock, back: str):
        self.provider = provider
        self._clock = clock
        self._back = back
        self._known: _Known | None = None
        self._lock = threading.Lock()

    def begin(self, secret: str) -> str:
        """Return the address at the provider where the person signs in. Raises BadIdentityError."""
        about = self._discovered().about
        challenge = urlsafe_b64encode(sha256(_part(secret, "verifier").encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self.provider.client,
            "redirect_uri": self._back,
            "scope": SCOPE,
            "state": state_of(secret),
            "nonce": _part(secret, "nonce"),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        where = _text(about, "authorization_endpoint")
        return f"{where}{'&' if '?' in where else '?'}{urlencode(query)}"

    def finish(self, secret: str, code: str) -> Identity:
        """Exchange the code that came back for the identity of the person. Raises BadIdentityError."""
        endpoints = self._discovered()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": _part(secret, "verifier"),
        }
        try:
            headers = self._proof(endpoints.about, fields)
            answer = post_form(_text(endpoints.about, "token_endpoint"), fields, headers, private=True)
            token = json.loads(answer.body)["id_token"] if answer.status == 200 else None
        except (SendError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadIdentityError(f"the token cannot be read: {error}") from None
        if not isinstance(token, str):
            raise BadIdentityError(f"the provider answered {answer.status}")
        return self._identity(token, _part(secret, "nonce"), endpoints)

    def _proof(self, about: dict[str, Any], fields: dict[str, str]) -> dict[str, str]:
        """Return the header that proves this client, or put the proof into the form, as the provider wants it."""
        ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" in ways:
            pair = f"{quote(self.provider.client, safe='')}:{quote(self.provider.secret, safe='')}"
            return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        fields |= {"client_id": self.provider.client, "client_secret": self.provider.secret}
        return {}

    def _identity(self, token: str, nonce: str, endpoints: _Known) -> Identity:
        from joserfc import jwt
        from joserfc.errors import JoseError

        claims = self._claims(token, endpoints)
        registry = jwt.JWTClaimsRegistry(
            now=self._clock.now_ms() // 1_000,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.provider.issuer},
            aud={"essential": True, "value": self.provider.client},
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise BadIdentityError(f"the token is not for this sign-in: {error}") from None
        if isinstance(claims["aud"], list) and claims.get("azp", self.provider.client) != self.provider.client:
            raise BadIdentityError("the token is for another client")
        address = claims.get("email")
        verified = claims.get("email_verified") is True and isinstance(address, str)
        address_text = address if isinstance(address, str) else claims["sub"]
        return Identity(self.provider.issuer, claims["sub"], address_text[:254], verified)

    def _claims(self, token: str, endpoints: _Known) -> dict[str, Any]:
        """Return the claims of a signed token. A key that is not known is looked for once more: providers rotate."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        why = ""
        for again in (False, True):
            keys = self._discovered(again=True).keys if again else endpoints.keys
            try:
                return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            except (JoseError, ValueError, TypeError, KeyError) as error:
                why = str(error)
        raise BadIdentityError(f"the token is not signed by the provider: {why}")

    def _discovered(self, *, again: bool = False) -> _Known:
        with self._lock:
            now_ms = self._clock.now_ms()
            if self._known is None or again or now_ms - self._known.at_ms >= FRESH_MS:
                about = _fetched(f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
                if about.get("issuer") != self.provider.issuer:
                    raise BadIdentityError("the provider calls itself something else than PASSALONG_OPENID_ISSUER")
                from joserfc.errors import JoseError
                from joserfc.jwk import KeySet

                try:
                    keys = KeySet.import_key_set(_fetched(_text(about, "jwks_uri")))  # type: ignore[arg-type]
                except (JoseError, ValueError, TypeError, KeyError) as error:
                    raise BadIdentityError(f"the provider's keys cannot be read: {error}") from None
                self._known = _Known(about, keys, now_ms)
            return self._known


def state_of(secret: str) -> str:
    """Return the state that comes back with the code of a sign-in."""
    return _part(secret, "state")


def _part(secret: str, name: str) -> str:
    return sha256(f"{name}.{secret}".encode()).hexdigest()


def _text(about: dict[str, Any], name: str) -> str:
    value = about.get(name)
    if not isinstance(value, str):
        raise BadIdentityError(f"the provider's description has no {name}")
    return value


def _fetched(url: str) -> dict[str, Any]:
    try:
        answer = http_get.fetch(url, private=True)
        document = json.loads(answer.text) if answer.status == 200 else None
    except (SendError, ValueError, RecursionError) as error:
        raise BadIdentityError(f"{url} cannot be read: {error}") from None
    if not isinstance(document, dict):
        raise BadIdentityError(f"{url} is no JSON object")
    return document
