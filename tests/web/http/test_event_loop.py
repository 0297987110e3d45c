"""The event loop reads notes from memory alone: what is not there is asked for in another thread."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cast import an_id, cleo
from flow.office import Office
from passalong.web.http import services
from passalong.web.http.services import NotCachedError, SiteCache
from plumbing.statements import statements


@pytest.fixture
def nothing_cached(office: Office) -> None:
    """Forget every answer that was kept."""
    for name in ("_sites", "_missing", "_codes"):
        getattr(office.instance.services.sites, name)._kept.clear()


@pytest.mark.parametrize("site", ["bees01", "nobody", "unknown1"])
@pytest.mark.parametrize("code", ["anna", "nothing", ""])
def test_no_statement_runs_on_the_event_loop(
    office: Office, token: str, nothing_cached: None, site: str, code: str
) -> None:
    said = office.visit(f"loop {site} {code}", code or token, cleo) | {"site": site}
    with statements(office.db) as found:
        office.note("asgi", said)
    assert found
    assert office._thread.ident not in {statement.thread for statement in found}


def test_a_key_that_no_site_has_is_looked_up_once(office: Office, nothing_cached: None, door: str) -> None:
    said = office.visit(f"misses {door}", "nothing", cleo) | {"site": f"none{door}"}
    with statements(office.db) as found:
        answers = {office.note(door, said | {"id": an_id(str(number))}).status for number in range(5)}
    assert answers == {404}
    assert len([statement for statement in found if "FROM sites" in statement.text]) == 1


def test_made_up_keys_do_not_push_sites_out(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_KEPT", 10)
    cache = SiteCache(office.db)
    site = cache.find("bees01")
    for number in range(30):
        assert cache.find(f"made{number}") is None
    assert cache.in_memory().find("bees01") is site
    with pytest.raises(NotCachedError):
        cache.in_memory().find("made0")


def test_sites_may_be_found_while_others_are_listed(office: Office) -> None:
    """A dict that another thread adds to while it is iterated raises."""
    cache = SiteCache(office.db)
    site = cache.find("bees01")
    assert site is not None

    def add() -> None:
        for number in range(20_000):
            cache._sites.put(f"s{number}", site)

    with ThreadPoolExecutor() as threads:
        adding = threads.submit(add)
        while not adding.done():
            assert "bees01" not in cache.others("bees01")
