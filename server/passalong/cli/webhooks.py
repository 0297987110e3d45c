"""`passalong webhook`: the webhooks of a site, their deliveries, replays and tests."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import click
import msgspec
from msgspec import Struct

from passalong.cli.common import CommandError, current_database, keys_of, one_site
from passalong.core.webhooks.events import CHOOSABLE
from passalong.core.webhooks.schedule import State
from passalong.flow.owners.changes import By
from passalong.flow.owners.webhooks import LONGEST_OVERLAP_HOURS, Wanted, WebhookError, Webhooks
from passalong.flow.webhooks.sending import Sender
from passalong.flow.webhooks.worker import WebhookWorker
from passalong.i18n.formatting import local
from passalong.lib.clock import SystemClock
from passalong.logs import log_plainly
from passalong.settings import read_settings
from passalong.store.webhooks import deliveries, endpoints
from passalong.store.webhooks.deliveries import Wanted as Page
from passalong.store.webhooks.endpoints import Webhook

CLOCK = SystemClock()
WAIT_S = 20.0
EVENTS = [kind.value for kind in CHOOSABLE]
_site = click.argument("site_id", metavar="SITE")
_webhook = click.argument("webhook_id", metavar="WEBHOOK")
_as_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


class Desk(Struct, frozen=True):
    """The context of a command: the instance's webhooks and the site."""

    webhooks: Webhooks
    site_id: str


@contextmanager
def desk(site_id: str) -> Iterator[Desk]:
    """Open the instance's webhooks; problems are reported in one line."""
    with current_database() as db:
        site = one_site(db, site_id)
        private = read_settings().private_webhooks
        try:
            yield Desk(Webhooks(db, CLOCK, keys_of(db).links, private), site.site_id)
        except WebhookError as error:
            raise CommandError(f"{error} `passalong webhook list` shows what there is.") from None


@click.group("webhook")
def webhook() -> None:
    """Webhooks: what happens at a site, sent to an address of yours."""


@webhook.command("list")
@_site
@_as_json
def webhook_list(site_id: str, as_json: bool) -> None:
    """List a site's webhooks: id, state, address, events."""
    with desk(site_id) as at, at.webhooks.db.reading() as session:
        webhooks = endpoints.all_of(session, at.site_id)
    if as_json:
        print(msgspec.json.encode([_shown(webhook) for webhook in webhooks]).decode())
        return
    for webhook in webhooks:
        print("\t".join((webhook.webhook_id, _state(webhook), webhook.url, webhook.types, webhook.description)))


def _shown(webhook: Webhook) -> dict[str, object]:
    return {
        "id": webhook.webhook_id,
        "url": webhook.url,
        "description": webhook.description,
        "types": webhook.chosen,
        "state": webhook.state,
        "paused_because": webhook.paused_because,
        "failing_since_ms": webhook.failing_since_ms,
        "last_success_ms": webhook.last_success_ms,
    }


def _state(webhook: Webhook) -> str:
    if not webhook.is_active:
        return f"paused ({webhook.paused_because})"
    return f"failing since {_minute(webhook.failing_since_ms)}" if webhook.failing_since_ms else "works"


@webhook.command("new")
@_site
@click.argument("url")
@click.option("--event", "types", multiple=True, type=click.Choice(EVENTS), help="Only this event; repeat it.")
@click.option("--description", default="", help="What it is for.")
def webhook_new(site_id: str, url: str, types: tuple[str, ...], description: str) -> None:
    """Make a webhook; prints its id and its secret, which is shown only once."""
    with desk(site_id) as at:
        webhook, secret = at.webhooks.add(at.site_id, Wanted(url, description, types), By())
    print(f"{webhook.webhook_id}\n{secret}")


@webhook.command("log")
@_site
@_webhook
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only these.")
@click.option("--most", type=click.IntRange(1, 1_000), default=50, show_default=True, help="How many at most.")
@_as_json
def webhook_log(site_id: str, webhook_id: str, state: str | None, most: int, as_json: bool) -> None:
    """List deliveries, the newest first: number, event, state, attempts, last answer."""
    with desk(site_id) as at, at.webhooks.db.reading() as session:
        at.webhooks.get(at.site_id, webhook_id)
        page = deliveries.page(session, at.site_id, webhook_id, Page(state or "", None, most))
    if as_json:
        print(msgspec.json.encode(page).decode())
        return
    for delivery in page:
        answer = str(delivery.status) if delivery.status else delivery.error
        print(
            "\t".join(
                (
                    str(delivery.number),
                    delivery.event_id,
                    delivery.type,
                    delivery.state,
                    f"{delivery.attempts} attempts",
                    answer,
                )
            )
        )


@webhook.command("pause")
@_site
@_webhook
def webhook_pause(site_id: str, webhook_id: str) -> None:
    """Pause a webhook: its events wait for up to thirty days."""
    with desk(site_id) as at:
        at.webhooks.pause(at.site_id, webhook_id, By())
    print("It is paused: its events wait for up to thirty days.")


@webhook.command("resume")
@_site
@_webhook
def webhook_resume(site_id: str, webhook_id: str) -> None:
    """Resume a webhook: what was held is sent now."""
    with desk(site_id) as at:
        at.webhooks.resume(at.site_id, webhook_id, By())
    print("It is resumed: what was held is sent now.")


@webhook.command("rotate")
@_site
@_webhook
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, LONGEST_OVERLAP_HOURS),
    default=24,
    show_default=True,
    help="How long the old secret stays valid.",
)
def webhook_rotate(site_id: str, webhook_id: str, overlap_hours: int) -> None:
    """Make a new secret, shown only once; the old one stays valid for a while."""
    with desk(site_id) as at:
        print(at.webhooks.rotate(at.site_id, webhook_id, overlap_hours, By()))


@webhook.command("remove")
@_site
@_webhook
def webhook_remove(site_id: str, webhook_id: str) -> None:
    """Remove a webhook with its deliveries."""
    with desk(site_id) as at:
        at.webhooks.remove(at.site_id, webhook_id, By())
    print("It is removed.")


@webhook.command("replay")
@_site
@_webhook
@click.argument("number", type=click.IntRange(1), required=False)
def webhook_replay(site_id: str, webhook_id: str, number: int | None) -> int:
    """Send one event again by its number, or all that were given up; they keep their ids."""
    with desk(site_id) as at:
        count = at.webhooks.replay(at.site_id, webhook_id, number, By())
    print(f"{count} deliveries are sent again." if count else "There is nothing to send again.")
    return 0 if count else 1


@webhook.command("test")
@_site
@_webhook
def webhook_test(site_id: str, webhook_id: str) -> int:
    """Send a test event and print the answer; exit code 1 if the receiver did not accept it."""
    log_plainly("error")
    with desk(site_id) as at:
        number = at.webhooks.test(at.site_id, webhook_id, By())
        at_once = WebhookWorker(at.webhooks.db, CLOCK, Sender(at.webhooks.keys, at.webhooks.private))
        until_s, state = time.monotonic() + WAIT_S, State.PENDING.value
        while state == State.PENDING and time.monotonic() < until_s:
            at_once.deliver_all()  # a running server may have been faster
            with at.webhooks.db.reading() as session:
                delivery = deliveries.find(session, at.site_id, webhook_id, number)
            state = delivery.state if delivery else State.DEAD.value
            time.sleep(0.05)
    status, error = (delivery.status, delivery.error) if delivery else (None, "it was removed")
    print(f"answered {status}" if status else error or "not sent yet")
    return 0 if state == State.DELIVERED else 1


def _minute(at_ms: int | None) -> str:
    return f"{local(at_ms, 'UTC'):%Y-%m-%d %H:%M} UTC" if at_ms else "never"
