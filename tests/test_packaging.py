"""What `pip install` would give an owner: the wheel is built, unpacked and run.

It takes some seconds, because it really builds: a page or a font that was left out shows nowhere else.
"""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

import passalong

ROOT = Path(__file__).parents[1]
NEEDED_TO_BUILD = ("setup.cfg", "setup.py", "pyproject.toml", "MANIFEST.in", "CHANGELOG.md", "LICENSE", "README.md")
NEEDED_TO_BUILD_ONLY = {"setuptools", "wheel"}


def _pip(*arguments: str | Path) -> None:
    offline = ("--disable-pip-version-check", "--quiet", *map(str, arguments), "--no-index", "--no-deps")
    done = subprocess.run([sys.executable, "-m", "pip", *offline], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: a build leaves things beside the source, and the next one would pick them up."""
    copy = tmp_path_factory.mktemp("source") / "passalong"
    shutil.copytree(ROOT / "server", copy / "server", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in NEEDED_TO_BUILD:
        shutil.copy(ROOT / name, copy)
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-build-isolation", "--wheel-dir", folder, copy)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.parametrize("folder", ["web/static", "web/portal", "migrations", "i18n/en", "snippets/platforms"])
def test_the_wheel_has_what_no_import_would_miss(wheel: Path, folder: str) -> None:
    assert any(name.startswith(f"passalong/{folder}/") for name in ZipFile(wheel).namelist())


def test_the_wheel_has_the_script(wheel: Path) -> None:
    assert "passalong/web/static/along.js" in ZipFile(wheel).namelist()


def test_the_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    files = (Path(folder) / name for folder, _, names in os.walk(ROOT / "server", followlinks=True) for name in names)
    source = {path.relative_to(ROOT / "server").as_posix() for path in files}
    source = {name for name in source if "__pycache__" not in name and ".egg-info" not in name}
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == source


def test_the_wheel_runs_where_it_is_installed(wheel: Path, tmp_path: Path) -> None:
    _pip("install", "--target", tmp_path / "installed", wheel)
    command = [sys.executable, "-m", "passalong", "version"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert passalong.__version__ in done.stdout


@pytest.mark.long
def test_pipx_installs_the_wheel_with_its_libraries(wheel: Path, tmp_path: Path) -> None:
    """As docs/upgrading.md tells it; the libraries come from the index that pip knows."""
    pipx = shutil.which("pipx")
    if pipx is None:
        pytest.skip("pipx is not installed")
    places = {"PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    environment = {**os.environ, **places, "PASSALONG_DATA": str(tmp_path / "data")}
    done = subprocess.run([pipx, "install", str(wheel)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for words, said in ((["version"], passalong.__version__), (["db", "upgrade"], "at this version's tables")):
        command = [str(tmp_path / "bin" / "passalong"), *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert (done.returncode, said in done.stdout) == (0, True), done.stdout + done.stderr


def test_the_version_is_the_newest_heading_of_the_changelog() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    released = [heading for heading in headings if heading != "Unreleased"]
    assert passalong.__version__ == released[0], "run `make setup` after a new heading"


def test_an_install_and_a_checkout_ask_for_the_same_libraries() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    declared = set(config["options"]["install_requires"].split("\n")) - {""}
    lines = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
    locked = {line for line in lines if line and not line.startswith("#")}
    assert declared == locked - NEEDED_TO_BUILD_ONLY
    extra = config["options.extras_require"]["fast"].strip()
    assert extra in (ROOT / "requirements" / "fast.in").read_text(encoding="utf-8").splitlines()
    extras = set(config["options.extras_require"]["mcp"].split("\n")) - {""}
    assert extras <= set((ROOT / "requirements" / "mcp.in").read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("name", ["run", "fast", "mcp", "test"])
def test_a_lock_names_no_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("name", ["run", "fast", "mcp", "test"])
def test_every_library_that_was_chosen_has_its_reason(name: str) -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = {
        word.strip() for row in re.findall(r"^\| ([a-z][a-z0-9_, -]+) \|", page, re.M) for word in row.split(",")
    }
    lines = (ROOT / "requirements" / f"{name}.in").read_text(encoding="utf-8").splitlines()
    chosen = {re.split(r"[\[~=<>]", line)[0] for line in lines if line and line[0] not in "#-"}
    assert chosen - explained == set()
