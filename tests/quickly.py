"""Run a module as `python -m` does, with Passalong loaded before it, without looking for garbage meanwhile.

    python -m quickly MODULE [ARGUMENT …]

Modules leave no garbage, and looking for it takes nearly as long as loading them. The suite starts hundreds of servers.
"""

import gc
import runpy
import sys
from importlib import import_module


def main() -> None:
    """Load Passalong, then run the module."""
    gc.disable()
    import_module("passalong.serving")
    gc.freeze()
    gc.enable()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
