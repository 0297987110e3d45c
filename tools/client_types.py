"""Write the types of the clients from the API's OpenAPI document: TypedDicts for Python, interfaces for TypeScript.

`tools/reference.py` calls this, so `make reference` writes them and a test compares them.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from passalong.web.api.openapi import description
from passalong.web.api.reference import EVERY

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / "server" / "passalong" / "client"
TYPESCRIPT = ROOT / "widget" / "packages" / "client" / "src"
MADE = "Made by `make reference` from the OpenAPI. Edit the API's code, not this file."
LONGEST_LINE = 105
Json = dict[str, Any]
SIMPLE = {
    "python": {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"},
    "typescript": {
        "string": "string",
        "integer": "number",
        "number": "number",
        "boolean": "boolean",
        "null": "null",
    },
}
PATTERNS = {
    "python": {"list": "list[{}]", "map": "dict[str, {}]", "literal": "Literal[{}]", "anything": "Any"},
    "typescript": {"list": "({})[]", "map": "{{ [name: string]: {} }}", "literal": "{}", "anything": "unknown"},
}


def files() -> dict[Path, str]:
    """Return the text of every file that is made here."""
    document = description("https://along.example.org", EVERY)
    return {
        PYTHON / "types.py": _formatted(_python_types(document)),
        PYTHON / "operations.py": _formatted(_python_operations(document)),
        TYPESCRIPT / "api.ts": _typescript(document),
    }


def _type(schema: Any, language: str) -> str:
    """Return a schema as a type of one of the languages."""
    pattern = PATTERNS[language]
    if not isinstance(schema, dict) or not schema:
        return pattern["anything"]
    if "$ref" in schema:
        return _name(schema)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one, language) for one in schema["anyOf"]))
    if "enum" in schema:
        return pattern["literal"].format((", " if language == "python" else " | ").join(_quoted(schema["enum"])))
    kind = schema.get("type")
    if kind == "array":
        item = _type(schema.get("items"), language)
        return f"{item}[]" if language == "typescript" and item.isidentifier() else pattern["list"].format(item)
    if kind == "object":
        return pattern["map"].format(_type(schema.get("additionalProperties"), language))
    return SIMPLE[language][kind]


def _quoted(values: list[str]) -> Iterator[str]:
    return (f'"{value}"' for value in values)


def _name(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _summary(path: str, operation: Json) -> str:
    """Return what an operation does; those of one's own account say which key they take."""
    own = " Takes a person's token, `at_…`." if path.startswith("/me") else ""
    return f"{operation['summary']}{own}"


def _about(schema: Json) -> str:
    return " ".join(schema.get("description", "").partition("\n\n")[0].split())


def _queries(document: Json) -> set[str]:
    """Return the names of schemas that only describe a query string."""
    return {name for name in document["components"]["schemas"] if name.endswith("Query")} | {
        "Paging",
        "Range",
        "OwnPage",
    }


def _body(operation: Json, language: str) -> str:
    if "requestBody" not in operation:
        return "None" if language == "python" else "undefined"
    return _type(operation["requestBody"]["content"]["application/json"]["schema"], language)


def _answer(operation: Json) -> Json:
    success = next(one for status, one in operation["responses"].items() if status.startswith("2"))
    schema: Json = success["content"]["application/json"]["schema"]
    return schema


def _entry(document: Json, operation: Json) -> Json | None:
    """Return the schema of a list's entries, or None if the operation is no list with a cursor."""
    answer = _answer(operation)
    shape = document["components"]["schemas"].get(_name(answer), {}) if "$ref" in answer else {}
    properties = shape.get("properties", {})
    paged = "next" in properties and any(one["name"] == "after" for one in operation["parameters"])
    return properties["data"]["items"] if paged and "data" in properties else None


def _formatted(source: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--stdin-filename", "types.py", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
    return done.stdout


# --- Python ----------------------------------------------------------------------------------------------------------


def _python_types(document: Json) -> str:
    head = f'"""Types of the bodies and answers of the API.\n\n{MADE}\n"""\n\nfrom __future__ import annotations\n\n'
    head += "from typing import Any, Literal, NotRequired, TypedDict\n\n"
    shapes = {name: one for name, one in document["components"]["schemas"].items() if name not in _queries(document)}
    words = [f"{name} = {_type(one, 'python')}\n" for name, one in shapes.items() if "properties" not in one]
    dicts = [_typed_dict(name, one) for name, one in shapes.items() if "properties" in one]
    return head + "".join(words + dicts)


def _typed_dict(name: str, schema: Json) -> str:
    about, required = _wrapped(_about(schema), "\n    "), schema.get("required", ())
    lines = [f"class {name}(TypedDict):", f'    """{about}"""', ""]
    for field, one in schema["properties"].items():
        kind = _type(one, "python")
        lines.append(f"    {field}: {kind if field in required else f'NotRequired[{kind}]'}")
    return "\n\n" + "\n".join(lines) + "\n"


def _python_operations(document: Json) -> str:
    head = f'"""Every operation of the API, with the types of its body and its answer.\n\n{MADE}\n"""\n\n'
    head += "from __future__ import annotations\n\nfrom passalong.client import types\n"
    head += "from passalong.client.calls import ListOperation, Operation\n\n"
    return head + "".join(_python_operation(document, *one) for one in _operations(document))


def _python_operation(document: Json, method: str, path: str, operation: Json) -> str:
    body, answer = _inside(_body(operation, "python")), _inside(_type(_answer(operation), "python"))
    entry = _entry(document, operation)
    kind = f"ListOperation[{answer}, {_inside(_type(entry, 'python'))}]" if entry else f"Operation[{body}, {answer}]"
    made = f'{kind.partition("[")[0]}("{method}", "{path}")'
    return f'{operation["operationId"]}: {kind} = {made}\n"""{_summary(path, operation)}"""\n'


def _inside(kind: str) -> str:
    return " | ".join(one if one == "None" else f"types.{one}" for one in kind.split(" | "))


def _wrapped(text: str, newline: str) -> str:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > LONGEST_LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return newline.join(lines)


# --- TypeScript ------------------------------------------------------------------------------------------------------


def _typescript(document: Json) -> str:
    made = [f"// {MADE}\n"]
    for name, schema in document["components"]["schemas"].items():
        if name not in _queries(document):
            made.append(_typescript_shape(name, schema))
    operations = list(_operations(document))
    made.append("/** The path, query, body and answer of every operation; `entry` is that of a list. */")
    made.append("export interface Operations {")
    made += [_typescript_operation(document, path, operation) for _, path, operation in operations]
    made.append("}\n")
    made.append("/** The method and path of every operation. */")
    made.append(
        "export const OPERATIONS: { readonly [Name in keyof Operations]: readonly [method: string, path: string] } = {"
    )
    made += [f'  {one["operationId"]}: ["{method}", "{path}"],' for method, path, one in operations]
    return "\n".join([*made, "};\n"])


def _typescript_shape(name: str, schema: Json) -> str:
    about = f"/** {_wrapped(_about(schema), chr(10) + ' * ')} */\n"
    if "properties" not in schema:
        return f"{about}export type {name} = {_type(schema, 'typescript')};\n"
    return f"{about}export interface {name} {{\n{_fields(schema)}}}\n"


def _fields(schema: Json) -> str:
    lines = []
    for field, one in schema["properties"].items():
        about = one.get("description") or next(
            (part["description"] for part in one.get("anyOf", ()) if "description" in part), ""
        )
        lines += [f"  /** {' '.join(about.split())} */"] if about else []
        lines.append(f"  {field}{'' if field in schema.get('required', ()) else '?'}: {_type(one, 'typescript')};")
    return "".join(f"{line}\n" for line in lines)


def _typescript_operation(document: Json, path: str, operation: Json) -> str:
    entry = _entry(document, operation)
    parts = [f"    path: {_parameters(operation, 'path')};", f"    query: {_parameters(operation, 'query')};"]
    parts += [f"    body: {_body(operation, 'typescript')};", f"    answer: {_type(_answer(operation), 'typescript')};"]
    parts += [f"    entry: {_type(entry, 'typescript')};"] if entry else []
    return "\n".join([f"  /** {_summary(path, operation)} */", f"  {operation['operationId']}: {{", *parts, "  };"])


def _parameters(operation: Json, place: str) -> str:
    found = [one for one in operation["parameters"] if one["in"] == place]
    fields = (f"{one['name']}{'' if one['required'] else '?'}: {_type(one['schema'], 'typescript')}" for one in found)
    return f"{{ {'; '.join(fields)} }}" if found else "undefined"
