"""Settings are versions: dated, signed, announced where they cut a promise, and without effect on what was recorded."""

import pytest

from cast import anna, cleo
from flow.world import SITE, World, a_share, a_visit, an_order, day
from passalong import migrate
from passalong.flow.owners.settings import (
    BadSiteSettingsError,
    SettingsChangedError,
    SettingsDraft,
    begin_due,
    change_settings,
    settings_of,
    withdraw_settings,
)
from passalong.flow.owners.upkeep import delete_old_evidence
from passalong.flow.replay import replay
from passalong.flow.transaction import writing
from passalong.store import refusals
from passalong.store.people import settings_versions
from passalong.store.people.settings_versions import SettingsVersion
from passalong.store.sites import find_site


def changed(world: World, **values: str) -> list[SettingsVersion]:
    """Otto changes settings."""
    return change_settings(world.db, world.clock, SITE, SettingsDraft(values, "Otto", "For the spring."))


def stands(world: World, name: str) -> str:
    """A setting as it stands."""
    with world.db.reading() as session:
        site = find_site(session, SITE)
    assert site
    return settings_of(site)[name]


def somebody_shares(world: World) -> None:
    """Anna shares a link, so that there are promises."""
    world.happens(a_share("a", world.link(anna), 0))
    world.clock.at_ms = day(1)


def test_a_change_has_a_date_an_author_and_a_reason(world: World) -> None:
    (made,) = changed(world, remember="window", customers_signed_in="on", questions="on")
    assert (made.version, made.author, made.note) == (1, "Otto", "For the spring.")
    assert made.since_ms == made.begun_at_ms == world.clock.now_ms()
    assert (made.before, made.after) == (
        {"customers_signed_in": "off", "remember": "visit"},
        {"customers_signed_in": "on", "remember": "window"},
    )
    with world.db.reading() as session:
        assert settings_versions.newest(session, SITE, 9) == [made]
    assert changed(world, remember="window") == []


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("remember", "window", "visit"),
        ("remember", "visit", "none"),
        ("questions", "on", "off"),
        ("answer_days", "7", "8"),
    ],
)
def test_a_cut_of_a_promise_begins_fourteen_days_later(world: World, name: str, before: str, after: str) -> None:
    changed(world, **{name: before})
    somebody_shares(world)
    (made,) = changed(world, **{name: after})
    assert (made.since_ms, made.is_announced) == (day(15), True)
    assert stands(world, name) == before
    world.clock.at_ms = day(15) - 1
    assert begin_due(world.db, world.clock) == 0
    world.clock.at_ms = day(15)
    assert begin_due(world.db, world.clock) == 1
    assert stands(world, name) == after
    assert begin_due(world.db, world.clock) == 0


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("remember", "visit", "window"),
        ("questions", "off", "on"),
        ("answer_days", "7", "6"),
        ("personal_codes", "on", "off"),
        ("languages", "en de nl", "nl"),
    ],
)
def test_what_takes_nothing_away_begins_at_once(world: World, name: str, before: str, after: str) -> None:
    changed(world, **{name: before})
    somebody_shares(world)
    (made,) = changed(world, **{name: after})
    assert made.begun_at_ms == day(1)
    assert stands(world, name) == after


@pytest.mark.parametrize("note", ["", "x" * 280, "Merci\u00a0! 👩‍🌾", "شكرًا", "می‌خواهم", "<b>&amp;</b>"])
def test_a_note_of_thanks_is_any_text_of_280_characters(world: World, note: str) -> None:
    somebody_shares(world)
    changed(world, thanks_note="before")
    (made,) = changed(world, thanks_note=f"  {note}\n")
    assert made.begun_at_ms == day(1)
    assert stands(world, "thanks_note") == " ".join(note.split())


def test_before_the_first_share_everything_changes_at_once(world: World) -> None:
    assert changed(world, remember="none", currency="USD")[0].begun_at_ms == world.clock.now_ms()
    assert stands(world, "currency") == "USD"


def test_a_change_with_a_cut_is_two_versions(world: World) -> None:
    changed(world, remember="window")
    somebody_shares(world)
    now, later = changed(world, remember="visit", time_zone="Europe/Berlin")
    assert (now.after, later.after) == ({"time_zone": "Europe/Berlin"}, {"remember": "visit"})
    assert [now.version, later.version] == [2, 3]


def test_an_announced_change_is_withdrawn_before_another_takes_its_place(world: World) -> None:
    changed(world, remember="window")
    somebody_shares(world)
    (made,) = changed(world, remember="visit")
    with pytest.raises(BadSiteSettingsError, match="withdraw it first"):
        changed(world, remember="none")
    withdraw_settings(world.db, world.clock, SITE, made.version)
    with pytest.raises(BadSiteSettingsError, match="does not wait"):
        withdraw_settings(world.db, world.clock, SITE, made.version)
    world.clock.at_ms = day(20)
    assert begin_due(world.db, world.clock) == 0
    assert stands(world, "remember") == "window"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("time_zone", "Bee/Hive", "Europe/Berlin"),
        ("time_zone", "../etc/passwd", "Europe/Berlin"),
        ("currency", "BEE", "ISO 4217"),
        ("remember", "all", "none, visit, window"),
        ("credit", "", "on, ask, off"),
        ("customers_signed_in", "yes", "on or off"),
        ("personal_codes", "never", "on, ask, off"),
        ("questions", "1", "on or off"),
        ("answer_days", "0", "1 to 60"),
        ("answer_days", "61", "1 to 60"),
        ("retention_days", "9" * 400, "1 to 90"),
        ("retention_days", "x", "1 to 90"),
        ("sender_name", "a\nb", "one line"),
        ("sender_name", "x" * 121, "120"),
        ("thanks_note", "x" * 281, "280"),
        ("thanks_note", "thank\u202eyou", "no control characters"),
        ("thanks_note", "thank\x00you", "no control characters"),
        ("colour", "red", "no setting"),
    ],
)
def test_a_value_that_cannot_stand_is_refused_by_name_and_changes_nothing(
    world: World, name: str, text: str, said: str
) -> None:
    with pytest.raises(BadSiteSettingsError) as caught:
        changed(world, **{name: text, "credit": "ask"} if name != "credit" else {name: text})
    assert said in caught.value.problems[name]
    assert stands(world, "credit") == "on"


def test_the_currency_stays_once_people_have_shared_for_it(world: World) -> None:
    somebody_shares(world)
    with pytest.raises(BadSiteSettingsError, match="the currency stays"):
        changed(world, currency="USD")


def test_two_people_who_edit_at_once_are_told(world: World) -> None:
    seen = SettingsDraft({"credit": "ask"}, "Otto", base=0)
    change_settings(world.db, world.clock, SITE, seen)
    with pytest.raises(SettingsChangedError) as caught:
        change_settings(world.db, world.clock, SITE, SettingsDraft({"credit": "off"}, "Olga", base=0))
    assert caught.value.standing["credit"] == "ask"


def test_a_replay_does_not_depend_on_the_settings_of_today(world: World) -> None:
    link = world.link(anna)
    world.happens(a_share("a", link, 0), a_visit("v", link, cleo, 1), an_order("o", 2, share_id=link, visit="v"))
    world.clock.at_ms = day(3)
    for values in ({"customers_signed_in": "on"}, {"time_zone": "Asia/Tokyo"}, {"remember": "none"}, {"credit": "off"}):
        changed(world, **values)
        stood, made = replay.compare(world.db, SITE, migrate.upgrade)
        assert stood == made
    world.happens(an_order("o2", 4, share_id=link, visit="v"))


def test_evidence_is_deleted_after_the_days_of_its_site(world: World) -> None:
    changed(world, retention_days="10")
    with writing(world.db) as session:
        for number in (1, 2):
            sample = refusals.Sample(day(number), f"r{number}", "link", "foreign_origin", f"https://{number}.example")
            refusals.add_sample(session, SITE, sample)
    delete_old_evidence(world.db, day(11.5))
    with world.db.reading() as session:
        assert refusals.latest_details(session, SITE, "link", "foreign_origin", 9) == ["https://2.example"]


def test_a_reason_turns_no_line(world: World) -> None:
    with pytest.raises(BadSiteSettingsError) as caught:
        change_settings(world.db, world.clock, SITE, SettingsDraft({"questions": "off"}, "Otto", note="x\u202ey"))
    assert "bidi controls" in caught.value.problems["note"]
