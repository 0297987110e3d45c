"""`passalong mcp` with the SDK's own client against a real server: tools, reads, proposals and decisions."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.assistants import CLOCK, SITE, Assistant, Console, an_assistant, fact_count
from cast import HOME, a_site, an_id, anna
from passalong.core.privileges import Scope
from passalong.web.api.operations import OPERATIONS, PROPOSABLE
from serving import Passalong, start

pytestmark = pytest.mark.slow
PAGE = f"{HOME}/bees"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Passalong]:
    """A server with Otto's site, at which Anna has shared a page."""
    folder = tmp_path_factory.mktemp("served")
    running = start(f"sqlite:///{folder / 'here.db'}", folder)
    a_site(running.db, CLOCK)
    with running.client() as browser:
        browser.issue_link(SITE, guest=anna.guest, page=PAGE, request_id=an_id("link", "mcp"), title="Bees in winter")
    running.settled()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def assistant(served: Passalong, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant whose key reads and proposes."""
    with an_assistant(served, tmp_path_factory.mktemp("assistant")) as made:
        yield made


def test_an_assistant_reads_proposes_and_learns_what_the_owner_decided(served: Passalong, assistant: Assistant) -> None:
    links, gift = assistant.calls(
        ("list_links", {"limit": 5}),
        (
            "give_credit",
            {
                "id": "gift-1",
                "advocate": anna.advocate_id(SITE),
                "amount_minor": 500,
                "unit": "EUR",
                "note": "Order 17 was missed",
                "reason": "Anna asked",
            },
        ),
    )
    assert [one["title"] for one in links.structured_content["data"]] == ["Bees in winter"]
    before, proposal = fact_count(served), gift.structured_content
    assert (proposal["state"], proposal["result"]) == ("open", None)
    console = Console(served)
    assert "gift-1" in console.page() and "<bdi>€5.00</bdi>" in console.page()
    assert console.decide(proposal["id"], "approve") == 303
    assert fact_count(served) == before + 1
    [read] = assistant.calls(("read_proposal", {"proposal_id": proposal["id"]}))
    assert read.structured_content["state"] == "done"
    assert read.structured_content["result"] == {"status": 202, "code": None, "detail": None}


def test_a_declined_proposal_is_told_as_such(served: Passalong, assistant: Assistant) -> None:
    before = fact_count(served)
    [asked] = assistant.calls(("add_code", {"code": "anas-code", "advocate": anna.advocate_id(SITE)}))
    proposal_id = asked.structured_content["id"]
    assert Console(served).decide(proposal_id, "decline") == 303
    [read] = assistant.calls(("read_proposal", {"proposal_id": proposal_id}))
    assert read.structured_content["state"] == "declined"
    assert fact_count(served) == before


def test_the_tools_are_those_of_the_table_that_the_key_may_use(served: Passalong, tmp_path: Path) -> None:
    reads = {one.name for one in OPERATIONS if one.scope is Scope.READ} | {"read_own_key"}
    cases: list[tuple[tuple[Scope, ...], set[str]]] = [
        ((Scope.READ,), reads),
        ((Scope.PROPOSE,), {*PROPOSABLE, "read_proposal", "read_own_key"}),
        ((Scope.READ, Scope.PROPOSE), {*reads, *PROPOSABLE, "read_proposal"}),
        ((Scope.DECIDE,), {"read_own_key"}),
    ]
    for scopes, expected in cases:
        with an_assistant(served, tmp_path, *scopes) as assistant:
            listed = {tool.name for tool in assistant.tools()}
        assert listed - expected <= {one.name for one in OPERATIONS if one.method == "GET" and one.scope in scopes}
        assert expected <= listed


def test_a_tool_says_what_it_does_and_whether_it_changes_something(assistant: Assistant) -> None:
    for tool in assistant.tools():
        assert tool.description and tool.input_schema["type"] == "object"
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is (tool.name not in PROPOSABLE), tool.name
        assert ("until a person approves it" in tool.description) is (tool.name in PROPOSABLE), tool.name
        assert "author" not in tool.input_schema["properties"], tool.name


def test_a_key_with_every_scope_still_only_proposes(served: Passalong, tmp_path: Path) -> None:
    before = fact_count(served)
    order = {"id": "order-1", "goal": "purchase", "amount_minor": 4_200, "currency": "EUR"}
    with an_assistant(served, tmp_path, *Scope) as assistant:
        [asked] = assistant.calls(("report_conversion", order))
    assert asked.structured_content["state"] == "open"
    assert fact_count(served) == before


def test_wrong_calls_are_told_what_to_change(assistant: Assistant) -> None:
    answers = assistant.calls(
        ("read_conversion", {"conversion_id": "never reported"}),
        ("list_links", {"colour": "red"}),
        ("read_link", {}),
        ("give_credit", {"id": "x", "advocate": "x", "amount_minor": 1, "unit": "EUR", "note": "x"}),
        ("make_key", {"name": "mine", "scopes": ["manage"]}),
    )
    words = [one.content[0].text for one in answers if one.is_error]  # type: ignore[union-attr]
    assert len(words) == 5
    for said, part in zip(
        words, ("not_found", "no argument `colour`", "`share_id` is missing", "`advocate`", "no tool"), strict=True
    ):
        assert part in said


def run_mcp(tmp_path: Path, url: str, key: str, *before: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, whose input ends at once."""
    environment = {
        "PATH": os.environ["PATH"],
        "PASSALONG_DATA": str(tmp_path),
        "PASSALONG_URL": url,
        "PASSALONG_KEY": key,
    }
    start_it = f"{';'.join(before)}\nfrom passalong.cli.entry import main; raise SystemExit(main())"
    command = [sys.executable, "-c", start_it, "mcp"]
    return subprocess.run(command, env=environment, input="", capture_output=True, text=True, timeout=90)


def test_what_is_missing_is_said_in_one_line(served: Passalong, tmp_path: Path) -> None:
    hidden = 'import sys; sys.modules["mcp"] = None; sys.modules["mcp.server"] = None'
    cases = [
        (run_mcp(tmp_path, served.url, ""), "Set PASSALONG_KEY to an API key"),
        (run_mcp(tmp_path, served.url, "ak_bees01_wrong"), "Authorization: Bearer"),
        (run_mcp(tmp_path, served.url, "ak_bees01_x", hidden), 'pip install "passalong[mcp]"'),
    ]
    for done, said in cases:
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
