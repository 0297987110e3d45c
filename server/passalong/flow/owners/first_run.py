"""The first run: a start link for an instance without sites, its first site, and the first rule.

The link works once and for an hour; a new one takes the place of the last, and once there was a site none is made.
"""

from msgspec import Struct

from passalong.core.privileges import Role
from passalong.core.terms.model import Terms
from passalong.flow.owners import addresses
from passalong.flow.owners.owner_accounts import address_hash_of, begin_session, new_owner_id
from passalong.flow.owners.settings import SettingsDraft, change_settings
from passalong.flow.owners.sites import BadSiteError, NewSite, home_address, new_site, origin_of
from passalong.flow.owners.terms import Draft, new_version
from passalong.flow.signin.magic_links import clean_address
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import Keyring, hashed, new_secret
from passalong.store.engine import Database
from passalong.store.people import owners, start_codes
from passalong.store.people.owners import Owner
from passalong.store.sites import Site, in_force, terms_versions

START_MS = 60 * 60_000
NO_REWARD = Terms(goals=())
"""The rule until the owner has chosen one: it promises nothing."""
WHY = "The first rule."


class UsedStartLinkError(Exception):
    """A start link that was used, is too old or was never given out."""


class Asked(Struct, frozen=True):
    """The two fields of the first page, the site's address and the owner's e-mail, and the browser's label."""

    address: str
    email: str
    label: str = ""


class Begun(Struct, frozen=True):
    """The first site, and the secret of its owner's session."""

    site: Site
    secret: str


class Choice(Struct, frozen=True):
    """The first rule, the currency of the site, and what a browser remembers of an arrival."""

    terms: Terms
    currency: str
    remember: str


def new_start_code(db: Database, clock: Clock) -> str | None:
    """Return a code that begins the first site; None if there is or was a site."""
    code = new_secret()
    with writing(db) as session:
        if start_codes.had_site(session):
            session.rollback()
            return None
        start_codes.replace_code(session, hashed(code), clock.now_ms() + START_MS)
    return code


def is_open(db: Database, clock: Clock, code: str) -> bool:
    """Return True if a start code can be used. Looking uses nothing up."""
    with db.reading() as session:
        good = start_codes.is_good(session, hashed(code), clock.now_ms())
        return good and not start_codes.had_site(session)


def full_address(typed: str) -> str:
    """Return a site's address as a person typed it, with https:// (or http:// on this machine) where it was left out.

    Raises BadSiteError.
    """
    text = typed.strip()
    if not text or any(sign.isspace() for sign in text):
        raise BadSiteError("Write the address of your site, like https://example.org.")
    if "://" not in text:
        is_here = text.split("/")[0].split(":")[0] in ("localhost", "127.0.0.1")
        text = f"{'http' if is_here else 'https'}://{text}"
    return home_address(text)


def begin(db: Database, clock: Clock, keys: Keyring, code: str, choices: Asked) -> Begun:
    """Create the first site with its owner's account, and ask them to confirm the address.

    The address may be mistyped and belong to a stranger: it signs in nobody until it is confirmed in this browser.
    Raises UsedStartLinkError, BadSiteError or BadAddressError.

    The code is used up first, so that two presses make one site; where the site cannot be made, it is good again.
    """
    home, email = full_address(choices.address), clean_address(choices.email)
    with writing(db) as session:
        now_ms = clock.now_ms()
        expires_at_ms = None if start_codes.had_site(session) else start_codes.use_code(session, hashed(code), now_ms)
    if expires_at_ms is None:
        raise UsedStartLinkError
    try:
        name = origin_of(home).partition("://")[2].removeprefix("www.")
        site = new_site(db, clock, NewSite(name=name, home_url=home, terms=NO_REWARD, own_address=True))
    except BadSiteError:
        with writing(db) as session:
            start_codes.replace_code(session, hashed(code), expires_at_ms)
        raise
    addresses.ask(db, clock, keys, site.site_id, addresses.Typed(email, "en"))
    with writing(db) as session:
        owner = owners.add(session, Owner(new_owner_id(), address_hash_of(keys, email), email, now_ms, None))
        owners.set_role(session, site.site_id, owner.owner_id, Role.OWNER, now_ms)
        secret = begin_session(session, owner.owner_id, "start", choices.label, now_ms)
    return Begun(site, secret)


def choose(db: Database, clock: Clock, site: Site, choice: Choice, actor: str) -> None:
    """Put the first rule in force and keep what a browser remembers. Raises BadTermsError or BadSiteSettingsError."""
    with db.reading() as session:
        now = in_force(terms_versions(session, site.site_id), clock.now_ms()).terms
    values = {"currency": choice.currency, "remember": choice.remember}
    change_settings(db, clock, site.site_id, SettingsDraft(values, actor))  # first: the rule may name its currency
    if (now.goals, now.window_days) != (choice.terms.goals, choice.terms.window_days):
        new_version(db, clock, site.site_id, Draft(choice.terms, WHY))
