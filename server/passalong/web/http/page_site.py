"""The site that a page for people who share belongs to, for its languages; this opens nothing and grants nothing."""

from contextlib import suppress

from flask import request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from passalong.core.sites.languages import PAGE_LANGUAGES
from passalong.flow.signin.sessions import ADVOCATE
from passalong.store.sites import Site
from passalong.web.http import cookies
from passalong.web.http.services import current_services


def offered_languages() -> tuple[str, ...]:
    """Return the languages of the page's site; all where there is no such site, or the database is away."""
    with suppress(SQLAlchemyError, OSError):  # the page may be the one that says so
        site = _page_site()
        return site.page_languages if site else PAGE_LANGUAGES
    return PAGE_LANGUAGES


def _page_site() -> Site | None:
    """Return the site that the address or the form names, else that of the link or the session, else the only one."""
    sites = current_services().sites
    site_id = _named() or _in_cookies()
    return (sites.find(site_id[:16]) if site_id else None) or sites.only()


def _named() -> str:
    parts = request.view_args or {}
    code_site = str(parts.get("code", "")).rpartition(".")[0].partition(".")[0]
    return str(parts.get("site_id", "")) or code_site or request.args.get("site", "") or _in_form()


def _in_form() -> str:
    with suppress(HTTPException):  # a form that is too large is refused by whoever needs it
        return request.form.get("site", "")
    return ""


def _in_cookies() -> str:
    names = [cookies.MAIL_CODE] if request.path == "/me/door" else []
    values = (request.cookies.get(cookies.secret_name(name), "") for name in (*names, ADVOCATE))
    return next((value.partition(".")[0] for value in values if value), "")
