"""Histories of a site that several tests go through: everything happens in them at least once."""

from cast import HOME, a_person, anna, ben, cleo, mallory, otto
from flow.world import World, a_refund, a_share, a_tick, a_visit, an_order
from passalong.core.facts import Event
from passalong.core.reasons import Reason


def a_history(world: World) -> None:
    """Shares, re-shares, purchases, refunds before and after a hold, and facts that come in late."""
    share = world.link(anna)
    again = world.link(ben, parent=share, visitor=True)
    people = [a_person("visitor", number) for number in range(12)]
    world.happens(a_visit("ben", share, ben, 1), a_visit("cleo", again, cleo, 2))
    world.take_in(*(a_visit(f"v{number}", share, who, 3 + number) for number, who in enumerate(people)))
    world.take_in(
        *(an_order(f"o{number}", 9, share_id=share, visit=f"v{number}", euros=7) for number in range(0, 12, 3))
    )
    world.fold()
    world.happens(an_order("cleo", 4, share_id=again, visit="cleo"), a_refund("r1", "cleo", 5, euros=30))
    world.happens(a_tick(40), a_refund("r2", "cleo", 41, euros=20), a_visit("late", share, cleo, 3.5))


def facts_before_a_hold_ends(world: World) -> list[Event]:
    """Everything that can happen before a hold ends, with people who turn out to be one."""
    annas = world.link(anna)
    bens = world.link(ben, parent=annas, visitor=True)
    cleos = world.link(cleo, parent=bens, page=f"{HOME}/wasps")
    mallorys = world.link(mallory)
    return [
        a_visit("ben", annas, ben, 0.5),
        a_share("ben", bens, 1),
        a_visit("cleo 1", annas, cleo, 2),
        a_visit("cleo 2", bens, cleo, 3),
        a_visit("cleo bot", mallorys, cleo, 3.5, refused=Reason.BOT),
        a_visit("mallory", mallorys, mallory, 4),
        a_visit("otto", cleos, otto, 4.5),
        a_visit("otto burst", mallorys, otto, 4.5 + 5 / 86_400),
        an_order("order-1", 5, euros=77, share_id=bens, visit="cleo 2"),
        an_order("order-2", 6, euros=31, share_id=mallorys, visit="mallory"),
        an_order("order-3", 6.5, euros=13, share_id=cleos),
        an_order("order-4", 6.6, euros=11, share_id=mallorys, visit="cleo bot"),
        a_visit("mallory seen", annas, mallory, 7, guest=True),
        a_visit("cleo seen", annas, cleo, 7.5, guest=True),
        an_order("order-5", 8, euros=200, share_id=cleos, visit="otto"),
        a_refund("refund-1", "order-1", 9, euros=20),
        a_refund("refund-2", "order-5", 10, euros=200),
        an_order("order-6", 11, refused=Reason.BAD_SIGNATURE),
    ]
