"""URL rules that compile what builds an address when one is built."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Build = Callable[..., tuple[str, str]]


class LazyRule(Rule):
    """Compile a rule's two builders at their first call.

    Werkzeug compiles both when a rule is added, two thirds of the time in which an app is made; most build no address.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Build:
        compiled: list[Build] = []

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(Rule._compile_builder(self, append_unknown))
            return compiled[0](rule, **values)

        return build
