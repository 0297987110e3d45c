"""The team of a site: invitations by mail, roles, and removing people. Every change goes into the audit log.

invited → mail in the outbox → opened, as often as anything likes → accepted by a POST, once
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import Session

from passalong.core.attribution.allocate import DAY_MS
from passalong.core.privileges import Role
from passalong.flow.mail.messages import TEAM_INVITE
from passalong.flow.owners.changes import By, ChangedMeanwhileError, record_change, state
from passalong.flow.owners.owner_accounts import TEAM, address_hash_of, begin_session, new_owner_id
from passalong.flow.signin import rate_limits
from passalong.flow.signin.guests import BadSignInCodeError
from passalong.flow.signin.magic_links import clean_address
from passalong.flow.transaction import writing
from passalong.lib.clock import Clock
from passalong.lib.tokens import Keyring, hashed, mail_code, new_secret
from passalong.store.engine import Database
from passalong.store.outbox import Draft, enqueue
from passalong.store.people import addresses, invitations, owners
from passalong.store.people.addresses import NewAddress
from passalong.store.people.changes import Change
from passalong.store.people.invitations import Invitation
from passalong.store.people.owners import Membership, Owner

INVITATION_MS = 7 * DAY_MS
MOST_IN_TEAM = 100


class TeamError(ValueError):
    """A change of a team that is not possible; says what to do."""


class Invite(Struct, frozen=True):
    """An invitation to send: to an address that was typed, with a role.

    `once` is the id of the form, `seen` the open invitations that it showed, as `shown_as` writes them (None: not
    known).
    """

    typed: str
    role: Role
    actor: str
    language: str
    once: str = ""
    seen: str | None = None


class Removal(Struct, frozen=True):
    """A change of a member: the role that they have then, or None to remove them.

    `once` is the id of the form, `seen` the role that it showed (None: not known).
    """

    owner_id: str
    role: Role | None
    actor: str
    once: str = ""
    seen: str | None = None


def invite(db: Database, clock: Clock, keys: Keyring, site_id: str, asked: Invite) -> str:
    """Send an invitation and return its address; an earlier one to the same address ends.

    Raises BadAddressError, TeamError, RateLimitError, AlreadyDoneError, and ChangedMeanwhileError where somebody else
    invited this address with another role, or withdrew its invitation.
    """
    address, now_ms = clean_address(asked.typed), clock.now_ms()
    address_hash = address_hash_of(keys, address)
    with writing(db) as session:
        after = state({"address": address, "role": asked.role.name.lower()})
        change = Change(site_id, asked.actor, "team.invite", address, "", after, asked.once)
        record_change(session, change, now_ms)
        _refuse_member(session, site_id, address_hash, address)
        _refuse_changed(session, site_id, replace(asked, typed=address), now_ms)
        rate_limits.demand(session, site_id, rate_limits.MAIL_OF_ADDRESS, address_hash, now_ms)
        rate_limits.demand(session, site_id, rate_limits.INVITATIONS_OF_SITE, "site", now_ms)
        invitations.end_for(session, site_id, address_hash, now_ms)
        _write(session, keys, site_id, replace(asked, typed=address), now_ms)
    return address


def _refuse_member(session: Session, site_id: str, address_hash: str, address: str) -> None:
    members = owners.team(session, site_id)
    if any(member.owner.address_hash == address_hash for member in members):
        raise TeamError(f"{address} is in the team already: change the role there.")
    if len(members) >= MOST_IN_TEAM:
        raise TeamError(f"A team has {MOST_IN_TEAM} people at most: remove somebody first.")


def shown_as(invited: Sequence[Invitation]) -> str:
    """Return open invitations as a form keeps what it showed: `ina@bees.example=editor eva@bees.example=viewer`."""
    return " ".join(f"{invitation.address}={invitation.role}" for invitation in invited)


def _refuse_changed(session: Session, site_id: str, invite: Invite, now_ms: int) -> None:
    """Raise ChangedMeanwhileError with the role of an invitation that the form did not show, unless it is the same."""
    if invite.seen is None:
        return
    before = dict(pair.rpartition("=")[::2] for pair in invite.seen.split())
    invited = {invitation.address: invitation.role for invitation in invitations.open_ones(session, site_id, now_ms)}
    role_now, new_role = invited.get(invite.typed, ""), invite.role.name.lower()
    if role_now not in (before.get(invite.typed, ""), new_role):
        raise ChangedMeanwhileError(role_now)


def _write(session: Session, keys: Keyring, site_id: str, asked: Invite, now_ms: int) -> None:
    address, until_ms = asked.typed, now_ms + INVITATION_MS
    address_hash = address_hash_of(keys, address)
    mail_id = f"{TEAM_INVITE}:{new_secret()[:22]}"
    code_hash = hashed(mail_code(keys, keys.newest, site_id, mail_id))
    invitations.add(
        session,
        Invitation(
            site_id=site_id,
            invitation_id=new_secret()[:22],
            code_hash=code_hash,
            address_hash=address_hash,
            address=address,
            role=asked.role.name.lower(),
            invited_by=asked.actor,
            at_ms=now_ms,
            expires_at_ms=until_ms,
        ),
    )
    new = NewAddress(address_hash, address, asked.language, now_ms, TEAM)
    addresses.ask(session, site_id, new)
    draft = Draft(TEAM_INVITE, mail_id, {"key_id": keys.newest, "until_ms": until_ms})
    enqueue(session, site_id, new, draft, now_ms)


def withdraw(db: Database, clock: Clock, site_id: str, invitation_id: str, actor: str) -> None:
    """Withdraw an open invitation; one that has ended stays as it is."""
    now_ms = clock.now_ms()
    with writing(db) as session:
        ended = invitations.end(session, site_id, invitation_id, now_ms)
        if ended is not None:
            before = state({"address": ended.address, "role": ended.role})
            record_change(session, Change(site_id, actor, "team.withdraw", ended.address, before), now_ms)


def look(db: Database, clock: Clock, site_id: str, code: str) -> Invitation | None:
    """Return the open invitation of a code, without using it up."""
    with db.reading() as session:
        return invitations.find_open(session, site_id, hashed(code), clock.now_ms())


def accept(db: Database, clock: Clock, site_id: str, code: str, label: str) -> str | None:
    """Use up an invitation: its address is proved, its role is given. Returns the secret of a new session.

    None for an account that is in a team already: an invitation lives for a week and may be passed on, so it gives
    that account its role and opens none of its sites. Raises BadSignInCodeError.
    """
    now_ms = clock.now_ms()
    with writing(db) as session:
        invitation = invitations.find_open(session, site_id, hashed(code), now_ms)
        if invitation is None or invitations.end(session, site_id, invitation.invitation_id, now_ms) is None:
            raise BadSignInCodeError
        made = Owner(new_owner_id(), invitation.address_hash, invitation.address, now_ms, now_ms)
        owner = owners.add(session, made)
        if owner.confirmed_at_ms is None:  # the account of a mistyped address: whoever reads its mail is a stranger
            session.rollback()
            raise BadSignInCodeError
        is_member = bool(owners.sites_of(session, owner.owner_id))
        _join(session, site_id, owner, invitation, now_ms)
        return None if is_member else begin_session(session, owner.owner_id, "invitation", label, now_ms)


def _join(session: Session, site_id: str, owner: Owner, found: Invitation, now_ms: int) -> None:
    after = state({"address": owner.address, "role": found.role})
    record_change(session, Change(site_id, f"owner:{owner.owner_id}", "team.join", owner.address, "", after), now_ms)
    if (owners.role_at(session, site_id, owner.owner_id) or 0) < found.as_role:  # an old invitation lowers nobody
        owners.set_role(session, site_id, owner.owner_id, found.as_role, now_ms)


def change_member(db: Database, clock: Clock, site_id: str, asked: Removal) -> Membership:
    """Change the role of a member or remove them; returns what they were.

    Whoever is no owner any more has no open invitations either: one to another address of theirs would undo it.
    Raises TeamError for the last owner or somebody who is not in the team, ChangedMeanwhileError where they have
    another role than the form showed, AlreadyDoneError.
    """
    now_ms = clock.now_ms()
    with writing(db) as session:
        owners.lock_team(session, site_id)
        members = owners.team(session, site_id)
        member = next((one for one in members if one.owner.owner_id == asked.owner_id), None)
        if member is None:
            raise TeamError("This person is not in the team any more.")
        wanted = asked.role.name.lower() if asked.role else ""
        By(asked.actor, asked.once, asked.seen).check(member.role.name.lower(), wanted)
        if asked.role is not Role.OWNER and _is_last_owner(members, member):
            raise TeamError("A site keeps at least one owner: make somebody else an owner first.")
        _record(session, site_id, asked, member, now_ms)
        if asked.role is not Role.OWNER:
            invitations.end_by(session, site_id, f"owner:{asked.owner_id}", now_ms)
        if asked.role is None:
            owners.remove(session, site_id, asked.owner_id)
        else:
            owners.set_role(session, site_id, asked.owner_id, asked.role, now_ms)
    return member


def _is_last_owner(members: list[Membership], found: Membership) -> bool:
    return found.role is Role.OWNER and sum(member.role is Role.OWNER for member in members) == 1


def _record(session: Session, site_id: str, asked: Removal, found: Membership, now_ms: int) -> None:
    before = state({"role": found.role.name.lower()})
    after = state({"role": asked.role.name.lower()}) if asked.role else ""
    action = "team.role" if asked.role else "team.remove"
    change = Change(site_id, asked.actor, action, found.owner.address, before, after, asked.once)
    record_change(session, change, now_ms)
