"""Parameters and fields that a public route does not take, or not in this form: each answer says what to send."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from msgspec import inspect

from cast import an_id, anna
from flow.office import BOTH, SITE, Office
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys
from passalong.flow.owners.api_keys import NewKey
from passalong.web.api.operations import OPERATIONS
from passalong.web.browser import credit, links, read_note
from passalong.web.http import field_words, query
from web.shopped import a_shopped_office

GARBAGE: list[Any] = [None, -1, 1.5, 2**70, "", "\n", "x" * 3_000, [], ["\n"], {}, {"a": 1}]
PARSER = re.compile(r"regex|`(?:str|int|float|array|object|null|bool)`|\bexpected\b|\$\.|byte \d|Not understood", re.I)
"""Words of the parser, which mean nothing to the person who has to mend the request."""


def an_address(path: str) -> str:
    """The path of an operation with ids in it."""
    return "/api/v1" + re.sub(r"{\w+}", "x", path)


POSTS = [one for one in OPERATIONS if one.writes]
BODIES: dict[str, tuple[Any, str]] = {
    **{an_address(one.path): (one.body, "key") for one in POSTS if one.method == "POST" and one.body},
    "/v1/links": (links.LinkBody, ""),
    "/v1/credit": (links.CreditBody, ""),
    "/v1/credit/balance": (credit.BalanceBody, ""),
    "/v1/credit/lines": (credit.LinesBody, ""),
    "/v1/thanks": (links.ThanksBody, ""),
    "/v1/notes": (read_note.Note, ""),
}
"""The body of each route that takes one, and whether it needs a key."""
WITHOUT_BODY = tuple(an_address(one.path) for one in POSTS if not one.body)


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One instance on each database, in which something has happened."""
    yield from a_shopped_office(request, tmp_path_factory)


KEYS: dict[int, str] = {}


def a_key(office: Office) -> str:
    """A key that may do everything, one for each office."""
    if id(office) not in KEYS:
        wanted = NewKey("everything", tuple(Scope))
        KEYS[id(office)] = api_keys.new(office.db, office.clock, SITE, wanted)
    return KEYS[id(office)]


def structs_of(body: Any) -> list[Any]:
    """The structs of a body: one, or several with a tag."""
    return list(get_args(body)) or [body]


def post(office: Office, path: str, body: Any) -> tuple[int, str]:
    """The status of a post and its message."""
    data = json.dumps(body).encode()
    if path.startswith("/api/v1"):
        answer = office.api("POST", path.removeprefix("/api/v1"), data, key=a_key(office))
    else:
        answer = office.send("POST", path, data)
    return answer.status, answer.message if answer.status == 400 else ""


def test_every_route_that_programs_post_to_is_in_the_table(office: Office) -> None:
    rules = [one for one in office.instance.flask.url_map.iter_rules() if "POST" in (one.methods or ())]
    asked = {re.sub(r"<[^>]+>", "x", rule.rule).rstrip("/") for rule in rules}
    known = {*BODIES, *WITHOUT_BODY}
    assert {path for path in asked if path.startswith(("/api/", "/v1/"))} - known == set()


@pytest.mark.parametrize("path", BODIES)
def test_a_field_with_garbage_is_named_with_what_to_send(office: Office, path: str) -> None:
    before, refused = office.count("events"), 0
    for struct in structs_of(BODIES[path][0]):
        config = struct.__struct_config__
        tag = {config.tag_field: config.tag} if config.tag else {}
        for field in msgspec.structs.fields(struct):
            for value in GARBAGE:
                status, message = post(office, path, tag | {field.encode_name: value})
                assert status < 500, (field.name, value)
                if status != 400:
                    continue
                refused += 1
                assert re.search(r"`\w+` (?:is|goes)|Send|Name|address|The fields are", message), message
                assert not PARSER.search(message), message
                assert message.endswith("."), message
    assert refused > len(GARBAGE) // 2
    assert office.count("events") == before


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"null", b'{"', b'"id"'])
def test_a_body_that_is_no_object_says_which_fields_to_send(office: Office, path: str, body: bytes) -> None:
    api = path.startswith("/api/v1")
    asked = path.removeprefix("/api/v1")
    answer = office.api("POST", asked, body, key=a_key(office)) if api else office.send("POST", path, body)
    assert answer.status == 400
    assert "one object with `" in answer.message or "one JSON object with `" in answer.message
    assert not PARSER.search(answer.message)


@pytest.mark.parametrize("path", BODIES)
def test_an_unknown_field_is_answered_with_the_known_ones(office: Office, path: str) -> None:
    struct = structs_of(BODIES[path][0])[0]
    config = struct.__struct_config__
    tag = {config.tag_field: config.tag} if config.tag else {}
    status, message = post(office, path, tag | {"foo": 1})
    assert status == 400
    first = msgspec.structs.fields(struct)[0].encode_name
    assert message.startswith("There is no field `foo` here. The fields are ")
    assert f"`{first}`" in message


def test_a_bad_currency_and_a_bad_amount_say_what_to_send(office: Office) -> None:
    order = {"id": "o9", "goal": "purchase", "amount_minor": 4_200, "currency": "EUR"}
    _, message = post(office, "/api/v1/conversions", order | {"currency": "euro"})
    assert message == "`currency` is not valid. Send the code of a currency in three capital letters, such as `EUR`."
    _, message = post(office, "/api/v1/conversions", order | {"amount_minor": 42.5})
    assert message.startswith("`amount_minor` is not valid. Send a whole number of the smallest unit, such as 4200")
    _, message = post(office, "/api/v1/conversions", order | {"id": 7})
    assert message.startswith("`id` is not valid. Send your own id of 1 to 128 characters")


def test_every_field_of_every_body_says_what_it_takes() -> None:
    for body, _ in BODIES.values():
        for struct in structs_of(body):
            info = inspect.type_info(struct)
            assert isinstance(info, inspect.StructType)
            vague = set(field_words.PLAIN.values()) - {field_words.PLAIN[inspect.BoolType]}
            assert [one.name for one in info.fields if field_words.words_of(one.type) in vague] == []


def strict_paths(office: Office) -> list[str]:
    """The addresses that programs read: of the API, heads and proofs."""
    rules = [rule for rule in office.instance.flask.url_map.iter_rules() if "GET" in (rule.methods or ())]
    paths = [re.sub(r"<[^>]+>", "x", rule.rule.replace("<site_id>", SITE)) for rule in rules]
    return [path for path in paths if query.is_strict(path)]


def test_a_parameter_that_would_be_ignored_is_refused_on_every_address_for_programs(office: Office) -> None:
    paths = strict_paths(office)
    assert f"/open/{SITE}/heads" in paths
    for path in paths:
        ask = office.api if path.startswith("/api/v1") else office.send
        answer = ask("GET", f"{path.removeprefix('/api/v1')}?foo=x")
        assert answer.status == 400, path
        assert answer.message.startswith("There is no parameter `foo` here."), path


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("heads?after=x", "There is no parameter `after` here. The parameters are `before`."),
        ("heads?before=x", "`before` is not valid. Send a whole number of at most 15 digits, such as 120."),
        ("heads?before=1&before=2", "`before` is there twice. Send it once."),
        ("proof/inclusion", "`index` is missing. Send it as in `?index=120`."),
        ("proof/inclusion?index=-1", "`index` is not valid. Send a whole number of at most 15 digits, such as 120."),
        (
            "proof/consistency?size=2",
            "There is no parameter `size` here. The parameters are `first`, `second`.",
        ),
    ],
)
def test_heads_and_proofs_say_what_is_wrong_with_a_parameter(office: Office, path: str, message: str) -> None:
    answer = office.send("GET", f"/open/{SITE}/{path}")
    assert (answer.status, answer.message) == (400, message)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/theme", {"theme": "purple"}),
        ("/me/language", {"language": "klingon"}),
        ("/me/out", {"where": "nowhere"}),
        ("/me/use/confirm", {"request": "x" * 22, "way": "magic", "unit": "EUR", "amount": "1"}),
    ],
)
def test_an_unknown_choice_of_a_form_is_refused_in_words(office: Office, path: str, form: dict[str, str]) -> None:
    answer = office.send("POST", path, client=office.signed_in(anna), form=form)
    assert answer.status == 400
    assert re.search(r"[Cc]hoose one of", answer.text)


@pytest.mark.parametrize("path", ["/me/credit?before=x", "/me/links?before=x", "/me/why/{line}?as=xml"])
def test_an_address_that_is_not_whole_says_where_to_go(office: Office, path: str) -> None:
    browser = office.signed_in(anna)
    found = re.search(r"/me/why/([^\"?]+)", office.send("GET", "/me/credit", client=browser).text)
    assert found
    answer = office.send("GET", path.format(line=found[1]), client=browser)
    assert answer.status == 400
    assert "Open the page from the menu again." in answer.text


def test_a_goal_that_the_rule_does_not_have_is_answered_with_those_that_it_has(office: Office) -> None:
    body = {"id": "odd", "goal": "purchas", "amount_minor": 100, "currency": "EUR"}
    answer = office.api("POST", "/conversions", body)
    assert answer.status == 202
    assert answer.json["goals"] == ["purchase"]
    said = "The rule of this site has no goal `purchas`, so this earns nothing. Its goals are `purchase`."
    assert answer.json["words"] == said
    known = office.api("POST", "/conversions", body | {"id": an_id("order", "even"), "goal": "purchase"})
    assert known.status == 202
    assert not {"goals", "words"} & set(known.json)
