"""The TypeScript client: built, installed, type-checked in a shop of its own, against a server that is killed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from web.api.test_client import Shop, shop

__all__ = ["shop"]
pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
WIDGET = HERE.parents[2] / "widget"
NODE = str(Path(sys.prefix) / "bin" / "node")
TSC = [NODE, str(WIDGET / "node_modules" / "typescript" / "bin" / "tsc")]
STRICT = "--strict --noEmit --target es2023 --module nodenext --allowImportingTsExtensions --skipLibCheck false".split()
NODE_GLOBALS = "declare const process: { argv: string[] };\n"
ORDERS, KILLED_AFTER = 40, ("t005", "all at once")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the built package among its modules, and the shop's program."""
    made = tmp_path_factory.mktemp("typescript")
    package = made / "node_modules" / "@passalong" / "client"
    package.mkdir(parents=True)
    source = WIDGET / "packages" / "client"
    build(made, [*TSC, "--project", str(source), "--outDir", str(package / "dist")])
    shutil.copy(source / "package.json", package)
    (made / "package.json").write_text('{"type": "module"}')
    (made / "globals.d.ts").write_text(NODE_GLOBALS)
    shutil.copy(HERE / "shop.ts", made)
    return made


def build(folder: Path, command: list[str]) -> None:
    """Run a compiler; its complaints are the failure."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_typed_shop_compiles_and_its_mistakes_do_not(folder: Path) -> None:
    build(folder, [*TSC, *STRICT, "globals.d.ts", "shop.ts"])


def test_a_killed_server_loses_no_order_of_a_typescript_shop_and_has_none_twice(folder: Path, shop: Shop) -> None:
    command = [NODE, "shop.ts", shop.served.url, shop.key]
    with subprocess.Popen([*command, str(ORDERS)], cwd=folder, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = []
        for line in running.stdout:
            lines.append(line.strip())
            if lines[-1] in KILLED_AFTER:
                shop.kill_and_start()
    assert running.returncode == 0, lines
    assert set(KILLED_AFTER) <= set(lines)
    assert shop.orders() == [f"t{number:03}" for number in range(ORDERS)]
    shop.served.settled()
    read = subprocess.run([*command, "read"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout) == {
        "again": "duplicate",
        "refund": "accepted",
        "problem": [404, "not_found"],
        "listed": ORDERS,
        "different": ORDERS,
        "currency": "EUR",
    }
