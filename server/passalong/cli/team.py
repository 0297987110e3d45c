"""`passalong team`: who runs a site and in which role; inviting, changing and removing people, as the console does."""

import click
import msgspec

from passalong.cli.common import CommandError, current_database, keys_of, one_site
from passalong.core.privileges import Role
from passalong.flow.owners import team as flow_team
from passalong.flow.owners.changes import CLI
from passalong.flow.owners.key_makers import left_keys
from passalong.flow.owners.team import Invite, Removal, TeamError
from passalong.flow.signin.magic_links import BadAddressError, clean_address
from passalong.flow.signin.rate_limits import RateLimitError
from passalong.i18n.catalogue import ENGLISH
from passalong.i18n.formatting import local
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database
from passalong.store.people import invitations, owners

CLOCK = SystemClock()
ROLE = click.Choice([role.name.lower() for role in Role])
_as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group()
def team() -> None:
    """The people who run a site."""


@team.command("list")
@click.argument("site_id", metavar="SITE")
@_as_json
def team_list(site_id: str, as_json: bool) -> None:
    """List the members of a team with their roles, and open invitations."""
    with current_database() as db, db.reading() as session:
        full_site_id = one_site(db, site_id).site_id
        members = [
            {"address": member.owner.address, "role": member.role.name.lower(), "since": _day(member.since_ms)}
            for member in owners.team(session, full_site_id)
        ]
        invited = [
            {"address": invitation.address, "role": invitation.role, "until": _day(invitation.expires_at_ms)}
            for invitation in invitations.open_ones(session, full_site_id, CLOCK.now_ms())
        ]
    if as_json:
        print(msgspec.json.encode({"members": members, "invited": invited}).decode())
        return
    for member in members:
        print(f"{member['address']}\t{member['role']}\tsince {member['since']}")
    for member in invited:
        print(f"{member['address']}\t{member['role']}\tinvited, until {member['until']}")


@team.command("invite")
@click.argument("site_id", metavar="SITE")
@click.argument("address")
@click.option("--role", type=ROLE, default="viewer", help="What they may do: viewer, editor or owner.")
@_as_json
def team_invite(site_id: str, address: str, role: str, as_json: bool) -> None:
    """Send an invitation by e-mail; its link works once, for 7 days. The running server sends it."""
    with current_database() as db:
        site, keys = one_site(db, site_id), keys_of(db).links
        invite = Invite(address, Role[role.upper()], CLI, ENGLISH)
        try:
            sent = flow_team.invite(db, CLOCK, keys, site.site_id, invite)
        except BadAddressError:
            raise CommandError(f"{address!r} is no e-mail address: write it like otto@example.org.") from None
        except RateLimitError as error:
            raise CommandError(f"Too many invitations were sent: try again in {error.retry_after_s} s.") from None
        except TeamError as error:
            raise CommandError(str(error)) from None
    _say({"invited": sent, "role": role}, f"An invitation as {role} is on its way to {sent}.", as_json)


@team.command("role")
@click.argument("site_id", metavar="SITE")
@click.argument("address")
@click.argument("role", type=ROLE)
@_as_json
def team_role(site_id: str, address: str, role: str, as_json: bool) -> None:
    """Change the role of a member. A site keeps at least one owner."""
    with current_database() as db:
        _change(db, site_id, address, Role[role.upper()])
    _say({"address": address, "role": role}, f"{address} is {role} now.", as_json)


@team.command("remove")
@click.argument("site_id", metavar="SITE")
@click.argument("address")
@_as_json
def team_remove(site_id: str, address: str, as_json: bool) -> None:
    """Remove a member, or withdraw the invitation of an address. A site keeps at least one owner."""
    with current_database() as db:
        full_site_id = one_site(db, site_id).site_id
        with db.reading() as session:
            waiting = [
                invitation
                for invitation in invitations.open_ones(session, full_site_id, CLOCK.now_ms())
                if invitation.address == address
            ]
        for invitation in waiting:
            flow_team.withdraw(db, CLOCK, full_site_id, invitation.invitation_id, CLI)
        if not waiting:
            _change(db, site_id, address, None)
        with db.reading() as session:
            left = left_keys(session, full_site_id, CLOCK.now_ms())
        handles = [left_key.key.handle for left_key in left if left_key.address == _clean(address)]
    sentence = f"The invitation of {address} is withdrawn." if waiting else f"{address} is removed from the team."
    for handle in handles:
        sentence += f"\nA key that they made still works: `passalong key revoke {full_site_id} {handle}` ends it."
    removed = {"address": address, "withdrawn": bool(waiting), "removed": not waiting, "working_keys": handles}
    _say(removed, sentence, as_json)


def _change(db: Database, site_id: str, address: str, role: Role | None) -> None:
    full_site_id = one_site(db, site_id).site_id
    with db.reading() as session:
        owner_ids = [
            member.owner.owner_id
            for member in owners.team(session, full_site_id)
            if member.owner.address == _clean(address)
        ]
    if not owner_ids:
        raise CommandError(f"{address} is not in the team: `passalong team list {full_site_id}` shows it.")
    try:
        flow_team.change_member(db, CLOCK, full_site_id, Removal(owner_ids[0], role, CLI))
    except TeamError as error:
        raise CommandError(str(error)) from None


def _clean(address: str) -> str:
    try:
        return clean_address(address)
    except BadAddressError:
        return address


def _say(document: dict[str, object], sentence: str, as_json: bool) -> None:
    print(msgspec.json.encode(document).decode() if as_json else sentence)


def _day(at_ms: int) -> str:
    return f"{local(at_ms, 'UTC'):%Y-%m-%d}"


COMMANDS: tuple[click.Command, ...] = (team,)
