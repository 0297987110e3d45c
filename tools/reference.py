"""Write what is made from the code: the reference pages, and the types of the clients.

python tools/reference.py            write docs/reference/ and the clients' types
python tools/reference.py --check    exit 1 when a page is out of date
"""

import inspect
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import client_types
from sqlalchemy import Table
from werkzeug.routing import Rule

from passalong import migrate
from passalong.app import make_instance
from passalong.core.privileges import SCOPE_WORDS
from passalong.core.webhooks.events import EVENTS, encode_body
from passalong.settings import read_settings
from passalong.store.engine import Database
from passalong.store.schema.columns import metadata
from passalong.web.api import reference
from passalong.web.api.llms import llms_text
from passalong.web.api.openapi import ABOUT
from passalong.web.api.operation import ROOT
from passalong.web.api.own import ABOUT as ABOUT_OWN
from passalong.web.api.own import TAG as OWN_TAG
from passalong.web.http.problems import KINDS

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / "docs" / "reference"
MADE = "<!-- Made by `make reference`. Edit the code, not this page. -->\n\n"


def routes_page() -> str:
    """A table of all routes from the URL map: methods, path, the file that serves it, its docstring's first line."""
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings({"PASSALONG_DATA": folder})
        db = Database(settings.database_url)
        migrate.upgrade(db)
        db.close()
        instance = make_instance(settings)
        instance.close()
    flask = instance.flask
    rows = [_route(rule, flask.view_functions[rule.endpoint]) for rule in flask.url_map.iter_rules()]
    head = "# Routes\n\n" + MADE + "| methods | path | file | what it does |\n|---|---|---|---|\n"
    return head + "\n".join(sorted(row for row in rows if row)) + "\n"


def _route(rule: Rule, view: Callable[..., object]) -> str:
    if rule.endpoint == "static":
        return ""
    methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    file = view.__module__.removeprefix("passalong.").replace(".", "/") + ".py"
    said = (inspect.getdoc(view) or "").partition("\n")[0].replace("|", "\\|")
    return f"| {methods} | `{rule.rule}` | `{file}` | {said} |"


def tables_page() -> str:
    """The entity diagram in Mermaid's notation, and each table's columns: `*` marks the primary key."""
    tables = sorted(metadata.tables.values(), key=lambda table: table.name)
    lines = ["# Tables", "", MADE.strip(), "", "```mermaid", "erDiagram", *_relations(tables), "```", ""]
    for table in tables:
        columns = ", ".join(f"`{column.name}`{'*' if column.primary_key else ''}" for column in table.columns)
        lines += [f"**{table.name}**: {columns}", ""]
    return "\n".join(lines)


def api_page() -> str:
    """The API: scopes, every operation with its fields and problems, the structs of answers, the problems."""
    lines = ["# API reference", "", MADE.strip(), "", ABOUT, ""]
    lines += ["An instance shows this page at `/api/v1/reference`, and the OpenAPI 3.1 at `/api/v1/openapi.json`.", ""]
    lines += ["## Scopes", "", *(f"* `{scope}`: {words}" for scope, words in SCOPE_WORDS.items()), ""]
    for tag, entries in reference.entries().items():
        lines += [f"## {tag}", "", *(line for entry in entries for line in _operation(entry))]
    own = (
        "No key of a site opens these, and this token opens no others. Their OpenAPI 3.1 is `/api/v1/me/openapi.json`."
    )
    lines += [f"## {OWN_TAG}", "", ABOUT_OWN, "", own, ""]
    lines += [line for entry in reference.own_entries() for line in _operation(entry, "Token `at_…`")]
    lines += ["## Answers", ""]
    for shape in reference.shapes():
        lines += [f"### {shape.name}", "", shape.about, "", *_fields("field", shape.fields)]
    lines += ["## Problems", "", "| status | code | what it means | what to do |", "|---|---|---|---|"]
    lines += [f"| {kind.status} | `{name}` | {kind.title} | {kind.what_to_do} |" for name, kind in KINDS.items()]
    return "\n".join(lines) + "\n"


def _operation(entry: reference.Entry, opened_by: str = "") -> Iterator[str]:
    one = entry.operation
    yield from (f"### {one.name}", "", f"`{one.method} {ROOT}{one.path}`: {entry.summary} {entry.more}".rstrip(), "")
    answers = ", ".join(f"[{name}](#{name.lower()})" for name in entry.answers)
    statuses = ", ".join(f"**{int(status)}**" for status in one.statuses)
    also = "".join(f", `{name}`" for name in entry.problems)
    scope = opened_by or (f"Scope `{one.scope}`" if one.scope else "Any scope")
    yield from (f"{scope}. {statuses} {answers}. Problems: those of every call{also}.", "")
    yield from _fields("parameter", entry.query)
    yield from _fields("field", entry.body)


def _fields(head: str, fields: tuple[reference.Field, ...]) -> Iterator[str]:
    """A table of fields; `*` marks those that must be there."""
    if not fields:
        return
    yield from (f"| {head} | type | about |", "|---|---|---|")
    for one in fields:
        about = one.about.replace("|", "\\|")
        yield f"| `{one.name}`{'*' if one.needed else ''} | {one.kind} | {about} |"
    yield ""


def _relations(tables: list[Table]) -> Iterator[str]:
    for table in tables:
        referred = sorted({key.column.table.name for key in table.foreign_keys})
        yield from (f"    {name} ||--o{{ {table.name} : has" for name in referred)
        if not referred:
            yield f"    {table.name}"


def events_page() -> str:
    """Every event type with the sentence, the fields and the example that stand in `core/webhooks`."""
    lines = ["# Events", "", MADE.strip(), "", EVENTS_HEAD, "", "| type | when it is sent |", "|---|---|"]
    lines += [f"| [`{kind}`](#{_anchor(kind)}) | {documented.says} |" for kind, documented in EVENTS.items()]
    for kind, documented in EVENTS.items():
        body = json.loads(
            encode_body("evt_dR3xC0Yq7bJm2LkTzv8s9A", kind, 1_796_169_600_000, "bees01", documented.example)
        )
        data = type(documented.example)
        said = [line.strip() for line in (inspect.getdoc(data) or "").splitlines()]
        shown = json.dumps(body, indent=2, ensure_ascii=False)
        lines += ["", f"## {kind}", "", documented.says, "", "Data: " + " ".join(filter(None, said))]
        lines += ["", "```json", shown, "```"]
    return "\n".join(lines) + "\n"


def _anchor(kind: str) -> str:
    return "".join(one for one in kind if one.isalnum() or one in "_-")


AN_ID, AN_HOUR_MS = "evt_dR3xC0Yq7bJm2LkTzv8s9A", 1_796_169_600_000
EVENTS_HEAD = """Webhooks get these events, and the list of events has them in order. Amounts end in `_micros`:
1,000,000 is one unit, a euro or a point. Times that end in `_ms` are milliseconds since 1970 UTC. Payloads name links,
advocates, visits and your own orders by their ids; nothing in them identifies a visitor. New types and new fields may
come: ignore what you do not know. Retries and replays carry the same `id`: a receiver can leave out what it has had."""


def llms_page() -> str:
    """The text that an instance serves at `/llms.txt`."""
    return llms_text("https://along.example.org", answers=True)


PAGES = {
    "routes.md": routes_page,
    "tables.md": tables_page,
    "events.md": events_page,
    "api.md": api_page,
    "llms.txt": llms_page,
}


def main() -> int:
    """Write the files, or with `--check` name those that are out of date."""
    made = {FOLDER / name: page() for name, page in PAGES.items()} | client_types.files()
    old = [path for path, text in made.items() if not _same(path, text)]
    if "--check" in sys.argv:
        for path in old:
            print(f"{path.relative_to(REPOSITORY)} is out of date. Run: make reference", file=sys.stderr)
        return 1 if old else 0
    FOLDER.mkdir(exist_ok=True)
    for path in old:
        path.write_text(made[path], encoding="utf-8")
    return 0


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main())
