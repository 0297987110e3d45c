"""The console's page of health: what waits, what is wrong and what to do, and a test mail that is really sent."""

from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import insert, text, update

from cast import ben
from flow.office import BOTH, OTHER, SITE, Office, an_office
from passalong import __version__
from passalong.flow.backup.schedule import Last, Watched
from passalong.flow.mail.transports import Folder, Smtp
from passalong.flow.owners import health
from passalong.flow.transaction import writing
from passalong.settings import MailSettings
from passalong.store.people import addresses
from passalong.store.schema.people import mails
from passalong.web.http import health as probes
from passalong.web.http.formatting import utc_minute
from plumbing.ports import HOST, free_port

PAGE = f"/console/{SITE}/health"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def page(office: Office) -> str:
    """The page as the owner sees it."""
    return office.send("GET", PAGE, client=office.owner()).text


def test_a_healthy_instance_says_so(office: Office) -> None:
    office.fold()
    said = page(office)
    assert "Everything is running, but 2 things are not set up yet." in said
    assert f"Passalong {__version__}." in said
    assert "None. Everything that came in has been counted." in said


def test_a_queue_that_stands_still_is_named_with_what_to_do(office: Office) -> None:
    office.note("flask", office.visit("v", office.link("annas"), ben))
    office.clock.at_ms += health.LAG_BAD_MS + 1_000
    said = page(office)
    assert "1 thing needs your attention." in said
    assert "1 event is waiting. The oldest came in 61 s ago." in said
    assert "Check that <code>passalong serve</code> is running" in said.replace(
        "`passalong serve`", "<code>passalong serve</code>"
    )
    office.fold()
    assert "needs your attention" not in page(office)


def test_a_clock_that_went_back_is_named(office: Office) -> None:
    office.note("flask", office.visit("v", office.link("annas"), ben))
    office.fold()
    office.clock.at_ms -= 3_600_000
    with office.db.reading() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1
    assert "clock" in health.health_of(office.db, office.clock, SITE).problems


def test_the_last_backup_is_shown_and_a_late_one_is_named(office: Office) -> None:
    note = office.folder / "last-backup.json"
    assert "No backup has been made yet." in page(office)
    note.write_bytes(msgspec.json.encode(Last(office.clock.at_ms - 3_600_000, "/backups/one.backup", 2_000_000)))
    said = page(office)
    assert "The last one was made on" in said
    assert "Everything is running, but 1 thing is not set up yet." in said
    daily = Watched(office.folder, 24)
    assert "backup" not in health.health_of(office.db, office.clock, SITE, daily).problems
    office.clock.at_ms += 48 * 3_600_000
    assert "backup" in health.health_of(office.db, office.clock, SITE, daily).problems


def test_mail_and_backups_that_nobody_set_up_are_not_called_good(office: Office) -> None:
    said = page(office)
    assert said.count('st-waiting">Not set up') == 2
    assert "PASSALONG_SMTP_HOST" in said and "PASSALONG_BACKUP_DIR" in said
    daily = Watched(office.folder, 24)
    server = Smtp(MailSettings("otto@bees.example", office.folder, "mail.bees.example"))
    assert health.health_of(office.db, office.clock, SITE, daily, server).not_set_up == ()


def test_a_mail_that_failed_twice_is_a_problem_before_it_is_given_up(office: Office) -> None:
    failed: dict[str, object] = {
        "site_id": SITE,
        "mail_id": "m",
        "kind": "monthly",
        "address_hash": "h" * 40,
        "language": "en",
    }
    failed |= {"document": "{}", "at_ms": office.clock.at_ms, "next_at_ms": office.clock.at_ms + 1, "error": "451"}
    with writing(office.db) as session:
        session.execute(insert(mails).values(**failed, attempts=1))
    assert "mail" not in health.health_of(office.db, office.clock, SITE).problems
    with writing(office.db) as session:
        session.execute(update(mails).values(attempts=2))
    assert "mail" in health.health_of(office.db, office.clock, SITE).problems
    assert "1 has failed more than once and is tried again." in page(office)


def test_the_clock_is_shown_to_the_minute(office: Office) -> None:
    assert f"clock shows {utc_minute(office.clock.at_ms)} UTC" in page(office)


def keep_address(office: Office) -> None:
    """Let the owner have a confirmed address."""
    with writing(office.db) as session:
        new = addresses.NewAddress("h" * 40, "otto@example.org", "en", office.clock.at_ms, addresses.OWNER)
        addresses.ask(session, SITE, new)
        addresses.confirm_owner(session, SITE, "h" * 40, office.clock.at_ms)


def test_a_test_mail_reaches_the_owner(office: Office) -> None:
    nobody = office.send("POST", PAGE, client=office.owner(), form={})
    assert nobody.status == 422 and "There is no address to write to." in nobody.text
    keep_address(office)
    answer = office.send("POST", PAGE, client=office.owner(), form={})
    assert answer.status == 200 and "otto@example.org" in answer.text
    (mail,) = (office.folder / "outbox" / SITE).glob("test-*.eml")
    assert "otto@example.org" in mail.read_text()


def test_a_test_mail_that_cannot_be_sent_is_answered_with_the_setting_to_look_at(office: Office) -> None:
    keep_address(office)
    nowhere = MailSettings("otto@bees.example", office.folder, HOST, free_port())
    office.instance.mail_sender._transport = Smtp(nowhere)
    answer = office.send("POST", PAGE, client=office.owner(), form={})
    assert answer.status == 502
    assert "PASSALONG_SMTP_HOST and PASSALONG_SMTP_PORT, and that the server runs." in answer.text


def test_a_test_mail_that_cannot_become_a_file_is_not_answered_with_settings_of_a_server(office: Office) -> None:
    keep_address(office)
    (office.folder / "taken").write_text("a file, not a folder")
    office.instance.mail_sender._transport = Folder(office.folder / "taken")
    answer = office.send("POST", PAGE, client=office.owner(), form={})
    assert (answer.status, "taken" in answer.text) == (502, True)
    assert "PASSALONG_SMTP_PORT" not in answer.text


def test_nobody_else_sends_a_test_mail(office: Office) -> None:
    assert office.send("POST", PAGE, client=office.owner(OTHER), form={}).status == 401


def test_the_probe_says_what_is_wrong_and_names_no_host_and_no_file(office: Office) -> None:
    assert office.send("GET", "/readyz").json == {"status": "ok"}
    with office.db.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sites RENAME TO hidden")
    try:
        answer = office.send("GET", "/readyz")
    finally:
        with office.db.writer.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE hidden RENAME TO sites")
    assert (answer.status, answer.json) == (503, probes.NO_TABLES)
    assert "passalong db upgrade" in answer.json["message"]
    assert not any(word in answer.text for word in ("sqlite", "postgresql", "/tmp", "SELECT"))
