"""The outcome of an experiment: a line for people, a line of JSON for programs, and the exit code for make."""

import json
import sys
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outcome:
    """The lines of one experiment. A claim must be true; a control has a planted fault, which must be caught."""

    name: str
    short: bool
    failed: list[str] = field(default_factory=list)

    def claim(self, what: str, holds: bool, **figures: Any) -> None:
        """Record a claim of the product with its number of trials and failures."""
        self._say(what, "holds" if holds else "BROKEN", holds, figures)

    def control(self, fault: str, caught: bool, **figures: Any) -> None:
        """Record the same check on a product with a planted fault."""
        self._say(f"planted fault: {fault}", "caught" if caught else "NOT CAUGHT", caught, figures)

    def report(self, what: str, **figures: Any) -> None:
        """Record figures that depend on the machine."""
        self._say(what, "measured", True, figures)

    def skip(self, why: str) -> int:
        """Record that the experiment cannot run on this machine."""
        self._say(f"skipped: {why}", "skipped", True, {})
        return 0

    def end(self) -> int:
        """Return the exit code."""
        return 1 if self.failed else 0

    def _say(self, what: str, verdict: str, good: bool, figures: dict[str, Any]) -> None:
        if not good:
            self.failed.append(what)
        words = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
        print(f"{self.name}: {what}: {verdict}{': ' if words else ''}{words}")
        said = {"experiment": self.name, "short": self.short, "what": what, "verdict": verdict, **figures}
        print(json.dumps(said), flush=True)


def begin(name: str) -> Outcome:
    """Start the outcome of an experiment, in the length that the command line asks for."""
    return Outcome(name, is_short())


def is_short() -> bool:
    """Return True if the command line asks for the short form."""
    return "--short" in sys.argv[1:]
