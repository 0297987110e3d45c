"""Back-off of sites whose fold failed: each is retried after a pause that doubles, and never holds up the others."""

import time

FIRST_S = 1.0
LONGEST_S = 60.0


class Failures:
    """The times at which failing sites may be retried. Not thread-safe."""

    def __init__(self) -> None:
        self._pauses: dict[str, tuple[float, float]] = {}

    def add(self, site_id: str) -> None:
        """Pause a site: a second, then twice as long each time, a minute at most."""
        pause_s = min(LONGEST_S, 2 * self._pauses[site_id][0]) if site_id in self._pauses else FIRST_S
        self._pauses[site_id] = (pause_s, time.monotonic() + pause_s)

    def forget(self, site_id: str) -> None:
        """End the back-off of a site that was folded."""
        self._pauses.pop(site_id, None)

    def may_try(self, site_id: str) -> bool:
        """False while the site pauses."""
        return site_id not in self._pauses or self._pauses[site_id][1] <= time.monotonic()

    def next_s(self) -> float:
        """Return the seconds until the next site may be retried; infinity if none is paused."""
        now_s = time.monotonic()
        return min((max(0.0, until_s - now_s) for _, until_s in self._pauses.values()), default=float("inf"))
