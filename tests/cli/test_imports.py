"""`passalong import`: people of another programme, and orders from a file."""

import json
from pathlib import Path

import pytest

from commands import Run, a_site
from flow.owners.exports import EXPORTS, UNPAID


def test_people_are_imported_after_a_dry_run(run: Run, tmp_path: Path) -> None:
    key, file = a_site(run), tmp_path / "affiliates.json"
    file.write_text(EXPORTS["rewardful"][0])
    code, out, _ = run("import", "people", key, str(file), "--from", "rewardful", "--dry-run")
    assert (code, "3 people (3 new) with 3 links would be here." in out) == (0, True)
    code, out, _ = run("import", "people", key, str(file), "--from", "rewardful", "--json")
    assert (code, json.loads(out)["brought"]) == (0, UNPAID)
    assert "3 people (0 new)" in run("import", "people", key, str(file), "--from", "rewardful")[1]


def test_a_bad_export_imports_nothing(run: Run, tmp_path: Path) -> None:
    key, file = a_site(run), tmp_path / "affiliates.csv"
    file.write_text("Affiliate ID,Unpaid Earnings\n1,5.005\n")
    code, _, err = run("import", "people", key, str(file), "--from", "affiliatewp")
    assert (code, "Row 1" in err, "Nothing was imported" in err) == (2, True, True)


def test_orders_of_a_file_are_recorded_once(run: Run, tmp_path: Path) -> None:
    key, file = a_site(run), tmp_path / "orders.csv"
    file.write_text("id,amount,currency,email\n1,19.90,EUR,cleo@example.org\n2,5,EUR,\n")
    assert run("import", "orders", key, str(file), "--dry-run")[1] == "2 orders can be recorded.\n"
    assert "2 orders were recorded" in run("import", "orders", key, str(file))[1]
    assert "0 orders were recorded, 2 were known" in run("import", "orders", key, str(file))[1]


def test_a_file_that_excel_saved_as_unicode_text_is_read(run: Run, tmp_path: Path) -> None:
    key, file = a_site(run), tmp_path / "orders.txt"
    file.write_text("id\tamount\tcurrency\r\n1\t19.90\tEUR\r\n", encoding="utf-16")
    assert run("import", "orders", key, str(file), "--dry-run")[1] == "1 orders can be recorded.\n"


def test_a_bad_row_is_named_and_nothing_is_recorded(run: Run, tmp_path: Path) -> None:
    key, file = a_site(run), tmp_path / "orders.csv"
    file.write_text("id,amount,currency\n1,19.905,EUR\n,5,EUR\n3,x,EUR\n4,1,euro\n")
    code, _, err = run("import", "orders", key, str(file))
    assert code == 2
    for line in ("Line 2", "Line 3", "Line 4", "Line 5", "nothing was recorded"):
        assert line in err
    file.write_text("number,sum\n1,2\n")
    assert "no column 'id'" in run("import", "orders", key, str(file))[2]


UNREADABLE = {
    "bytes": b"id,amount,currency\n1,19.90,EUR,M\xfcller\n",
    "a field without an end": b'id,amount,currency\n"' + b"a" * 200_000,
    "deep JSON": b"[" * 100_000,
}
ODD_ORDERS = {
    "no amount": b"id,amount,currency\n1,NaN,EUR\n2,1e999999,EUR\n",
    "a column twice": b"id,id,amount,currency\n1,2,3,EUR\n",
}
ORDERS, PEOPLE = ("orders",), ("people", "--from", "rewardful")


@pytest.mark.parametrize(
    ("command", "content"),
    [
        *((command, content) for command in (ORDERS, PEOPLE) for content in UNREADABLE.values()),
        *((ORDERS, content) for content in ODD_ORDERS.values()),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(
    run: Run, tmp_path: Path, command: tuple[str, ...], content: bytes
) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(content)
    code, _, err = run("import", command[0], a_site(run), str(file), *command[1:])
    assert code == 2
    assert err.startswith("passalong: ")
    assert "Traceback" not in err
