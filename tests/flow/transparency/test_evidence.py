"""Sealing is refused where evidence of earlier seals is missing, and goes on by itself where a server only stopped."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from flow.histories import a_history
from flow.seal_props import KEYS, sealed, some_lines, unlock
from flow.world import SITE, World
from passalong.flow.transparency.heads_file import BadHeadsFileError, HeadsFile
from passalong.flow.transparency.sealer import Sealing, SealingOptions

MINUTE_MS = 60_000


@pytest.fixture
def server(world: World, tmp_path: Path) -> Iterator["Server"]:
    """A server's sealing on a history that is sealed."""
    made = Server(world, tmp_path / "heads.jsonl")
    a_history(world)
    assert made.look() > 0
    yield made


class Server:
    """Sealing as a server starts and stops it; looks are asked for by hand."""

    def __init__(self, world: World, path: Path):
        self.world = world
        self.path = path
        self.start()

    def start(self) -> None:
        """Start anew: what the process before it remembered is forgotten."""
        self.sealing = Sealing(self.world.db, self.world.clock, KEYS, HeadsFile(self.path), SealingOptions(every_s=60))
        self.sealing.remember()

    def look(self) -> int:
        """One look, some minutes later, when somebody came."""
        self.world.clock.at_ms = max(self.world.clock.at_ms, self._newest()) + 10 * MINUTE_MS
        return self.sealing.look()

    def _newest(self) -> int:
        return int(self.world.rows(text("SELECT max(at_ms) FROM journal"))[0][0])


def remove_heads(world: World) -> None:
    """All heads, and the tree under them."""
    unlock(world.db, "heads", "tree_nodes")
    with world.db.writer.begin() as connection:
        connection.execute(text("DELETE FROM heads"))
        connection.execute(text("DELETE FROM tree_nodes"))


def test_lines_that_a_killed_server_left_are_sealed_when_it_starts_again(server: Server) -> None:
    some_lines(server.world, 3, "late")
    server.start()
    assert server.look() == 1


def test_a_history_without_any_head_is_not_sealed_at_the_start(server: Server) -> None:
    remove_heads(server.world)
    server.path.unlink()
    server.start()
    assert server.look() == 0
    assert server.world.count("heads") == 0


def test_heads_that_vanish_while_the_server_runs_stop_sealing(server: Server) -> None:
    remove_heads(server.world)
    some_lines(server.world, 1, "new")
    assert server.look() == 0
    assert server.world.count("heads") == 0


def test_a_file_that_loses_lines_while_the_server_runs_stops_sealing(server: Server) -> None:
    server.path.write_text("")
    some_lines(server.world, 1, "new")
    assert server.look() == 0
    with pytest.raises(BadHeadsFileError, match="lost lines while the server ran"):
        HeadsFile.kept(server.sealing.file, SITE)


def test_a_file_that_lacks_heads_stops_sealing_at_the_start(server: Server) -> None:
    some_lines(server.world, 1, "more")
    assert server.look() == 1
    lines = server.path.read_text().splitlines(keepends=True)
    server.path.write_text("".join(lines[1:]))
    server.start()
    some_lines(server.world, 1, "new")
    assert server.look() == 0


def test_a_head_that_was_signed_just_before_a_crash_is_appended_later(server: Server) -> None:
    some_lines(server.world, 1, "more")
    assert len(sealed(server.world)) == 1
    server.start()
    some_lines(server.world, 1, "new")
    assert server.look() == 1
    assert HeadsFile(server.path).kept(SITE).count == server.world.count("heads")


def test_a_site_that_did_not_move_is_not_looked_at_again(server: Server) -> None:
    remove_heads(server.world)
    assert server.look() == 0
    assert server.world.count("heads") == 0
