"""Bodies with garbage at any depth: the sentence names the path, and nothing that a client sends breaks it."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, get_args

import msgspec
import pytest
from msgspec import Meta, Struct, inspect

from passalong.web.api.operations import OPERATIONS
from passalong.web.browser import links, read_note
from passalong.web.http import field_words

BODIES = [one.body for one in OPERATIONS if one.body] + [one.query for one in OPERATIONS if one.query]
BODIES += [links.LinkBody, links.CreditBody, links.ThanksBody, read_note.Note]
STRUCTS = [struct for body in dict.fromkeys(BODIES) for struct in (get_args(body) or [body])]
GARBAGE: list[Any] = [None, True, -1, 1.5, 2**70, "", "\n", "`", "x" * 3_000, [], [None], [[]], {}, {"a": 1}, {"`": {}}]
Path = tuple[str | int, ...]


def paths_of(info: inspect.Type, path: Path = ()) -> Iterator[tuple[Path, inspect.Type]]:
    """Every place below a type, with the type that stands there."""
    if isinstance(info, inspect.Metadata):
        yield from paths_of(info.type, path)
    elif isinstance(info, inspect.UnionType):
        for one in info.types:
            yield from paths_of(one, path)
    elif isinstance(info, inspect.StructType):
        for field in info.fields:
            yield (*path, field.encode_name), field.type
            yield from paths_of(field.type, (*path, field.encode_name))
    elif isinstance(info, inspect.VarTupleType | inspect.ListType):
        yield (*path, 0), info.item_type
        yield from paths_of(info.item_type, (*path, 0))
    elif isinstance(info, inspect.DictType):
        yield (*path, "of their own"), info.value_type


def with_value(path: Path, value: Any) -> Any:
    """The smallest body that has the value at that place."""
    for step in reversed(path):
        value = [value] if step == 0 else {step: value}
    return value


def refused(struct: Any, body: Any) -> tuple[str, str] | None:
    """What the decoder says of a body, and our sentence; None if it is taken."""
    config = struct.__struct_config__
    tag = {config.tag_field: config.tag} if config.tag else {}
    try:
        msgspec.json.decode(json.dumps(tag | body).encode(), type=struct)
    except msgspec.ValidationError as error:
        return str(error), field_words.sentence(error, struct)
    return None


def places() -> int:
    """The number of places in all bodies."""
    return sum(len(list(paths_of(inspect.type_info(struct)))) for struct in STRUCTS)


def test_the_bodies_have_places_at_depth() -> None:
    deep = [path for struct in STRUCTS for path, _ in paths_of(inspect.type_info(struct)) if len(path) > 2]
    assert places() > 200 and ("conversions", 0, "amount_minor") in deep and len(deep) > 20


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_garbage_at_every_place_is_answered_in_a_sentence(struct: Any) -> None:
    for path, _ in paths_of(inspect.type_info(struct)):
        for value in GARBAGE:
            said = refused(struct, with_value(path, value))
            if said is None:
                continue
            ours = said[1]
            assert ours.endswith(".") and "`" in ours, (path, value, ours)
            assert "$" not in ours and "Expected" not in ours and "[...]" not in ours, ours


def test_a_sentence_names_the_whole_path() -> None:
    body = next(one.body for one in OPERATIONS if one.name == "report_conversions")
    order = {"id": "o", "goal": "purchase"}
    several = [order] * 3
    for last, words in (
        (order | {"amount_minor": -1}, "`conversions[3].amount_minor` is not valid. Send a whole number"),
        (order | {"products": ["a", "\n"]}, "`conversions[3].products[1]` is not valid. Send your own id of a product"),
        ({"id": "o"}, "`conversions[3].goal` is missing. Send the name of a goal"),
        (order | {"foo": 1}, "There is no field `foo` in `conversions[3]`. The fields are `id`, `goal`"),
        (7, "`conversions[3]` is not valid. Send an object with `id`, `goal`"),
    ):
        said = refused(body, {"conversions": [*several, last]})
        assert said is not None and said[1].startswith(words), said


class Below(Struct, frozen=True, forbid_unknown_fields=True):
    """An object without a description."""

    name: str
    many: tuple[Annotated[int, Meta(ge=0, description="a number of bees")], ...] = ()
    other: "Below | None" = None
    by_name: dict[str, int] = {}


class Above(Struct, frozen=True, forbid_unknown_fields=True):
    """A body with such objects."""

    below: Below
    all_of_them: list[Below] = []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"below": {"name": 1}}, "`below.name` is not valid. Send a text."),
        ({"below": 1}, "`below` is not valid. Send an object with `name`, `many`, `other`, `by_name`."),
        ({}, "`below` is missing. Send an object with `name`, `many`, `other`, `by_name`."),
        ({"below": {"name": "a", "many": [1, -1]}}, "`below.many[1]` is not valid. Send a number of bees."),
        ({"below": {"name": "a", "other": {}}}, "`below.other.name` is missing. Send a text."),
        ({"below": {"name": "a", "by_name": {"b": "c"}}}, "`below.by_name` is not valid. Send an object."),
        (
            {"below": {"name": "a"}, "all_of_them": [{"name": "a"}, {"nam": "b"}]},
            "There is no field `nam` in `all_of_them[1]`. The fields are `name`, `many`, `other`, `by_name`.",
        ),
    ],
    ids=str,
)
def test_objects_without_a_description_are_told_by_their_fields(body: Any, words: str) -> None:
    said = refused(Above, body)
    assert said is not None and said[1] == words, said
