"""Sealing: what is new gets a signed head, what was sealed can be proved, and heads are kept outside the database."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import text, update

from cast import anna, cleo
from flow.seal_props import KEYS, sealed, some_lines, unlock
from flow.world import SITE, World, a_refund, a_visit, an_order
from passalong.core.transparency import merkle
from passalong.core.transparency.leaves import Head, leaf_of, text_of
from passalong.core.transparency.tile import TILE
from passalong.flow.transparency import heads_file
from passalong.flow.transparency import sealing as flow_sealing
from passalong.flow.transparency.heads_file import HeadsFile, read_heads
from passalong.flow.transparency.sealer import Sealing, SealingOptions, Told
from passalong.lib.signing import is_signed
from passalong.store.schema.journal import journal
from passalong.store.transparency import heads, nodes
from passalong.store.transparency.tree_reader import TreeReader


def leaves(world: World) -> list[bytes]:
    """Every leaf hash, from the journal itself."""
    with world.db.reading() as session:
        secret = nodes.secret_of(session, SITE)
        assert secret
        return [leaf_of(line, secret) for line in nodes.lines_after(session, SITE)]


# --- heads ------------------------------------------------------------------------------------------------------------


def test_new_lines_are_sealed_once(world: World) -> None:
    assert sealed(world) == []
    some_lines(world)
    [head] = sealed(world)
    assert (head.size, head.key) == (world.count("journal"), KEYS.newest)
    assert is_signed(KEYS.public[head.key], head.signature, text_of(head))
    assert sealed(world) == []
    some_lines(world, 1, "w")
    assert [later.size for later in sealed(world)] == [world.count("journal")]


def test_a_head_is_the_root_of_the_rfcs_tree_over_every_line(world: World) -> None:
    some_lines(world, 5)
    [head] = sealed(world)
    grown = merkle.Frontier()
    for leaf in leaves(world):
        grown.append(leaf)
    assert (grown.size, grown.root().hex()) == (head.size, head.root)


def test_however_often_it_is_sealed_the_tree_is_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Heads in the middle of a subtree and at its border, one line at a time and many."""
    monkeypatch.setattr(flow_sealing, "MOST_LINES", 100)
    some_lines(world, 260)
    made = sealed(world)
    assert len(made) > 5
    some_lines(world, 30, "w")
    made += sealed(world)
    grown, roots = merkle.Frontier(), {}
    for leaf in leaves(world):
        grown.append(leaf)
        roots[grown.size] = grown.root().hex()
    assert {head.size: head.root for head in made} == {head.size: roots[head.size] for head in made}
    assert made[-1].size == grown.size > 2 * TILE


def test_proofs_hold_for_every_line_and_between_all_heads(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_sealing, "MOST_LINES", 97)
    some_lines(world, 200)
    made = sealed(world)
    last, all_leaves = made[-1], leaves(world)
    root = bytes.fromhex(last.root)
    with world.db.reading() as session:
        reader = TreeReader(session, SITE, nodes.secret_of(session, SITE) or b"")
        lines = list(nodes.lines_after(session, SITE))
        for some in (lines, lines[::37], lines[-1:], lines[:1]):
            found = TreeReader(session, SITE, reader._secret).indexes(
                some, [all_leaves[lines.index(one)] for one in some]
            )
            assert found == [lines.index(one) for one in some]
        for index in range(len(lines)):
            proof = merkle.inclusion(index, last.size, reader.hash)
            assert merkle.proves_inclusion(all_leaves[index], index, last.size, proof, root)
        for one in made:
            proof = merkle.consistency(one.size, last.size, reader.hash)
            assert merkle.proves_consistency(one.size, last.size, bytes.fromhex(one.root), root, proof)
        with pytest.raises(KeyError):
            reader.indexes(lines[:1], [bytes(32)])


def test_salts_do_not_change_the_journal(world: World) -> None:
    """The secret is the site's, made at the first sealing: the journal, and a replay of it, know nothing of it."""
    some_lines(world)
    before = world.rows(text("SELECT * FROM journal ORDER BY tx, line"))
    sealed(world)
    assert world.rows(text("SELECT * FROM journal ORDER BY tx, line")) == before


def test_a_journal_that_is_not_what_was_sealed_is_not_sealed_again(world: World) -> None:
    some_lines(world)
    sealed(world)
    unlock(world.db, "journal")
    with world.db.writer.begin() as connection:
        connection.execute(update(journal).where(journal.c.tx == 1).values(at_ms=journal.c.at_ms + 1))
    assert sealed(world) == []  # nothing is new
    some_lines(world, 1, "w")
    with pytest.raises(flow_sealing.JournalChangedError):
        sealed(world)


def test_two_that_seal_at_once_make_one_tree(world: World) -> None:
    some_lines(world, 100)
    found: list[Head] = []
    threads = [threading.Thread(target=lambda: found.extend(sealed(world))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == world.count("heads") == 1


# --- outside ----------------------------------------------------------------------------------------------------------


def test_every_head_stands_in_a_file_once(world: World, tmp_path: Path) -> None:
    path = tmp_path / "kept" / "heads.jsonl"
    file, other = HeadsFile(path), HeadsFile(path)
    made = []
    for turn in range(4):
        some_lines(world, 2, f"t{turn}")
        made += sealed(world)
        assert (file if turn % 2 else other).keep(world.db, SITE) == 1
        assert file.keep(world.db, SITE) == other.keep(world.db, SITE) == 0
    assert list(read_heads(path)) == made
    assert HeadsFile(path).keep(world.db, SITE) == 0


def test_a_line_that_was_cut_off_is_written_again(world: World, tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    some_lines(world)
    made = sealed(world)
    HeadsFile(path).keep(world.db, SITE)
    some_lines(world, 1, "w")
    made += sealed(world)
    with path.open("ab") as file:
        file.write(b'{"site": "bees')
    assert list(read_heads(path)) == made[:1]
    assert HeadsFile(path).keep(world.db, SITE) == 1
    assert list(read_heads(path)) == made


def test_nothing_is_appended_for_an_old_copy(world: World, tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    some_lines(world)
    [head] = sealed(world)
    ahead = Head(SITE, head.size + 5, head.root, head.at_ms, head.key, head.signature)
    path.write_text(json.dumps({name: getattr(ahead, name) for name in Head.__struct_fields__}) + "\n")
    assert HeadsFile(path).keep(world.db, SITE) == 0
    assert list(read_heads(path)) == [ahead]


def test_a_line_that_is_no_head_is_named(tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    path.write_text("garbage\n")
    with pytest.raises(heads_file.BadHeadsFileError, match="Line 1 of"):
        list(read_heads(path))
    assert list(read_heads(tmp_path / "none")) == []


# --- an address that is told ------------------------------------------------------------------------------------------


class Witness(HTTPServer):
    """Somebody else's server, which takes heads in; `status` is what it answers."""

    def __init__(self) -> None:
        self.taken: list[dict[str, object]] = []
        self.asked = 0
        self.status = 204
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    """Takes a POST in."""

    server: Witness

    def do_POST(self) -> None:
        self.server.asked += 1
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.status == 204:
            self.server.taken += body["heads"]
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def witness() -> Iterator[Witness]:
    """A witness that listens."""
    server = Witness()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_told_every_head_and_asked_again_when_it_fails(world: World, witness: Witness) -> None:
    url = f"http://127.0.0.1:{witness.server_port}/heads"
    some_lines(world)
    made = sealed(world)
    for status in (500, 302):
        witness.status = status
        now_ms = world.clock.now_ms()
        assert heads_file.tell(world.db, SITE, url, now_ms, private=True) == 0
        assert heads_file.tell(world.db, SITE, url, now_ms, private=True) == 0  # too early: not even asked
        world.clock.at_ms += 2_000
    assert (witness.asked, witness.taken) == (2, [])
    witness.status = 204
    some_lines(world, 1, "w")
    made += sealed(world)
    world.clock.at_ms += 2_000
    assert heads_file.tell(world.db, SITE, url, world.clock.now_ms(), private=True) == 2
    assert heads_file.tell(world.db, SITE, url, world.clock.now_ms(), private=True) == 0
    assert [head["signature"] for head in witness.taken] == [head.signature for head in made]


def test_an_address_inside_is_not_asked(world: World, witness: Witness) -> None:
    some_lines(world)
    sealed(world)
    url = f"http://127.0.0.1:{witness.server_port}/heads"
    assert heads_file.tell(world.db, SITE, url, world.clock.now_ms()) == 0
    with world.db.reading() as session:
        assert heads.told(session, SITE).failures == 1
    assert witness.asked == 0


# --- the thread -------------------------------------------------------------------------------------------------------


def test_the_thread_seals_keeps_and_tells(world: World, witness: Witness, tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    url = f"http://127.0.0.1:{witness.server_port}/heads"
    sealing = Sealing(
        world.db, world.clock, KEYS, HeadsFile(path), SealingOptions(every_s=0.01, told=Told(url, private=True))
    )
    share = world.link(anna)
    world.happens(a_visit("v", share, cleo, 1), an_order("o", 2, share_id=share, visit="v"), a_refund("r", "o", 3))
    done = threading.Event()
    world_taken = witness.taken
    sealing.start()
    for _ in range(500):
        if world_taken or done.wait(0.02):
            break
    sealing.stop()
    assert [head["size"] for head in world_taken] == [world.count("journal")]
    assert [head.signature for head in read_heads(path)] == [head["signature"] for head in world_taken]


def test_one_ledger_that_is_broken_does_not_stop_the_thread(world: World, tmp_path: Path) -> None:
    sealing = Sealing(world.db, world.clock, KEYS, HeadsFile(tmp_path / "heads.jsonl"), SealingOptions(every_s=60))
    some_lines(world)
    assert sealing.look() == 1
    unlock(world.db, "journal")
    with world.db.writer.begin() as connection:
        connection.execute(update(journal).where(journal.c.tx == 1).values(at_ms=journal.c.at_ms + 1))
    some_lines(world, 1, "w")
    assert sealing.look() == 0
    sealing.stop()
