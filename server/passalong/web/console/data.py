"""`/console/<site>/data`: download everything of a site, as JSON or as CSV files in a ZIP."""

from collections.abc import Iterator
from contextlib import ExitStack

from flask import Blueprint, Response, render_template, request

from passalong.core.privileges import Role
from passalong.flow.owners.exports import record_export
from passalong.store.queries import export
from passalong.web.console.site_export import SiteExport, as_json, as_zip
from passalong.web.http.auth import acting_owner, owner_of, refuse_cross_site
from passalong.web.http.downloads import File, one_at_a_time, stream
from passalong.web.http.services import current_services

bp = Blueprint("console_data", __name__)
DOWNLOAD = "export"
"""Stands for the owner in the list of running downloads: one at a time a site."""


@bp.get("/console/<site_id>/data")
def page(site_id: str) -> str:
    """Show what an export holds, and what it leaves out."""
    site = owner_of(site_id, Role.OWNER)
    tables = [table.name for table in export.exported_tables()]
    return render_template("console/data.html", site=site, tables=tables, left_out=export.LEFT_OUT)


@bp.post("/console/<site_id>/data.json")
def everything_json(site_id: str) -> Response:
    """Download everything as one JSON object."""
    return _export(site_id, "json")


@bp.post("/console/<site_id>/data.zip")
def everything_csv(site_id: str) -> Response:
    """Download everything as CSV files in a ZIP."""
    return _export(site_id, "zip")


def _export(site_id: str, form: str) -> Response:
    refuse_cross_site()
    site, services = owner_of(site_id, Role.OWNER), current_services()
    now_ms = services.clock.now_ms()
    with ExitStack() as stack:
        stack.enter_context(one_at_a_time(site_id, DOWNLOAD))
        record_export(services.db, services.clock, site_id, acting_owner(), form)
        session = stack.enter_context(services.db.reading_one_moment())
        site_export = SiteExport(session, site, now_ms)
        mark = request.form.get("mark") == "yes"
        pieces: Iterator[bytes] = as_json(site_export) if form == "json" else as_zip(site_export, mark=mark)
        mimetype = "application/json" if form == "json" else "application/zip"
        return stream(File(f"passalong-{site.site_id}.{form}", mimetype, pieces), stack.pop_all())
