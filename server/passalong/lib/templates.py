"""Render text and HTML templates that are not pages, such as mails."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape


class Templates:
    """The templates of one folder. Values are escaped in `.html` files only; an undefined name is an error."""

    def __init__(self, folder: Path):
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=select_autoescape(("html",), default_for_string=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def render(self, name: str, **values: Any) -> str:
        """Return the template of that file name, filled with `values`."""
        return self._environment.get_template(name).render(values)
