"""Forty scripted tasks of an assistant: the question, the call that answers it, and the fact that the answer must hold.

Reads come first. Each write is proposed, approved by Otto, and its effect is read afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from agents.assistants import SITE, Assistant, Console, an_assistant
from cast import anna, ben, cleo, mallory
from flow.office import PAGE, Office
from serving import Passalong, start
from serving_child import CLOCK_BYTES, FileClock

pytestmark = pytest.mark.slow
ANNA, BEN, MALLORY = (who.advocate_id(SITE) for who in (anna, ben, mallory))
Call = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Task:
    """A question, the call that answers it, and the expected fact at a path of the answer."""

    question: str
    call: Call
    path: str
    expected: Any


@dataclass(frozen=True)
class Write:
    """A request, the call that is proposed for it, and after the approval a call that shows the expected fact."""

    request: str
    call: Call
    then: Call
    path: str
    expected: Any


ORDER_1, ORDER_2, ORDER_3 = ({"conversion_id": f"order-{n}"} for n in (1, 2, 3))
READS = (
    Task("Which site is this?", ("read_own_key", {}), "site_name", "The Bee Almanac"),
    Task("What may you do here?", ("read_own_key", {}), "scopes", ["read", "propose"]),
    Task("What is its address?", ("read_site", {}), "address", "https://bees.example"),
    Task("In which currency does it pay?", ("read_site", {}), "currency", "EUR"),
    Task("Is the site archived?", ("read_site", {}), "archived", False),
    Task("How many days do I have to answer questions?", ("read_settings", {}), "values.answer_days", "7"),
    Task("How long are samples kept?", ("read_settings", {}), "values.retention_days", "30"),
    Task("Is a change of settings announced?", ("read_settings", {}), "announced", []),
    Task("What does the rule pay for a purchase?", ("list_terms", {}), "data.0.terms.goals.1.rate_bp", 1_000),
    Task("How long is the hold?", ("list_terms", {}), "data.0.terms.hold_days", 30),
    Task("How long does a visit count?", ("list_terms", {}), "data.0.terms.window_days", 30),
    Task("Which version of the rule is in force?", ("list_terms", {}), "data.0.in_force", True),
    Task(
        "How many orders were reported?",
        ("list_conversions", {}),
        "data.*.detail",
        ["purchase order-2", "purchase order-1"],
    ),
    Task("What was order 1 worth?", ("read_conversion", ORDER_1), "gross_micros", 100_000_000),
    Task("How much of order 1 goes back?", ("read_conversion", ORDER_1), "budget_micros", 10_000_000),
    Task("Who is credited for order 1?", ("read_conversion", ORDER_1), "lines.*.recipient", [BEN, ANNA]),
    Task(
        "How much does each of them get?", ("read_conversion", ORDER_1), "lines.*.amount_micros", [8_000_000, 1_600_000]
    ),
    Task("What went into the pool?", ("read_conversion", ORDER_1), "pool_micros", 400_000),
    Task("Why did order 2 pay nobody?", ("read_conversion", ORDER_2), "reason", "no_token"),
    Task(
        "Say it in words.",
        ("explain_receipt", {"subject": "conversion:order-2"}),
        "words.1",
        "Because no_token: Not from a shared link.",
    ),
    Task(
        "Does the receipt of order 1 still hold?",
        ("explain_receipt", {"subject": "conversion:order-1"}),
        "recomputed",
        True,
    ),
    Task("How many people came by a link?", ("list_visits", {}), "data.*.status", ["credited"]),
    Task("How many people did Ben bring?", ("read_advocate", {"advocate_id": BEN}), "people", 1),
    Task("Who passed Anna's link on?", ("read_advocate", {"advocate_id": ANNA}), "passed_on", 1),
    Task("What is Ben's balance?", ("read_advocate", {"advocate_id": BEN}), "balances.0.waiting.amount_minor", 800),
    Task("Does anybody wait for a payout?", ("list_redemptions", {"state": "requested"}), "data", []),
    Task("Which questions wait?", ("list_claims", {"outcome": "open"}), "data", []),
    Task("What is in this month's pool?", ("list_pools", {}), "data.0.amount.amount_minor", 40),
)
GIFT = {"id": "gift-1", "advocate": ANNA, "amount_minor": 500, "unit": "EUR", "note": "Order 17 was missed"}
BAN = {"about": "advocate", "subject_id": MALLORY, "note": "Otto asked"}
SALE = {"id": "order-3", "goal": "purchase", "amount_minor": 5_000, "currency": "EUR"}
MALLORYS: Call = ("read_advocate", {"advocate_id": MALLORY})
WRITES = (
    Write(
        "Make Ben another link.",
        ("make_link", {"id": "bens-new", "advocate": BEN, "page": PAGE, "title": "New bees"}),
        ("list_links", {}),
        "data.#",
        4,
    ),
    Write("Report order 3.", ("report_conversion", SALE), ("read_conversion", ORDER_3), "gross_micros", 50_000_000),
    Write(
        "Anna brought order 3.",
        ("name_advocate", {**ORDER_3, "id": "name-1", "advocate": ANNA, "note": "she showed the mail"}),
        ("read_conversion", ORDER_3),
        "status",
        "credited",
    ),
    Write(
        "Order 2 came back.",
        ("report_refund", {**ORDER_2, "id": "back-2", "full": True}),
        ("read_conversion", ORDER_2),
        "refunded_micros",
        20_000_000,
    ),
    Write("Exclude Mallory.", ("decide", {**BAN, "id": "ban-1", "decision": "ban"}), MALLORYS, "banned", True),
    Write("Let Mallory back in.", ("decide", {**BAN, "id": "lift-1", "decision": "lift"}), MALLORYS, "banned", False),
    Write("Give Anna 5 euros.", ("give_credit", GIFT), ("explain_receipt", {"subject": "given:gift-1"}), "differs", []),
    Write(
        "Give Anna the code anas.",
        ("add_code", {"code": "anas", "advocate": ANNA}),
        ("list_codes", {}),
        "codes.0.code",
        "anas",
    ),
    Write("End the code anas.", ("retire_code", {"code": "anas"}), ("list_codes", {}), "codes.0.retired", True),
    Write(
        "Put 10 euros into January's pool.",
        ("fund_pool", {"id": "fund-1", "period": "2026-01", "unit": "EUR", "amount_minor": 1_000}),
        ("list_pools", {}),
        "data.0.amount.amount_minor",
        1_140,  # 0.40 of order 1, 1.00 of order 3, whose two steps above Anna nobody takes, and 10.00
    ),
    Write("Call the site Bee News.", ("change_site", {"name": "Bee News"}), ("read_site", {}), "name", "Bee News"),
    Write(
        "Answer questions within five days.",
        ("change_settings", {"values": {"answer_days": "5"}, "note": "faster", "base": 0}),
        ("read_settings", {}),
        "values.answer_days",
        "5",
    ),
)


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Passalong]:
    """Anna shared, Ben passed it on, Cleo bought by his link; another order came without one."""
    folder = tmp_path_factory.mktemp("tasks")
    url = f"sqlite:///{folder / 'here.db'}"
    office = Office(url, folder)
    try:
        _happen(office)
        (folder / "clock").write_bytes(office.clock.at_ms.to_bytes(CLOCK_BYTES, "little"))
    finally:
        office.close()
    clock = FileClock(folder / "clock")
    running = start(url, folder, clock)
    try:
        yield running
    finally:
        running.stop()
        clock.close()


def _happen(office: Office) -> None:
    bens = office.link("bens", ben, parent=office.link("annas", title="Bees in winter"))
    note = office.visit("cleos", bens, cleo)
    assert office.note("flask", note).status == 202
    order = {"id": "order-1", "goal": "purchase", "amount_minor": 10_000, "currency": "EUR"}
    assert office.api("POST", "/conversions", order | {"code": f"{bens}.{note['id']}"}).status == 202
    office.clock.at_ms += 1
    assert office.api("POST", "/conversions", order | {"id": "order-2", "amount_minor": 2_000}).status == 202
    office.link("mallorys", mallory)
    office.fold()


def at(value: Any, path: str) -> Any:
    """The value at a path; `*` is every entry of a list, `#` their number."""
    for number, name in enumerate(path.split("."), start=1):
        if name == "*":
            rest = ".".join(path.split(".")[number:])
            return [at(one, rest) for one in value]
        if name == "#":
            return len(value)
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


@pytest.fixture(params=["stdio", "instance"])
def assistant(served: Passalong, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Assistant]:
    """An assistant whose key reads and proposes, over each transport."""
    with an_assistant(served, tmp_path, over=request.param) as made:
        yield made


def test_there_are_forty_tasks() -> None:
    assert len(READS) + len(WRITES) == 40


def test_every_question_is_answered_and_every_request_is_done_once_approved(
    served: Passalong, assistant: Assistant
) -> None:
    answers = assistant.calls(*(task.call for task in READS))
    found = {task.question: at(one.structured_content, task.path) for task, one in zip(READS, answers, strict=True)}
    assert found == {task.question: task.expected for task in READS}
    assert assistant.work(lambda client: carry_out(served, client)) == {one.request: one.expected for one in WRITES}


async def carry_out(served: Passalong, client: Client) -> dict[str, Any]:
    """Propose each write, let Otto approve it, and read its effect."""
    console, effects = Console(served), {}
    for write in WRITES:
        proposal = await client.call_tool(*write.call)
        assert not proposal.is_error, (write.request, proposal.content)
        assert console.decide(proposal.structured_content["id"], "approve") == 303
        served.settled()
        decided = await client.call_tool("read_proposal", {"proposal_id": proposal.structured_content["id"]})
        assert decided.structured_content["state"] == "done", (write.request, decided.structured_content)
        effects[write.request] = at((await client.call_tool(*write.then)).structured_content, write.path)
    return effects
