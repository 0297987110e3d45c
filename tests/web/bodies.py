"""Bodies to send, what they may have in them at worst, and what both doors for notes answer alike."""

import json
from typing import Any

from hypothesis import strategies as st

from flow.office import Answer, Json

DOORS = ("flask", "asgi")
MOST = 16_384
"""Bytes that a body may have."""
ODD = ["\0", "\ud800", "a" * 300, "../..", "💥"]


def raw(body: Json) -> bytes:
    """A body as bytes."""
    return json.dumps(body).encode()


def anything(*more: str) -> st.SearchStrategy[Any]:
    """Any JSON value, with texts among them that are known for trouble, and some `more` of those."""
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=40),
        st.sampled_from([*ODD, *more]),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)),
        max_leaves=6,
    )


def same(answers: dict[str, Answer]) -> Answer:
    """The answer of both doors, which must be the same to a browser."""
    flask, asgi = answers["flask"], answers["asgi"]
    assert flask.status == asgi.status
    assert flask.message == asgi.message
    for name in (
        "along-kept",
        "along-dropped",
        "retry-after",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "cross-origin-resource-policy",
        "x-content-type-options",
        "cache-control",
    ):
        assert flask.headers.get(name) == asgi.headers.get(name), name
    assert flask.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in flask.headers | asgi.headers
    return flask
