"""`/healthz`: this process answers. `/readyz`: it can also read its database."""

import structlog
from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from passalong.web.parts import parts

bp = Blueprint("health", __name__)
log = structlog.get_logger()


@bp.get("/healthz")
def healthz() -> Response:
    """Alive."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Ready to work, or 503 with what is missing."""
    try:
        with parts().db.reading() as session:
            session.execute(text("SELECT site_id FROM sites LIMIT 1"))
    except SQLAlchemyError:
        log.exception("the database does not answer")
        return jsonify(status="no database"), 503
    return jsonify(status="ok"), 200
