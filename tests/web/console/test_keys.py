"""The console's page of API keys: shown once, replaced with an overlap, revoked at once, each with an audit entry."""

import re
from collections.abc import Iterator

import pytest

from flow.office import BOTH, OTHER, SITE, Answer, Office, an_office
from passalong.core.privileges import Scope
from passalong.flow.owners import api_keys as api_keys_flow
from passalong.flow.owners.api_keys import NewKey
from passalong.store.people import api_keys, changes

PAGE = f"/console/{SITE}/keys"
SECRET = re.compile(rf'value="(ak_{SITE}_[^"]+)"')


@pytest.fixture(params=BOTH)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An instance with two sites."""
    yield from an_office(request, tmp_path_factory)


def send(office: Office, site_id: str = SITE, **form: str) -> Answer:
    """A form of the page, from the owner of a site."""
    return office.send("POST", PAGE, client=office.owner(site_id), form=form)


def secret_in(answer: Answer) -> str:
    """The secret that a page shows."""
    found = SECRET.search(answer.text)
    assert found, answer.text
    return found[1]


def handle_of(office: Office, name: str) -> str:
    """The newest key of that name."""
    with office.db.reading() as session:
        return next(key.handle for key in api_keys.all_of(session, SITE) if key.name == name)


def status(office: Office, secret: str) -> int:
    """The answer of the API to this key."""
    return office.api("GET", "/codes", key=secret).status


def test_a_new_key_works_and_is_shown_once(office: Office) -> None:
    secret = secret_in(send(office, act="make", name="shop server", once="a" * 22))
    assert status(office, secret) == 200
    page = office.send("GET", PAGE, client=office.owner()).text
    assert "shop server" in page and secret[-4:] in page
    assert secret not in page


def test_sending_the_form_twice_makes_one_key(office: Office) -> None:
    form = {"act": "make", "name": "shop server", "once": "b" * 22}
    assert send(office, **form).status == 200
    again = send(office, **form)
    assert again.status == 409 and not SECRET.search(again.text)
    with office.db.reading() as session:
        assert [key.name for key in api_keys.all_of(session, SITE)].count("shop server") == 1


def test_a_replaced_key_works_until_its_overlap_is_over(office: Office) -> None:
    old = secret_in(send(office, act="make", name="till", once="c" * 22))
    form = {"act": "replace", "handle": handle_of(office, "till"), "overlap": "24"}
    new = secret_in(send(office, **form))
    assert (status(office, old), status(office, new)) == (200, 200)
    office.clock.at_ms += 24 * 3_600_000
    assert (status(office, old), status(office, new)) == (401, 200)
    assert send(office, **form | {"overlap": "9999999"}).status == 422


def test_a_revoked_key_stops_at_once_and_others_work_on(office: Office) -> None:
    secret = secret_in(send(office, act="make", name="old shop", once="d" * 22))
    form = {"act": "revoke", "handle": handle_of(office, "old shop"), "once": "e" * 22}
    assert [send(office, **form).status for _ in range(2)] == [303, 303], "twice is once"
    assert status(office, secret) == 401
    assert office.api("GET", "/codes").status == 200, "the other key works on"
    assert send(office, **form | {"once": "f" * 22}).status == 422


def test_of_many_keys_the_chosen_one_has_a_form_and_the_page_stays_light(office: Office) -> None:
    for number in range(200):
        api_keys_flow.new(office.db, office.clock, SITE, NewKey(f"shop {number}", tuple(Scope)))
    handle, owner = handle_of(office, "shop 77"), office.owner()
    page = office.send("GET", PAGE, client=owner)
    assert (page.text.count("<select"), page.text.count('value="replace"')) == (0, 0)
    assert len(page.body) < 130_000
    link = f"{PAGE}?handle={handle}#k{handle}"
    assert link in page.text
    chosen = office.send("GET", link.partition("#")[0], client=owner).text
    assert re.findall(r'name="handle" value="(.*?)"', chosen) == [handle]
    assert send(office, act="revoke", handle=handle).status == 303


@pytest.mark.parametrize("name", ["", "x" * 121, "a\nb"])
def test_a_bad_name_is_said_beside_the_field_and_kept(office: Office, name: str) -> None:
    answer = send(office, act="make", name=name)
    assert answer.status == 422
    assert 'id="name-error"' in answer.text


def test_every_change_of_a_key_is_in_the_audit_log_without_its_secret(office: Office) -> None:
    secret = secret_in(send(office, act="make", name="till"))
    office.clock.at_ms += 1
    newer = secret_in(send(office, act="replace", handle=handle_of(office, "till"), overlap="0"))
    send(office, act="revoke", handle=handle_of(office, "till"))
    with office.db.reading() as session:
        found = [one.change for one in changes.newest(session, SITE, 10)]
    assert {"key.make", "key.rotate", "key.revoke"} <= {change.action for change in found}
    assert not any(one in repr(found) for one in (secret, newer))


def test_nobody_else_makes_or_revokes_keys(office: Office) -> None:
    assert send(office, OTHER, act="make", name="mine").status == 401
    assert office.send("POST", PAGE, form={"act": "make", "name": "mine"}).status == 401
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert office.send("POST", PAGE, headers=headers, client=office.owner(), form={"act": "make"}).status == 403
