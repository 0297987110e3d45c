"""`/api/v1/reference`: the reference of the API as a page, made from the table of operations."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from flask import Blueprint, render_template
from msgspec import Struct

from passalong.core.privileges import SCOPE_WORDS
from passalong.web.api.openapi import ABOUT, COMMON, answers_of, problems_of, schemas
from passalong.web.api.operation import ROOT, Operation, words_of
from passalong.web.api.operations import OPERATIONS
from passalong.web.api.own import ABOUT as ABOUT_OWN
from passalong.web.api.own import OWN
from passalong.web.http.problems import KINDS, REFERENCE, Problem

bp = Blueprint("api_reference", __name__)
EVERY = (*OPERATIONS, *OWN)
"""The operations of a site's keys, and those of a person's own token."""


class Field(Struct, frozen=True):
    """A field of a body, of a query or of an answer: its name, its type in words, whether it must be there."""

    name: str
    kind: str
    needed: bool
    about: str


class Entry(Struct, frozen=True):
    """One operation, as the reference shows it."""

    operation: Operation
    summary: str
    more: str
    query: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[str, ...]
    problems: tuple[Problem, ...]


class Shape(Struct, frozen=True):
    """A struct that answers are made of, with its fields."""

    name: str
    about: str
    fields: tuple[Field, ...]


@bp.get(REFERENCE)
def reference() -> str:
    """Show every operation, its fields and its problems, for everybody."""
    return render_template(
        "api/reference.html",
        root=ROOT,
        about=ABOUT.split("\n\n"),
        scopes=SCOPE_WORDS,
        tags=entries(),
        about_own=ABOUT_OWN,
        own=own_entries(),
        shapes=shapes(),
        problems=KINDS,
    )


@cache
def entries() -> dict[str, list[Entry]]:
    """Return every operation of a site's keys, by its tag."""
    entries: dict[str, list[Entry]] = {}
    for operation in OPERATIONS:
        entries.setdefault(operation.tag, []).append(_entry(operation))
    return entries


@cache
def own_entries() -> list[Entry]:
    """Return the operations of a person's own token, which opens no other, and which no key of a site opens."""
    return [_entry(operation) for operation in OWN]


@cache
def shapes() -> list[Shape]:
    """Return the structs of answers, and those in them, in the order of the alphabet."""
    names = {struct.__name__ for op in EVERY for struct in (op.body, op.query) if struct}
    return [
        Shape(name, " ".join(schema.get("description", "").split()), tuple(fields_of(schema)))
        for name, schema in sorted(schemas(EVERY).items())
        if name not in names and "properties" in schema
    ]


def _entry(operation: Operation) -> Entry:
    summary, more = words_of(operation)
    return Entry(
        operation=operation,
        summary=summary,
        more=more,
        query=tuple(fields_of(_schema(operation.query))),
        body=tuple(fields_of(_schema(operation.body))),
        answers=tuple(answer.__name__ for answer in answers_of(operation)),
        problems=tuple(problem for problem in problems_of(operation) if problem not in COMMON),
    )


def _schema(struct: Any) -> dict[str, Any]:
    return schemas(EVERY)[struct.__name__] if struct is not None else {}


def fields_of(schema: dict[str, Any]) -> Iterator[Field]:
    """Return the fields of a struct's schema."""
    needed = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield Field(name, kind_of(field), name in needed, str(field.get("description", "")))


def kind_of(schema: dict[str, Any]) -> str:
    """Return the type of a schema in words, such as `list of string`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        target = schemas(EVERY)[name]
        return name if "properties" in target else kind_of(target)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(kind_of, schema["anyOf"])))
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        items: dict[str, Any] = schema.get("items") or next(iter(schema.get("prefixItems", ())), {})
        return f"list of {kind_of(items)}"
    return str(schema.get("type", "anything"))
