"""Taking what has gathered: threads put things into a queue, one thread takes all that is there and does it at once."""

from queue import Empty, SimpleQueue
from typing import TypeVar

Waiting = TypeVar("Waiting")


def gather(queue: "SimpleQueue[Waiting | None]", first: Waiting, most: int) -> tuple[list[Waiting], bool]:
    """The first and what waits behind it, `most` at the most; True when None, the end, was among it."""
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
