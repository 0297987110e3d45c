"""Every form of the pages for people, as a browser finds it: its fields as they are filled in, and its buttons.

A form is found in the rendered pages of `portal_states.STOPS`, which the URL map holds complete, so that a new form is
walked by itself.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient

from flow.office import Answer, Office
from portal_history import MUCH, Told
from portal_states import STOPS

TEXT = {"text", "email", "url", "search", "password", "tel"}


@dataclass(frozen=True)
class Form:
    """A form of a page; `typed` are the names of fields in which a person types."""

    page: str
    who: Any
    action: str
    fields: tuple[tuple[str, str], ...] = ()
    typed: tuple[str, ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        """What it is: its fields and buttons, whatever they hold."""
        return (self.endpoint, tuple(sorted({name for name, _ in self.fields})), self.buttons)

    @property
    def endpoint(self) -> str:
        """The address without the ids in it."""
        return "/".join(part if part.isalpha() else "…" for part in self.action.partition("?")[0].split("/"))

    def filled(self, *, button: tuple[str, str] | None, **values: str) -> dict[str, Any]:
        """The body of a press of a button, with other values in some fields."""
        body: dict[str, Any] = {}
        for name, value in (*self.fields, *([button] if button else [])):
            body.setdefault(name, []).append(value)
        return body | values


class Finder(HTMLParser):
    """Finds the forms that are sent by POST."""

    def __init__(self, page: str, who: Any):
        super().__init__()
        self.page, self.who = page, who
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what a form sends."""
        has = {name: value or "" for name, value in attrs}
        if tag == "form" and has.get("method", "").lower() == "post":
            self._form = Form(self.page, self.who, has.get("action") or self.page)
        if self._form is None:
            return
        name, kind = has.get("name", ""), has.get("type", "text")
        if tag == "input" and name and "readonly" not in has:
            if kind not in ("checkbox", "radio") or "checked" in has:
                self._add(name, has.get("value", "on" if kind in ("checkbox", "radio") else ""), typed=kind in TEXT)
        elif tag == "select":
            self._select = (name, [])
        elif tag == "option" and self._select:
            self._select[1].append((has.get("value", ""), "selected" in has))
        elif tag == "textarea":
            self._area = (name, [])
        elif tag == "button" and has.get("type", "submit") == "submit":
            self._form = replace(self._form, buttons=(*self._form.buttons, (name, has.get("value", ""))))

    def handle_data(self, data: str) -> None:
        """Collect the text of an area."""
        if self._area:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag == "form" and self._form:
            self.forms.append(self._form)
            self._form = None
        elif tag == "select" and self._select and self._form:
            name, options = self._select
            chosen = next((value for value, is_chosen in options if is_chosen), options[0][0] if options else "")
            self._add(name, chosen, typed=False)
            self._select = None
        elif tag == "textarea" and self._area and self._form:
            self._add(self._area[0], "".join(self._area[1]).removeprefix("\n"), typed=True)
            self._area = None

    def _add(self, name: str, value: str, *, typed: bool) -> None:
        assert self._form is not None
        self._form = replace(
            self._form,
            fields=(*self._form.fields, (name, value)),
            typed=(*self._form.typed, name) if typed else self._form.typed,
        )


@dataclass
class Walk:
    """An instance in which everything happened, and the browsers of the people in it."""

    office: Office
    told: Told = field(init=False)

    def __post_init__(self) -> None:
        self.told = Told(self.office)
        self.told.tell()

    def browser(self, who: Any) -> FlaskClient:
        """Somebody's browser; a stranger's is new."""
        return self.told.browsers.get(who) or self.office.client()

    def forms_of(self, page: str, who: Any) -> list[Form]:
        """The forms of a page as it is now."""
        answer = self.office.send("GET", page, client=self.browser(who))
        finder = Finder(page, who)
        finder.feed(answer.text)
        return finder.forms

    @cached_property
    def forms(self) -> list[Form]:
        """Every form once."""
        forms: dict[tuple[Any, ...], Form] = {}
        for stop in STOPS:
            if not stop.post and stop.who != MUCH:
                for form in self.forms_of(stop.path.format_map(self.told.known), stop.who):
                    forms.setdefault(form.key, form)
        return list(forms.values())

    def again(self, form: Form) -> Form | None:
        """The same form, opened anew; None if the page no longer has it."""
        return next((one for one in self.forms_of(form.page, form.who) if one.key == form.key), None)

    def send(self, form: Form, body: dict[str, Any], who: Any = None) -> Answer:
        """Press a button, in the browser in which the form was opened or in somebody else's."""
        return self.office.send("POST", form.action, client=self.browser(who or form.who), form=body)
