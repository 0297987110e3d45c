"""Roles × routes × sites: what a viewer, an editor and an owner may do, of this site and of another.

The table stands here, apart from the product's. A route of a site's console that is in no row fails; so does a cell
that differs.
"""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from flow.office import BOTH, OTHER, SITE, Office, an_office
from passalong.core.privileges import Role

VIEWER, EDITOR, OWNER = Role
NEEDS: dict[str, Role] = {
    "GET /console/<site_id>": VIEWER,
    "GET /console/<site_id>/why/<path:subject>": VIEWER,
    "GET /console/<site_id>/events": VIEWER,
    "GET /console/<site_id>/events/new": VIEWER,
    "POST /console/<site_id>/events/retry": EDITOR,
    "GET /console/<site_id>/people": VIEWER,
    "GET /console/<site_id>/people/<advocate_id>": VIEWER,
    "POST /console/<site_id>/people/<advocate_id>": EDITOR,
    "GET /console/<site_id>/pages": VIEWER,
    "GET /console/<site_id>/pages/<page_hash>": VIEWER,
    "GET /console/<site_id>/posters": VIEWER,
    "POST /console/<site_id>/posters": EDITOR,
    "GET /console/<site_id>/posters/link/<share_id>": VIEWER,
    "GET /console/<site_id>/posters/link/<share_id>/qr.svg": VIEWER,
    "GET /console/<site_id>/posters/code/<word>": VIEWER,
    "GET /console/<site_id>/posters/code/<word>/qr.svg": VIEWER,
    "GET /console/<site_id>/review": VIEWER,
    "POST /console/<site_id>/review": EDITOR,
    "GET /console/<site_id>/claims": VIEWER,
    "POST /console/<site_id>/claims/<claim_id>": EDITOR,
    "POST /console/<site_id>/promise": OWNER,
    "GET /console/<site_id>/words": VIEWER,
    "POST /console/<site_id>/words": EDITOR,
    "GET /console/<site_id>/proposals": VIEWER,
    "POST /console/<site_id>/proposals/<proposal_id>": EDITOR,
    "GET /console/<site_id>/payouts": VIEWER,
    "POST /console/<site_id>/payouts/<redemption_id>": EDITOR,
    "POST /console/<site_id>/payouts/approve": EDITOR,
    "POST /console/<site_id>/payouts/export": EDITOR,
    "POST /console/<site_id>/payouts/codes": EDITOR,
    "POST /console/<site_id>/payouts/sender": EDITOR,
    "POST /console/<site_id>/payouts/batches/<batch_id>": EDITOR,
    "GET /console/<site_id>/payouts/batches/<batch_id>.csv": EDITOR,
    "GET /console/<site_id>/payouts/batches/<batch_id>.xml": EDITOR,
    "GET /console/<site_id>/rule": VIEWER,
    "POST /console/<site_id>/rule": OWNER,
    "POST /console/<site_id>/rule/withdraw": OWNER,
    "GET /console/<site_id>/shops": OWNER,
    "POST /console/<site_id>/shops": OWNER,
    "GET /console/<site_id>/keys": OWNER,
    "POST /console/<site_id>/keys": OWNER,
    "GET /console/<site_id>/webhooks": OWNER,
    "POST /console/<site_id>/webhooks": OWNER,
    "GET /console/<site_id>/webhooks/<webhook_id>": OWNER,
    "POST /console/<site_id>/webhooks/<webhook_id>": OWNER,
    "GET /console/<site_id>/webhooks/<webhook_id>/<number>": OWNER,
    "POST /console/<site_id>/webhooks/<webhook_id>/<number>": OWNER,
    "GET /console/<site_id>/begin": OWNER,
    "POST /console/<site_id>/begin": OWNER,
    "GET /console/<site_id>/data": OWNER,
    "POST /console/<site_id>/data.json": OWNER,
    "POST /console/<site_id>/data.zip": OWNER,
    "GET /console/<site_id>/health": VIEWER,
    "POST /console/<site_id>/health": EDITOR,
    "GET /console/<site_id>/install": VIEWER,
    "POST /console/<site_id>/install": OWNER,
    "GET /console/<site_id>/lights": VIEWER,
    "GET /console/<site_id>/install/wordpress.zip": VIEWER,
    "GET /console/<site_id>/appearance": VIEWER,
    "GET /console/<site_id>/gallery": VIEWER,
    "GET /console/<site_id>/settings": VIEWER,
    "POST /console/<site_id>/settings": OWNER,
    "POST /console/<site_id>/settings/versions": OWNER,
    "POST /console/<site_id>/settings/withdraw": OWNER,
    "GET /console/<site_id>/site": VIEWER,
    "POST /console/<site_id>/site": OWNER,
    "GET /console/<site_id>/team": VIEWER,
    "POST /console/<site_id>/team": OWNER,
    "GET /console/<site_id>/changes": VIEWER,
    "GET /console/<site_id>/access": OWNER,
    "POST /console/<site_id>/access": OWNER,
    "GET /console/<site_id>/mail": VIEWER,
    "POST /console/<site_id>/mail": OWNER,
}
"""The role that each route needs."""


@pytest.fixture(scope="module", params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def routes(office: Office) -> list[str]:
    """Every route of a site's console with its method."""
    return [
        f"{method} {rule.rule}"
        for rule in office.instance.flask.url_map.iter_rules()
        if rule.rule.startswith("/console/<site_id>")
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})
    ]


def test_every_route_of_the_console_needs_a_role_that_stands_in_the_table(office: Office) -> None:
    assert set(routes(office)) ^ set(NEEDS) == set()


def test_each_role_may_do_what_the_table_says_at_its_own_site_alone(office: Office) -> None:
    office.link("annas")
    browsers = _browsers(office)
    wrong = {}
    for route in routes(office):
        for name, (browser, site_id, role) in browsers.items():
            status = _status(office, browser, route)
            if status != _expected(route, site_id, role, status):
                wrong[route, name] = status
    assert len(browsers) * len(NEEDS) >= 200
    assert wrong == {}


def _browsers(office: Office) -> dict[str, tuple[FlaskClient, str, Role | None]]:
    """Everybody who could ask: each role at this site and at another, a link of the command line, and nobody."""
    browsers: dict[str, tuple[FlaskClient, str, Role | None]] = {
        f"{role.name} of {site_id}": (office.teammate(role, site_id), site_id, role)
        for site_id in (SITE, OTHER)
        for role in Role
    }
    browsers |= {f"link of {site_id}": (office.owner(site_id), site_id, OWNER) for site_id in (SITE, OTHER)}
    return browsers | {"nobody": (office.client(), "", None)}


def _status(office: Office, browser: FlaskClient, route: str) -> int:
    """Ask, with a form that changes nothing."""
    method, _, path = route.partition(" ")
    filled = re.sub(r"<[^>]+>", "nothing", path.replace("<site_id>", SITE))
    return office.send(method, filled, client=browser, form={"act": "nothing"} if method == "POST" else None).status


def _expected(route: str, site_id: str, role: Role | None, status: int) -> int:
    """The status that a cell of the table has: any that is no refusal, where it may."""
    if site_id != SITE or role is None:
        return 401
    if role < NEEDS[route]:
        return 403
    return status if status not in (401, 403) and status < 500 else 200


def test_a_refusal_says_who_can_do_it(office: Office) -> None:
    office.teammate(Role.OWNER, address="otto@bees.example")
    answer = office.send(
        "POST",
        f"/console/{SITE}/team",
        client=office.teammate(Role.EDITOR, address="eva@bees.example"),
        form={"act": "invite"},
    )
    assert (answer.status, "otto@bees.example" in answer.text) == (403, True)


def test_a_form_of_another_sites_page_is_refused_for_every_role(office: Office) -> None:
    owner = office.owner()
    for route in NEEDS:
        method, _, path = route.partition(" ")
        if method == "POST":
            filled = re.sub(r"<[^>]+>", "nothing", path.replace("<site_id>", SITE))
            sent = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mallory.example"}
            assert office.send("POST", filled, client=owner, headers=sent, form={"act": "x"}).status == 403, route
