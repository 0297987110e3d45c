"""`passalong site` on the command line: one address is one site, and settings and addresses can change."""

import json
from pathlib import Path

import pytest

from commands import Run, a_site, tables_made
from passalong.settings import read_settings
from passalong.store.engine import Database
from passalong.store.people import changes

SNIPPET = (Path(__file__).parents[2] / "snippets/html.html").read_text()


def snippet(key: str) -> str:
    """The lines of snippets/html.html, filled in for Otto's site."""
    lines = SNIPPET.replace("HOST", "http://127.0.0.1:8080").replace("SITE_KEY", key)
    return lines.replace("https://example.org/", "https://bees.example").strip()


def test_adding_and_showing_a_site_print_the_one_snippet(run: Run) -> None:
    tables_made()
    out = run("site", "add", "https://bees.example")[1]
    key = out.split()[1]
    assert snippet(key) in out
    assert snippet(key) in run("site", "show", key)[1]


@pytest.mark.parametrize(
    "again", ["https://bees.example", "https://bees.example/", "http://www.bees.example/x", "HTTPS://BEES.example:443"]
)
def test_the_same_address_twice_names_the_site_that_is_there(run: Run, again: str) -> None:
    key = a_site(run)
    code, _, err = run("site", "add", again)
    assert code == 2
    assert f"is an address of the site {key} (Bee Almanac) already" in err
    assert len(run("site", "list")[1].splitlines()) == 1


def test_settings_are_changed_and_shown(run: Run) -> None:
    key = a_site(run)
    code, out, _ = run(
        "site", "set", key, "--name", "Honey", "--remember", "window", "--credit", "ask", "--drop", "ref"
    )
    assert code == 0
    for line in ("name        Honey", "remember    window", "credit      ask", "drop        ref"):
        assert line in out
    assert run("site", "list")[1] == f"{key}\thttps://bees.example\tHoney\n"


def test_origins_are_added_listed_and_removed(run: Run) -> None:
    key = a_site(run)
    assert run("site", "origin", "add", key, "https://shop.bees.example/cart")[0] == 0
    assert run("site", "origin", "list", key)[1].splitlines() == [
        "https://bees.example",
        "https://shop.bees.example",
        "https://www.bees.example\tby itself",
        "https://www.shop.bees.example\tby itself",
    ]
    assert run("site", "origin", "remove", key, "https://shop.bees.example")[0] == 0
    assert "shop" not in run("site", "origin", "list", key)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "KEY"), "Name a setting"),
        (("set", "KEY", "--name", ""), "1 to 120 characters"),
        (("set", "KEY", "--credit", "never"), "credit: Choose one of: on, ask, off."),
        (("set", "nobody", "--name", "x"), "`passalong site list` shows them"),
        (("show", "nobody"), "`passalong site list` shows them"),
        (("add", "https://otto:pw@wasps.example"), "Leave the name and password out"),
        (("add", "https://wasps.example", "--name", ""), "1 to 120 characters"),
        (("origin", "add", "KEY", "shop"), "write it like https://example.org"),
        (("origin", "remove", "KEY", "https://bees.example"), "--address"),
        (("origin", "remove", "KEY", "https://shop.example"), "`passalong site origin list"),
    ],
)
def test_a_problem_is_one_line_that_says_what_to_do(run: Run, words: tuple[str, ...], said: str) -> None:
    key = a_site(run)
    code, _, err = run("site", *(key if word == "KEY" else word for word in words))
    assert (code, len(err.splitlines())) == (2, 1)
    assert said in err


@pytest.mark.parametrize(
    ("reward", "said"),
    [
        ("10%", "10%"),
        ("5 EUR", "€5.00"),
        ("20 points", "20 points"),
        ("thanks", "but not paid"),
    ],
)
def test_a_new_site_chooses_its_reward(run: Run, reward: str, said: str) -> None:
    tables_made()
    code, out, _ = run("site", "add", "https://bees.example", "--reward", reward)
    assert code == 0
    for text in (out, run("terms", "show", out.split()[1])[1]):
        assert "".join(said.split()) in "".join(text.split())


def test_a_reward_that_names_a_currency_is_paid_in_it(run: Run) -> None:
    tables_made()
    key = run("site", "add", "https://bees.example", "--reward", "500 JPY")[1].split()[1]
    assert "currency    JPY" in run("site", "show", key)[1]
    for words, said in (
        (("--reward", "5 USD", "--currency", "EUR"), "pays in EUR"),
        (("--reward", "much"), '"10%"'),
        (("--currency", "ZZZ"), "no currency that people pay with"),
        (("--email", ""), "write it like otto@example.org"),
    ):
        code, _, err = run("site", "add", "https://wasps.example", *words)
        assert (code, len(err.splitlines())) == (2, 1)
        assert said in err


def test_a_new_site_changes_its_rule_at_once_and_withdraws_one_that_waits(run: Run, tmp_path: Path) -> None:
    key = a_site(run)
    path = tmp_path / "draft.json"
    path.write_text('{"goals": [{"name": "purchase", "unit": "EUR", "rate_bp": 100}]}')
    assert run("terms", "add", key, str(path), "--note", "Less.")[0] == 0
    for since in ("2100-01-01", "2101-01-01"):
        assert run("terms", "add", key, str(path), "--note", "Later.", "--since", since)[0] == 0
    assert run("terms", "withdraw", key, "3")[1].startswith("Version 3, planned for 2100-01-01")
    made = run("terms", "add", key, str(path), "--note", "Instead.", "--since", "2102-01-01", "--replace")
    assert made[1].startswith("Version 5 is in force from 2102-01-01")
    shown = run("terms", "show", key)[1]
    assert shown.count(", withdrawn:") == 2
    assert "Version 2, since" in shown
    assert [one["version"] for one in json.loads(run("terms", "withdraw", key, "--json")[1])["versions"]] == [5]
    added = json.loads(run("terms", "add", key, str(path), "--note", "Last.", "--since", "2103-01-01", "--json")[1])
    assert [(one["version"], one["note"]) for one in added["versions"]] == [(6, "Last.")]
    assert run("terms", "withdraw", key)[0] == 0
    code, _, err = run("terms", "withdraw", key)
    assert (code, "No version waits to begin" in err) == (2, True)


def test_a_site_is_archived_and_removed_as_in_the_console_and_taken_back(run: Run) -> None:
    key = a_site(run)
    code, _, err = run("site", "remove", key, "--name", "Wasps")
    assert (code, "is called 'Bee Almanac'" in err) == (2, True)
    code, out, _ = run("site", "remove", key, "--name", "Bee Almanac")
    assert (code, "Bee Almanac counts no new shares or visits, and will be removed on" in out) == (0, True)
    assert json.loads(run("site", "remove", key, "--name", "Bee Almanac", "--json")[1])["state"] == "deleted"
    assert run("site", "restore", key)[1] == "Bee Almanac is open.\n"
    assert run("site", "archive", key)[0] == 0
    assert run("site", "remove", key, "--name", "Bee Almanac")[0] == 0
    assert run("site", "restore", key)[1] == "Bee Almanac stays, in the archive.\n"
    assert json.loads(run("site", "restore", key, "--json")[1])["state"] == "open"
    assert run("ledger", "verify")[0] == 0
    db = Database(read_settings().database_url)
    with db.reading() as session:
        log = [one.change.action for one in changes.newest(session, key, 9)]
    db.close()
    assert log == ["site.restore", "site.keep", "site.delete", "site.archive", "site.keep", "site.delete"]


def test_the_language_and_the_time_zone_are_changed(run: Run) -> None:
    key = a_site(run)
    assert "Europe/Berlin" in run("site", "set", key, "--time-zone", "Europe/Berlin")[1]
    assert "site email" in run("site", "set", key, "--language", "de")[2]
    run("site", "email", key, "otto@example.org")
    assert run("site", "set", key, "--language", "de")[0] == 0


def test_the_languages_of_a_sites_pages_are_chosen(run: Run) -> None:
    key = a_site(run)
    assert "languages   en de fr" in run("site", "show", key)[1]
    assert "languages   de en\n" in run("site", "set", key, "--languages", "de,en")[1]
    for languages, reason in (("", "Choose at least one language: en, de"), ("de,xx", "No page is written in 'xx'")):
        code, _, said = run("site", "set", key, "--languages", languages)
        assert code == 2 and reason in said
    assert "languages            de en\n" in run("settings", "show", key)[1]
