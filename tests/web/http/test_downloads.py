"""Long answers: one at a time for a person, in threads of their own, and the probes answer while all are busy."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from cast import anna, ben
from flow.office import SITE, Office
from passalong.asgi import PAGE_THREADS, SLOW_THREADS
from passalong.flow.transparency.sealing import seal_all
from passalong.web.http import downloads
from passalong.web.http.errors import RefusalError

DOWNLOADS = ("/me/statement.json", "/me/privacy/everything.json", "/me/credit.csv")


@pytest.fixture
def shared(office: Office) -> Office:
    """Anna and Ben shared something, and it is sealed."""
    for who in (anna, ben):
        token = office.link(f"of {who.name}", who)
        note = office.visit(f"visit of {who.name}", token, who)
        office.note("flask", note)
    office.fold()
    seal_all(office.db, SITE, office.instance.services.signing, office.clock.now_ms())
    return office


@pytest.mark.parametrize("path", DOWNLOADS)
def test_a_second_download_of_one_person_is_asked_to_wait(shared: Office, path: str) -> None:
    annas, bens = shared.signed_in(anna), shared.signed_in(ben)
    with downloads.one_at_a_time(SITE, anna.advocate_id(SITE)):
        answer = shared.send("GET", path, client=annas)
        assert (answer.status, answer.headers.get("retry-after")) == (429, str(downloads.RETRY_AFTER_S))
        assert shared.send("GET", path, client=bens).status == 200
    for _ in range(2):  # the first one has let go of its turn
        assert shared.send("GET", path, client=annas).status == 200


def test_a_refused_download_holds_no_turn(office: Office) -> None:
    with office.instance.flask.test_request_context(), downloads.one_at_a_time(SITE, "somebody"):
        with pytest.raises(RefusalError), downloads.one_at_a_time(SITE, "somebody"):
            pytest.fail("two at a time")
        with downloads.one_at_a_time(SITE, "somebody else"), downloads.one_at_a_time("other1", "somebody"):
            pass
    with downloads.one_at_a_time(SITE, "somebody"):
        pass


def test_a_download_stops_when_nobody_reads_it(office: Office) -> None:
    gone, made = threading.Event(), []

    def pieces() -> object:
        for number in range(10):
            made.append(number)
            yield b"piece"

    with office.instance.flask.test_request_context(environ_overrides={"asgi.scope": {downloads.GONE: gone}}):
        response = downloads.stream(downloads.File("a.json", "application/json", pieces()), ExitStack())  # type: ignore[arg-type]
    waiting = iter(response.response)
    next(waiting)
    gone.set()
    assert list(waiting) == []
    assert made == [0]


def test_pages_and_probes_answer_while_every_slow_thread_is_busy(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All slow threads are held by proofs that do not come to an end; pages have threads of their own."""
    held, release = threading.Semaphore(0), threading.Event()

    def wait(_name: str) -> int:
        held.release()
        release.wait(30)
        raise RefusalError(404, "enough")

    monkeypatch.setattr("passalong.web.public.transparency._asked", wait)
    with ThreadPoolExecutor(2 * SLOW_THREADS) as threads:
        path = f"/open/{SITE}/proof/inclusion"
        asked = [threads.submit(office.via_asgi, "GET", path) for _ in range(2 * SLOW_THREADS)]
        try:
            for _ in range(SLOW_THREADS):
                assert held.acquire(timeout=20)
            assert office.via_asgi("GET", f"/open/{SITE}").status == 200
            assert office.via_asgi("GET", "/readyz").json == {"status": "ok"}
        finally:
            release.set()
        assert {answer.result().status for answer in asked} == {404}


def test_probes_answer_while_every_page_thread_is_busy(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    held, release = threading.Semaphore(0), threading.Event()

    def wait(_self: object, _site: str) -> None:
        held.release()
        release.wait(30)

    with ThreadPoolExecutor(PAGE_THREADS) as threads, monkeypatch.context() as patched:
        patched.setattr(type(office.instance.services.sites), "find", wait)
        asked = [threads.submit(office.via_asgi, "GET", "/open/nobody") for _ in range(PAGE_THREADS)]
        try:
            for _ in range(PAGE_THREADS):
                assert held.acquire(timeout=20)
            began = time.monotonic()
            assert office.via_asgi("GET", "/healthz").json == {"status": "ok"}
            assert office.via_asgi("GET", "/readyz").json == {"status": "ok"}
            assert time.monotonic() - began < 20
        finally:
            release.set()
        assert {answer.result().status for answer in asked} == {404}
