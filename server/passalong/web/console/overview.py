"""`/console/<site>`: what sharing brought and what went back; `/start`: a link into the console."""

from flask import Blueprint, redirect, render_template, request, url_for
from msgspec.structs import replace
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.dates import day_of, day_start_ms
from passalong.flow.owners.sites import OWNER_CODE
from passalong.flow.signin import guests
from passalong.flow.signin.sessions import OWNER, OWNERS_SUBJECT
from passalong.store.books import claims
from passalong.store.queries import console_overview, page_reach
from passalong.store.sites import Site
from passalong.web.console.menu import WAITING
from passalong.web.console.ranges import range_of
from passalong.web.http.auth import browser_label, owner_of, owners_session, refuse_cross_site, remember_session
from passalong.web.http.errors import UsedLinkError
from passalong.web.http.services import current_services

bp = Blueprint("console_overview", __name__)
PAGES_SHOWN, CHANNELS_SHOWN = 10, 4
OWNERS_ENTRY = guests.Entry(OWNER_CODE, OWNERS_SUBJECT, "link", OWNER)
BAD_CODE = (
    "This link was used before or is older than an hour. "
    "`passalong owner link` prints a new one on the machine that runs Passalong."
)


@bp.get("/start")
def start() -> str:
    """Show the owner's sign-in page: opening it uses nothing up, pressing its button does."""
    k = request.args.get("k", "")[:200]
    site = current_services().sites.find(k.partition(".")[0])
    other = _other_console(site.site_id) if site else None
    return render_template("console/sign_in.html", k=k, site=site, other=other)


def _other_console(site_id: str) -> Site | None:
    """Return the site whose console is open in this browser, if that is another one."""
    here = owners_session()
    return here.site if here is not None and here.site.site_id != site_id else None


@bp.post("/start")
def come_in() -> AnyResponse:
    """Use up the sign-in code and open a session."""
    refuse_cross_site()
    services = current_services()
    site_id, _, code = request.form.get("k", "").strip().partition(".")
    if services.sites.find(site_id) is None:
        raise UsedLinkError(BAD_CODE)
    if _other_console(site_id) is not None and request.form.get("switch") != "yes":
        return redirect(url_for("console_overview.start", k=f"{site_id}.{code}"), 303)
    return _opened(site_id, code, url_for("console_overview.home", site_id=site_id))


def _opened(site_id: str, code: str, target: str) -> AnyResponse:
    services = current_services()
    try:
        entry = replace(OWNERS_ENTRY, label=browser_label())
        secret = guests.open_session(services.db, services.clock, site_id, code, entry)
    except guests.BadSignInCodeError:
        raise UsedLinkError(BAD_CODE) from None
    return remember_session(redirect(target, 303), OWNER, site_id, secret)


@bp.get("/console/<site_id>")
def home(site_id: str) -> str:
    """Show what sharing brought beside what went back, in one range of days, and what waits for a decision."""
    services, site = current_services(), owner_of(site_id)
    now_ms = services.clock.now_ms()
    span = range_of(request.args, site, now_ms)
    days = (span.first.isoformat(), span.last.isoformat())
    is_current = days[1] == day_of(now_ms, site.time_zone)
    since_ms = day_start_ms(days[0], site.time_zone) if is_current else None
    with services.db.reading() as session:
        view = console_overview.console_overview(session, site_id, (span.first, span.last), now_ms, since_ms)
        pages, _ = page_reach.reach_of_pages(session, site_id, days, None)
        channels = page_reach.channels(session, site_id, days)
        todo = {name: count(session, site_id) for name, count in WAITING.items()}
        promised_ms = claims.next_promise_ms(session, site_id)
    return render_template(
        "console/overview.html",
        site=site,
        overview=view,
        range=span,
        pages=pages[:PAGES_SHOWN],
        channels=_parts(channels),
        todo=[(name, number) for name, number in todo.items() if number],
        promised_ms=promised_ms,
        most_counted=console_overview.MOST_COUNTED,
    )


def _parts(channels: page_reach.Channels) -> list[tuple[str, int]]:
    """Return the channels in per cent, most first, with the rest as one (`other`); sums alone, never of a person."""
    total = sum(times for _, times in channels.named) + channels.others
    channel_rows, rest = channels.named[:CHANNELS_SHOWN], sum(times for _, times in channels.named[CHANNELS_SHOWN:])
    parts = [*channel_rows, ("", rest + channels.others)]
    return [(name, round(100 * times / total)) for name, times in parts if times] if total else []
