"""The number of examples of a property: few in each run, with a new seed, and all of them in `make fuzz`.

`make test-pages` asks for the full form too.
"""

import os

FULL = os.environ.get("PASSALONG_FUZZ") == "full"
SHARE = 4
"""The short form tries a quarter of the examples."""


def examples(full: int) -> int:
    """Return the examples that a property tries in this run, of those in the full form."""
    return full if FULL else full // SHARE
