"""Rules that compile late build the addresses that Werkzeug's own build."""

from typing import Any

import pytest
from werkzeug.routing import BuildError, Map, Rule

from passalong.web.http.url_rules import LazyRule

RULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/me", {"endpoint": "home"}),
    ("/me/links/<int:number>/<name>", {"endpoint": "link"}),
    ("/me/list/", {"endpoint": "list", "defaults": {"page": 1}}),
    ("/me/list/<int:page>", {"endpoint": "list"}),
    ("/site/<path:rest>", {"endpoint": "site"}),
)
VALUES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("home", {}),
    ("home", {"at": "a b", "many": ["1", "2"]}),
    ("link", {"number": 7, "name": "Anna & Ben/é", "more": "x"}),
    ("link", {"number": 7}),
    ("list", {"page": 1}),
    ("list", {"page": 2}),
    ("site", {"rest": "a/b c"}),
    ("nowhere", {}),
)


def addresses(rule_class: type[Rule]) -> list[str]:
    adapter = Map([rule_class(path, **options) for path, options in RULES]).bind("along.example")
    return [address(adapter.build, *asked) for asked in VALUES for _ in range(2)]


def address(build: object, endpoint: str, values: dict[str, object]) -> str:
    try:
        return str(build(endpoint, values))  # type: ignore[operator]
    except BuildError as error:
        return f"no address of {error.endpoint}"


def test_addresses_are_those_of_werkzeugs_own_rules() -> None:
    built = addresses(LazyRule)
    assert built == addresses(Rule)
    assert built[0] == "/me"
    assert "no address of link" in built


def test_nothing_is_compiled_before_an_address_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_builder = Rule._compile_builder

    def noted(rule: Rule, append_unknown: bool) -> Any:
        compiled.append(rule.rule)
        return compile_builder(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", noted)
    adapter = Map([LazyRule(path, **options) for path, options in RULES]).bind("along.example")
    assert compiled == []
    adapter.build("home")
    assert compiled == ["/me"]
