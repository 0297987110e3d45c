"""The commands about the rule: vectors, terms, explain, reports."""

import json
import sqlite3
from pathlib import Path

import pytest

from commands import Run, tables_made

VECTORS = Path(__file__).parents[2] / "docs" / "vectors.json"


# --- vectors ----------------------------------------------------------------------------------------------------------


def test_vectors_that_come_out_end_with_0(run: Run) -> None:
    assert run("vectors", str(VECTORS)) == (0, "100 values compared, none of them differ.\n", "")


def test_a_vector_that_differs_is_printed_and_ends_with_1(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "vectors.json"
    file.write_text(VECTORS.read_text().replace('"ben": 2400000', '"ben": 2400001'))
    code, out, _ = run("vectors", str(file))
    assert code == 1
    assert out.startswith("OW-06 micros: expected {")
    assert "2 of them differ" in out
    assert json.loads(run("vectors", str(file), "--json")[1])["compared"] == 100


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff", '{"schema": "attribution-vectors/1"}'])
def test_a_file_that_holds_no_vectors_is_one_line(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "vectors.json"
    file.write_bytes(text.encode("latin-1"))
    code, _, err = run("vectors", str(file))
    assert code == 2
    assert str(file) in err
    assert len(err.splitlines()) == 1


# --- terms ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def key(run: Run) -> str:
    """Otto adds his site; its key."""
    tables_made()
    return run("site", "add", "https://bees.example", "--name", "Bee Almanac")[1].split()[1]


def draft_of(run: Run, key: str, file: Path, **change: object) -> Path:
    """The terms in force, with some things changed, in a file."""
    terms = json.loads(run("terms", "show", key, "--json")[1])
    file.write_text(json.dumps(terms | change))
    return file


def test_terms_are_shown_edited_checked_tried_and_added(run: Run, key: str, tmp_path: Path) -> None:
    assert "in force: The first rule." in run("terms", "show", key)[1]
    file = draft_of(run, key, tmp_path / "draft.json", window_days=60)
    code, out, _ = run("terms", "lint", str(file))
    assert (code, "within 60 days" in out) == (0, True)
    assert run("terms", "try", key, str(file))[1] == "Nothing was paid in the last 90 days.\n"
    code, out, _ = run("terms", "add", key, str(file), "--note", "People asked for more time.")
    assert (code, out.startswith("Version 2 is in force from ")) == (0, True)
    assert "People asked for more time." in run("terms", "show", key)[1]


def test_a_draft_with_problems_ends_with_1_and_a_sentence_each(run: Run, key: str, tmp_path: Path) -> None:
    file = draft_of(run, key, tmp_path / "draft.json", hold_days=99, ancestors=3)
    code, out, _ = run("terms", "lint", str(file))
    assert (code, len(out.splitlines())) == (1, 2)
    assert json.loads(run("terms", "lint", str(file), "--json")[1])["problems"] == out.splitlines()
    assert run("terms", "add", key, str(file), "--note", "Why")[0] == 2


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({}, ["--note", "Why", "--since", "2020-01-01"], "cannot begin in the past"),
        ({}, ["--note", "Why", "--since", "soon"], "write it like 2026-12-01"),
        ({}, ["--note", " "], "why the rule changes"),
        ({}, [], "Missing option '--note'"),
    ],
)
def test_terms_that_cannot_be_added_are_one_line(
    run: Run, key: str, tmp_path: Path, change: dict[str, object], options: list[str], said: str
) -> None:
    """The notice of 14 days holds once somebody has a link: tests/flow/owners/test_terms.py."""
    file = draft_of(run, key, tmp_path / "draft.json", **change)
    code, _, err = run("terms", "add", key, str(file), *options)
    assert (code, said in err) == (2, True)


def test_a_draft_is_tried_on_the_past_of_the_demo(run: Run, tmp_path: Path) -> None:
    run("demo", "seed", "--people", "60")
    key = run("site", "list")[1].split()[0]
    file = draft_of(run, key, tmp_path / "draft.json", touch_model="last", generation_model="none", window_days=20)
    code, out, _ = run("terms", "try", key, str(file), "--days", "365")
    assert code == 0
    assert "A cut, to be announced 14 days before: The window is shorter." in out
    assert "people would have more" in out
    found = json.loads(run("terms", "try", key, str(file), "--days", "365", "--json")[1])
    assert sum(count for unit in found["units"] for _, count in unit["bands"]) > 0


# --- explain ----------------------------------------------------------------------------------------------------------


def test_lines_of_the_demo_are_explained_and_come_out_the_same(run: Run, tmp_path: Path) -> None:
    run("demo", "seed", "--people", "40")
    with sqlite3.connect(tmp_path / "data" / "passalong.sqlite3") as database:
        subjects = database.execute("SELECT DISTINCT subject FROM receipts ORDER BY subject LIMIT 8").fetchall()
        lines = database.execute("SELECT line_id FROM credits ORDER BY line_id LIMIT 8").fetchall()
    for (asked,) in [*subjects, *lines]:
        code, out, _ = run("explain", asked)
        assert (code, "the same numbers" in out or "Not recalculated" in out) == (0, True), out
    found = json.loads(run("explain", lines[0][0], "--json")[1])
    assert found["differs"] == []
    assert found["stored"]["subject"] == found["subject"]


def test_an_id_that_nothing_has_is_one_line(run: Run, key: str) -> None:
    for asked in ("nothing", "", "'; --", "x" * 5_000, "\x07"):
        code, _, err = run("explain", asked, "--site", key)
        assert (code, len(err.splitlines())) == (2, 1)


# --- reports ----------------------------------------------------------------------------------------------------------


def test_reports_say_that_they_pay_nobody(run: Run) -> None:
    run("demo", "seed", "--people", "40")
    key = run("site", "list")[1].split()[0]
    for words in (("removal", "--order", "2"), ("shapley",), ("uplift", "--control", "1/100")):
        code, out, _ = run("report", words[0], key, *words[1:], "--days", "365")
        assert (code, out.splitlines()[0]) == (0, "A report: it pays nobody and changes nobody's credit.")
        assert json.loads(run("report", words[0], key, *words[1:], "--days", "365", "--json")[1])["pays"] is False


@pytest.mark.parametrize("control", ["80", "80/", "a/b", "5/0", "9/3", "1/2/3"])
def test_a_hold_out_that_is_none_is_one_line(run: Run, key: str, control: str) -> None:
    code, _, err = run("report", "uplift", key, "--control", control)
    assert (code, len(err.splitlines())) == (2, 1)


def test_terms_check_says_what_one_outcome_and_a_month_can_cost(run: Run, key: str, tmp_path: Path) -> None:
    goals = [
        {"name": "purchase", "unit": "EUR", "rate_bp": 1_000, "cap_micros": 20_000_000, "welcome_micros": 5_000_000},
        {"name": "signup", "unit": "EUR", "fixed_micros": 4_000_000, "month_budget_micros": 100_000_000},
        {"name": "donation", "unit": "EUR", "rate_bp": 500, "day_cap_micros": 1_000_000, "welcome_micros": 2_000_000},
    ]
    file = draft_of(run, key, tmp_path / "draft.json", goals=goals)
    code, out, _ = run("terms", "check", str(file))
    assert code == 0
    assert out.splitlines()[1:] == [
        "One `purchase` costs at most 20.00 EUR: 15.00 EUR that are shared out and 5.00 EUR for the person who came.",
        "There is no monthly limit for `purchase`: set `month_budget_micros` to add one.",
        "One `signup` costs at most 4.00 EUR: 4.00 EUR that are shared out.",
        "A month of `signup` costs at most 100.00 EUR, whatever comes in.",
        "One `donation` costs 5 % of its value and 2.00 EUR for the person who came, however high the value is. "
        "Set `cap_micros` to limit it.",
        "There is no monthly limit for `donation`: set `month_budget_micros` to add one.",
        "The cap for a day of `donation`, 1.00 EUR, is less than the 2.00 EUR that are promised to the person who "
        "came: they would get less.",
    ]
    found = json.loads(run("terms", "check", str(file), "--json")[1])["costs"]
    assert [one["outcome_micros"] for one in found] == [20_000_000, 4_000_000, None]


def test_a_referee_reward_that_takes_all_of_the_cap_is_refused(run: Run, key: str, tmp_path: Path) -> None:
    goal = {"name": "purchase", "unit": "EUR", "rate_bp": 1_000, "cap_micros": 5_000_000, "welcome_micros": 5_000_000}
    code, out, _ = run("terms", "check", str(draft_of(run, key, tmp_path / "draft.json", goals=[goal])))
    assert (code, "takes all of the cap of 'purchase'" in out) == (1, True)
