"""`/metrics`: what it counts, and who may read it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine

from cast import a_person, an_id, anna
from flow.office import BOTH, GOOGLEBOT, SITE, Office, an_office
from passalong.app import make_instance
from passalong.settings import read_settings
from passalong.store.engine import Database
from passalong.web.http import metrics
from serving import Start
from tables import make_tables

HOME = "http://127.0.0.1:8080"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def scraped(office: Office) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by name and labels."""
    answer = office.client().get("/metrics", base_url=HOME)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == metrics.TEXT
    families = text_string_to_metric_families(answer.text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(found: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float | None:
    """One sample."""
    return found.get((f"passalong_{name}", frozenset(labels.items())))


def test_notes_drops_commits_pages_and_what_waits_are_counted(office: Office) -> None:
    token = office.link("annas", anna)
    seen = office.visit("came", token, a_person("reader"))
    assert office.note("asgi", seen).status == 202
    assert office.note("asgi", seen).status == 202
    bot = office.visit("bot", token, a_person("bot"))
    assert office.note("flask", bot, {"User-Agent": GOOGLEBOT}).status == 202
    assert office.note("asgi", b"{").status == 400
    office.send("GET", f"/open/{SITE}")
    office.clock.at_ms += 7_000
    found = scraped(office)
    assert value(found, "notes_total", result="visit") == 1
    assert value(found, "notes_total", result="duplicate") == 1
    assert value(found, "notes_total", result="dropped") == 1
    assert value(found, "notes_total", result="malformed") == 1
    assert value(found, "drops_total", reason="bot") == 1
    assert value(found, "pages_total", route="/open/<site_id>", method="GET", status="200") == 1
    assert (value(found, "commit_seconds_count") or 0) >= 2
    assert (value(found, "queue_events") or 0) >= 1
    assert (value(found, "fold_lag_seconds") or 0) >= 7
    assert value(found, "database_up") == 1
    office.fold()
    assert value(scraped(office), "queue_events") == 0
    assert value(scraped(office), "fold_lag_seconds") == 0


def test_no_address_and_no_id_is_ever_a_label(office: Office) -> None:
    token = office.link("annas", anna)
    office.send("GET", f"/h/{token}")
    office.send("GET", f"/nowhere/{an_id('secret')}")
    office.send("POST", f"/me/door/{an_id('code')}")
    text = office.client().get("/metrics", base_url=HOME).text
    for secret in (token, an_id("secret"), an_id("code"), SITE):
        assert secret not in text
    assert 'route="/h/<token>"' in text
    assert 'route="none"' in text


@pytest.mark.parametrize(
    ("address", "base", "headers"),
    [
        ("203.0.113.7", HOME, {}),
        ("10.0.0.3", HOME, {}),
        ("127.0.0.1", "https://along.example", {}),
        ("127.0.0.1", HOME, {"X-Forwarded-For": "203.0.113.7"}),
        ("127.0.0.1", HOME, {"Via": "1.1 proxy"}),
        ("127.0.0.1", "http://localhost.evil.example", {}),
    ],
)
def test_without_a_token_only_this_machine_reads_them(
    office: Office, address: str, base: str, headers: dict[str, str]
) -> None:
    """Behind a proxy on the same machine, everybody comes from a loopback address."""

    def ask(client: FlaskClient, address: str, base: str, headers: dict[str, str]) -> int:
        return client.get("/metrics", base_url=base, headers=headers, environ_base={"REMOTE_ADDR": address}).status_code

    assert ask(office.client(), address, base, headers) == 404
    assert ask(office.client(), "127.0.0.1", "http://localhost:8080", {}) == 200
    assert ask(office.client(), "::1", "http://[::1]:8080", {}) == 200


def test_with_a_token_only_the_token_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings({"PASSALONG_DATA": str(tmp_path), "PASSALONG_METRICS_TOKEN": "sixteen letters!"})
    make_tables(Database(settings.database_url))
    instance = make_instance(settings)
    client = instance.flask.test_client()
    for said, status in (
        ("Bearer sixteen letters!", 200),
        ("Bearer sixteen letters", 404),
        ("sixteen letters!", 404),
        ("", 404),
    ):
        answer = client.get("/metrics", base_url=HOME, headers={"Authorization": said} if said else {})
        assert answer.status_code == status, said
    instance.close()


def test_metrics_say_that_the_database_is_away(office: Office) -> None:
    url = office.db.url
    office.db.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(office.db, "reader", _unreachable())
        found = scraped(office)
    assert office.db.url == url
    assert value(found, "database_up") == 0
    assert value(found, "queue_events") is None


def _unreachable() -> object:
    return create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")


@pytest.mark.postgresql
def test_several_processes_count_together(start_passalong: Start, postgresql_url: str) -> None:
    served = start_passalong(postgresql_url, PASSALONG_PROCESSES="3")
    for _ in range(24):
        with served.client() as browser:
            assert browser.send("GET", "/robots.txt").status == 200
    with served.client() as browser:
        text = browser.send("GET", "/metrics", headers={"Host": "127.0.0.1"}).body.decode()
    counted = re.search(r'passalong_pages_total\{[^}]*route="/robots.txt"[^}]*\} (\S+)', text)
    assert counted is not None
    assert float(counted[1]) == 24
