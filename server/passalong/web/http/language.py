"""The language of a request, and the template helpers `t`, `lang`, `dir` and filters that know the language.

A person's choice (a cookie that the switch in the footer sets; also stored with a signed-in advocate, for mails) goes
before the browser's Accept-Language, both among the languages that the page's site offers; its first is for everyone
else. Everything that advocates see is translated, errors and the open book too; the console and the API are in English.
"""

import inspect
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from typing import Any

from flask import Flask, g, request
from markupsafe import Markup, escape

from passalong.core.sites.languages import PAGE_LANGUAGES, offered_language
from passalong.i18n import catalogue
from passalong.i18n.catalogue import ENGLISH, PSEUDO
from passalong.web.http.audience import is_for_owners, is_for_programs
from passalong.web.http.formatting import FILTERS
from passalong.web.http.page_site import offered_languages

COOKIE = "along-language"
_LINK = re.compile(r"\[([^\]]*)\]\(([a-z_]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")


def language() -> str:
    """Return the language of this request's answer."""
    tongue: str | None = g.get("language")
    if tongue is None:
        tongue = g.language = _wanted(offered_languages()) if is_translated(request.path) else ENGLISH
    return tongue


def is_translated(path: str) -> bool:
    """Return True for translated pages; all their strings come from the catalogue."""
    return not is_for_programs(path) and not is_for_owners(path)


def wanted() -> str:
    """Return the language that this person reads, whatever the page is in."""
    return _wanted(PAGE_LANGUAGES)


def _wanted(offered: Sequence[str]) -> str:
    chosen = request.cookies.get(COOKIE, "")
    if chosen == PSEUDO:
        return chosen
    return offered_language((chosen, catalogue.preferred(request.headers.get("Accept-Language", ""), offered)), offered)


def said(key: str, n: int | None = None, **values: Any) -> str:
    """Return a string in the request's language, as plain text: for errors and titles."""
    return catalogue.say(language(), key, n, **values)


def marked(key: str, n: int | None = None, **values: Any) -> Markup:
    """Return a string as HTML: its few tags and links are kept, values are escaped."""
    tongue = language()
    if n is None and not values:
        return _constant(tongue, key)
    html, names = _html(catalogue.pattern(tongue, key, n))
    addresses = {name: values[name] for name in names}
    texts = catalogue.filled(tongue, values if n is None else {"n": n, **values}) | addresses
    return Markup(html).format(**texts)  # noqa: S704 - the catalogue is ours, and `format` escapes what is filled in


@lru_cache(16_384)
def _constant(tongue: str, key: str) -> Markup:
    """Return a string without values as HTML: most of a page's strings, the same in every request."""
    html, _ = _html(catalogue.pattern(tongue, key))
    return Markup(html).format()  # noqa: S704 - the catalogue is ours


@lru_cache(4096)
def _html(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a string of the catalogue with its links and its code as HTML, and the names of its links' addresses."""
    names = tuple(name for _, name in _LINK.findall(text))
    return _CODE.sub(r"<code>\1</code>", _LINK.sub(r'<a href="{\2}">\1</a>', text)), names


def with_code(text: str) -> Markup:
    """Return a plain sentence as HTML, with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def install(app: Flask) -> None:
    """Register `t`, `lang`, `dir`, `languages` and the filters for templates."""
    app.jinja_env.globals["t"] = marked
    app.jinja_env.filters["with_code"] = with_code
    for name, function in FILTERS.items():
        app.jinja_env.filters[name] = _in_language(function)

    @app.context_processor
    def _language() -> dict[str, Any]:
        offered = offered_languages() if is_translated(request.path) else ()
        languages = {name: catalogue.LANGUAGES[name] for name in offered}
        return {"lang": language(), "dir": catalogue.direction(language()), "languages": languages}


def _in_language(function: Callable[..., Any]) -> Callable[..., Any]:
    """Bind the request's language to a function that wants one."""
    if "language" not in inspect.signature(function).parameters:
        return function

    @wraps(function)
    def filtered(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **{"language": language(), **kwargs})

    return filtered
