"""The open book shows the rule of today; a version that is still to come stands apart, with its day and its reason."""

import re

from msgspec.structs import replace

from cast import an_id, anna
from flow.office import SITE, Office
from passalong.core.attribution.allocate import DAY_MS
from passalong.core.terms.model import default_terms
from passalong.flow.owners.settings import SettingsDraft, change_settings, withdraw_settings
from passalong.flow.owners.terms import Draft, new_version


def test_a_version_that_is_to_come_stands_apart_until_its_day(office: Office) -> None:
    terms = default_terms("EUR")
    dearer = replace(terms, goals=(replace(terms.goals[1], rate_bp=2_500),))
    note = "Honey sells better by word of mouth."
    now_ms = office.clock.at_ms
    new_version(office.db, office.clock, SITE, Draft(dearer, note, now_ms + 20 * DAY_MS))

    text = office.send("GET", f"/open/{SITE}").text
    today, _, rest = text.partition('<section id="next2">')
    assert "The current rule: version 1, since" in today
    assert not re.search(r"25\s?%", today)
    coming = rest.partition("</section>")[0]
    assert "From 28 January 2026: version 2" in coming
    assert re.search(r"25\s?%", coming)
    assert note in coming
    assert "Version 2, from 28 January 2026" in rest

    office.clock.at_ms = now_ms + 21 * DAY_MS
    text = office.send("GET", f"/open/{SITE}").text
    assert "The current rule: version 2, since 28 January 2026." in text
    assert 'id="next2"' not in text
    assert "Version 2, since 28 January 2026" in text


def test_the_embedded_book_may_be_framed_by_the_sites_own_pages_alone(office: Office) -> None:
    framed = office.send("GET", f"/open/{SITE}/embed")
    assert framed.headers["cross-origin-resource-policy"] == "cross-origin"
    ancestors = framed.headers["content-security-policy"].partition("frame-ancestors ")[2].split(";")[0].split()
    assert ancestors == list(office.bees.site.accepted_origins)
    assert "<form" not in framed.text and "<script" not in framed.text
    whole = office.send("GET", f"/open/{SITE}")
    assert whole.headers["content-security-policy"].endswith("frame-ancestors 'none'")
    assert office.send("GET", "/open/nobody/embed").status == 404


def test_the_book_says_truly_what_is_kept_and_how_long_a_payout_takes(office: Office) -> None:
    text = office.send("GET", f"/open/{SITE}").text
    assert "We don't ask for" not in text
    assert "may add an e-mail address, a name or a payout account" in text
    assert "No payout has been made yet." in text


def test_a_setting_that_will_take_something_away_is_announced_until_its_day(office: Office) -> None:
    shared = {"site": SITE, "id": an_id("book", 1), "kind": "share", "token": office.link("book"), "to": "copy"}
    assert office.note("flask", shared | {"guest": anna.guest}).status == 202
    draft = SettingsDraft({"answer_days": "30"}, "cli", "We are fewer now.")
    [version] = change_settings(office.db, office.clock, SITE, draft)
    assert version.is_announced
    for path in (f"/open/{SITE}", f"/open/{SITE}/embed"):
        text = office.send("GET", path).text
        assert "Answers to questions about credit may take longer." in text and "We are fewer now." in text
    withdraw_settings(office.db, office.clock, SITE, version.version)
    assert "may take longer" not in office.send("GET", f"/open/{SITE}").text
