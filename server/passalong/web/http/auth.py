"""Authentication: sessions in a cookie, API keys in a header, and CSRF checks of forms.

Cross-site requests are recognised by `Sec-Fetch-Site` and `Origin`, which every browser sends since 2023 and no page
can forge (docs/decisions/0006); cookies are HttpOnly, SameSite=Lax and, over https, Secure with the `__Host-` prefix.
"""

import re

import ada_url
from flask import g, request
from msgspec import Struct
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import GUEST, Lack, Need, Role, Strength, lack, strength
from passalong.flow.signin.sessions import ADVOCATE, OWNER, SESSION_MS, WEAK
from passalong.lib.tokens import hashed
from passalong.store.books import bindings, identities
from passalong.store.people import api_keys, owners, sign_in_methods
from passalong.store.people import open_sessions as sessions
from passalong.store.people.api_keys import ApiKey
from passalong.store.people.open_sessions import OpenSession
from passalong.store.people.owners import Owner, OwnerSession
from passalong.store.sites import Site
from passalong.web.http import cookies
from passalong.web.http.errors import RefusalError
from passalong.web.http.language import said
from passalong.web.http.services import Services, current_services


class Signed(Struct, frozen=True):
    """An open session of an advocate: the site, the advocate ids that it may see, and its strength.

    `mine` are all ids of the account, or the browser's own if a guest secret is all that there is of a kept one.
    """

    site: Site
    mine: tuple[str, ...]
    subject: str
    via: str
    strength: Strength
    secret: str

    @property
    def advocate_id(self) -> str:
        """The id that new credit of this account is booked under: the least."""
        return self.mine[0]

    @property
    def kept(self) -> bool:
        """True for an account that has a sign-in method."""
        return self.strength not in (Strength.GUEST, Strength.HAND_OVER)

    def lacks(self, need: Need) -> Lack | None:
        """Return why this session may not do what is needed, or None if it may."""
        return lack(need, self.strength)


def advocate() -> Signed | None:
    """Return the advocate whose session this browser has, or None."""
    services, (site, secret) = current_services(), _cookie(ADVOCATE)
    if site is None:
        return None
    now_ms = services.clock.now_ms()
    with services.db.reading() as session:
        open_session = sessions.find(session, site.site_id, hashed(secret), ADVOCATE, now_ms)
        if open_session is None:
            return None
        advocate_ids = identities.account(session, site.site_id, open_session.subject)
        is_kept = open_session.via not in WEAK or sign_in_methods.is_kept(session, site.site_id, advocate_ids)
        if open_session.via == GUEST and not is_kept:  # a hand-over is a sign-in method, too, but for its own sessions
            is_kept = bindings.is_handed_over(session, site.site_id, advocate_ids)
    services.last_used.session(open_session)
    strong = strength(open_session.via, now_ms - open_session.proved_at_ms, is_kept=is_kept)
    seen = (open_session.subject,) if strong is Strength.GUEST_OF_KEPT else advocate_ids
    return Signed(site, seen, open_session.subject, open_session.via, strong, secret)


def _cookie(role: str) -> tuple[Site | None, str]:
    services = current_services()
    site_id, _, secret = request.cookies.get(cookies.secret_name(role), "").partition(".")
    return (services.sites.find(site_id), secret) if site_id and secret else (None, "")


def site_of_cookie(role: str) -> Site | None:
    """Return the site of this browser's last session, also of one that has ended; None if there is none."""
    return _cookie(role)[0]


def forget_session(response: AnyResponse, role: str) -> None:
    """Delete the session cookie."""
    cookies.forget(response, cookies.secret_name(role))


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac"}
_SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}


def browser_label() -> str:
    """Return this browser's label for the list of sessions: `Firefox · Linux`."""
    agent = request.headers.get("User-Agent", "")[:400]
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}\w*/", agent)), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in agent), "")
    return " · ".join(filter(None, (browser, system)))


def remember_session(response: AnyResponse, role: str, site_id: str, secret: str) -> AnyResponse:
    """Set the session cookie."""
    cookies.put(response, cookies.secret_name(role), f"{site_id}.{secret}", SESSION_MS // 1000)
    return response


CONSOLE = "console"
"""The name of the cookie of people who run sites."""
BY_LINK = "link"
"""Stands for an owner who came by a link of the command line, without an account of their own."""


class OwnersSession(Struct, frozen=True):
    """An open session of a site's console, with its secret."""

    site: Site
    found: OpenSession
    secret: str


def owners_session() -> OwnersSession | None:
    """Return the console session of this browser, of whichever site, or None."""
    services, (site, secret) = current_services(), _cookie(OWNER)
    if site is None:
        return None
    with services.db.reading() as session:
        open_session = sessions.find(session, site.site_id, hashed(secret), OWNER, services.clock.now_ms())
    if open_session is None:
        return None
    services.last_used.session(open_session)
    return OwnersSession(site, open_session, secret)


class OwnerHere(Struct, frozen=True):
    """The account of a person who runs sites, signed in in this browser, and its session."""

    owner: Owner
    session: OwnerSession


def owner_here() -> OwnerHere | None:
    """Return the account whose session this browser has, or None. Asked once in a request."""
    if "owner_here" not in g:
        g.owner_here = _owner_here()
    owner: OwnerHere | None = g.owner_here
    return owner


def _owner_here() -> OwnerHere | None:
    services = current_services()
    secret = request.cookies.get(cookies.secret_name(CONSOLE), "")
    if not secret:
        return None
    with services.db.reading() as session:
        owner_session = owners.find_session(session, hashed(secret), services.clock.now_ms())
        owner = owners.find(session, owner_session.owner_id) if owner_session else None
    if owner_session is None or owner is None:
        return None
    services.last_used.owner(owner_session)
    return OwnerHere(owner, owner_session)


def person_here() -> OwnerHere:
    """Return the account whose session this browser has; raises RefusalError 401."""
    person = owner_here()
    if person is None:
        raise RefusalError(401, said("console_signin.closed"))
    return person


def remember_owner(response: AnyResponse, secret: str) -> AnyResponse:
    """Set the session cookie of a person who runs sites."""
    cookies.put(response, cookies.secret_name(CONSOLE), secret, SESSION_MS // 1000)
    return response


def role_at(site_id: str) -> Role | None:
    """Return this browser's role at a site, or None: by the account, or as owner by a link of the command line."""
    return _standing(site_id)[0]


def _standing(site_id: str) -> tuple[Role | None, str]:
    """Return this browser's role at a site and the actor that has it. Asked once in a request."""
    if "standing" not in g:
        g.standing = {}
    if site_id not in g.standing:
        g.standing[site_id] = _find_standing(site_id)
    role_and_name: tuple[Role | None, str] = g.standing[site_id]
    return role_and_name


def _find_standing(site_id: str) -> tuple[Role | None, str]:
    person, here = owner_here(), owners_session()
    role = None
    if person is not None:
        with current_services().db.reading() as session:
            role = owners.role_at(session, site_id, person.owner.owner_id)
    if here is not None and here.site.site_id == site_id and role is not Role.OWNER:
        return Role.OWNER, f"owner:{BY_LINK}"
    return role, f"owner:{person.owner.owner_id}" if person else ""


def owner_of(site_id: str, role: Role = Role.VIEWER) -> Site:
    """Return the site, for a person with this role or a higher one.

    401 for everybody else, whether or not the site exists; 403, which says who can do it, for a lower role.
    """
    site, has = current_services().sites.find(site_id), role_at(site_id)
    if site is None or has is None:
        raise RefusalError(401, said("console_signin.closed"))
    if has < role:
        raise RefusalError(403, _who_can(site_id, role))
    return site


def _who_can(site_id: str, role: Role) -> str:
    with current_services().db.reading() as session:
        able = [member.owner.address for member in owners.team(session, site_id) if member.role >= role][:5]
    return said(f"console_signin.needs.{role.name.lower()}", people=", ".join(able) or "-")


def acting_owner() -> str:
    """Return the actor of what this session changes at the site of the address, for facts and the audit log."""
    return _standing((request.view_args or {}).get("site_id", ""))[1]


def refuse_cross_site() -> None:
    """Refuse a form that another site's page sent; programs that send neither header carry no cookie of anybody.

    `Origin` is compared with PASSALONG_URL: the `Host` header is whatever the sender wrote.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise RefusalError(403, said("errors.other_site"))
    origin = request.headers.get("Origin")
    if origin is not None and origin != ada_url.URL(current_services().url).origin:
        here = origin == request.host_url.rstrip("/")
        raise RefusalError(
            403, said("errors.other_address", url=current_services().url) if here else said("errors.other_site")
        )


class KeyHolder(Struct, frozen=True):
    """An API key that works, and its site."""

    site: Site
    key: ApiKey


def key_holder() -> KeyHolder:
    """Return the key that this request carries, with its site; raises RefusalError 401."""
    holder = holder_of(current_services(), request.headers.get("Authorization", ""))
    if holder is None:
        detail = "Send `Authorization: Bearer ak_…` with a key of the site; `passalong key new` makes one."
        raise RefusalError(401, detail)
    current_services().last_used.key(holder.key)
    return holder


def holder_of(services: Services, authorization: str) -> KeyHolder | None:
    """Return the key that an `Authorization` header has, with its site; None if it is none that works."""
    scheme, _, key = authorization.partition(" ")
    pieces = key.strip().split("_", 2)
    site = services.sites.find(pieces[1]) if scheme.lower() == "bearer" and len(pieces) == 3 else None
    if site is not None:
        with services.db.reading() as session:
            key_row = api_keys.find(session, site.site_id, hashed(key.strip()), services.clock.now_ms())
        if key_row is not None:
            return KeyHolder(site, key_row)
    return None
