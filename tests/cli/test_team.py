"""`passalong team` on the command line: the same functions and the same log as the console's page."""

import json

from commands import Run, a_site
from passalong.core.privileges import Role
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import Author
from passalong.flow.transaction import writing
from passalong.lib.clock import SystemClock
from passalong.lib.tokens import hashed
from passalong.settings import read_settings
from passalong.store.engine import Database
from passalong.store.people import changes, owners
from passalong.store.people.owners import Owner


def joins(key: str, name: str, role: Role) -> None:
    """Somebody has accepted an invitation."""
    db = Database(read_settings().database_url)
    with writing(db) as session:
        made = owners.add(session, Owner(name, name.ljust(40, "0"), f"{name}@bees.example", 1, 1))
        owners.set_role(session, key, made.owner_id, role, 1)
    db.close()


def log_of(key: str) -> list[str]:
    """The actions in the audit log, newest first."""
    db = Database(read_settings().database_url)
    with db.reading() as session:
        found = [f"{one.change.actor} {one.change.action}" for one in changes.newest(session, key, 20)]
    db.close()
    return found


def test_people_are_invited_listed_changed_and_removed(run: Run) -> None:
    key = a_site(run)
    joins(key, "otto", Role.OWNER)
    joins(key, "ina", Role.VIEWER)
    assert run("team", "invite", key, "Eva@bees.example", "--role", "editor")[1] == (
        "An invitation as editor is on its way to Eva@bees.example.\n"
    )
    listed = json.loads(run("team", "list", key, "--json")[1])
    assert [(one["address"], one["role"]) for one in listed["members"]] == [
        ("ina@bees.example", "viewer"),
        ("otto@bees.example", "owner"),
    ]
    assert [(one["address"], one["role"]) for one in listed["invited"]] == [("Eva@bees.example", "editor")]
    assert run("team", "list", key)[1].count("\n") == 3
    assert run("team", "remove", key, "Eva@bees.example")[1].endswith("is withdrawn.\n")
    assert json.loads(run("team", "role", key, "ina@bees.example", "owner", "--json")[1])["role"] == "owner"
    db = Database(read_settings().database_url)
    secret = api_keys.new(db, SystemClock(), key, "shop", Author("owner:otto"))
    db.close()
    code, out, _ = run("team", "remove", key, "otto@bees.example")
    assert (code, out.count("\n"), f"`passalong key revoke {key} {hashed(secret)[:8]}` ends it" in out) == (0, 2, True)
    assert log_of(key) == [
        "cli team.remove",
        "owner:otto key.make",
        "cli team.role",
        "cli team.withdraw",
        "cli team.invite",
    ]


def test_a_mistake_is_a_sentence_and_the_last_owner_stays(run: Run) -> None:
    key = a_site(run)
    joins(key, "otto", Role.OWNER)
    for words, said in (
        (("invite", key, "eva"), "is no e-mail address"),
        (("role", key, "eva@bees.example", "viewer"), "`passalong team list"),
        (("role", key, "otto@bees.example", "viewer"), "make somebody else an owner first"),
        (("remove", key, "otto@bees.example"), "make somebody else an owner first"),
        (("list", "nosite"), "`passalong site list`"),
    ):
        code, _, err = run("team", *words)
        assert (code, said in err) == (2, True), err
