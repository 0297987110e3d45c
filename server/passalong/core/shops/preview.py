"""Show what a sample of another system's JSON would be recorded as, field by field, before anything is saved."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from passalong.core.shops import generic
from passalong.core.shops.fields import text
from passalong.core.shops.messages import Message, UnreadableMessageError

LONGEST_SAMPLE = 30_000
LONGEST_VALUE = 80
NEEDED = ("order", "total", "currency")


class FieldPreview(Struct, frozen=True):
    """The value of one field in the sample, or the problem with its path."""

    name: str
    path: str
    value: str = ""
    problem: str = ""


class Preview(Struct, frozen=True):
    """The fields of a sample, and the messages that it would be recorded as; `problem` where it would be none."""

    fields: tuple[FieldPreview, ...] = ()
    messages: tuple[Message, ...] = ()
    problem: str = ""


def preview(sample: str, settings: Mapping[str, str]) -> Preview:
    """Read a sample as a delivery would be read."""
    try:
        payload = msgspec.json.decode(sample.lstrip("\ufeff")) if len(sample) <= LONGEST_SAMPLE else None
    except (msgspec.DecodeError, RecursionError) as error:
        return Preview(problem=f"The sample is no JSON: {error}.")
    if not isinstance(payload, dict):
        return Preview(problem=f"The sample is one JSON object, {{…}}, of at most {LONGEST_SAMPLE} characters.")
    named = dict(settings) if "currency" in settings else {**settings, "currency": "currency"}
    fields = tuple(_field(payload, named, name) for name in named if name != "amounts")
    try:
        return Preview(fields, tuple(generic.read_fields(payload, settings)))
    except UnreadableMessageError as error:
        return Preview(fields, problem=str(error))


def _field(payload: Mapping[str, Any], settings: Mapping[str, str], name: str) -> FieldPreview:
    path = settings[name]
    if name == "currency" and generic.fixed_unit(settings):
        return FieldPreview(name, path, path)
    value, problem = _look(payload, path.split("."))
    if not problem and name in generic.AMOUNTS:
        problem = _amount_problem(payload, settings, name)
    return FieldPreview(name, path, value[:LONGEST_VALUE], problem)


def _look(payload: object, path: Sequence[str]) -> tuple[str, str]:
    """Return the value at the end of a path, or where the path ends instead."""
    at, walked = payload, ""
    for step in path:
        if not isinstance(at, Mapping):
            return "", f"`{walked}` is {_kind(at)}, so it has no `{step}`."
        if step not in at:
            place = f"`{walked}`" if walked else "The sample"
            return "", f"{place} has no `{step}`: it has {_names(at)}."
        at, walked = at[step], f"{walked}.{step}" if walked else step
    if isinstance(at, Mapping | list):
        return "", f"`{walked}` is {_kind(at)}: name the field in it."
    return ("" if at is None else text({"value": at}, "value") or str(at)), ""


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "empty"}
    return kinds.get(type(value), "a number")


def _names(of: Mapping[str, Any]) -> str:
    names = [f"`{name[:40]}`" for name in list(of)[:12]]
    return ", ".join(names) + (", …" if len(of) > len(names) else "") if names else "nothing"


def _amount_problem(payload: Mapping[str, Any], settings: Mapping[str, str], name: str) -> str:
    try:
        generic.amount(payload, settings, name)
    except UnreadableMessageError as error:
        return str(error)
    return ""
