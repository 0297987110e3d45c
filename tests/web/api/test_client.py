"""The Python clients against a real server that is killed and started again: nothing is lost, and nothing is twice."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from cast import a_site
from passalong.client import AsyncClient, Client, ProblemError, UnreachableError, calls, operations
from passalong.lib.clock import SystemClock
from plumbing.forked import Forked
from plumbing.ports import HOST
from serving import TESTS, Passalong, start

ORDERS = 40
KILLS = 2


class Shop:
    """A server with a site, and a hand that kills it."""

    def __init__(self, folder: Path):
        self.folder, self.database_url = folder, f"sqlite:///{folder}/here.db"
        self.served: Passalong = start(self.database_url, folder)
        self.key = a_site(self.served.db, SystemClock()).api_key

    def kill_and_start(self) -> None:
        """SIGKILL to the server and its worker, then the same server on the same port."""
        os.killpg(self.served.process.pid, signal.SIGKILL)
        self.served.process.wait()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(TESTS),
            "PASSALONG_DATA": str(self.folder),
            "PASSALONG_BIND": HOST,
            "PASSALONG_PORT": str(self.served.port),
            "DATABASE_URL": self.database_url,
        }
        self.served.process = Forked(["serving_child"], env=environment, cwd=self.folder, log=self.served.log)

    def orders(self) -> list[str]:
        """The ids of the orders that the server has."""
        with self.served.db.reading() as session:
            found = session.scalars(text("SELECT event_id FROM events WHERE kind = 'conversion' ORDER BY event_id"))
            return [str(one) for one in found]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A running server."""
    made = Shop(tmp_path)
    yield made
    made.served.stop()


def killing(shop: Shop, done: threading.Event) -> threading.Thread:
    """A thread that kills the server some times."""

    def run() -> None:
        for _ in range(KILLS):
            if done.wait(0.3):
                return
            shop.kill_and_start()
            time.sleep(2)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_server_that_is_killed_loses_no_order_and_has_none_twice(shop: Shop) -> None:
    done = threading.Event()
    killer = killing(shop, done)
    with Client(shop.served.url, shop.key) as client:
        for number in range(ORDERS):
            client.report_conversion(id=f"o{number:03}", goal="purchase", amount_minor=100, currency="EUR")
            time.sleep(0.05)
        again = client.report_conversion(id="o000", goal="purchase", amount_minor=100, currency="EUR")
    done.set()
    killer.join()
    assert again["status"] == "duplicate"
    assert shop.orders() == [f"o{number:03}" for number in range(ORDERS)]


def test_the_awaited_client_does_the_same_with_many_calls_at_once(shop: Shop) -> None:
    async def report() -> list[str]:
        async with AsyncClient(shop.served.url, shop.key) as client:
            said = [
                client.report_conversion(id=f"a{number:03}", goal="purchase", amount_minor=100, currency="EUR")
                for number in range(ORDERS)
            ]
            await asyncio.gather(*said)
            return [one["id"] async for one in client.each("/advocates")]

    done = threading.Event()
    killer = killing(shop, done)
    with ThreadPoolExecutor(1) as other:  # a process with browsers has a loop in this thread already
        assert other.submit(asyncio.run, report()).result() == []
    done.set()
    killer.join()
    assert shop.orders() == [f"a{number:03}" for number in range(ORDERS)]


def test_a_problem_is_an_error_with_its_code_and_is_not_tried_again(shop: Shop) -> None:
    with Client(shop.served.url, shop.key) as client:
        with pytest.raises(ProblemError, match="No conversion with this id") as raised:
            client.read_conversion("never/reported")
        assert (raised.value.status, raised.value.code) == (404, "not_found")


def test_a_typed_call_that_is_run_again_gets_the_first_answer(shop: Shop) -> None:
    with Client(shop.served.url, shop.key) as client:
        order = operations.report_conversion({"id": "o/1", "goal": "purchase", "amount_minor": 7, "currency": "EUR"})
        assert [client.run(order)["status"], client.run(order)["status"]] == ["accepted", "accepted"]
        shop.served.settled()
        assert [one["id"] for one in client.each(operations.list_conversions, limit=1)] == ["o/1"]
        assert client.run(operations.read_conversion(conversion_id="o/1"))["id"] == "o/1"


def test_a_server_that_is_not_there_is_said_so_after_the_last_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "FIRST_WAIT_S", 0.001)
    with pytest.raises(UnreachableError), Client("http://127.0.0.1:9", "ak_x_y") as client:
        client.read_conversion("o")
