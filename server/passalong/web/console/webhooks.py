"""`/console/<site>/webhooks`: add a webhook, change it, pause it, replace its secret, send a test, remove it."""

from contextlib import suppress
from typing import Any

import msgspec
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.core.webhooks.events import CHOOSABLE
from passalong.core.webhooks.schedule import PAUSE_AFTER_MS, State
from passalong.flow.owners.changes import AlreadyDoneError, By
from passalong.flow.owners.webhooks import NoWebhookError, Wanted, WebhookChangedError, WebhookError
from passalong.i18n.catalogue import ENGLISH, say
from passalong.store.sites import Site
from passalong.store.webhooks import deliveries, endpoints
from passalong.store.webhooks.deliveries import Wanted as Page
from passalong.store.webhooks.endpoints import Webhook
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.errors import RefusalError
from passalong.web.http.services import current_services

bp = Blueprint("console_webhooks", __name__)
OVERLAPS = (0, 1, 24, 168)
"""How long a replaced secret may sign along, in hours."""
ROWS = 50
COUNTED = 1_000
AREAS = ("share", "visit", "conversion", "credit", "redemption", "claim", "terms", "site")
STATES = ("", *(state.value for state in (State.PENDING, State.DEAD, State.HELD, State.DELIVERED)))
Answer = AnyResponse | str | tuple[str, int]


@bp.get("/console/<site_id>/webhooks")
def page(site_id: str) -> str:
    """Show every webhook with its state, and the form for another."""
    return _list(owner_of(site_id, Role.OWNER))


@bp.post("/console/<site_id>/webhooks")
def add(site_id: str) -> Answer:
    """Add a webhook; its secret is in this answer and nowhere else."""
    refuse_cross_site()
    site, services = owner_of(site_id, Role.OWNER), current_services()
    try:
        webhook, secret = services.webhooks.add(site.site_id, _wanted(), _by())
    except AlreadyDoneError:
        return _list(site, errors={"": say(ENGLISH, "console_webhooks.again")}), 409
    except WebhookError as error:
        return _list(site, errors={error.field: str(error)}), 422
    return _one(site, webhook, secret=secret)


@bp.get("/console/<site_id>/webhooks/<webhook_id>")
def webhook(site_id: str, webhook_id: str) -> str:
    """Show one webhook with its deliveries."""
    site = owner_of(site_id, Role.OWNER)
    return _one(site, _found(site, webhook_id))


@bp.post("/console/<site_id>/webhooks/<webhook_id>")
def change(site_id: str, webhook_id: str) -> Answer:
    """Do one thing with a webhook."""
    refuse_cross_site()
    site = owner_of(site_id, Role.OWNER)
    webhook, act = _found(site, webhook_id), request.form.get("act", "")
    try:
        if act == "rotate":
            hours = _hours()
            secret = current_services().webhooks.rotate(site.site_id, webhook_id, hours, _by())
            return _one(site, _found(site, webhook_id), secret=secret, hours=hours)
        _do(site.site_id, webhook_id, act)
    except AlreadyDoneError:
        if act == "rotate":
            return _one(site, webhook, errors={"": say(ENGLISH, "console_webhooks.again")}), 409
    except WebhookChangedError as error:
        now = say(ENGLISH, "console_webhooks.changed", url=error.now.url)
        return _one(site, error.now, errors={"url": f"{error} {now}"}), 409
    except WebhookError as error:
        return _one(site, webhook, errors={error.field: str(error)}), 422
    current_services().webhook_worker.wake()
    if act == "remove":
        return redirect(url_for("console_webhooks.page", site_id=site_id), 303)
    return redirect(url_for("console_webhooks.webhook", site_id=site_id, webhook_id=webhook_id), 303)


def _do(site_id: str, webhook_id: str, act: str) -> None:
    webhooks, by = current_services().webhooks, _by()
    if act == "save":
        webhooks.edit(site_id, webhook_id, _wanted(), _number(request.form.get("version", "")) or 0, by)
    elif act == "pause":
        webhooks.pause(site_id, webhook_id, by)
    elif act == "resume":
        webhooks.resume(site_id, webhook_id, by)
    elif act == "test":
        webhooks.test(site_id, webhook_id, by)
    elif act == "replay":
        webhooks.replay(site_id, webhook_id, None, by)
    elif act == "remove":
        webhooks.remove(site_id, webhook_id, by)
    else:
        raise RefusalError(400, "Choose one of: save, pause, resume, test, replay, rotate, remove.")


@bp.get("/console/<site_id>/webhooks/<webhook_id>/<number>")
def delivery(site_id: str, webhook_id: str, number: str) -> str:
    """Show one delivery: what is sent, and every attempt with its answer."""
    site = owner_of(site_id, Role.OWNER)
    webhook = _found(site, webhook_id)
    with current_services().db.reading() as session:
        delivery = deliveries.find(session, site.site_id, webhook_id, _number(number) or 0)
        body = deliveries.body(session, site.site_id, delivery.number) if delivery else ""
        attempts = deliveries.attempts_of(session, site.site_id, webhook_id, delivery.number) if delivery else ()
    if delivery is None:
        raise RefusalError(404, "There is no such delivery.")
    return render_template(
        "console/webhook_delivery.html",
        site=site,
        webhook=webhook,
        delivery=delivery,
        body=_readable(body),
        attempts=attempts,
    )


@bp.post("/console/<site_id>/webhooks/<webhook_id>/<number>")
def replay(site_id: str, webhook_id: str, number: str) -> AnyResponse:
    """Send one event again."""
    refuse_cross_site()
    site, services = owner_of(site_id, Role.OWNER), current_services()
    _found(site, webhook_id)
    with suppress(AlreadyDoneError):  # the form was sent twice: it is on its way
        services.webhooks.replay(site.site_id, webhook_id, _number(number) or 0, _by())
    services.webhook_worker.wake()
    return redirect(url_for("console_webhooks.delivery", site_id=site_id, webhook_id=webhook_id, number=number), 303)


def _readable(body: str) -> str:
    return msgspec.json.format(body, indent=2) if body else ""


def _by() -> By:
    return By(acting_owner(), request.form.get("once", ""))


def _wanted() -> Wanted:
    form = request.form
    return Wanted(form.get("url", ""), form.get("description", ""), tuple(form.getlist("types")))


def _hours() -> int:
    text = request.form.get("overlap", "")
    if text not in map(str, OVERLAPS):
        raise WebhookError("Choose from the list how long the old secret stays valid.", "overlap")
    return int(text)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _found(site: Site, webhook_id: str) -> Webhook:
    try:
        return current_services().webhooks.get(site.site_id, webhook_id)
    except NoWebhookError as error:
        raise RefusalError(404, str(error)) from None


def _list(site: Site, *, errors: dict[str, str] | None = None) -> str:
    with current_services().db.reading() as session:
        webhooks = endpoints.all_of(session, site.site_id)
        counts = deliveries.counts(session, site.site_id, [each.webhook_id for each in webhooks], COUNTED)
    return render_template(
        "console/webhooks.html",
        site=site,
        webhooks=webhooks,
        counts=counts,
        **_form(errors, Wanted("")),
    )


def _one(
    site: Site, webhook: Webhook, *, secret: str = "", hours: int | None = None, errors: dict[str, str] | None = None
) -> str:
    args = request.args
    state = args.get("state", "") if args.get("state", "") in STATES else ""
    cursor = _number(args.get("before", ""))
    own = (site.site_id, webhook.webhook_id)
    with current_services().db.reading() as session:
        rows = deliveries.page(session, *own, Page(state, cursor, ROWS + 1))
        counts = deliveries.counts(session, site.site_id, [webhook.webhook_id], COUNTED)[webhook.webhook_id]
    page_rows = rows[:ROWS]
    here = url_for("console_webhooks.webhook", site_id=site.site_id, webhook_id=webhook.webhook_id)
    older = f"{here}?state={state}&before={page_rows[-1].number}#log" if len(rows) > ROWS else ""
    return render_template(
        "console/webhook.html",
        site=site,
        webhook=webhook,
        rows=page_rows,
        counts=counts,
        state=state,
        states=STATES,
        here=here,
        older=older,
        secret=secret,
        hours=hours,
        overlaps=OVERLAPS,
        until_ms=(webhook.failing_since_ms or 0) + PAUSE_AFTER_MS,
        **_form(errors, Wanted(webhook.url, webhook.description, webhook.chosen)),
    )


def _form(errors: dict[str, str] | None, now: Wanted) -> dict[str, Any]:
    """Return what the form of a webhook shows: what was typed, if it is shown again because of an error."""
    return {
        "errors": errors or {},
        "given": _wanted() if errors and "url" in request.form else now,
        "areas": {area: [kind.value for kind in CHOOSABLE if kind.startswith(f"{area}.")] for area in AREAS},
    }
