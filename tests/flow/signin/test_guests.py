"""Before a share: the same request gives the same link, whoever asks at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cast import HOME, an_id, anna, ben
from flow.world import KEYS, SITE, World
from passalong.core.identity import advocate_id_of
from passalong.core.terms.model import Terms
from passalong.flow.signin import guests as flow_guests
from passalong.flow.signin.guests import Issued, LinkRequest
from passalong.flow.transaction import writing
from passalong.lib.tokens import share_id_of
from passalong.store.schema.guests import guests
from passalong.store.schema.links import issued_links
from passalong.store.sites import add_terms

REQUEST = LinkRequest(an_id("request"), anna.guest, f"{HOME}/bees", "Bees", None, anna.visitor)


def issue(world: World, request: LinkRequest = REQUEST) -> Issued:
    """Ask for a link."""
    return flow_guests.issue_link(world.db, world.clock, KEYS, world.site.site, request)


def test_the_same_request_gives_the_same_token(world: World) -> None:
    first = issue(world)
    world.clock.at_ms += 60_000
    again = issue(world)
    assert (first.new, again.new) == (True, False)
    assert first.token == again.token
    assert world.count("issued_links") == 1


OTHERS = {
    "guest": replace(REQUEST, guest=ben.guest),
    "page": replace(REQUEST, page_url=f"{HOME}/wasps"),
    "title": replace(REQUEST, title="Wasps"),
    "parent": replace(REQUEST, parent_share_id="A" * 15),
    "visitor": replace(REQUEST, visitor_id=ben.visitor),
    "no visitor": replace(REQUEST, visitor_id=None),
}


def test_the_same_id_for_something_else_is_a_conflict(world: World) -> None:
    issue(world)
    for what, other in OTHERS.items():
        with pytest.raises(flow_guests.RequestConflictError):
            issue(world, other)
        assert world.count("issued_links") == 1, what


def test_sixteen_threads_with_one_request_get_one_link(world: World) -> None:
    together = threading.Barrier(16)

    def ask(_thread: int) -> Issued:
        together.wait()
        return issue(world)

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(16)))
    assert len({answer.token for answer in answers}) == 1
    assert sum(answer.new for answer in answers) == 1
    assert (world.count("issued_links"), world.count("advocates"), world.count("guests")) == (1, 1, 1)


def test_a_guest_is_one_advocate_however_many_links_they_ask_for(world: World) -> None:
    together = threading.Barrier(8)

    def ask(number: int) -> Issued:
        together.wait()
        return issue(world, replace(REQUEST, request_id=an_id("request", number)))

    with ThreadPoolExecutor(8) as threads:
        tokens = {answer.token for answer in threads.map(ask, range(8))}
    assert len(tokens) == 8
    assert (world.count("issued_links"), world.count("advocates")) == (8, 1)


def test_a_link_keeps_what_it_was_made_with(world: World) -> None:
    parent = share_id_of(KEYS, SITE, issue(world).token)
    issue(world, replace(REQUEST, request_id=an_id("second"), guest=ben.guest, parent_share_id=parent))
    row = world.rows(select(issued_links).where(issued_links.c.parent_share_id.is_not(None)))[0]
    assert (row.parent_share_id, row.page_url, row.title, row.visitor_id) == (
        parent,
        f"{HOME}/bees",
        "Bees",
        anna.visitor,
    )
    assert row.advocate_id == advocate_id_of(SITE, ben.guest)
    assert row.issued_at_ms == world.clock.at_ms


def test_a_parent_that_is_not_there_is_left_out(world: World) -> None:
    issue(world, replace(REQUEST, parent_share_id="A" * 15))
    assert world.rows(select(issued_links.c.parent_share_id)) == [(None,)]


def test_a_link_is_made_under_the_terms_of_the_moment(world: World) -> None:
    with writing(world.db) as session:
        add_terms(session, SITE, Terms(goals=()), world.clock.at_ms + 10, "Nothing from now on.")
    versions = []
    for number, later_ms in enumerate((0, 9, 1)):
        world.clock.at_ms += later_ms
        issue(world, replace(REQUEST, request_id=an_id("request", number)))
        versions.append(world.rows(select(issued_links.c.terms_version).order_by(issued_links.c.issued_at_ms))[-1][0])
    assert versions == [1, 1, 2]


def test_only_the_hash_of_a_guests_secret_is_kept(world: World) -> None:
    issue(world)
    kept = [str(row) for table in (guests, issued_links) for row in world.rows(select(table))]
    assert anna.guest not in "".join(kept)


# --- codes and sessions -----------------------------------------------------------------------------------------------

# --- what an owner sets up --------------------------------------------------------------------------------------------
