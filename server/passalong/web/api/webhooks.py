"""`/api/v1/webhooks`: the webhooks of a site: add, change, pause, test, replace the secret (docs/webhooks.md)."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from msgspec import Meta

from passalong.core.privileges import Scope
from passalong.core.webhooks.events import EventType
from passalong.flow.owners.changes import By
from passalong.flow.owners.webhooks import LONGEST_OVERLAP_HOURS, NoWebhookError, Wanted, WebhookError
from passalong.store.webhooks import endpoints
from passalong.store.webhooks.endpoints import Webhook
from passalong.web.api.operation import ACCEPTED, CREATED, Answer, Call, Operation, Reply, problem
from passalong.web.http import wire
from passalong.web.http.problems import Problem

TAG = "Webhooks"
Url = Annotated[str, Meta(max_length=500, description="the address of the receiver; it begins with https://")]
Description = Annotated[str, Meta(max_length=120, description="what it is for, in at most 120 characters")]
Hours = Annotated[int, Meta(ge=0, le=LONGEST_OVERLAP_HOURS, description="a whole number of hours, from 0 to 720")]
T = TypeVar("T")


class WebhookBody(wire.Body, frozen=True):
    """A webhook; without `types` it gets every event, later types included."""

    url: Url
    description: Description = ""
    types: tuple[EventType, ...] = ()


class WebhookChange(wire.Body, frozen=True):
    """The changes of a webhook; a field that is left out stays as it is."""

    url: Url | None = None
    description: Description | None = None
    types: tuple[EventType, ...] | None = None


class RotateBody(wire.Body, frozen=True):
    """A new secret; the old one signs along for so many hours."""

    overlap_hours: Hours = 24


class WebhookShown(Answer, frozen=True, omit_defaults=False):
    """A webhook. `state` is active or paused; `failing_since_ms` is set while its receiver takes nothing."""

    id: str
    url: str
    description: str
    types: tuple[str, ...]
    state: str
    paused_because: str
    created_at_ms: int
    failing_since_ms: int | None
    last_success_ms: int | None


class WebhookMade(Answer, frozen=True, omit_defaults=False):
    """A webhook with its secret, which is shown only here."""

    webhook: WebhookShown
    secret: str


class WebhookList(Answer, frozen=True, omit_defaults=False):
    """Webhooks, the oldest first."""

    webhooks: tuple[WebhookShown, ...]


class WebhookRemoved(Answer, frozen=True, omit_defaults=False):
    """The webhook that was removed."""

    id: str
    removed: bool


class TestSent(Answer, frozen=True, omit_defaults=False):
    """A test event is on its way; its delivery has this number."""

    number: int


class Replayed(Answer, frozen=True, omit_defaults=False):
    """How many deliveries are sent again."""

    deliveries: int


def list_webhooks(call: Call) -> WebhookList:
    """List the webhooks of the site."""
    with call.services.db.reading() as session:
        webhooks = endpoints.all_of(session, call.site.site_id)
    return WebhookList(tuple(map(_shown, webhooks)))


def add_webhook(call: Call, body: WebhookBody) -> Reply:
    """Add a webhook. Its secret is shown only in this answer."""
    wanted = Wanted(body.url, body.description, body.types)
    webhook, secret = managed(lambda: call.services.webhooks.add(call.site.site_id, wanted, by(call)))
    return Reply(WebhookMade(_shown(webhook), secret), CREATED)


def read_webhook(call: Call, webhook_id: str) -> WebhookShown:
    """Read one webhook."""
    return _shown(managed(lambda: call.services.webhooks.get(call.site.site_id, webhook_id)))


def change_webhook(call: Call, webhook_id: str, body: WebhookChange) -> WebhookShown:
    """Change the address, description or types of a webhook."""
    webhooks, site_id = call.services.webhooks, call.site.site_id
    now = managed(lambda: webhooks.get(site_id, webhook_id))
    wanted = Wanted(
        now.url if body.url is None else body.url,
        now.description if body.description is None else body.description,
        now.chosen if body.types is None else body.types,
    )
    return _shown(managed(lambda: webhooks.edit(site_id, webhook_id, wanted, now.version, by(call))))


def pause_webhook(call: Call, webhook_id: str) -> WebhookShown:
    """Pause a webhook: its events wait for up to thirty days."""
    return _shown(managed(lambda: call.services.webhooks.pause(call.site.site_id, webhook_id, by(call))))


def resume_webhook(call: Call, webhook_id: str) -> WebhookShown:
    """Resume a webhook: what was held is sent now."""
    webhook = _shown(managed(lambda: call.services.webhooks.resume(call.site.site_id, webhook_id, by(call))))
    call.services.webhook_worker.wake()
    return webhook


def rotate_webhook_secret(call: Call, webhook_id: str, body: RotateBody) -> WebhookMade:
    """Replace the secret of a webhook. The new one is shown only in this answer."""
    webhooks, site_id = call.services.webhooks, call.site.site_id
    secret = managed(lambda: webhooks.rotate(site_id, webhook_id, body.overlap_hours, by(call)))
    return WebhookMade(_shown(managed(lambda: webhooks.get(site_id, webhook_id))), secret)


def remove_webhook(call: Call, webhook_id: str) -> WebhookRemoved:
    """Remove a webhook with its deliveries."""
    managed(lambda: call.services.webhooks.remove(call.site.site_id, webhook_id, by(call)))
    return WebhookRemoved(webhook_id, removed=True)


def test_webhook(call: Call, webhook_id: str) -> Reply:
    """Send a test event to a webhook, once."""
    number = managed(lambda: call.services.webhooks.test(call.site.site_id, webhook_id, by(call)))
    call.services.webhook_worker.wake()
    return Reply(TestSent(number), ACCEPTED)


def replay_failed(call: Call, webhook_id: str) -> Reply:
    """Send every delivery that was given up again; they keep their ids."""
    count = managed(lambda: call.services.webhooks.replay(call.site.site_id, webhook_id, None, by(call)))
    call.services.webhook_worker.wake()
    return Reply(Replayed(count), ACCEPTED)


def by(call: Call) -> By:
    """Return the author of what a call changes."""
    return By(call.actor, call.once)


def managed(act: Callable[[], T]) -> T:
    """Do something with a webhook; what is not possible becomes a problem of the API."""
    try:
        return act()
    except NoWebhookError as error:
        raise problem(Problem.NOT_FOUND, str(error)) from None
    except WebhookError as error:
        raise problem(Problem.INVALID_REQUEST, str(error)) from None


def _shown(webhook: Webhook) -> WebhookShown:
    return WebhookShown(
        id=webhook.webhook_id,
        url=webhook.url,
        description=webhook.description,
        types=webhook.chosen,
        state=webhook.state,
        paused_because=webhook.paused_because,
        created_at_ms=webhook.created_at_ms,
        failing_since_ms=webhook.failing_since_ms,
        last_success_ms=webhook.last_success_ms,
    )


ONE = "/webhooks/{webhook_id}"
OPERATIONS = (
    Operation("list_webhooks", "GET", "/webhooks", TAG, Scope.MANAGE, list_webhooks, WebhookList),
    Operation(
        name="add_webhook",
        method="POST",
        path="/webhooks",
        tag=TAG,
        scope=Scope.MANAGE,
        handler=add_webhook,
        body=WebhookBody,
        answer=WebhookMade,
        statuses=(CREATED,),
        shown_once=True,
    ),
    *(
        Operation(name, method, path, TAG, Scope.MANAGE, handler, answer, problems=(Problem.NOT_FOUND,))
        for name, method, path, handler, answer in (
            ("read_webhook", "GET", ONE, read_webhook, WebhookShown),
            ("pause_webhook", "POST", f"{ONE}/pause", pause_webhook, WebhookShown),
            ("resume_webhook", "POST", f"{ONE}/resume", resume_webhook, WebhookShown),
            ("remove_webhook", "DELETE", ONE, remove_webhook, WebhookRemoved),
        )
    ),
    *(
        Operation(
            name, "POST", path, TAG, Scope.MANAGE, handler, answer, statuses=(ACCEPTED,), problems=(Problem.NOT_FOUND,)
        )
        for name, path, handler, answer in (
            ("test_webhook", f"{ONE}/test", test_webhook, TestSent),
            ("replay_failed", f"{ONE}/replay", replay_failed, Replayed),
        )
    ),
    Operation(
        name="change_webhook",
        method="PATCH",
        path=ONE,
        tag=TAG,
        scope=Scope.MANAGE,
        handler=change_webhook,
        body=WebhookChange,
        answer=WebhookShown,
        problems=(Problem.NOT_FOUND,),
    ),
    Operation(
        name="rotate_webhook_secret",
        method="POST",
        path=f"{ONE}/rotate",
        tag=TAG,
        scope=Scope.MANAGE,
        handler=rotate_webhook_secret,
        body=RotateBody,
        answer=WebhookMade,
        problems=(Problem.NOT_FOUND,),
        shown_once=True,
    ),
)
