"""Templates that are not pages: values are escaped in HTML, left alone in text, and never silently missing."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from passalong.lib.templates import Templates

SITE = "Otto & Sons <shop>"


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    """Two templates that say the same, and one that asks for a value that nobody gives."""
    for name in ("mail.txt", "mail.html"):
        (tmp_path / name).write_text("From {{ site }}\n")
    (tmp_path / "broken.txt").write_text("From {{ sight }}\n")
    return Templates(tmp_path)


def test_a_value_is_escaped_in_html_only(templates: Templates) -> None:
    assert templates.render("mail.html", site=SITE) == "From Otto &amp; Sons &lt;shop&gt;\n"
    assert templates.render("mail.txt", site=SITE) == f"From {SITE}\n"


def test_a_missing_value_is_an_error(templates: Templates) -> None:
    with pytest.raises(UndefinedError, match="sight"):
        templates.render("broken.txt", site=SITE)
