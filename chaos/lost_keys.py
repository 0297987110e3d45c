"""The key file is lost: the server refuses to start and makes no other; restored, every shared link works as before.

Control: a start that accepts new keys. The links of before must be found dead.
"""

import os
import subprocess
import sys

from cast import an_id
from chaos.outcome import begin
from chaos.place import PAGE, ROOT, SITE, Place, a_place
from client import Client
from passalong.keys import KeyOpener
from passalong.lib.clock import SystemClock
from passalong.settings import read_settings
from passalong.store.engine import Database

FILES = ("keys.json", "ledger-keys.json")
ROUNDS = {"short": 1, "long": 10}


def main() -> int:
    """Lose each file, restore it, and follow the old links."""
    outcome = begin("lost_keys")
    with a_place() as place:
        rounds = ROUNDS["short" if outcome.short else "long"]
        refused = [_start_without(place, name) for _ in range(rounds) for name in FILES]
        place.start()
        alive = _followed(place, "after")
        outcome.claim(
            "a lost key file stops the start, and its return brings every link back",
            all(refused) and alive == len(place.tokens),
            losses=len(refused),
            refused=sum(refused),
            links=len(place.tokens),
            alive=alive,
        )
        place.stop()
        (place.folder / "keys.json").unlink()
        _accept_new_keys(place)
        place.start()
        alive = _followed(place, "new")
        outcome.control("new keys are accepted", alive < len(place.tokens), links=len(place.tokens), alive=alive)
    return outcome.end()


def _start_without(place: Place, name: str) -> bool:
    """True if the server names the missing file in one line, and makes none."""
    place.stop()
    path = place.folder / name
    kept = path.read_bytes()
    path.unlink()
    done = _serve(place)
    named = done is not None and done.returncode == 2 and done.stderr.count("\n") == 1 and str(path) in done.stderr
    made = path.exists()
    path.write_bytes(kept)
    path.chmod(0o600)
    return named and not made


def _serve(place: Place) -> subprocess.CompletedProcess[str] | None:
    """Run `passalong serve` until it ends by itself; a server that starts is ended, and is None."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
        "PASSALONG_DATA": str(place.folder),
        "PASSALONG_PORT": str(place.port),
        "DATABASE_URL": place.database_url,
    }
    command = [sys.executable, "-m", "passalong", "serve"]
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        return None


def _accept_new_keys(place: Place) -> None:
    """Do what `passalong serve --accept-new-keys` does before it serves."""
    settings = read_settings({"PASSALONG_DATA": str(place.folder), "DATABASE_URL": place.database_url})
    db = Database(place.database_url)
    KeyOpener(settings, db, SystemClock(), {}).open(accept_new=True)
    db.close()


def _followed(place: Place, name: str) -> int:
    """Count the links of before through which a visit still counts."""
    with Client(place.port) as browser:
        return sum(
            browser.visit(
                SITE, token, visitor=an_id("visitor", name, number), page=PAGE, note_id=an_id("note", name, number)
            ).kept
            == "visit"
            for number, token in enumerate(place.tokens)
        )


if __name__ == "__main__":
    sys.exit(main())
