"""`/healthz`: this process answers. `/readyz`: it can also use its database; if not, it says what is wrong.

The words name no host, no file and no error text: strangers read them, too. The log has the rest.

asgi.py answers both beside the pages' threads, so they answer while every one of those is busy.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog
from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from passalong.store.database_errors import Blame, blame
from passalong.store.engine import Database
from passalong.web.http.services import current_services

bp = Blueprint("health", __name__)
log = structlog.get_logger()

ALIVE, READY = "/healthz", "/readyz"
OK = {"status": "ok"}
NO_DATABASE = {
    "status": "no database",
    "message": "The database does not answer. Check that it runs, and DATABASE_URL. The log says more.",
}
NO_TABLES = {
    "status": "no tables",
    "message": "The database has no tables of this version. Run `passalong db upgrade`, then start again.",
}
LATER = {"Retry-After": "5"}
LONGEST_S = 5.0
"""A slower database counts as unavailable."""


@bp.get(ALIVE)
def healthz() -> Response:
    """Answer that the process is alive."""
    return jsonify(OK)


@bp.get(READY)
def readyz() -> Response | tuple[Response, int, dict[str, str]]:
    """Answer that the instance is ready, or 503 with what is missing."""
    health_answers = answers(current_services().db)
    return jsonify(OK) if health_answers is OK else (jsonify(health_answers), 503, LATER)


def answers(db: Database) -> dict[str, str]:
    """Return OK if the database can be read and has our tables; otherwise what is wrong.

    No row is read: with Citus, one lost node must not stop the probes of every site.
    """
    try:
        with db.reading() as session:
            session.execute(text("SELECT site_id FROM sites WHERE 1 = 0"))
    except SQLAlchemyError as error:
        log.exception("the database does not answer")
        return NO_TABLES if blame(error) is Blame.STATEMENT else NO_DATABASE
    return OK


class Probe:
    """Asks the database from the event loop, in a thread of its own; concurrent probes share one answer."""

    def __init__(self, db: Database):
        self._db = db
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ready")
        self._asked: asyncio.Future[dict[str, str]] | None = None

    async def answers(self) -> dict[str, str]:
        """Return OK if the database can be read within LONGEST_S; otherwise what is wrong."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.get_running_loop().run_in_executor(self._thread, answers, self._db)
        try:
            return await asyncio.wait_for(asyncio.shield(self._asked), LONGEST_S)
        except TimeoutError:
            return NO_DATABASE
