"""An owner changes a site's settings and addresses; what cannot stand is refused with what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from cast import HOME, a_site, cleo
from flow.world import SITE, START_MS, World, a_refund, a_visit, an_order, day
from passalong.core.attribution.journey import DAY_MS
from passalong.core.sites.tracking import TRACKING
from passalong.flow.owners import sites
from passalong.flow.owners.removal import remove_site
from passalong.flow.owners.site_settings import SiteChange, add_origin, change_site, remove_origin
from passalong.flow.owners.sites import BadSiteError, NewSite, is_on_site, present_address
from passalong.flow.replay import replay
from passalong.flow.transparency.heads_check import check_removed
from passalong.flow.transparency.heads_file import HeadsFile, read_lines
from passalong.lib.signing import SigningKeys
from passalong.store.schema.rollups import day_money
from passalong.store.sites import Site, all_sites, find_site, site_of_host
from tables import make_tables

SHOP, NEW, WASPS = "https://shop.bees.example", "https://honey.example", "https://wasps.example"


def the_site(world: World) -> Site:
    """Otto's site as it is kept."""
    with world.db.reading() as session:
        found = find_site(session, SITE)
    assert found
    return found


def test_every_setting_can_be_changed_and_the_rest_stays(world: World) -> None:
    change_site(
        world.db,
        world.clock,
        SITE,
        SiteChange(name=" Honey ", remember="window", credit="ask", drop_params="ref utm_*"),
    )
    site = the_site(world)
    assert (site.name, site.remember, site.credit, site.dropped) == ("Honey", "window", "ask", ("ref", "utm_*"))
    assert change_site(world.db, world.clock, SITE, SiteChange()) == site
    assert change_site(world.db, world.clock, SITE, SiteChange(drop_params="usual")).dropped == TRACKING
    assert change_site(world.db, world.clock, SITE, SiteChange(drop_params="")).dropped == ()
    assert the_site(world).home_url == HOME


BAD_CHANGES = [
    (SiteChange(name=" "), "1 to 120 characters"),
    (SiteChange(name="x" * 121), "1 to 120 characters"),
    (SiteChange(remember="all"), "none, visit, window"),
    (SiteChange(credit="maybe"), "ask"),
    (SiteChange(time_zone="Bee/Hive"), "Europe/Berlin"),
    (SiteChange(address="bees"), "write it like https://example.org"),
    (SiteChange(address="https://otto:pw@bees.example"), "name and password"),
    (SiteChange(drop_params="a=b"), "no name of a parameter"),
    (SiteChange(drop_params=" ".join(f"p{number}" for number in range(101))), "At most 100"),
]


@pytest.mark.parametrize(("change", "said"), BAD_CHANGES)
def test_a_setting_that_cannot_stand_changes_nothing(world: World, change: SiteChange, said: str) -> None:
    before = the_site(world)
    with pytest.raises(BadSiteError, match=said):
        change_site(world.db, world.clock, SITE, change)
    assert the_site(world) == before


def test_a_site_that_is_not_there_is_named(world: World) -> None:
    with pytest.raises(BadSiteError, match="'nobody'"):
        add_origin(world.db, world.clock, "nobody", SHOP)


def test_an_origin_is_added_once_and_brings_its_twin(world: World) -> None:
    same = (f"{SHOP}/cart?x=1", "HTTPS://Shop.Bees.Example:443", "https://www.shop.bees.example", f"{SHOP}./")
    for address in same:
        assert add_origin(world.db, world.clock, SITE, address).origins == (HOME, SHOP)
    assert is_on_site(the_site(world), "https://www.shop.bees.example/cart")
    assert the_site(world).hosts == (
        "bees.example",
        "shop.bees.example",
        "www.bees.example",
        "www.shop.bees.example",
    )


def test_a_pattern_is_no_address_of_a_page(world: World) -> None:
    changes: tuple[Callable[[], object], ...] = (
        lambda: add_origin(world.db, world.clock, SITE, "https://*.bees.example"),
        lambda: change_site(world.db, world.clock, SITE, SiteChange(address="https://*.bees.example")),
        lambda: sites.new_site(world.db, world.clock, NewSite(name="All", home_url="https://*.bees.example")),
    )
    for change in changes:
        with pytest.raises(BadSiteError, match="each host by itself"):
            change()


def test_an_origin_of_another_site_is_refused_with_its_name(world: World) -> None:
    a_site(world.db, world.clock, site_id="wasps1", name="Wasps", home_url=WASPS)
    for address in (WASPS, "http://wasps.example/x", "https://www.wasps.example", f"{WASPS}."):
        with pytest.raises(BadSiteError, match="address of the site wasps1"):
            add_origin(world.db, world.clock, SITE, address)
        with pytest.raises(BadSiteError, match="address of the site wasps1"):
            change_site(world.db, world.clock, SITE, SiteChange(address=address))
        with pytest.raises(BadSiteError, match="address of the site wasps1"):
            sites.new_site(world.db, world.clock, NewSite(name="Again", home_url=address, own_address=True))


def test_a_site_moves_and_pages_of_both_addresses_are_its_own(world: World) -> None:
    site = change_site(world.db, world.clock, SITE, SiteChange(address=f"{NEW}/start"))
    assert (site.home_url, site.origins) == (f"{NEW}/start", (NEW, HOME))
    assert present_address(site, f"{HOME}/bees?a=1") == f"{HOME}/bees?a=1"


def test_after_a_move_links_to_the_old_address_lead_to_the_new_one(world: World) -> None:
    change_site(world.db, world.clock, SITE, SiteChange(address=NEW))
    site = remove_origin(world.db, world.clock, SITE, HOME)
    assert (site.origins, site.former_origins) == ((NEW,), (HOME,))
    assert not is_on_site(site, f"{HOME}/bees")
    assert present_address(site, f"{HOME}/bees?a=1") == f"{NEW}/bees?a=1"
    assert present_address(site, "https://www.bees.example//evil.example") == f"{NEW}//evil.example"
    for foreign in ("https://evil.example/bees", "javascript:alert(1)", ""):
        with pytest.raises(BadSiteError):
            present_address(site, foreign)
    back = add_origin(world.db, world.clock, SITE, HOME)
    assert (back.origins, back.former_origins) == ((NEW, HOME), ())


def test_the_home_address_and_what_is_not_listed_cannot_be_removed(world: World) -> None:
    add_origin(world.db, world.clock, SITE, SHOP)
    with pytest.raises(BadSiteError, match="home address"):
        remove_origin(world.db, world.clock, SITE, HOME)
    with pytest.raises(BadSiteError, match=f"belongs to {SHOP}"):
        remove_origin(world.db, world.clock, SITE, "https://www.shop.bees.example")
    with pytest.raises(BadSiteError, match="not on the list"):
        remove_origin(world.db, world.clock, SITE, NEW)
    assert remove_origin(world.db, world.clock, SITE, SHOP).origins == (HOME,)


def test_the_list_of_origins_has_an_end(world: World) -> None:
    for number in range(49):
        add_origin(world.db, world.clock, SITE, f"https://shop{number}.example")
    with pytest.raises(BadSiteError, match="50 addresses at most"):
        add_origin(world.db, world.clock, SITE, "https://one-more.example")


def test_a_new_time_zone_holds_from_now_on_and_a_replay_gives_the_same_journal(world: World) -> None:
    """An order at 23:30 UTC on the last of January is January's in UTC and February's in Berlin."""
    late = (1_769_902_200_000 - START_MS) / DAY_MS
    share = world.link()
    world.happens(a_visit("v1", share, cleo, 1), an_order("before", late, share_id=share, visit="v1"))
    world.clock.at_ms = START_MS + int(late * DAY_MS)
    site = change_site(world.db, world.clock, SITE, SiteChange(time_zone="Europe/Berlin"))
    assert (site.zone_at(world.clock.at_ms), site.zone_at(world.clock.at_ms + 60_000)) == ("UTC", "Europe/Berlin")
    world.happens(an_order("after", late + 2 / 1440, share_id=share, visit="v1"))
    days = {row.day for row in world.rows(select(day_money)) if row.unit == "EUR"}
    assert days == {"2026-01-31", "2026-02-01"}
    world.happens(a_refund("r", "before", late + 1))
    money = {
        row.day: (row.brought_micros, row.went_back_micros, row.pool_micros) for row in world.rows(select(day_money))
    }
    assert money["2026-01-31"] == (0, 0, 0)
    assert ("pool:2026-01", "EUR") not in world.balances(), "the refund charges the month in which its order stands"
    assert world.balances()["pool:2026-02", "EUR"] == 2_000_000
    stands, made = replay.compare(world.db, SITE, make_tables)
    assert stands == made
    again = change_site(world.db, world.clock, SITE, SiteChange(time_zone="Asia/Tokyo"))
    assert [one.partition("@")[0] for one in again.former_time_zones] == ["UTC", "Europe/Berlin"]


def test_a_removed_site_is_gone_and_its_ledger_stays(world: World, tmp_path: Path) -> None:
    share = world.link()
    world.take_in(a_visit("v1", share, cleo, 1), an_order("o1", 2, share_id=share, visit="v1"))
    keys, file = SigningKeys({1: b"k" * 32}), HeadsFile(tmp_path / "heads.jsonl")
    for _ in range(2):  # a second time finishes what was interrupted
        head = remove_site(world.db, SITE, keys, file, day(3))
    lines = world.count("journal")
    assert (head.size, lines > 0) == (lines, True)
    with world.db.reading() as session:
        assert (find_site(session, SITE), all_sites(session), site_of_host(session, "bees.example")) == (None, [], None)
        assert check_removed(read_lines(tmp_path / "heads.jsonl"), [], keys.public)[SITE].root == head.root
    with pytest.raises(BadSiteError, match="already exists"):
        a_site(world.db, world.clock, site_id=SITE)
    again = sites.new_site(world.db, world.clock, NewSite(name="Bees", home_url=HOME, own_address=True))
    with world.db.reading() as session:
        found = site_of_host(session, "bees.example")
    assert found is not None and found.site_id == again.site_id
