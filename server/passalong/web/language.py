"""The language of a request, and what templates say in it: `t`, `lang`, `dir`, and filters that know the language.

A person's choice (a cookie that the switch in the footer sets; also kept with a signed-in advocate, for e-mails) goes
before the browser's Accept-Language. Whatever somebody who shares can meet is translated, errors and the open book
too; the console and the API speak English.
"""

import inspect
import re
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import Flask, g, request
from markupsafe import Markup

from passalong import languages
from passalong.languages import ENGLISH
from passalong.web.audience import is_for_owners, is_for_programs
from passalong.web.words import FILTERS

COOKIE = "along-language"
_LINK = re.compile(r"\[([^\]]*)\]\(([a-z_]+)\)")


def language() -> str:
    """The language of this request's answer."""
    if "language" not in g:
        g.language = _wanted() if is_translated(request.path) else ENGLISH
    return str(g.language)


def is_translated(path: str) -> bool:
    """True for the pages that speak the person's language; every string of theirs comes from the catalogue."""
    return not is_for_programs(path) and not is_for_owners(path)


def wanted() -> str:
    """The language that this person reads, whatever the page is in."""
    return _wanted()


def _wanted() -> str:
    chosen = request.cookies.get(COOKIE, "")
    return chosen if languages.is_language(chosen) else languages.preferred(request.headers.get("Accept-Language", ""))


def said(key: str, n: int | None = None, **values: Any) -> str:
    """A string of the catalogue in the request's language, as plain text: for errors and titles."""
    return languages.say(language(), key, n, **values)


def marked(key: str, n: int | None = None, **values: Any) -> Markup:
    """The same as HTML: the string's few tags and links stand, values are escaped."""
    text = languages.pattern(language(), key, n)
    addresses = {name: values[name] for _, name in _LINK.findall(text)}
    given = languages.filled(language(), values if n is None else {"n": n, **values}) | addresses
    text = _LINK.sub(r'<a href="{\2}">\1</a>', text)
    return Markup(text).format(**given)  # noqa: S704 - the catalogue is ours, and `format` escapes what is filled in


def install(app: Flask) -> None:
    """Give the templates `t`, `lang`, `dir`, `languages` and the filters."""
    app.jinja_env.globals["t"] = marked
    for name, function in FILTERS.items():
        app.jinja_env.filters[name] = _in_language(function)

    @app.context_processor
    def _language() -> dict[str, Any]:
        shown = languages.LANGUAGES if is_translated(request.path) else {}
        return {"lang": language(), "dir": languages.direction(language()), "languages": shown}


def _in_language(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the request's language, if it is one that wants a language."""
    if "language" not in inspect.signature(function).parameters:
        return function

    @wraps(function)
    def filtered(*args: Any, **kwargs: Any) -> Any:
        return partial(function, language=language())(*args, **kwargs)

    return filtered
