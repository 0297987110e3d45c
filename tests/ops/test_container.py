"""The Dockerfile, replayed into a folder without a registry, and what comes out of it is run as the image would be.

Replayed: every COPY and RUN of both stages, with the paths under a folder. Not replayed: the base image (this machine's
Python stands in), the download of the locked libraries (the tests' own, from the same lock, stand in) and the creation
of the user (its number is used, where the tests run as root). Docker itself is not run.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from passalong.settings import DEFAULTS
from plumbing.ports import HOST, free_port

ROOT = Path(__file__).parents[2]
STARTS_S = 60.0
DRAINS_S = 10.0
NOT_HERE = ("pip install --no-cache-dir --require-hashes -r", "groupadd", "useradd")
"""The steps that need a registry or change this machine."""


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines)]


def last(name: str) -> str:
    """The last instruction of that name."""
    return [rest for found, rest in instructions() if found == name][-1]


class Image:
    """The file tree that the Dockerfile makes, under a folder."""

    def __init__(self, root: Path):
        self.root = root
        (root / "src").mkdir()
        for name, rest in instructions():
            if name == "COPY" and not rest.startswith("--from"):
                *sources, target = rest.split()
                self._copy(sources, target)
            elif name == "RUN":
                self._run(rest)

    def here(self, text: str) -> str:
        """The text with the image's paths under the folder."""
        return re.sub(r"(?<![\w.])/(opt/passalong|data|src)\b", lambda found: f"{self.root}/{found[1]}", text)

    def environment(self, **changed: str) -> dict[str, str]:
        """The ENV of the image."""
        pairs = (pair.partition("=") for rest in (last("ENV"),) for pair in rest.split())
        return {name: self.here(value) for name, _, value in pairs} | changed

    def _copy(self, sources: list[str], target: str) -> None:
        kept = (ROOT / ".dockerignore").read_text().splitlines()
        for source in sources:
            assert f"!{source}" in kept, f"{source} is not in the build's context"
            to = self.root / "src" / target / ("" if target == source else Path(source).name)
            if (ROOT / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(ROOT / source, self.root / "src" / target, symlinks=True, ignore=ignored)
            else:
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, to)

    def _run(self, script: str) -> None:
        for step in (one.strip() for one in script.split("&&")):
            if any(words in step for words in NOT_HERE):
                continue
            step = re.sub(r"^python3\b", sys.executable, self.here(step)).replace(" -o passalong -g passalong", "")
            done = subprocess.run(["sh", "-c", step], cwd=self.root / "src", capture_output=True, text=True)
            assert done.returncode == 0, step + done.stdout + done.stderr
            if "-m venv" in step:
                self._lend_libraries()

    def _lend_libraries(self) -> None:
        [packages] = (self.root / "opt/passalong/lib").glob("python*/site-packages")
        (packages / "libraries-of-the-tests.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The tree, where another user can reach it."""
    with tempfile.TemporaryDirectory(prefix="passalong-image-") as folder:
        Path(folder).chmod(0o755)
        made = Image(Path(folder))
        subprocess.run(["chmod", "-R", "go+rX,a-w", f"{folder}/opt"], check=True)
        yield made
        subprocess.run(["chmod", "-R", "u+w", f"{folder}/opt"], check=True)


def user() -> int | None:
    """The image's user, if this machine lets us be it and reach the libraries as it."""
    number = int(last("USER").partition(":")[0])
    packages = Path(sysconfig.get_paths()["purelib"])
    reachable = all(path.stat().st_mode & 0o001 for path in (packages, *packages.parents))
    return number if os.geteuid() == 0 and reachable else None


@pytest.mark.slow
def test_the_image_serves_as_its_user_from_a_tree_that_it_cannot_write(image: Image, tmp_path: Path) -> None:
    """Ready by its own health check, private files in the volume, and an end within ten seconds of SIGTERM."""
    port, data, number = free_port(), image.root / "data", user()
    if number is not None:
        os.chown(data, number, number)
    environment = image.environment(PASSALONG_BIND=HOST, PASSALONG_PORT=str(port))
    command = [image.here(word) for word in (*json.loads(last("ENTRYPOINT")), *json.loads(last("CMD")))]
    before = _listing(image.root / "opt")
    started: dict[str, Any] = {
        "env": environment,
        "cwd": "/",
        "user": number,
        "group": number,
        "extra_groups": [] if number else None,
    }
    log = tmp_path / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(command, stderr=stderr, **started)
    try:
        until = time.monotonic() + STARTS_S
        while _health(image, environment) != 0:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(DRAINS_S) == 0
    assert '"event": "ready"' in log.read_text()
    assert _health(image, environment) != 0
    assert _listing(image.root / "opt") == before
    made = [data, *data.rglob("*")]
    assert {path.name for path in made} >= {"passalong.sqlite3", "keys.json", "ledger-keys.json"}
    assert [path for path in made if path.stat().st_mode & 0o077] == []
    if number is not None:
        assert {path.stat().st_uid for path in made} == {number}


def _health(image: Image, environment: dict[str, str]) -> int:
    command = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
    return subprocess.run([image.here(word) for word in command], env=environment, stderr=subprocess.DEVNULL).returncode


def _listing(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_mtime_ns for path in folder.rglob("*")}


def test_the_image_names_no_root_one_volume_and_how_to_end() -> None:
    assert last("USER") == "10001:10001"
    assert "--uid 10001" in "".join(rest for name, rest in instructions() if name == "RUN")
    assert [rest for name, rest in instructions() if name == "VOLUME"] == ["/data"]
    assert last("STOPSIGNAL") == "SIGTERM"
    assert last("EXPOSE") == Image.environment(object.__new__(_NoTree))["PASSALONG_PORT"]
    assert len([1 for name, _ in instructions() if name == "FROM"]) == 2


class _NoTree(Image):
    root = Path("/")


COMPOSE = ("compose.yaml", "compose.postgresql.yaml")
MOST_LINES = 20


@pytest.mark.parametrize("name", COMPOSE)
def test_a_compose_file_is_short_and_says_what_the_settings_know(name: str) -> None:
    text = (ROOT / name).read_text()
    assert len(text.splitlines()) <= MOST_LINES
    ours = yaml.safe_load(text)["services"]["passalong"]
    assert ours["read_only"] is True
    assert (ours["cap_drop"], ours["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert ours["tmpfs"] == ["/tmp"]
    assert ours["volumes"] == ["data:/data"]
    assert all(port.startswith("127.0.0.1:") for port in ours["ports"]), "a proxy with TLS stands in front"
    assert ours["environment"].keys() <= DEFAULTS.keys() | {"PGPASSWORD"}


def test_a_postgresql_without_a_password_does_not_start() -> None:
    """The password is a variable of its own: in an address its signs would mean something else."""
    services = yaml.safe_load((ROOT / "compose.postgresql.yaml").read_text())["services"]
    assert services["database"]["environment"]["POSTGRES_PASSWORD"] == "${POSTGRES_PASSWORD:?Set POSTGRES_PASSWORD}"
    assert services["passalong"]["environment"]["PGPASSWORD"] == "${POSTGRES_PASSWORD:?Set POSTGRES_PASSWORD}"
    assert "PASSWORD" not in services["passalong"]["environment"]["DATABASE_URL"]


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="Debian's docker-compose is not installed")
@pytest.mark.parametrize("name", COMPOSE)
def test_docker_compose_reads_the_file(name: str) -> None:
    """It needs no daemon for that. Without a password it names what is missing."""

    def config(**env: str) -> subprocess.CompletedProcess[str]:
        command = ["docker-compose", "-f", str(ROOT / name), "config"]
        return subprocess.run(command, env={"PATH": os.environ["PATH"], **env}, capture_output=True, text=True)

    done = config(POSTGRES_PASSWORD="p@ss/w:rd")
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["services"]["passalong"]["ports"] == ["127.0.0.1:8080:8080/tcp"]
    if name != "compose.yaml":
        assert "POSTGRES_PASSWORD" in config().stderr
