"""The props are real: a durable PostgreSQL, an empty database each time, a browser that passes for a person's."""

import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine, inspect, text

from plumbing.browsers import NewContext, desktop_user_agent
from plumbing.postgres import Postgres


@pytest.mark.postgresql
@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_postgresql_is_as_durable_as_an_owners(postgres: Postgres, setting: str) -> None:
    with postgres.fresh_database() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.execute(text(f"SHOW {setting}")).scalar_one() == "on"
        engine.dispose()


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_finds_an_empty_database(database_url: str, time: str) -> None:
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE left_by_the_{time} (id INTEGER PRIMARY KEY)"))
    engine.dispose()


@pytest.mark.postgresql
def test_a_database_can_be_a_copy_of_another(postgres: Postgres) -> None:
    with postgres.fresh_database() as original:
        engine = create_engine(original)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept (id INTEGER PRIMARY KEY)"))
        engine.dispose()
        name = original.partition("?")[0].rpartition("/")[2]
        with postgres.fresh_database(template=name) as copy:
            engine = create_engine(copy)
            assert inspect(engine).get_table_names() == ["kept"]
            engine.dispose()


@pytest.mark.browser
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_the_browser_introduces_itself_as_a_persons(new_context: NewContext, phone: bool) -> None:
    page = new_context(phone=phone).new_page()
    agent = page.evaluate("navigator.userAgent")
    assert "Headless" not in agent
    assert ("Mobile" in agent) is phone


@pytest.mark.browser
def test_the_browser_does_not_lie_about_its_version(chromium: Browser) -> None:
    assert f"Chrome/{chromium.version.partition('.')[0]}." in desktop_user_agent(chromium)
