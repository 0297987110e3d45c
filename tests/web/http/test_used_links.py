"""A link or a code that works once says so when it was used, under a title of its own."""

from html import unescape

import pytest

from flow.office import SITE, Office
from passalong.i18n.catalogue import LANGUAGES, say

WAYS = [
    ("POST", "/me/in", {"code": f"{SITE}.used"}, 400),
    ("POST", "/me/door", {"code": f"{SITE}.used"}, 400),
    ("POST", "/start", {"k": f"{SITE}.used"}, 400),
    ("GET", f"/me/owner/{SITE}.used", {}, 404),
    ("POST", f"/me/owner/{SITE}.used", {}, 404),
]


@pytest.mark.parametrize(("method", "path", "form", "status"), WAYS, ids=[f"{way[0]} {way[1]}" for way in WAYS])
def test_a_used_link_is_not_called_nonsense(
    office: Office, method: str, path: str, form: dict[str, str], status: int
) -> None:
    answer = office.send(method, path, form=form or None)
    assert answer.status == status
    assert "<h1>This link no longer works" in answer.text or "This link no longer works</h1>" in answer.text
    assert "did not make sense" not in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_in_every_language(office: Office, language: str) -> None:
    answer = office.send("POST", "/me/in", form={"code": f"{SITE}.used"}, headers={"Accept-Language": language})
    assert say(language, "errors.used_link") in unescape(answer.text)
