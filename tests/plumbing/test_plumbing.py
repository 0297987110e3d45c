"""The props are real: a durable PostgreSQL, an empty database each time, a browser that passes for a person's."""

import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine, inspect, text

from cast import a_site
from passalong.lib.clock import SystemClock
from passalong.store.engine import Database
from plumbing.browsers import NewContext, desktop_user_agent
from plumbing.lending import Lending
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
def test_each_test_finds_an_empty_database(empty_database_url: str, time: str) -> None:
    engine = create_engine(empty_database_url)
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


@pytest.mark.postgresql
def test_a_lent_database_comes_back_without_rows_and_is_lent_again(postgresql_databases: Lending) -> None:
    for _ in range(2):
        with postgresql_databases.lent() as url:
            db = Database(url)
            with db.writer.connect() as connection:
                assert connection.execute(text("SELECT count(*) FROM events")).scalar_one() == 0
                assert connection.execute(text("SELECT count(*) FROM sites")).scalar_one() == 0
            a_site(db, SystemClock())
            db.close()
    with postgresql_databases.lent() as again:
        assert again == url


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "change",
    [
        "DROP TABLE ways",
        "CREATE TABLE more (id INTEGER)",
        "ALTER TABLE events DISABLE TRIGGER USER",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
def test_a_database_that_a_test_has_changed_is_not_lent_again(postgresql_databases: Lending, change: str) -> None:
    with postgresql_databases.lent() as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(change))
        engine.dispose()
    with postgresql_databases.lent() as another:
        assert another != url


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
