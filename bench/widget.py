"""The bytes of a page view: the script of a site as it is sent. They are the same on every machine."""

import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import brotli  # type: ignore[import-untyped]
from flask.testing import FlaskClient

from bench.rounds import Finding, Plan
from bench.sites import SITE, make_ground
from passalong.app import make_instance
from passalong.settings import read_settings
from passalong.web.browser.script import baked


def sizes(_plan: Plan, data: Path) -> Iterator[Finding]:
    """Return the size raw, in gzip and in brotli at the best level."""
    ground = make_ground(data / "widget")
    instance = make_instance(read_settings({"PASSALONG_DATA": str(ground.data)}))
    site = instance.services.sites.find(SITE)
    assert site is not None
    script = baked(instance.services, site)
    took = served_ms(instance.flask.test_client())
    instance.close()
    yield Finding("widget", "the whole script, raw, one request", [len(script)], "bytes")
    yield Finding("widget", "gzip -9", [len(gzip.compress(script, 9, mtime=0))], "bytes")
    yield Finding("widget", "brotli -11", [len(brotli.compress(script, quality=11))], "bytes", at_most=5120)
    yield Finding("widget", "answered from memory, through Flask", took, "ms", at_most=2)


def served_ms(client: FlaskClient) -> list[float]:
    """Return the milliseconds of each answer with the script, without the first, which builds it."""
    took = []
    for _ in range(201):
        began = time.perf_counter()
        answer = client.get(f"/along/{SITE}.js", headers={"Accept-Encoding": "br"})
        took.append(1000 * (time.perf_counter() - began))
        assert answer.headers["Content-Encoding"] == "br"
    return took[1:]
