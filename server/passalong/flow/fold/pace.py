"""The pace of the fold beside the collector: the size of the next slice, and the pause before it."""

SLICE_S = 0.008
"""How long a slice may take while notes arrive: on SQLite they wait for it."""
LEAST = 5
"""The least size of a slice: half of the time of such a slice is what every slice takes."""
PATIENCE = 3
"""Where many notes arrive, folding takes at most a quarter of the time, otherwise half."""
MANY_A_SECOND = 1_000
"""Notes a second for which the collector needs more than half of the time."""
QUIET_S = 0.5
"""The pause without notes after which slices may be large again: at 300 a second some slices see none."""
LONGEST_PAUSE_S = 1.0


class Pace:
    """Judges each slice by the one before. Without notes slices have the largest size and no pause."""

    def __init__(self, largest: int, slice_s: float = SLICE_S):
        self._largest = largest
        self._slice_s = slice_s
        self._busy_until_s = 0.0
        self._taken = 0
        self.size = largest

    def pause_s(self, folded: int, took_s: float, now_s: float, *, notes: int, backlog: int) -> float:
        """Set the size after a slice that folded so many facts; returns the seconds until the next may begin.

        `notes` counts those answered so far, `backlog` those that wait now.
        """
        if notes != self._taken or backlog:
            self._busy_until_s = now_s + QUIET_S
        self._taken = notes
        if now_s > self._busy_until_s:
            self.size = self._largest
            return 0.0
        self.size = max(LEAST, min(self._largest, self._wanted(folded, took_s)))
        patience = PATIENCE if backlog > MANY_A_SECOND * took_s else 1
        return min(patience * took_s, LONGEST_PAUSE_S)

    def _wanted(self, folded: int, took_s: float) -> int:
        """Return the size that takes as long as meant; what was not full only shows that twice as much may be tried."""
        if folded < self.size:
            return min(self.size, 2 * folded)
        return min(2 * folded, int(folded * self._slice_s / max(took_s, 0.0001)) + 1)
