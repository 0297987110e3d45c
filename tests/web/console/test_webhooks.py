"""The console's pages of webhooks: add, see the secret once, test, read the log, replay, pause, replace, remove."""

import base64
import hmac
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace

from cast import cleo
from flow.office import BOTH, SITE, Answer, Office, an_office
from flow.webhooks.receivers import Receiver, a_receiver
from passalong.core.webhooks.schedule import HOUR_MS
from passalong.flow.owners.webhooks import Webhooks
from passalong.flow.webhooks.sending import Sender
from passalong.flow.webhooks.worker import WebhookWorker

PAGE = f"/console/{SITE}/webhooks"


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance that may send to this machine."""
    for made in an_office(request, tmp_path_factory):
        known = made.instance.services
        inside = Webhooks(known.db, known.clock, known.keys, private=True)
        worker = WebhookWorker(known.db, known.clock, Sender(known.keys, private=True, timeout_s=2.0))
        opened = replace(known, webhooks=inside, webhook_worker=worker)
        made.instance.flask.extensions["passalong"] = opened
        yield made
        worker.stop()


def deliver(office: Office, after_ms: int = 0) -> None:
    """Let time pass, and send what is due."""
    office.clock.at_ms += after_ms
    office.instance.flask.extensions["passalong"].webhook_worker.deliver_all()


@pytest.fixture
def otto(office: Office) -> FlaskClient:
    """Otto in his console."""
    return office.owner()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with a_receiver() as made:
        yield made


def send(office: Office, otto: FlaskClient, path: str, **form: str) -> Answer:
    """Otto sends a form."""
    return office.send("POST", path, client=otto, form=form)


def read(office: Office, otto: FlaskClient, path: str) -> str:
    """Otto opens a page."""
    answer = office.send("GET", path, client=otto)
    assert answer.status == 200, answer
    return answer.text


def made(office: Office, otto: FlaskClient, url: str = "https://shop.example/hook", **form: str) -> tuple[str, str]:
    """Otto adds a webhook: the path of its page, and its secret."""
    answer = send(office, otto, PAGE, url=url, **form)
    assert answer.status == 200, answer.text
    secret = re.search(r'value="(whsec_[^"]+)"', answer.text)
    path = re.search(rf'action="({PAGE}/wh_[\w-]+)"', answer.text)
    assert secret
    assert path
    return path.group(1), secret.group(1)


def test_a_webhook_is_added_tested_and_its_delivery_shown_and_its_secret_only_once(
    office: Office, otto: FlaskClient, receiver: Receiver
) -> None:
    path, secret = made(office, otto, receiver.url, description="shop", types="credit.created")
    assert receiver.url in read(office, otto, PAGE)
    assert secret not in read(office, otto, path) + read(office, otto, PAGE)
    receiver.answer = lambda _: (200, b"<script>alert(1)</script>")
    assert send(office, otto, path, act="test").status == 303
    deliver(office)
    assert "webhook.test" in read(office, otto, path)
    number = re.findall(rf'href="{path}/(\d+)"', read(office, otto, path))[0]
    shown = read(office, otto, f"{path}/{number}")
    assert "&lt;script&gt;" in shown
    assert receiver.ids[0] in shown
    got = receiver.got[0]
    signed = f"{got.id}.{got.headers['webhook-timestamp']}.{got.body.decode()}".encode()
    mac = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, "sha256")
    assert got.headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"


def test_failed_deliveries_are_found_and_sent_again_from_the_page(
    office: Office, otto: FlaskClient, receiver: Receiver
) -> None:
    path, _ = made(office, otto, receiver.url)
    receiver.answer = lambda _: (500, b"no")
    send(office, otto, path, act="test")
    deliver(office)
    assert "webhook.test" in read(office, otto, f"{path}?state=dead")
    assert "webhook.test" not in read(office, otto, f"{path}?state=delivered").partition('id="log"')[2]
    receiver.answer = lambda _: (200, b"yes")
    assert send(office, otto, path, act="replay").status == 303
    deliver(office)
    assert "webhook.test" in read(office, otto, f"{path}?state=delivered").partition('id="log"')[2]
    number = re.findall(rf'href="{path}/(\d+)"', read(office, otto, path))[0]
    assert send(office, otto, f"{path}/{number}").status == 303
    deliver(office)
    assert receiver.ids == [receiver.ids[0]] * 3


def test_what_was_typed_stays_when_it_cannot_be_taken(office: Office, otto: FlaskClient) -> None:
    form = {"url": "ftp://shop.example", "description": "My shop", "types": "visit.counted"}
    answer = send(office, otto, PAGE, **form)
    assert answer.status == 422
    assert 'value="ftp://shop.example"' in answer.text
    assert 'value="My shop"' in answer.text
    assert 'value="visit.counted" checked' in answer.text
    assert 'aria-describedby="url-hint url-error"' in answer.text


def test_a_change_by_somebody_else_is_shown_and_nothing_is_lost(office: Office, otto: FlaskClient) -> None:
    path, _ = made(office, otto)
    version = re.search(r'name="version" value="(\d+)"', read(office, otto, path))
    assert version
    seen = version.group(1)
    assert send(office, otto, path, act="save", url="https://a.example/", version=seen).status == 303
    answer = send(office, otto, path, act="save", url="https://b.example/", version=seen)
    assert answer.status == 409
    assert "https://a.example/" in answer.text
    assert 'value="https://b.example/"' in answer.text


def test_pausing_replacing_and_removing_do_what_they_say(office: Office, otto: FlaskClient, receiver: Receiver) -> None:
    path, old = made(office, otto, receiver.url)
    assert send(office, otto, path, act="pause").status == 303
    office.link("paused")
    assert "Paused" in read(office, otto, path)
    assert send(office, otto, path, act="resume").status == 303
    replaced = send(office, otto, path, act="rotate", overlap="24", once="r" * 22)
    assert "whsec_" in replaced.text
    assert old not in replaced.text
    again = send(office, otto, path, act="rotate", overlap="24", once="r" * 22)
    assert (again.status, "whsec_" in again.text) == (409, False)
    assert send(office, otto, path, act="rotate", overlap="5").status == 422
    assert send(office, otto, path, act="remove").status == 303
    assert office.send("GET", path, client=otto).status == 404


def test_a_failing_webhook_is_on_the_health_page(office: Office, otto: FlaskClient, receiver: Receiver) -> None:
    receiver.answer = lambda _: (500, b"")
    path, _ = made(office, otto, receiver.url)
    health = f"/console/{SITE}/health"
    before = read(office, otto, health)
    office.note("flask", office.visit("v-health", office.link("health"), cleo))
    office.fold()
    deliver(office)
    deliver(office, 2 * HOUR_MS)
    after = read(office, otto, health)
    good = "All deliveries arrive."
    assert (good in before, good in after, "more than an hour" in after) == (True, False, True)
    send(office, otto, path, act="remove")
