"""Sentences for bodies that cannot be decoded: each names the field and says what to send.

What a field takes stands beside its pattern, as `Meta(description=…)`.
"""

import re
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

_NAMED = re.compile(r"(missing required|unknown) field `([^`]*)`")
_PATH = re.compile(r"`\$\.(\w+)")


def sentence(error: Exception, body: Any) -> str:
    """Return what is wrong with a body of that type, and what to send instead."""
    fields, said = _fields(body), str(error)
    inner = _PATH.search(said)
    if inner and inner[1] in fields and isinstance(error, msgspec.ValidationError):
        return f"`{inner[1]}` is not valid. Send {fields[inner[1]]}."
    if not isinstance(error, msgspec.ValidationError):
        return f"This is not JSON. Send one object with {_list(fields)}."
    if found := _NAMED.search(said):
        kind, name = found.groups()
        if kind == "unknown":
            return f"There is no field `{name}` here. The fields are {_list(fields)}."
        return f"`{name}` is missing. Send {fields[name]}."
    if (found := _PATH.search(said)) and found[1] in fields:
        return f"`{found[1]}` is not valid. Send {fields[found[1]]}."
    return f"Send one JSON object with {_list(fields)}."


def _list(fields: dict[str, str]) -> str:
    return ", ".join(f"`{name}`" for name in fields)


@cache
def _fields(body: Any) -> dict[str, str]:
    """Return the fields of a struct, or of several with a tag, with what each takes."""
    info = inspect.type_info(body)
    structs = [one for one in getattr(info, "types", (info,)) if isinstance(one, inspect.StructType)]
    tags = [f"`{one.tag}`" for one in structs if one.tag is not None]
    found = {str(structs[0].tag_field): f"one of {', '.join(tags)}"} if tags else {}
    for struct in structs:
        found |= {one.encode_name: words_of(one.type) for one in struct.fields}
    return found


def words_of(info: inspect.Type) -> str:
    """Return what a field takes. Raises TypeError for a field that does not say so."""
    if isinstance(info, inspect.Metadata) and info.extra_json_schema:
        return str(info.extra_json_schema["description"])
    if isinstance(info, inspect.Metadata):
        return words_of(info.type)
    if isinstance(info, inspect.LiteralType):
        return "one of " + ", ".join(f"`{value}`" for value in info.values)
    if isinstance(info, inspect.EnumType):
        return "one of " + ", ".join(f"`{one.value}`" for one in info.cls)
    if isinstance(info, inspect.BoolType):
        return "`true` or `false`"
    if isinstance(info, inspect.VarTupleType):
        return f"a list; each entry is {words_of(info.item_type)}"
    if isinstance(info, inspect.UnionType):
        return words_of(next(one for one in info.types if not isinstance(one, inspect.NoneType)))
    raise TypeError(f"{info!r} has no description")
