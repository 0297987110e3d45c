"""Batching: drain a queue into a batch for a single writer thread."""

from queue import Empty, SimpleQueue
from typing import TypeVar

Waiting = TypeVar("Waiting")


def gather(queue: "SimpleQueue[Waiting | None]", first: Waiting, most: int) -> tuple[list[Waiting], bool]:
    """Return the first item and those waiting behind it, at most `most`; True if None, the end, was among them."""
    batch = [first]
    while len(batch) < most:
        try:
            waiting = queue.get_nowait()
        except Empty:
            return batch, False
        if waiting is None:
            return batch, True
        batch.append(waiting)
    return batch, False
