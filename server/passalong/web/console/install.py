"""`/console/<site>/install`: one snippet to paste, four lights that turn on, and "Check for me"."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from passalong.core.privileges import Role
from passalong.flow.doctor.examine import Report, examine
from passalong.flow.doctor.network import with_code
from passalong.flow.owners.desk import Signed, log
from passalong.flow.owners.first_run import full_address
from passalong.flow.owners.sites import BadSiteError
from passalong.flow.tries import events as tries
from passalong.i18n.formatting import minute
from passalong.lib.try_tokens import open_token
from passalong.store.books import tries as store_tries
from passalong.store.queries.lights import Light, lights
from passalong.store.sites import Site
from passalong.web.browser import releases
from passalong.web.console import acting
from passalong.web.console.platforms import FIRST, PLATFORMS, TAG
from passalong.web.console.proxies import PROXIES
from passalong.web.console.snippets import filled
from passalong.web.console.wordpress import wordpress_plugin
from passalong.web.http import await_fold
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site, role_at
from passalong.web.http.errors import RefusalError
from passalong.web.http.formatting import day_words
from passalong.web.http.language import said
from passalong.web.http.services import current_services

bp = Blueprint("install", __name__)


@bp.get("/console/<site_id>/install")
def install(site_id: str) -> str:
    """Show the snippet for the platform, and the lights."""
    return _page(owner_of(site_id))


@bp.get("/console/<site_id>/install/wordpress.zip")
def wordpress(site_id: str) -> Response:
    """Send the plugin for WordPress, with the site's address and key filled in."""
    site = owner_of(site_id)
    packed = wordpress_plugin(current_services().url, site.site_id)
    headers = {"Content-Disposition": 'attachment; filename="passalong.zip"'}
    return Response(packed, mimetype="application/zip", headers=headers)


def _page(site: Site, report: Report | None = None, problem: str = "") -> str:
    services, values = current_services(), request.values
    platform = report.platform if report and report.platform else values.get("platform", "")
    platform = platform if platform in PLATFORMS else FIRST[0]
    near = tuple(dict.fromkeys((platform, *FIRST)))[: len(FIRST)]
    with services.db.reading() as session:
        four, tried = lights(session, site.site_id), store_tries.latest(session, site.site_id)
    return render_template(
        "console/install.html",
        site=site,
        url=services.url,
        platform=platform,
        near=near,
        asked_for="script" if "platform" in request.args else "",
        far=[name for name in PLATFORMS if name not in near],
        platforms=PLATFORMS,
        filled=partial(filled, url=services.url, site=site),
        tag=filled(TAG, services.url, site),
        proxies=[(name, filled(lines, services.url, site)) for name, lines in PROXIES],
        try_url=with_code(site.home_url, open_token(services.keys, site.site_id, services.clock.now_ms())),
        tries=tried,
        report=report,
        problem=problem,
        checked_page=values.get("page", site.home_url)[:2_000],
        owns=(role_at(site.site_id) or Role.VIEWER) >= Role.OWNER,
        **_lit(site, four),
        **_pinned(),
    )


def _lit(site: Site, four: tuple[Light, ...]) -> dict[str, Any]:
    """Return the lights for the page, how many are on, and how long it has waited for the others."""
    first_dark = next((light.name for light in four if not light.on), "")
    rows = [
        {"name": light.name, "on": light.on, "next": light.name == first_dark, "is_try": light.is_try, "words": words}
        for light, words in ((light, _words(site, light)) for light in four)
    ]
    waited = request.args.get("waited", 0, type=int)
    on = sum(light.on for light in four)
    return {"lights": rows, "number_on": on, "waited": waited, "waits": on < len(four) and waited < 600}


def _words(site: Site, light: Light) -> str:
    """Say where and when a light was seen, or that it was not."""
    kind = "off" if not light.on else "try" if light.is_try else "day" if light.at_ms is None else "seen"
    at = minute(light.at_ms, site.time_zone) if light.at_ms is not None else day_words(light.day)
    return said(f"console_install.{kind}.{light.name}", where=light.where, at=at)


def _pinned() -> dict[str, str | None]:
    """Return the newest frozen version and its hash, if there is one."""
    newest = next(iter(releases.versions()), None)
    return {"version": newest, "integrity": releases.integrity(newest)["along.js"] if newest else None}


@bp.get("/console/<site_id>/lights")
def lights_now(site_id: str) -> AnyResponse:
    """Return the lights for the page's script, which asks every three seconds."""
    site = owner_of(site_id)
    with current_services().db.reading() as session:
        lit = _lit(site, lights(session, site_id))
    return jsonify(lights=lit["lights"], say=said(f"console_install.lit.{lit['number_on']}"))


@bp.post("/console/<site_id>/install")
def act(site_id: str) -> AnyResponse | str | tuple[str, int]:
    """Check a page, send a test result, or delete everything of try mode."""
    refuse_cross_site()
    site, act = owner_of(site_id, Role.OWNER), request.form.get("act")
    services = current_services()
    if act == "check":
        return _check(site)
    if act == "test":
        try:
            once = request.form.get("once", "")
            tries.send_test_conversion(services.db, services.collector, site, once)
            await_fold.until(services.db, lambda session: _has_result(session, site_id))
            log(acting.desk_of(site), Signed(acting_owner(), once=f"try:{once}"[:40]), "try.test", "", {})
        except tries.NothingTriedError as error:
            return _page(site, problem=str(error)), 422
    elif act == "delete":
        tries.delete_tries(services.db, services.collector, site, acting_owner())
        log(acting.desk_of(site), Signed(acting_owner()), "try.delete", "", {})
        await_fold.until(services.db, lambda session: not store_tries.latest(session, site_id, 1))
    else:
        raise RefusalError(400, "Choose one of: check, test, delete.")
    return redirect(url_for("install.install", site_id=site_id), 303)


def _has_result(session: Session, site_id: str) -> bool:
    return store_tries.latest_of(session, site_id, "conversion") is not None


def _check(site: Site) -> str | tuple[str, int]:
    """Examine the page that was named; the same as `passalong doctor`."""
    try:
        page = full_address(request.form.get("page", "") or site.home_url)
    except BadSiteError as error:
        return _page(site, problem=str(error)), 422
    return _page(site, examine(site, current_services().url, page))
