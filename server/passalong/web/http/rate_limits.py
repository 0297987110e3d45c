"""The rate limit of a key or a token: so many requests in each minute, counted in this process."""

import threading
import time

from msgspec import Struct

QUOTA, WINDOW_S = 12_000, 60
"""200 requests a second on average; calls that take many entries count once."""
MOST_KEYS = 10_000


class Left(Struct, frozen=True):
    """The rest of a key's quota, and the seconds until it is whole again."""

    quota: int
    requests: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers of draft-ietf-httpapi-ratelimit-headers, and `Retry-After` if nothing is left."""
        current = {
            "RateLimit-Policy": f'"key";q={self.quota};w={WINDOW_S}',
            "RateLimit": f'"key";r={max(self.requests, 0)};t={self.reset_s}',
        }
        return current | ({"Retry-After": str(self.reset_s)} if self.requests < 0 else {})


class RateLimits:
    """Counts the requests of each key in this process. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[float, int]] = {}

    def count(self, key_hash: str, quota: int) -> Left:
        """Count one request of `quota` in a minute; `requests` of the answer is negative for one too many."""
        now = time.monotonic()
        with self._lock:
            since, count = self._counts.get(key_hash, (now, 0))
            if now - since >= WINDOW_S:
                since, count = now, 0
            if len(self._counts) >= MOST_KEYS:
                self._counts = {key: count for key, count in self._counts.items() if now - count[0] < WINDOW_S}
            self._counts[key_hash] = since, count + 1
        return Left(quota, quota - count - 1, max(1, int(since + WINDOW_S - now)))
