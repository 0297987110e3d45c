"""Signatures: each header as an attacker would write it, and the tests that systems send without one."""

import base64
from collections.abc import Callable

import pytest

from flow.office import Office
from integrations.deliveries import STORIES, body_of
from integrations.shop import SECRET, Shop
from passalong.store.shops import deliveries

Forge = Callable[[str], str]
FORGERIES: dict[str, Forge] = {
    "empty": lambda _: "",
    "cut": lambda header: header[:-2],
    "longer": lambda header: f"{header}00",
    "backwards": lambda header: header[::-1],
    "latin-1": lambda header: header[:-1] + "é",
    "in base64 again": lambda header: base64.b64encode(header.encode()).decode(),
    "eight kilobytes": lambda _: "A" * 8_000,
    "scheme v0": lambda header: header.replace("v1=", "v0=").replace("h1=", "h0=") + "0",
    "no time": lambda header: header.partition("1=")[2] + "0",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
@pytest.mark.parametrize("system", STORIES)
def test_a_signature_that_is_almost_right_is_refused(office: Office, system: str, forge: Forge) -> None:
    shop = Shop(office, system)
    sent = shop.story()[0]
    ((name, header),) = STORIES[system].sign(SECRET, body_of(sent), office.clock.now_ms()).items()
    forged = forge(header.removesuffix(",v0=00")).encode().decode("latin-1")
    answer = office.send("POST", shop.path, body_of(sent), {**sent.headers, name: forged})
    assert (answer.status, shop.ledger()) == (401, {})


@pytest.mark.parametrize("system", ["stripe", "paddle"])
@pytest.mark.parametrize("late_ms", [-301_000, 301_000])
def test_a_signed_time_far_from_ours_is_refused_in_both_directions(office: Office, system: str, late_ms: int) -> None:
    shop = Shop(office, system)
    assert shop.deliver(shop.story()[0], late_ms=late_ms).status == 401


@pytest.mark.parametrize("system", ["stripe", "paddle"])
def test_a_new_time_on_an_old_signature_is_refused(office: Office, system: str) -> None:
    shop = Shop(office, system)
    sent, now_ms = shop.story()[0], office.clock.now_ms()
    old = STORIES[system].sign(SECRET, body_of(sent), now_ms - 900_000)
    ((name, header),) = old.items()
    moved = header.replace(str(now_ms // 1000 - 900), str(now_ms // 1000))
    both = f"{moved},{header}" if system == "stripe" else f"{moved};{header}"
    for forged in (moved, both):
        assert office.send("POST", shop.path, body_of(sent), {name: forged}).status == 401


def test_forged_deliveries_do_not_fill_the_log(office: Office) -> None:
    shop = Shop(office, "paddle")
    for _ in range(30):
        assert shop.deliver(shop.story()[0], secret="mallorys own secret").status == 401
    assert shop.outcomes() == ["refused"] * 10
    office.clock.at_ms += 3_600_000
    assert shop.deliver(shop.story()[0]).status == 200
    assert shop.outcomes()[0] == "recorded"
    assert shop.deliver(shop.story()[0], secret="mallorys own secret").status == 401
    assert len(shop.outcomes()) == 12


def test_woocommerce_can_save_a_webhook_because_its_unsigned_test_is_answered(office: Office) -> None:
    shop = Shop(office, "woocommerce")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert office.send("POST", shop.path, b"webhook_id=3", form).status == 200
    assert shop.outcomes() == ["ignored"]
    assert office.send("POST", shop.path, b"webhook_id=3&id=1", form).status == 401
    assert office.send("POST", Shop(office, "shopify").path, b"webhook_id=3", form).status == 401


def test_a_byte_order_mark_is_read_and_a_body_that_is_not_json_is_named(office: Office) -> None:
    shop = Shop(office, "generic")
    body = body_of(shop.story()[0])
    for unread in (body.decode().encode("utf-16"), b"number=R-7", b"[1]", body[:-1]):
        assert shop.deliver_bytes(unread).json["outcomes"][0] == {
            "outcome": "refused",
            "message": "The body is not a JSON object in UTF-8: nothing was recorded.",
        }
    assert shop.deliver_bytes(b"\xef\xbb\xbf" + body).json["outcomes"][0]["outcome"] == "recorded"


def test_the_last_of_two_equal_keys_counts_as_in_every_reader(office: Office) -> None:
    shop = Shop(office, "generic")
    body = body_of(shop.story()[0]).replace(b'"all": "119.00"', b'"all": "1190.00", "all": "119.00"')
    shop.deliver_bytes(body)
    assert shop.ledger() == {"generic:R-7": (10_000, 0)}


def test_the_log_names_no_secret_and_no_signature(office: Office) -> None:
    shop = Shop(office, "stripe")
    shop.deliver(shop.story()[0], secret="mallorys own secret")
    with office.db.reading() as session:
        named = (shop.site.site_id, shop.connection.connection_id)
        (logged,) = deliveries.newest(session, *named, 5)
    assert SECRET not in logged.words
    assert "v1=" not in logged.words
