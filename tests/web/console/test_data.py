"""Exports of a whole site: every table or a reason, no secret, no formula, however large, for the owner alone."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from cast import anna
from flow.office import BOTH, OTHER, PAGE, SITE, Answer, Office, an_office
from passalong.flow.owners import api_keys
from passalong.flow.owners.changes import By
from passalong.flow.owners.webhooks import Wanted
from passalong.store.people import api_keys as stored
from passalong.store.people import changes
from passalong.store.queries import export
from passalong.store.schema.columns import INSTANCE, metadata

HERE = f"/console/{SITE}/data"


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites and a link whose title is a formula."""
    for made in an_office(request, tmp_path_factory):
        made.link("annas", anna, page=PAGE, title="=HYPERLINK(1)")
        made.link("theirs", site_id=OTHER, page="https://wasps.example/")
        yield made


def download(office: Office, form: str, site_id: str = SITE, **fields: str) -> Answer:
    """An export, asked for by the owner of a site."""
    return office.send("POST", f"{HERE}.{form}", client=office.owner(site_id), form=fields)


def sheets(answer: Answer) -> dict[str, str]:
    """The files of a ZIP."""
    made = zipfile.ZipFile(io.BytesIO(answer.body))
    assert made.testzip() is None
    return {name: made.read(name).decode() for name in made.namelist()}


def test_every_table_is_exported_or_has_a_reason() -> None:
    names = {table.name for table in export.exported_tables()}
    assert set(metadata.tables) <= names | set(export.LEFT_OUT) | set(INSTANCE)
    assert not names & set(export.LEFT_OUT)
    assert {"events", "journal", "receipts", "terms", "uses", "sites"} <= names


def test_json_and_csv_hold_the_same_rows_of_this_site_alone(office: Office) -> None:
    found = json.loads(download(office, "json").body)
    files = sheets(download(office, "zip"))
    assert {f"{name}.csv" for name in found["tables"]} == set(files)
    for name, rows in found["tables"].items():
        lines = list(csv.DictReader(io.StringIO(files[f"{name}.csv"])))
        assert len(lines) == len(rows) + (name == "owner_changes"), name  # the first download is a change itself
        assert {row["site_id"] for row in rows} <= {SITE}, name
    assert len(found["tables"]["issued_links"]) == 1
    assert OTHER not in files["issued_links.csv"]


def test_no_cell_is_a_formula_and_the_mark_is_a_choice(office: Office) -> None:
    plain, marked = (sheets(download(office, "zip", **form))["issued_links.csv"] for form in ({}, {"mark": "yes"}))
    assert "'=HYPERLINK(1)" in plain
    assert ",=HYPERLINK" not in plain
    assert marked == "\ufeff" + plain


def test_no_secret_leaves(office: Office) -> None:
    secret = api_keys.new(office.db, office.clock, SITE, "shop")
    made, _ = office.instance.services.webhooks.add(SITE, Wanted("https://shop.example/hook"), By())
    with office.db.reading() as session:
        hashes = [key.key_hash for key in stored.all_of(session, SITE)]
    text = download(office, "json").text
    assert "shop" in text
    assert not any(one in text for one in (secret, made.nonce, anna.guest, *hashes))


def test_a_table_larger_than_one_page_of_rows_is_whole(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 3)
    for number in range(10):
        api_keys.new(office.db, office.clock, SITE, f"key {number}")
    found = json.loads(download(office, "json").body)
    names = [row["name"] for row in found["tables"]["api_keys"]]
    assert len(names) == len(set(names)) >= 10


def test_an_export_is_in_the_audit_log(office: Office) -> None:
    download(office, "zip")
    with office.db.reading() as session:
        assert "data.export" in [one.change.action for one in changes.newest(session, SITE, 5)]


@pytest.mark.parametrize("form", ["json", "zip"])
def test_nobody_else_downloads_it(office: Office, form: str) -> None:
    assert download(office, form, OTHER).status == 401
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert office.send("POST", f"{HERE}.{form}", headers=headers, client=office.owner(), form={}).status == 403
    assert office.send("GET", f"{HERE}.{form}", client=office.owner()).status == 405
