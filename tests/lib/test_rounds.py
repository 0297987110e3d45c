"""Rounds: work that a thread does again and again."""

import threading

from passalong.lib.rounds import Rounds

HOUR_S = 3_600.0
SOON_S = 20.0


def test_a_round_that_fails_is_tried_again() -> None:
    tries: list[int] = []
    done = threading.Event()

    def work() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("the database is away")
        done.set()

    rounds = Rounds("mail", work, every_s=0.01)
    rounds.start()
    assert done.wait(SOON_S)
    rounds.stop()
    ended = len(tries)
    assert ended >= 3
    rounds.wake()
    assert len(tries) == ended, "there is no round after the stop"


def test_a_wake_begins_a_round_early_and_is_not_lost_during_one() -> None:
    began, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def work() -> None:
        began.release()
        assert go_on.acquire(timeout=SOON_S)

    rounds = Rounds("mail", work, every_s=HOUR_S)
    rounds.start()
    assert began.acquire(timeout=SOON_S)
    rounds.wake()  # in the middle of the first round
    go_on.release()
    assert began.acquire(timeout=SOON_S), "the wake is not forgotten"
    go_on.release()
    rounds.stop()


def test_a_stop_waits_for_the_round_under_way_and_ends_its_pauses() -> None:
    began, ended = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        rounds.pause(HOUR_S)
        assert rounds.stopping
        ended.set()

    rounds = Rounds("mail", work, every_s=HOUR_S)
    rounds.start()
    assert began.wait(SOON_S)
    rounds.stop()
    assert ended.is_set()


class Raced(Rounds):
    """A thread that is stopped just after it has looked whether it is."""

    looked = False

    @property
    def stopping(self) -> bool:
        found = super().stopping
        if not self.looked:
            self.looked = True
            self.began.set()
            self._stop.wait(SOON_S)
            self._wake.wait(SOON_S)
        return found

    began = threading.Event()


def test_a_stop_between_two_steps_of_the_loop_is_not_lost() -> None:
    rounds = Raced("raced", lambda: None, every_s=HOUR_S)
    rounds.start()
    assert rounds.began.wait(SOON_S)
    rounds.stop()
    assert "raced" not in {thread.name for thread in threading.enumerate()}


def test_what_never_began_stops_at_once() -> None:
    Rounds("mail", lambda: None, every_s=HOUR_S).stop()
