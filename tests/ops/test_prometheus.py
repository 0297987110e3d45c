"""The examples in ops/: Debian's own Prometheus reads the rules and scrapes a running server."""

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cast import a_site, an_id, anna, cleo
from passalong.lib.clock import SystemClock
from plumbing.debian import debian_programs
from plumbing.ports import HOST, free_port
from serving import Start

ROOT = Path(__file__).parents[2]
OPS = ROOT / "ops"
SCRAPED_S = 30.0


@pytest.fixture(scope="module")
def programs() -> Path:
    """The folder with `prometheus` and `promtool`."""
    return debian_programs("prometheus", "promtool")


def test_promtool_takes_the_rules_and_they_fire_when_they_should(programs: Path, tmp_path: Path) -> None:
    here = shutil.copytree(OPS / "prometheus", tmp_path / "prometheus")
    for words in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts.test.yml"]):
        done = subprocess.run([programs / "promtool", *words], cwd=here, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    rules = here / "alerts.yml"
    rules.write_text(rules.read_text().replace("passalong_fold_lag_seconds > 60", "passalong_fold_lag_seconds > 600"))
    done = subprocess.run(
        [programs / "promtool", "test", "rules", "alerts.test.yml"], cwd=here, capture_output=True, text=True
    )
    assert done.returncode == 1, "a rule that fires too late was not found"


@pytest.mark.slow
def test_a_real_prometheus_scrapes_a_running_server(
    programs: Path, start_passalong: Start, tmp_path: Path, prometheus_url: str
) -> None:
    """Every name that the alerts and the dashboard use is one that it got."""
    served = start_passalong(f"sqlite:///{tmp_path / 'passalong.db'}", PASSALONG_BACKUP_DIR=str(tmp_path / "backups"))
    site = a_site(served.db, SystemClock())
    with served.client() as browser:
        token = browser.issue_link(site.site_id, guest=anna.guest, page=site.page(), request_id=an_id("link"))
        browser.visit(site.site_id, token, visitor=cleo.visitor, page=site.page(), note_id=an_id("visit"))
        bot = {"site": site.site_id, "id": an_id("bot"), "kind": "visit", "token": token, "visitor": cleo.visitor}
        said = browser.send("POST", "/v1/notes", bot | {"page": "https://elsewhere.example/"})
        assert said.dropped
    served.settled()
    text = (OPS / "prometheus/prometheus.yml").read_text().replace("127.0.0.1:8080", f"{HOST}:{served.port}")
    config = tmp_path / "prometheus.yml"
    config.write_text(text.replace("alerts.yml", str(OPS / "prometheus/alerts.yml")).replace("15s", "1s"))
    address = prometheus_url.removeprefix("http://")
    command = [
        str(programs / "prometheus"), f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
        f"--web.listen-address={address}", "--log.level=error",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wanted = names_in_use()
        assert len(wanted) >= 10
        got = _names(prometheus_url, wanted)
    finally:
        process.terminate()
        process.wait(10)
    assert wanted - got == set()


def names_in_use() -> set[str]:
    """The metrics in the alerts and in the dashboard."""
    board = json.loads((OPS / "grafana/passalong.json").read_text())
    said = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    said.append((OPS / "prometheus/alerts.yml").read_text())
    return set(re.findall(r"\bpassalong_[a-z_]+\b", " ".join(said)))


def _names(url: str, wanted: set[str]) -> set[str]:
    until, got = time.monotonic() + SCRAPED_S, set[str]()
    while not wanted <= got and time.monotonic() < until:
        time.sleep(0.3)
        try:
            with urllib.request.urlopen(f"{url}/api/v1/label/__name__/values", timeout=5) as answer:
                got = set(json.load(answer)["data"])
        except OSError:
            continue
    return got


@pytest.fixture
def prometheus_url() -> Iterator[str]:
    """Where Prometheus listens."""
    yield f"http://{HOST}:{free_port()}"
