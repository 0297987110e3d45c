"""Answers to calls that record a fact."""

from typing import Literal

from passalong.flow.ingest.recorder import Kept
from passalong.web.api.operation import ACCEPTED, OK, Answer, problem
from passalong.web.http.problems import Problem

OTHER_INPUT = "This id was used before, for something else. Use a new id, or send the same again."


class Recorded(Answer, frozen=True):
    """A fact was recorded now (`accepted`, 202), or an earlier call recorded it (`duplicate`, 200)."""

    id: str
    status: Literal["accepted", "duplicate"]


def status_of(result: Kept) -> Literal["accepted", "duplicate"]:
    """Return what became of a fact. Raises `id_reused` (409) if its id was used for something else."""
    if result is Kept.CONFLICT:
        raise problem(Problem.ID_REUSED, OTHER_INPUT)
    return "duplicate" if result is Kept.DUPLICATE else "accepted"


def code_of(result: Kept) -> int:
    """Return the HTTP status of a recorded fact."""
    return OK if result is Kept.DUPLICATE else ACCEPTED
