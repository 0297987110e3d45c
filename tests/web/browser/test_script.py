"""The script of a site: from memory, compressed once, the same for everybody; its lazy parts and frozen versions."""

import base64
import gzip
import hashlib
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from sqlalchemy import text

from cast import an_id
from flow.office import CHROME, GOOGLEBOT, OTHER, PAGE, SITE, URL, Answer, Office
from passalong.flow.owners import sites
from passalong.web.browser import releases
from passalong.web.http import compression, services

ROOT = Path(__file__).parents[3]
BY_HAND = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


def unpacked(answer: Answer) -> bytes:
    """What a browser makes of a body."""
    found: bytes = BY_HAND[answer.headers.get("content-encoding")](answer.body)
    return found


# --- a site's script --------------------------------------------------------------------------------------------------


def test_the_script_has_its_sites_settings_in_it(office: Office) -> None:
    answer = office.send("GET", f"/along/{SITE}.js")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert f'"key":"{SITE}","host":"{URL}","param":"ht"' in answer.text
    assert "__ALONG_SITE__" not in answer.text
    assert answer.headers["cache-control"] == "public, max-age=3600, stale-while-revalidate=86400"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers


HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"User-Agent": GOOGLEBOT},
    {"Accept-Language": "de"},
    {"Cookie": "along-owner=x"},
    {"Origin": "https://evil.example"},
    {"Sec-GPC": "1"},
    {"Referer": PAGE},
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
    {"X-Forwarded-Prefix": "/_along"},
    {"Accept": "text/html"},
    {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site"},
    {"DNT": "1", "Save-Data": "on", "Range": "bytes=0-9"},
)
CODINGS = (
    ("", None),
    ("identity", None),
    ("deflate", None),
    ("gzip", "gzip"),
    ("GZIP", "gzip"),
    ("gzip, deflate", "gzip"),
    ("gzip, deflate, br, zstd", "br"),
    ("br;q=0, gzip", "gzip"),
    ("br;q=0.1, gzip;q=0.5", "gzip"),
    ("br;q=0, gzip;q=0", None),
    ("*;q=0", None),
    ("garbage;;q=x, \x7f", None),
)


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_the_script_is_the_same_bytes_for_everybody(office: Office, headers: dict[str, str]) -> None:
    plain = office.send("GET", f"/along/{SITE}.js", headers={"User-Agent": CHROME})
    for coding, expected in CODINGS:
        answer = office.send("GET", f"/along/{SITE}.js?x=1", headers=headers | {"Accept-Encoding": coding})
        assert answer.status == 200
        assert answer.headers.get("content-encoding") == expected, coding
        assert unpacked(answer) == plain.body
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["etag"].split("-")[0] == plain.headers["etag"].split("-")[0]


def test_equal_etags_mean_equal_bytes(office: Office) -> None:
    """A cache may hold what it got under one ETag for another request that names it."""
    by_etag: dict[str, set[bytes]] = {}
    for headers, (coding, _) in itertools.product(HEADERS, CODINGS):
        answer = office.send("GET", f"/along/{SITE}.js", headers=headers | {"Accept-Encoding": coding})
        by_etag.setdefault(answer.headers["etag"], set()).add(answer.body)
    assert sorted(len(bodies) for bodies in by_etag.values()) == [1, 1, 1]


@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_a_browser_with_the_script_gets_304(office: Office, coding: str) -> None:
    said = {"Accept-Encoding": coding}
    etag = office.send("GET", f"/along/{SITE}.js", headers=said).headers["etag"]
    for known in (etag, f'"old", {etag}', f"W/{etag}", "*"):
        answer = office.send("GET", f"/along/{SITE}.js", headers=said | {"If-None-Match": known})
        assert (answer.status, answer.body) == (304, b""), known
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["cache-control"] == compression.FOR_AN_HOUR
    assert office.send("GET", f"/along/{SITE}.js", headers=said | {"If-None-Match": '"old"'}).status == 200


def test_the_first_bytes_of_a_script_can_be_asked_for_alone(office: Office) -> None:
    whole, head = (office.send(method, f"/along/{SITE}.js", headers={}) for method in ("GET", "HEAD"))
    assert head.body == b""
    assert {name: head.headers[name] for name in ("etag", "content-length", "vary")} == {
        name: whole.headers[name] for name in ("etag", "content-length", "vary")
    }


def test_no_site_can_have_the_key_of_a_part_of_the_script() -> None:
    """A site's key has no dot, and a made one has a digit; the names that are left are refused."""
    names = {path.stem for path in releases.PARTS.glob("*.js")}
    assert {name for name in names if "." not in name} <= sites.PARTS
    assert not [name for name in names if any(letter.isdigit() for letter in name)]


def test_two_sites_have_two_scripts(office: Office) -> None:
    one, other = (office.send("GET", f"/along/{site}.js") for site in (SITE, OTHER))
    assert one.headers["etag"] != other.headers["etag"]
    assert SITE not in other.text


@pytest.mark.parametrize("site", ["nobody", "..", "%00", "BEES01", "a" * 300, "bees01%00", "words.xx", "along", "%2e"])
def test_a_script_of_no_site_is_not_found(office: Office, site: str) -> None:
    answer = office.send("GET", f"/along/{site}.js")
    assert answer.status == 404
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_setting_that_changed_is_in_the_script_within_seconds(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = office.send("GET", f"/along/{OTHER}.js")
    with office.db.writer.begin() as connection:
        connection.execute(text("UPDATE sites SET remember = 'window' WHERE site_id = :id"), {"id": OTHER})
    assert office.send("GET", f"/along/{OTHER}.js").body == before.body
    later = time.monotonic() + services.SITE_TTL_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    after = office.send("GET", f"/along/{OTHER}.js", headers={"If-None-Match": before.headers["etag"]})
    assert after.status == 200
    assert '"remember":"window"' in after.text


def test_a_script_comes_from_memory(office: Office) -> None:
    """The bar is 2 ms (docs/performance.md); ten times that on a busy machine, for the best of many."""
    took = []
    for _ in range(50):
        began = time.perf_counter()
        office.send("GET", f"/along/{SITE}.js", headers={"Accept-Encoding": "br"})
        took.append(time.perf_counter() - began)
    assert min(took) < 0.020


# --- the owner's own domain -------------------------------------------------------------------------------------------


def test_under_the_owners_domain_the_script_speaks_to_the_owners_domain(office: Office) -> None:
    own, ours = office.send("GET", f"/_along/along/{SITE}.js"), office.send("GET", f"/along/{SITE}.js")
    assert own.body.replace(b'"/_along"', f'"{URL}"'.encode()) == ours.body
    assert own.headers["etag"] != ours.headers["etag"]


def test_everything_that_a_page_asks_for_is_answered_under_the_owners_domain(office: Office) -> None:
    asked = {"site": SITE, "id": an_id("proxied"), "guest": "g" * 22, "page": PAGE}
    answer = office.send("POST", "/_along/v1/links", asked)
    assert answer.status == 201
    token = answer.json["token"]
    assert office.send("GET", f"/_along/h/{token}").headers["location"] == f"{PAGE}?ht={token}"
    note = {"site": SITE, "id": an_id("proxied visit"), "kind": "visit", "token": token, "visitor": "v" * 16}
    kept = office.send("POST", "/_along/v1/notes", note | {"page": PAGE})
    assert (kept.status, kept.headers["along-kept"]) == (202, "visit")


@pytest.mark.parametrize(
    ("path", "where"), [(f"/open/{SITE}", f"{URL}/open/{SITE}"), ("/me", f"{URL}/me")], ids=["open book", "portal"]
)
def test_pages_for_people_stay_where_their_cookies_are(office: Office, path: str, where: str) -> None:
    answer = office.send("GET", f"/_along{path}", headers={"Host": "evil.example"})
    assert (answer.status, answer.headers["location"]) == (302, where)


@pytest.mark.parametrize(
    "path",
    [
        "/console/bees01",
        "/start",
        "/api/v1/conversions",
        "/",
        "",
        "//evil.example",
        "/me/in",
        "/static/app.css",
        "/theme",
    ],
)
def test_nothing_else_is_answered_under_the_owners_domain(office: Office, path: str) -> None:
    answer = office.send("GET", f"/_along{path}", headers={"Cookie": "along-owner=x"})
    assert answer.status == 404
    assert "location" not in answer.headers


# --- lazy parts and frozen versions -----------------------------------------------------------------------------------


OLD_PANEL, OLD_MARK = b"export const panel = 2;", "0a1b2c3d4e"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of its own: a lazy part of today, and a frozen version with an older one."""
    for name, body in {
        "along.js": b'/* first */ start("__ALONG_SITE__"); import("panel.js?0a1b2c3d4e")',
        "whole.js": b'/* all */ start("__ALONG_SITE__"); fetch("words.zh-Hant.js?0a1b2c3d4e")',
        "along/panel.js": OLD_PANEL,
        "pass-credit.js": b"/* credit */",
        "along/words.zh-Hant.js": b"export const words = {};",
    }.items():
        path = tmp_path / "server/passalong/web/static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    static = tmp_path / "server/passalong/web/static"
    for name, value in {"STATIC": static, "PARTS": static / "along", "FROZEN": static / "released"}.items():
        monkeypatch.setattr(releases, name, value)
    _forget()
    yield tmp_path
    _forget()


def _forget() -> None:
    for cached in (releases.versions, releases.integrity):
        cached.cache_clear()


def _freeze(root: Path, version: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/freeze.py", version, root], capture_output=True, text=True, check=False
    )
    _forget()
    return done


def test_a_part_may_be_kept_for_ever_under_the_hash_that_its_script_knows(office: Office, shelf: Path) -> None:
    marked = office.send("GET", f"/along/panel.js?{OLD_MARK}")
    assert (marked.body, marked.headers["cache-control"]) == (OLD_PANEL, compression.FOR_EVER)
    assert marked.headers["access-control-allow-origin"] == "*"
    for query in ("", "?", "?0000000000", f"?{OLD_MARK[:4]}", f"?{OLD_MARK}&x=1", "?%00", "?start"):
        plain = office.send("GET", f"/along/panel.js{query}")
        assert (plain.body, plain.headers["cache-control"]) == (OLD_PANEL, compression.FOR_AN_HOUR), query
    assert office.send("GET", "/along/words.zh-Hant.js").status == 200


def test_a_script_that_was_kept_over_an_upgrade_gets_the_part_of_its_own_version(office: Office, shelf: Path) -> None:
    assert _freeze(shelf, "1.0.0").returncode == 0
    static = shelf / "server/passalong/web/static"
    (static / "along/panel.js").write_bytes(b"export const panel = 33;")
    (static / "along.js").write_bytes(b'start("__ALONG_SITE__"); import("panel.js?ffffffff00")')
    answer = office.send("GET", f"/along/panel.js?{OLD_MARK}")
    assert (answer.body, answer.headers["cache-control"]) == (OLD_PANEL, compression.FOR_EVER)
    assert office.send("GET", "/along/panel.js").text == "export const panel = 33;"
    assert office.send("GET", "/along/panel.js?ffffffff00").text == "export const panel = 33;"


def test_a_frozen_version_is_served_for_ever_and_has_nobodys_settings_in_it(office: Office, shelf: Path) -> None:
    assert _freeze(shelf, "1.0.0").returncode == 0
    answer = office.send("GET", "/v1.0.0/along.js")
    assert answer.headers["cache-control"] == compression.FOR_EVER
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "__ALONG_SITE__" not in answer.text
    assert "start({})" in answer.text
    assert office.send("GET", "/_along/v1.0.0/along.js").body == answer.body
    assert office.send("GET", "/v1.0.0/panel.js").status == 200
    for path in ("/v1.0.1/along.js", "/v1.0.0/nothing.js", "/v1.0.0/..%2falong.js", "/v../along.js", "/v1/along.js"):
        assert office.send("GET", path).status == 404, path


def test_a_frozen_version_is_never_frozen_again(shelf: Path) -> None:
    assert _freeze(shelf, "1.0.0").returncode == 0
    path = shelf / "server/passalong/web/static/released/1.0.0/along.js"
    before = path.read_bytes()
    (shelf / "server/passalong/web/static/whole.js").write_bytes(b'other("__ALONG_SITE__")')
    again = _freeze(shelf, "1.0.0")
    assert again.returncode != 0
    assert "never changes" in again.stderr
    assert path.read_bytes() == before
    assert _freeze(shelf, "1.0.1").returncode == 0
    assert releases.versions() == ["1.0.1", "1.0.0"]


@pytest.mark.parametrize("version", ["", "1", "v1.0.0", "1.0.0-rc", "../1.0.0", "1.0.0\n"])
def test_only_versions_can_be_frozen(shelf: Path, version: str) -> None:
    done = _freeze(shelf, version)
    assert done.returncode != 0
    assert "is not a version" in done.stderr


def faults_of(root: Path) -> list[str]:
    """What is wrong with the frozen versions of a tree: bytes without their hash, hashes without their bytes."""
    folder, lists = root / "server/passalong/web/static/released", root / "widget/released"
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob("*/*")}
    listed = {
        f"{path.stem}/{name}": said
        for path in lists.glob("*.json")
        for name, said in json.loads(path.read_text()).items()
    }
    hashes = {
        name: "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode() for name, body in found.items()
    }
    return sorted(name for name in listed.keys() | hashes.keys() if listed.get(name) != hashes.get(name))


def test_the_bytes_of_every_frozen_version_are_those_of_its_list() -> None:
    assert faults_of(ROOT) == []
    for version in releases.versions():
        listed = json.loads((ROOT / "widget/released" / f"{version}.json").read_text())
        assert listed == releases.integrity(version)


def test_the_snippet_has_the_newest_frozen_version_and_its_hash() -> None:
    newest = releases.versions()[0]
    text = (ROOT / "snippets/frozen.html").read_text()
    assert f'HOST/v{newest}/along.js" integrity="{releases.integrity(newest)["along.js"]}"' in text


def test_one_byte_more_in_a_frozen_file_is_noticed(shelf: Path) -> None:
    _freeze(shelf, "1.0.0")
    assert faults_of(shelf) == []
    path = shelf / "server/passalong/web/static/released/1.0.0/panel.js"
    path.write_bytes(path.read_bytes() + b" ")
    assert faults_of(shelf) == ["1.0.0/panel.js"]
