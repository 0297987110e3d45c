"""Logs: one line of JSON each on standard error, without tokens, secrets or bodies."""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog


def log_plainly(level: str) -> None:
    """Log to standard error: one line of JSON each; no token, secret or body is ever a field."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Patient(sys.stderr))),
    )


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
