"""People of another programme come over: once, to the cent, with their old links, and without any mail."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from cast import OttosSite, a_person, a_site, an_id
from flow.office import BOTH, Office, an_office
from flow.owners.exports import EXPORTS, UNPAID
from passalong.core.imports.programmes import PROGRAMMES, ImportedPerson, UnreadableImportError, read_people
from passalong.flow import erasure
from passalong.flow.owners.desk import Desk, Signed
from passalong.flow.owners.imports import ImportReport, ProgrammeImport, import_people
from passalong.store import sites
from passalong.store.books import redemptions
from passalong.store.schema.links import issued_links
from passalong.store.schema.people import mails

PROGRAMME = pytest.mark.parametrize("programme", PROGRAMMES)


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database."""
    yield from an_office(request, tmp_path_factory)


@pytest.fixture
def site(office: Office) -> OttosSite:
    """A site of its own, without a hold."""
    return a_site(office.db, office.clock, site_id=f"imp{next(_NUMBERS):04d}")


_NUMBERS = iter(range(10_000))


def bring(office: Office, site: OttosSite, programme: str, *, dry: bool = False) -> ImportReport:
    """Otto imports an export."""
    services = office.instance.services
    with office.db.reading() as session:
        found = sites.find_site(session, site.site_id)
    assert found is not None
    people = tuple(read_people(programme, EXPORTS[programme][0], "EUR"))
    desk = Desk(office.db, office.clock, services.collector, found)
    return import_people(desk, services.keys, ProgrammeImport(programme, people, dry), Signed("Otto", "Opening.", ""))


def balances(office: Office, site: OttosSite, report: ImportReport) -> list[int]:
    """What each person has, in cents."""
    office.fold()
    with office.db.reading() as session:
        return [
            redemptions.ready_micros(session, site.site_id, (line.advocate_id,), "EUR") // 10_000
            for line in report.lines
        ]


@PROGRAMME
def test_every_balance_is_there_to_the_cent_and_importing_twice_is_once(
    office: Office, site: OttosSite, programme: str
) -> None:
    first = bring(office, site, programme)
    assert (first.in_file, first.brought, first.is_complete) == (UNPAID, UNPAID, True)
    assert [line.state for line in first.lines] == ["new"] * 3
    again = bring(office, site, programme)
    assert (again.brought, [line.state for line in again.lines]) == (UNPAID, ["known"] * 3)
    assert balances(office, site, again) == [12_345, 1, 0]


@PROGRAMME
def test_an_old_link_leads_to_its_person(office: Office, site: OttosSite, programme: str) -> None:
    report = bring(office, site, programme)
    param, code = EXPORTS[programme][1]
    visitor = a_person(f"reader {programme} {site.site_id}")
    note = office.visit(f"old {site.site_id}", code, visitor, site=site.site_id)
    assert office.note("flask", note).note == (202, "visit", None)
    visited = f"{code}.{an_id('visit', f'old {site.site_id}')}"
    order = {"id": "o", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR", "code": visited}
    assert office.api("POST", "/conversions", order, key=site.api_key).status == 202
    office.fold()
    receipt = office.api("GET", "/conversions/o", key=site.api_key).json
    assert [line["recipient"] for line in receipt["lines"]] == [report.lines[0].advocate_id]
    script = office.send("GET", f"/along/{site.site_id}.js").text
    assert f'"read":"(?:ht|{param})"' in script


def test_the_code_of_a_person_who_was_erased_is_in_no_table_and_an_import_says_so(
    office: Office, site: OttosSite
) -> None:
    """Old codes are often names."""
    first, code = bring(office, site, "rewardful").lines[0], EXPORTS["rewardful"][1][1]
    assert first.codes == (code,)
    office.fold()
    erasure.erase(office.instance.services, site.site_id, first.advocate_id)
    with office.db.reading() as session:
        assert code not in str(session.execute(select(issued_links)).all())
    again = bring(office, site, "rewardful").lines[0]
    assert again.codes == () and "deleted everything" in " ".join(again.problems)


@PROGRAMME
def test_a_dry_run_says_the_same_and_changes_nothing(office: Office, site: OttosSite, programme: str) -> None:
    report = bring(office, site, programme, dry=True)
    assert report.brought == UNPAID
    assert office.send("GET", f"/along/{site.site_id}.js").text.count('"read"') == 0
    assert balances(office, site, report) == [0, 0, 0]


def test_nobody_gets_mail_and_the_account_opens_by_a_magic_link(office: Office, site: OttosSite) -> None:
    report = bring(office, site, "dub")
    with office.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(mails).where(mails.c.site_id == site.site_id)) == 0
    office.fold()
    browser = office.client()
    asked = office.send(
        "POST", "/me/in/mail", client=browser, form={"site": site.site_id, "address": "anna@example.org"}
    )
    assert asked.status in (200, 303), asked
    code = office.mailed("sign_in", site.site_id).rpartition("/")[2]
    assert office.send("GET", f"/me/door/{code}", client=browser).status == 303
    pressed = office.send("POST", "/me/door", client=browser, form={})
    assert pressed.status == 303, pressed
    text = office.send("GET", "/me", client=browser).text
    assert re.search(r"123[.,]45", text), report


def test_one_address_is_one_account_whichever_programme_it_comes_from(office: Office, site: OttosSite) -> None:
    first, second = bring(office, site, "dub"), bring(office, site, "affiliatewp")
    assert [line.advocate_id for line in first.lines] == [line.advocate_id for line in second.lines]
    assert balances(office, site, second) == [24_690, 2, 0]


def test_a_code_of_somebody_else_stays_with_the_first(office: Office, site: OttosSite) -> None:
    bring(office, site, "dub")
    services = office.instance.services
    with office.db.reading() as session:
        found = sites.find_site(session, site.site_id)
    assert found is not None
    mallory = ImportedPerson("pn_9", "mallory@example.org", "Mallory", ("AnnaBee", "x" * 25), {})
    asked = ProgrammeImport("dub", (mallory,))
    desk = Desk(office.db, office.clock, services.collector, found)
    (line,) = import_people(desk, services.keys, asked, Signed("Otto", "Opening.", "")).lines
    assert line.codes == ()
    assert ["somebody else" in line.problems[0], "at most 24" in line.problems[1]] == [True, True]


@pytest.mark.parametrize("dry", [True, False])
def test_two_people_with_one_code_or_one_address_are_told_apart_in_a_dry_run_too(
    office: Office, site: OttosSite, dry: bool
) -> None:
    with office.db.reading() as session:
        found = sites.find_site(session, site.site_id)
    assert found is not None
    people = (
        ImportedPerson("pn_1", "Anna@example.org", "Anna", ("bee",), {"EUR": 1_000}),
        ImportedPerson("pn_2", "mallory@example.org", "Mallory", ("bee",), {"EUR": 200}),
        ImportedPerson("pn_3", "anna@EXAMPLE.org", "Anna", ("bee", "honey"), {"EUR": 30, "USD": 4}),
    )
    services = office.instance.services
    desk = Desk(office.db, office.clock, services.collector, found)
    report = import_people(desk, services.keys, ProgrammeImport("dub", people, dry), Signed("Otto", "Opening.", ""))
    assert [line.codes for line in report.lines] == [("bee",), (), ("bee", "honey")]
    assert (dict(report.in_file), dict(report.brought)) == ({"EUR": 1_230, "USD": 4}, {"EUR": 1_230})
    assert "USD was left out" in report.lines[2].problems[0]
    assert balances(office, site, report) == ([0, 0, 0] if dry else [1_030, 200, 1_030])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no rows"),
        ("[{}]", "Row 1"),
        ('[{"id": 1}, {"id": 1}]', "earlier row"),
        ('[{"id": 1, "unpaidCommissions": "x"}]', "no amount"),
        ('[{"id": 1, "unpaidCommissions": -5}]', "below zero"),
        ("{", "no JSON"),
        ("id,email\n", "no rows"),
    ],
)
def test_a_file_that_cannot_be_read_says_which_row(text: str, words: str) -> None:
    with pytest.raises(UnreadableImportError, match=words):
        read_people("dub", text, "EUR")
