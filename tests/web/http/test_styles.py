"""Style sheets are compressed where the browser accepts it."""

import gzip

import brotli  # type: ignore[import-untyped]
import pytest

from flow.office import Office


@pytest.mark.parametrize("name", ["app.css", "console.css"])
def test_a_style_sheet_comes_compressed_and_is_the_same_in_every_coding(office: Office, name: str) -> None:
    path = f"/static/{name}"
    plain = office.send("GET", path)
    small = office.send("GET", path, headers={"Accept-Encoding": "gzip, deflate, br"})
    gzipped = office.send("GET", path, headers={"Accept-Encoding": "gzip"})
    assert brotli.decompress(small.body) == gzip.decompress(gzipped.body) == plain.body
    assert (small.headers["content-encoding"], gzipped.headers["content-encoding"]) == ("br", "gzip")
    assert "Accept-Encoding" in plain.headers["vary"]
    assert len(small.body) < len(plain.body) / 2
    assert small.headers["etag"] != gzipped.headers["etag"]


def test_a_style_sheet_that_the_browser_has_is_not_sent_again(office: Office) -> None:
    known = {"Accept-Encoding": "br"}
    etag = office.send("GET", "/static/app.css", headers=known).headers["etag"]
    assert office.send("GET", "/static/app.css", headers=known | {"If-None-Match": etag}).status == 304
