"""Origins of one site: `www.` and the bare domain belong together, and nothing else does by itself."""

import pytest

from passalong.core.sites.origins import hosts_of, same_place, with_twins

TWINS = [
    ("https://bees.example", "https://www.bees.example"),
    ("https://www.bees.example", "https://bees.example"),
    ("http://bees.example:8080", "http://www.bees.example:8080"),
    ("https://shop.bees.example", "https://www.shop.bees.example"),
    ("https://www.xn--bcher-kva.example", "https://xn--bcher-kva.example"),
]
ALONE = ["http://localhost:8090", "http://127.0.0.1", "http://127.0.0.1:8090", "http://[::1]:8090", "https://www.com"]


@pytest.mark.parametrize(("origin", "twin"), TWINS)
def test_www_and_the_bare_domain_belong_together(origin: str, twin: str) -> None:
    assert with_twins((origin,)) == (origin, twin)


@pytest.mark.parametrize("origin", ALONE)
def test_an_ip_address_or_a_local_name_stands_alone(origin: str) -> None:
    assert with_twins((origin,)) == (origin,)


def test_a_twin_that_is_listed_is_there_once() -> None:
    assert with_twins(("https://a.example", "https://www.a.example")) == ("https://a.example", "https://www.a.example")


def test_the_hosts_have_their_ports() -> None:
    assert hosts_of(["https://a.example", "http://a.example", "http://localhost:1"]) == (
        "a.example",
        "localhost:1",
        "www.a.example",
    )


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("https://www.a.example", True),
        ("http://a.example", True),
        ("https://a.example:8443", False),
        ("https://b.a.example", False),
        ("https://wwwa.example", False),
    ],
)
def test_two_origins_are_one_place_whatever_their_scheme(other: str, same: bool) -> None:
    assert same_place("https://a.example", other) is same
