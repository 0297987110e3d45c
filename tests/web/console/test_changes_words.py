"""The audit log in words: no action and no name of a value is shown as the code writes it."""

import re
from html import unescape
from pathlib import Path

import pytest
from msgspec.structs import replace

import passalong
from flow.office import SITE, an_office
from passalong.core.terms.model import default_terms
from passalong.flow.owners.terms import Draft, new_version
from passalong.i18n.catalogue import ENGLISH, catalogue

SOURCE = Path(passalong.__file__).parent
WORDS = "console_changes.action."
NOT_RECORDED = {"mail.page", "mail.stop", "mail.site_thanks", "mail.owner_confirm"}
"""Texts, which look like actions."""


def test_every_action_of_the_audit_log_has_words() -> None:
    known = {key.removeprefix(WORDS) for key in catalogue(ENGLISH) if key.startswith(WORDS)}
    nouns = "|".join(sorted({name.partition(".")[0] for name in known}))
    literal = re.compile(rf'"((?:{nouns})\.[a-z_]+)"')
    files = [*(SOURCE / "flow/owners").glob("*.py"), *(SOURCE / "web/console").glob("*.py")]
    recorded = {name for file in files for name in literal.findall(file.read_text())}
    assert len(recorded) > 40
    assert recorded - known - NOT_RECORDED == set()


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_change_of_the_rule_shows_what_changed_and_nothing_as_the_code_writes_it(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, database: str
) -> None:
    request.param = database
    for office in an_office(request, tmp_path_factory):
        terms = default_terms("EUR")
        goals = tuple(replace(goal, rate_bp=1_250) if goal.rate_bp else goal for goal in terms.goals)
        new_version(office.db, office.clock, SITE, Draft(replace(terms, goals=goals, window_days=47), "Longer."))
        row = unescape(office.send("GET", f"/console/{SITE}/changes?action=terms.add", client=office.owner()).text)
        before, after = row.partition("<tbody")[2].split("data-h=")[1:3]
        assert "rate 10%" in before and "window days</span> 30" in before
        assert "rate 12.5%" in after and "window days</span> 47" in after
        assert not re.search(r"hold days|micros|[{}\[\]]", before + after)
