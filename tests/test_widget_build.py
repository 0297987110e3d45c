"""The script that is served is the script that was written: the build is repeated and compared, its own tests run."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from passalong.core.sites.tracking import TRACKING

WIDGET = Path(__file__).parents[1] / "widget"
NODE = Path(sys.prefix) / "bin" / "node"


def _node(*arguments: str) -> str:
    assert NODE.exists(), "node is missing: run `make setup-test`"
    done = subprocess.run([NODE, *arguments], cwd=WIDGET, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_committed_script_is_what_its_source_builds() -> None:
    _node("build.mjs", "--check")


def test_the_scripts_own_tests_pass() -> None:
    tests = sorted(path.relative_to(WIDGET).as_posix() for path in (WIDGET / "test").glob("**/*.test.*js"))
    assert tests, "widget/test has no *.test.js"
    report = _node("--test", "--test-reporter=tap", *tests)
    assert "\n# fail 0\n" in report
    assert "\n# pass 0\n" not in report


def test_the_script_knows_the_usual_tracking_parameters() -> None:
    source = (WIDGET / "src/tracking.js").read_text(encoding="utf-8")
    assert tuple(re.findall(r'"([^"]+)"', source)) == TRACKING


def test_types_and_style_of_the_sources_hold() -> None:
    _node("node_modules/typescript/bin/tsc", "--project", ".")
    _node("node_modules/eslint/bin/eslint.js", ".")


@pytest.mark.parametrize("package", ["esbuild", "eslint", "jsqr", "terser", "typescript"])
def test_a_tool_of_the_build_is_pinned_to_one_version(package: str) -> None:
    wanted = json.loads((WIDGET / "package.json").read_text(encoding="utf-8"))["devDependencies"][package]
    assert wanted[0].isdigit(), f"{package} {wanted}: a range would change the script's bytes by itself"


def test_the_scripts_lock_names_no_address() -> None:
    assert '"resolved"' not in (WIDGET / "package-lock.json").read_text(encoding="utf-8")
