"""The process that `serving` starts: `passalong serve`, with nothing replaced but the clock.

    python -m serving_child [FILE OF THE CLOCK]

Settings come from the environment, as an owner's would. Without a file it runs on the machine's clock.
"""

import mmap
import sys
from pathlib import Path

from passalong.app import make_instance
from passalong.asgi import App
from passalong.serving import Server
from passalong.settings import Settings, read_settings

CLOCK_BYTES = 8


class FileClock:
    """A clock that stands where somebody set it: milliseconds in the eight bytes of a file that processes share.

    The eight bytes are aligned and are copied at once, so a reader in another process never sees half of a time.
    """

    def __init__(self, path: Path):
        self.path = path
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), CLOCK_BYTES)

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return int.from_bytes(self._shared[:CLOCK_BYTES], "little")

    def set_ms(self, at_ms: int) -> None:
        """It is this time now, for every process that reads the file."""
        self._shared[:CLOCK_BYTES] = at_ms.to_bytes(CLOCK_BYTES, "little")

    def close(self) -> None:
        """Let the file go."""
        self._shared.close()


class ServerOnFileClock(Server):
    """The product's own server, whose worker reads the time from a file."""

    def __init__(self, settings: Settings, path: Path):
        self._clock_path = path
        super().__init__(settings)

    def load(self) -> App:
        """Called in the worker, as the product's is."""
        return App(make_instance(self._settings, FileClock(self._clock_path)))


def main(arguments: list[str]) -> None:
    """Serve until a signal ends it."""
    settings = read_settings()
    server = ServerOnFileClock(settings, Path(arguments[0])) if arguments else Server(settings)
    server.run()


if __name__ == "__main__":
    main(sys.argv[1:])
