"""Freeze the script that `make widget` built, under a version: `make freeze VERSION=1.4.0`.

    python tools/freeze.py 1.4.0 [ROOT]

Copies the script in one piece, with everything in it that can run, into the package as /v1.4.0/along.js; beside it the
words, the parts for browsers that keep the usual script of this build over an upgrade, and the module of <pass-credit>
and <pass-book>. Writes their hashes to widget/released/ and the tags with the newest ones to snippets/frozen.html and
snippets/frozen-credit.html.
What is frozen never changes: a version that is there already is refused, whatever is in it.
"""

import base64
import hashlib
import json
import re
import sys
from pathlib import Path

PLACE = b'"__ALONG_SITE__"'
OF_NOBODY = b"{}"
"""A frozen script serves every site: its settings are the data attributes of the tag that loads it."""
TAG = """<!-- A version that never changes, held to its hash: the browser runs these bytes or none. -->
<script src="HOST/v{version}/along.js" integrity="{integrity}" crossorigin data-key="SITE_KEY" async></script>
"""
ELEMENTS = "pass-credit.js"
CREDIT_TAG = """<!-- The elements of the credit in a version that never changes, held to its hash. -->
<script type="module" src="HOST/v{version}/pass-credit.js" integrity="{integrity}" crossorigin></script>
<pass-credit token-url="/my/credit-token" why-url="/my/credit"></pass-credit>
<pass-book site="SITE_KEY"></pass-book>
"""


def freeze(root: Path, version: str) -> dict[str, str]:
    """Write the version's files and the list of their hashes; returns the list. Raises SystemExit with a sentence."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise SystemExit(f"{version!r} is not a version: write it like 1.4.0.")
    static, hashes = root / "server/passalong/web/static", root / "widget/released" / f"{version}.json"
    folder = static / "released" / version
    if folder.exists() or hashes.exists():
        raise SystemExit(
            f"Version {version} is frozen already, and what is frozen never changes: take the next number."
        )
    script = (static / "whole.js").read_bytes()
    if script.count(PLACE) != 1:
        raise SystemExit(f"The built script has {script.count(PLACE)} places for settings instead of one: make widget.")
    files = {"along.js": script.replace(PLACE, OF_NOBODY)}
    files[ELEMENTS] = (static / ELEMENTS).read_bytes()
    files |= {path.name: path.read_bytes() for path in sorted((static / "along").glob("*.js"))}
    folder.mkdir(parents=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)
    found = {name: integrity_of(body) for name, body in files.items()}
    hashes.parent.mkdir(parents=True, exist_ok=True)
    hashes.write_text(json.dumps(found, indent=2) + "\n")
    snippets = root / "snippets"
    snippets.mkdir(exist_ok=True)
    (snippets / "frozen.html").write_text(TAG.format(version=version, integrity=found["along.js"]))
    (snippets / "frozen-credit.html").write_text(CREDIT_TAG.format(version=version, integrity=found[ELEMENTS]))
    return found


def integrity_of(body: bytes) -> str:
    """What stands in a tag's `integrity`."""
    return "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        raise SystemExit("Say which version: make freeze VERSION=1.4.0")
    made = freeze(Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parents[1], sys.argv[1])
    print(f"{sys.argv[1]}: {len(made)} files, along.js {made['along.js']}")
