"""`/console/<site>/settings`: the page of settings, and the parameters that are left out of shared links."""

from typing import Any

from flask import render_template

from passalong.core.sites.tracking import TRACKING
from passalong.flow.owners import site_settings
from passalong.flow.owners.changes import By
from passalong.flow.owners.site_settings import USUAL, SiteChange
from passalong.flow.owners.sites import BadSiteError
from passalong.store.sites import Site
from passalong.web.http.auth import acting_owner
from passalong.web.http.services import current_services

LONGEST = 4_000


def settings_page(site: Site, drop: str | None = None, **context: Any) -> str:
    """Render the page: `context` is the form of preferences.py, `drop` a list of parameters that was typed."""
    standing = USUAL if site.drop_params is None else " ".join(site.drop_params)
    patterns = standing if drop is None else drop
    return render_template("console/settings.html", site=site, drop=patterns, tracking=TRACKING, **context)


def change_drop(site: Site, typed: str) -> str:
    """Change the parameters that are left out; returns what is wrong with them, or nothing."""
    services = current_services()
    try:
        change = SiteChange(drop_params=typed[:LONGEST])
        site_settings.change_site(services.db, services.clock, site.site_id, change, By(acting_owner()))
    except BadSiteError as error:
        return str(error)
    services.sites.forget(site.site_id)
    return ""
