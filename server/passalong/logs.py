"""Logs: one line of JSON each on standard error, without tokens, secrets or bodies."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO, cast

import structlog
from sqlalchemy.exc import DBAPIError
from structlog.typing import EventDict, ExcInfo, WrappedLogger

from passalong.store.database_errors import first_line, is_retryable, line_about


def log_plainly(level: str) -> None:
    """Log to standard error: one line of JSON each; no token, secret or body is ever a field."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_traceback,
            structlog.processors.ExceptionRenderer(traceback_of),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Patient(sys.stderr))),
    )


def without_traceback(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the traceback of an error that is the database's, like a lock that another program holds, by a line.

    Such an error repeats in each thread until the database is there again, and no code of ours is to blame.
    """
    if event.get("exc_info") is True and (error := sys.exception()) is not None:
        passing = next(filter(is_retryable, _causes(error)), None)
        if passing is not None:
            del event["exc_info"]
            event["error"] = line_about(passing)
    return event


def traceback_of(exc_info: ExcInfo) -> str:
    """Return a traceback in which an error of the database has its statement, and none of the values in it.

    SQLAlchemy adds the parameters to its errors, PostgreSQL the row: both may hold an address or an account number.
    """
    parts = []
    for error in _chain(exc_info[1]):
        frames = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}: {_words(error)}")
    return "\n\n".join(parts)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors that led to this one, the first one first, as Python prints them."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _chain(cause)
    yield error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and those that it was raised from. A bug in the handler of another error has no cause."""
    while error is not None:
        yield error
        error = error.__cause__


def _words(error: BaseException) -> str:
    if isinstance(error, DBAPIError):
        return f"{first_line(error)} [{error.statement}]"
    return next(iter(str(error).splitlines()), "")


class Patient:
    """Standard error on a disk that may be full: a line that cannot be written is lost, and nothing else stops."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if possible."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if possible."""
        with suppress(OSError):
            self._stream.flush()
