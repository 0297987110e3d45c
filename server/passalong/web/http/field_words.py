"""Sentences for bodies that cannot be decoded: each names the field by its path and says what to send.

What a field takes stands beside its pattern, as `Meta(description=…)`; a nested struct is told by its fields.
"""

import re
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

_NAMED = re.compile(r"\AObject (missing required|contains unknown) field `([^`]*)`")
_PATH = re.compile(r"`\$([^`]*)`\Z")
_STEP = re.compile(r"\.(\w+)|\[(\d+|\.\.\.)\]")
PLAIN: dict[type[inspect.Type], str] = {
    inspect.StrType: "a text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "`true` or `false`",
    inspect.AnyType: "a value",
    inspect.RawType: "a value",
    inspect.NoneType: "`null`",
    inspect.DictType: "an object",
    inspect.TupleType: "a list",
}
"""Words for types without a description."""


def sentence(error: Exception, body: Any) -> str:
    """Return what is wrong with a body of that type, and what to send instead."""
    root = _type_of(body)
    if not isinstance(error, msgspec.ValidationError):
        return f"This is not JSON. Send one object with {_list(_fields(root))}."
    message = str(error)
    path, info = _walk(root, _PATH.search(message))
    if named := _NAMED.search(message):
        return _of_name(named[1], named[2], path, _fields(info))
    if not path:
        return f"Send one JSON object with {_list(_fields(root))}."
    return f"`{path}` is not valid. Send {words_of(info)}."


def _of_name(kind: str, name: str, path: str, fields: dict[str, str]) -> str:
    """Return the sentence for a field that is missing in the object at a path, or that there is none of."""
    if kind == "contains unknown":
        where = f"in `{path}`" if path else "here"
        return f"There is no field `{name}` {where}. The fields are {_list(fields)}."
    whole = f"{path}.{name}" if path else name
    return f"`{whole}` is missing. Send {fields.get(name, 'it')}."


def _walk(root: inspect.Type, place: re.Match[str] | None) -> tuple[str, inspect.Type]:
    """Return the path of an error, such as `conversions[3].amount_minor`, and the type that stands there."""
    path, info = "", root
    for name, entry in _STEP.findall(place[1] if place else ""):
        below = _below(info, name)
        if below is None or entry == "...":  # an entry of an object of the sender's own names
            break
        path, info = f"{path}[{entry}]" if entry else f"{path}.{name}".lstrip("."), below
    return path, info


def _below(info: inspect.Type, name: str) -> inspect.Type | None:
    """Return the type of a field, or without a name that of the entries of a list; None if it has none."""
    for member in _members(info):
        if isinstance(member, inspect.StructType) and name:
            fields = {field.encode_name: field.type for field in member.fields}
            if name == member.tag_field:
                return info
            if name in fields:
                return fields[name]
        if isinstance(member, inspect.VarTupleType | inspect.ListType) and not name:
            return member.item_type
        if isinstance(member, inspect.TupleType) and not name:
            return member.item_types[0] if member.item_types else None
    return None


def _members(info: inspect.Type) -> tuple[inspect.Type, ...]:
    """Return the types that may stand there, without what describes them."""
    if isinstance(info, inspect.Metadata):
        return _members(info.type)
    if isinstance(info, inspect.UnionType):
        return tuple(member for kind in info.types for member in _members(kind))
    return (info,)


def _list(fields: dict[str, str]) -> str:
    return ", ".join(f"`{name}`" for name in fields)


@cache
def _type_of(body: Any) -> inspect.Type:
    return inspect.type_info(body)


def _fields(info: inspect.Type) -> dict[str, str]:
    """Return the fields of a struct, or of several with a tag, with what each takes."""
    structs = [member for member in _members(info) if isinstance(member, inspect.StructType)]
    tags = [f"`{struct.tag}`" for struct in structs if struct.tag is not None]
    fields = {str(structs[0].tag_field): f"one of {', '.join(tags)}"} if tags else {}
    for struct in structs:
        fields |= {field.encode_name: words_of(field.type) for field in struct.fields}
    return fields


def words_of(info: inspect.Type) -> str:
    """Return what a field takes."""
    if isinstance(info, inspect.Metadata):
        words = (info.extra_json_schema or {}).get("description")
        return str(words) if words else words_of(info.type)
    if isinstance(info, inspect.LiteralType):
        return "one of " + ", ".join(f"`{value}`" for value in info.values)
    if isinstance(info, inspect.EnumType):
        return "one of " + ", ".join(f"`{member.value}`" for member in info.cls)
    if isinstance(info, inspect.VarTupleType | inspect.ListType):
        return f"a list; each entry is {words_of(info.item_type)}"
    if isinstance(info, inspect.StructType):
        return f"an object with {_names(info)}"
    if isinstance(info, inspect.UnionType):
        kinds = [words_of(kind) for kind in info.types if not isinstance(kind, inspect.NoneType)]
        return " or ".join(dict.fromkeys(kinds))
    return next((words for kind, words in PLAIN.items() if isinstance(info, kind)), "a value")


def _names(struct: inspect.StructType) -> str:
    tag = [f"`{struct.tag_field}`"] if struct.tag is not None else []
    return ", ".join([*tag, *(f"`{field.encode_name}`" for field in struct.fields)])
