"""Webhooks as Otto manages them: addresses, types, secrets, versions, and what the audit log keeps."""

import time

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook as Verifier

from flow.webhooks.conftest import OTTO, Post
from flow.webhooks.conftest import post as post
from flow.webhooks.conftest import receiver as receiver
from flow.webhooks.receivers import Receiver, a_receiver
from flow.world import KEYS, SITE
from passalong.flow.owners.changes import AlreadyDoneError, By
from passalong.flow.owners.webhooks import (
    MOST_WEBHOOKS,
    NoWebhookError,
    Wanted,
    WebhookChangedError,
    WebhookError,
    Webhooks,
)
from passalong.flow.webhooks.sending import Sender
from passalong.flow.webhooks.worker import WebhookWorker
from passalong.lib import http_client
from passalong.store.people.changes import newest

GOOD = "https://shop.example/hooks?token=very-secret"


@pytest.fixture
def public(post: Post) -> Webhooks:
    """Webhooks of an instance that sends to the public internet only, as it does unless a setting says otherwise."""
    return Webhooks(post.world.db, post.clock, KEYS)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://shop.example/", "https://"),
        ("shop.example", "address of your receiver"),
        ("", "address of your receiver"),
        ("ftp://shop.example/", "address of your receiver"),
        ("https://otto:pass@shop.example/", "address of your receiver"),
        ("https://shop.example/" + "x" * 500, "address of your receiver"),
        ("https://localhost/", "private network"),
        ("https://127.0.0.1/", "private network"),
        ("https://2130706433/", "private network"),
        ("https://0x7f.1/", "private network"),
        ("https://[::1]/", "private network"),
        ("https://[::ffff:10.0.0.1]/", "private network"),
        ("https://[64:ff9b::a00:1]/", "private network"),
        ("https://192.168.1.1:8443/hook", "private network"),
        ("https://printer.local/", "private network"),
        ("https://169.254.169.254/latest", "cloud"),
    ],
)
def test_an_address_that_nothing_is_sent_to_is_refused_when_it_is_typed(public: Webhooks, url: str, said: str) -> None:
    with pytest.raises(WebhookError, match=said) as refused:
        public.add(SITE, Wanted(url), OTTO)
    assert refused.value.field == "url"


def test_a_setting_allows_plain_http_inside_the_network_but_never_a_metadata_service(post: Post) -> None:
    made, _ = post.manage.add(SITE, Wanted("http://127.0.0.1:3000/hook"), OTTO)
    assert made.url == "http://127.0.0.1:3000/hook"
    with pytest.raises(WebhookError, match="cloud"):
        post.manage.add(SITE, Wanted("http://[::ffff:169.254.169.254]/"), OTTO)


def test_a_name_that_resolves_to_an_address_inside_gets_nothing(
    post: Post, receiver: Receiver, public: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is judged at each attempt: what a name resolves to may change after it was typed."""
    webhook, _ = public.add(SITE, Wanted(f"https://shop.example:{receiver.port}/"), OTTO)
    monkeypatch.setattr(http_client, "_answers", lambda *_: ["127.0.0.1"])
    for private, said in ((False, "private network"), (True, "did not answer")):
        public.test(SITE, webhook.webhook_id, OTTO)
        WebhookWorker(post.world.db, post.clock, Sender(KEYS, private)).deliver_all()
        assert said in post.log(webhook)[0].error


def test_types_are_kept_in_the_order_of_the_reference_and_unknown_ones_are_refused(public: Webhooks) -> None:
    made, _ = public.add(SITE, Wanted(GOOD, "", ("credit.created", "share.created")), OTTO)
    assert made.types == "share.created credit.created"
    assert public.add(SITE, Wanted(GOOD), OTTO)[0].types == "*"
    with pytest.raises(WebhookError, match=r"visit\.flown"):
        public.add(SITE, Wanted(GOOD, "", ("visit.flown",)), OTTO)


def test_a_site_has_at_most_ten_webhooks(public: Webhooks) -> None:
    for _ in range(MOST_WEBHOOKS):
        public.add(SITE, Wanted(GOOD), OTTO)
    with pytest.raises(WebhookError, match="at most 10"):
        public.add(SITE, Wanted(GOOD), OTTO)


def test_a_rotated_secret_overlaps_with_the_old_one_and_the_old_one_ends(post: Post, receiver: Receiver) -> None:
    post.clock.at_ms = time.time_ns() // 1_000_000
    webhook, old = post.manage.add(SITE, Wanted(receiver.url), OTTO)
    new = post.manage.rotate(SITE, webhook.webhook_id, 24, OTTO)
    assert new != old
    post.manage.test(SITE, webhook.webhook_id, OTTO)
    post.deliver()
    for secret in (old, new):
        Verifier(secret).verify(receiver.got[0].body, receiver.got[0].headers)
    post.manage.rotate(SITE, webhook.webhook_id, 0, OTTO)
    post.manage.test(SITE, webhook.webhook_id, OTTO)
    post.deliver()
    assert receiver.got[1].headers["webhook-signature"].count("v1,") == 1


def test_a_change_of_somebody_else_is_not_overwritten(public: Webhooks) -> None:
    webhook, _ = public.add(SITE, Wanted(GOOD, "mine"), OTTO)
    public.edit(SITE, webhook.webhook_id, Wanted(GOOD, "hers"), webhook.version, OTTO)
    with pytest.raises(WebhookChangedError) as refused:
        public.edit(SITE, webhook.webhook_id, Wanted(GOOD, "mine again"), webhook.version, OTTO)
    assert refused.value.now.description == "hers"


def test_a_form_that_is_sent_twice_makes_one_webhook(post: Post, public: Webhooks) -> None:
    public.add(SITE, Wanted(GOOD), By("owner:otto", "form-1"))
    with pytest.raises(AlreadyDoneError):
        public.add(SITE, Wanted(GOOD), By("owner:otto", "form-1"))
    assert post.world.count("webhooks") == 1


def test_the_audit_log_has_every_change_and_no_secret(post: Post, public: Webhooks) -> None:
    webhook, secret = public.add(SITE, Wanted(GOOD), OTTO)
    name = webhook.webhook_id
    public.edit(SITE, name, Wanted(GOOD, "shop"), None, OTTO)
    public.pause(SITE, name, OTTO)
    public.resume(SITE, name, OTTO)
    public.rotate(SITE, name, 1, OTTO)
    public.test(SITE, name, OTTO)
    public.replay(SITE, name, None, OTTO)
    public.remove(SITE, name, OTTO)
    with post.world.db.reading() as session:
        found = newest(session, SITE, 100)
    kept = [row.change for row in found]
    actions = {one.action for one in kept if one.subject == name}
    words = ("add", "edit", "pause", "resume", "rotate", "test", "replay", "remove")
    assert actions == {f"webhook.{word}" for word in words}
    assert not any("very-secret" in str(one) or secret in str(one) for one in kept)


def test_another_sites_webhook_is_not_there(post: Post, public: Webhooks) -> None:
    webhook, _ = public.add(SITE, Wanted(GOOD), OTTO)
    with pytest.raises(NoWebhookError):
        public.get("wasps1", webhook.webhook_id)
    with pytest.raises(NoWebhookError):
        public.remove("wasps1", webhook.webhook_id, OTTO)


def test_two_webhooks_have_two_secrets_and_the_database_has_neither(post: Post, receiver: Receiver) -> None:
    with a_receiver() as other:
        secrets = {post.manage.add(SITE, Wanted(one.url), OTTO)[1] for one in (receiver, other)}
    assert len(secrets) == 2
    rows = str(post.world.rows(text("SELECT * FROM webhooks")))
    assert not any(secret.removeprefix("whsec_") in rows for secret in secrets)
