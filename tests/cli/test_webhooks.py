"""`passalong webhook`: make, test, list, read the log, replay, replace the secret, pause, remove."""

import json

import pytest

from commands import Run, a_site
from commands import run as run
from flow.webhooks.receivers import a_receiver


def test_a_webhook_from_its_making_to_its_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSALONG_PRIVATE_WEBHOOKS", "yes")
    site = a_site(run)
    with a_receiver() as receiver:
        code, out, _ = run("webhook", "new", site, receiver.url, "--event", "credit.created", "--description", "shop")
        name, secret = out.split()
        assert (code, secret.startswith("whsec_")) == (0, True)
        assert run("webhook", "test", site, name)[:2] == (0, "answered 204\n")
        receiver.answer = lambda _: (500, b"")
        assert run("webhook", "test", site, name)[:2] == (1, "answered 500\n")
        listed = json.loads(run("webhook", "list", site, "--json")[1])
        assert [(one["id"], one["types"], one["state"]) for one in listed] == [(name, ["credit.created"], "active")]
        log = run("webhook", "log", site, name)[1].splitlines()
        assert [line.split("\t")[2:4] for line in log] == [["webhook.test", "dead"], ["webhook.test", "delivered"]]
        assert run("webhook", "replay", site, name)[:2] == (0, "1 deliveries are sent again.\n")
        assert run("webhook", "replay", site, name)[0] == 1
    rotated = run("webhook", "rotate", site, name)[1].strip()
    assert rotated.startswith("whsec_")
    assert rotated != secret
    assert run("webhook", "pause", site, name)[0] == 0
    assert "paused (owner)" in run("webhook", "list", site)[1]
    assert run("webhook", "resume", site, name)[0] == 0
    assert run("webhook", "remove", site, name)[0] == 0
    assert run("webhook", "list", site)[1] == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "SITE", "http://shop.example/"), "https://"),
        (("new", "SITE", "https://127.0.0.1/"), "private network"),
        (("log", "SITE", "wh_nothing"), "`passalong webhook list`"),
        (("test", "SITE", "wh_nothing"), "`passalong webhook list`"),
        (("list", "nobody"), "`passalong site list`"),
    ],
)
def test_what_is_not_possible_is_said_in_one_line(run: Run, words: tuple[str, ...], said: str) -> None:
    site = a_site(run)
    code, _, err = run("webhook", *(site if word == "SITE" else word for word in words))
    assert (code, said in err, "Traceback" in err) == (2, True, False)
