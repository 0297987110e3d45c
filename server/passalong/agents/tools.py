"""Tools made from an OpenAPI document: one for each operation that a key may call, or propose.

An operation that reads is called at once. One that changes something becomes a proposal, whatever else the key may do.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

Json = dict[str, Any]
COMPONENTS, DEFINITIONS = "#/components/schemas/", "#/$defs/"
READ, PROPOSE = "read", "propose"
PROPOSALS, PROPOSAL = "/proposals", "ProposalShown"
REASON = "reason"
"""The argument of every tool that proposes, beside those of its operation."""
AUTHOR = "author"
"""Left out of the arguments: the author of a proposed call is the person who approves it."""
PROPOSED = (
    "This only proposes it: nothing happens until a person approves it in the console, within an hour. "
    "Tell them the address in `decide_at`, and read the result later with read_proposal."
)
REASON_SCHEMA = {"type": "string", "maxLength": 500, "description": "why you propose it: the person reads it"}


class BadArgumentError(Exception):
    """Arguments that a tool does not take; says which."""


class ToolCall(Struct, frozen=True):
    """A call of the API: method, path below `/api/v1`, body and query."""

    method: str
    path: str
    body: Json | None
    query: Json


class AgentTool(Struct, frozen=True):
    """One tool: what an assistant is shown of it, and the names of its arguments by their place in the call."""

    name: str
    description: str
    arguments: Json
    answer: Json
    method: str
    path: str
    proposes: bool
    in_path: tuple[str, ...]
    in_query: tuple[str, ...]
    in_body: tuple[str, ...]

    def call(self, arguments: Mapping[str, Any]) -> ToolCall:
        """Return the call of these arguments. Raises BadArgumentError for unknown and missing ones."""
        properties = self.arguments["properties"]
        for name in arguments:
            if name not in properties:
                raise BadArgumentError(
                    f"There is no argument `{name[:40]}`. The arguments are {', '.join(properties)}."
                )
        for name in self.arguments["required"]:
            if name not in arguments:
                raise BadArgumentError(f"The argument `{name}` is missing.")
        ids = {name: str(arguments[name]) for name in self.in_path}
        body = {name: arguments[name] for name in self.in_body if name in arguments}
        if self.proposes:
            proposal = {"operation": self.name, "path": ids, "body": body, REASON: str(arguments.get(REASON, ""))}
            return ToolCall("POST", PROPOSALS, proposal, {})
        path = re.sub(r"{(\w+)}", lambda match: quote(ids[match[1]], safe=""), self.path)
        query = {name: arguments[name] for name in self.in_query if name in arguments}
        return ToolCall(self.method, path, body if self.in_body else None, query)


def tools_of(document: Json, scopes: tuple[str, ...]) -> list[AgentTool]:
    """Return the tools of an OpenAPI document that a key with these scopes may use."""
    tools = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            reads = method == "get" or operation["x-scope"] == READ
            if reads and operation["x-scope"] in (None, *scopes):
                tools.append(_tool(document, (method.upper(), path), operation, proposes=False))
            elif operation.get("x-proposable") and PROPOSE in scopes:
                tools.append(_tool(document, (method.upper(), path), operation, proposes=True))
    return tools


def _tool(document: Json, place: tuple[str, str], operation: Json, *, proposes: bool) -> AgentTool:
    method, path = place
    schemas = document["components"]["schemas"]
    parameters = {where: _parameters(operation, where) for where in ("path", "query")}
    body = _body(schemas, operation)
    properties = {**parameters["path"], **parameters["query"], **body["properties"]}
    required = [
        parameter["name"]
        for parameter in operation["parameters"]
        if parameter["required"] and parameter["in"] in parameters
    ]
    if proposes:
        properties[REASON] = REASON_SCHEMA
    text = " ".join(filter(None, (operation["summary"], operation.get("description"), PROPOSED if proposes else "")))
    arguments = {
        "type": "object",
        "properties": properties,
        "required": [*required, *body["required"]],
        "additionalProperties": False,
    }
    return AgentTool(
        name=operation["operationId"],
        description=text,
        arguments=_whole(schemas, arguments),
        answer=_whole(schemas, _answer(schemas, operation, proposes=proposes)),
        method=method,
        path=path,
        proposes=proposes,
        in_path=tuple(parameters["path"]),
        in_query=tuple(parameters["query"]),
        in_body=tuple(body["properties"]),
    )


def _parameters(operation: Json, where: str) -> Json:
    return {parameter["name"]: parameter["schema"] for parameter in operation["parameters"] if parameter["in"] == where}


def _body(schemas: Json, operation: Json) -> Json:
    if "requestBody" not in operation:
        return {"properties": {}, "required": []}
    schema = schemas[_name(operation["requestBody"]["content"]["application/json"]["schema"])]
    return {
        "properties": {name: schema_of for name, schema_of in schema["properties"].items() if name != AUTHOR},
        "required": [name for name in schema.get("required", ()) if name != AUTHOR],
    }


def _answer(schemas: Json, operation: Json, *, proposes: bool) -> Json:
    if proposes:
        return dict(schemas[PROPOSAL])
    schema = next(response for status, response in operation["responses"].items() if status.startswith("2"))
    schema = schema["content"]["application/json"]["schema"]
    return dict(schemas[_name(schema)]) if "$ref" in schema else {"type": "object", **schema}


def _name(reference: Json) -> str:
    return str(reference["$ref"]).removeprefix(COMPONENTS)


def _whole(schemas: Json, schema: Json) -> Json:
    """Return a schema with every definition that it refers to."""
    needed: Json = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = schemas[name]
            waiting += _references(schemas[name])
    local = {name: _local(schema_of) for name, schema_of in sorted(needed.items())}
    local_schema: Json = _local(schema)
    return {**local_schema, "$defs": local} if local else local_schema


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield _name(schema)
        for part in schema.values():
            yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def _local(schema: Any) -> Any:
    """Return a schema whose references lead to its own definitions."""
    if isinstance(schema, dict):
        return {
            key: DEFINITIONS + _name(schema) if key == "$ref" and isinstance(value, str) else _local(value)
            for key, value in schema.items()
        }
    return [_local(part) for part in schema] if isinstance(schema, list) else schema
