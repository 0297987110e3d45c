"""The console's menu: four groups of pages with the number of what waits, in the margin of every page."""

from collections.abc import Callable
from urllib.parse import quote

from flask import Flask, current_app
from msgspec import Struct
from sqlalchemy.orm import Session

from passalong.core.privileges import Role
from passalong.lib.tokens import new_secret
from passalong.store.books import claims, redemptions
from passalong.store.people import proposals
from passalong.store.queries import personal_codes, review
from passalong.store.sites import Site
from passalong.web.http.auth import owner_here, role_at
from passalong.web.http.services import current_services

CONSOLE = "/console/<site_id>"
VIEWER, EDITOR, OWNER = Role


class Entry(Struct, frozen=True):
    """A page in the menu: its name (`page` in its template), its address, and the role that it needs."""

    name: str
    path: str
    role: Role = VIEWER


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "happened",
        (
            Entry("overview", CONSOLE),
            Entry("events", f"{CONSOLE}/events"),
            Entry("people", f"{CONSOLE}/people"),
            Entry("pages", f"{CONSOLE}/pages"),
        ),
    ),
    (
        "decide",
        (
            Entry("payouts", f"{CONSOLE}/payouts"),
            Entry("review", f"{CONSOLE}/review"),
            Entry("claims", f"{CONSOLE}/claims"),
            Entry("words", f"{CONSOLE}/words"),
            Entry("proposals", f"{CONSOLE}/proposals"),
        ),
    ),
    (
        "setup",
        (
            Entry("rule", f"{CONSOLE}/rule"),
            Entry("appearance", f"{CONSOLE}/appearance"),
            Entry("install", f"{CONSOLE}/install"),
            Entry("shops", f"{CONSOLE}/shops", OWNER),
            Entry("settings", f"{CONSOLE}/settings"),
            Entry("open", "/open/<site_id>"),
        ),
    ),
    (
        "run",
        (
            Entry("site", f"{CONSOLE}/site"),
            Entry("team", f"{CONSOLE}/team"),
            Entry("changes", f"{CONSOLE}/changes"),
            Entry("access", f"{CONSOLE}/access", OWNER),
            Entry("keys", f"{CONSOLE}/keys", OWNER),
            Entry("webhooks", f"{CONSOLE}/webhooks", OWNER),
            Entry("mail", f"{CONSOLE}/mail"),
            Entry("data", f"{CONSOLE}/data", OWNER),
            Entry("health", f"{CONSOLE}/health"),
        ),
    ),
)
"""Every page of a site's console, in its group. Strings: `console_menu.<name>`, groups `console_menu.group.<name>`."""

WAITING: dict[str, Callable[[Session, str], int]] = {
    "payouts": redemptions.count_waiting,
    "review": review.count_held,
    "claims": claims.count_unanswered,
    "words": personal_codes.count_wanted,
}
"""Counts of what waits for a decision, by the page that decides it; each may stop at a hundred."""


class Shown(Struct, frozen=True):
    """An entry as the margin shows it."""

    name: str
    href: str
    waiting: int = 0


def menu_of(site: Site) -> list[tuple[str, list[Shown]]]:
    """Return the groups and entries for this session's role, with what waits."""
    services, role = current_services(), role_at(site.site_id) or VIEWER
    with services.db.reading() as session:
        waiting = {name: count(session, site.site_id) for name, count in WAITING.items()}
        waiting["proposals"] = proposals.count_open(session, site.site_id, services.clock.now_ms())
    there = {rule.rule for rule in current_app.url_map.iter_rules()}
    groups = []
    for group, entries in MENU:
        allowed = [entry for entry in entries if entry.role <= role and entry.path in there]
        groups.append((group, [_shown(entry, site, waiting) for entry in allowed]))
    return groups


def _shown(entry: Entry, site: Site, waiting: dict[str, int]) -> Shown:
    href = entry.path.replace("<site_id>", quote(site.site_id, safe=""))
    return Shown(entry.name, href, waiting.get(entry.name, 0))


def install(app: Flask) -> None:
    """Register `console_menu` and `console_form_id` for the templates."""
    app.jinja_env.globals["console_menu"] = menu_of
    app.jinja_env.globals["console_person"] = owner_here
    app.jinja_env.globals["console_form_id"] = lambda: new_secret()[:22]
