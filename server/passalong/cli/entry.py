"""Entry point of the command: Ctrl-C during the imports ends it without a traceback."""

import gc


def main() -> int:
    """Load the commands and run one; returns the exit code."""
    gc.disable()  # modules leave no garbage: to look for it takes a fifth of the time that they take to load
    try:
        from passalong import private_files
        from passalong.cli import main as cli_main

        gc.freeze()
        gc.enable()
        private_files.keep_private()
        return cli_main.main()
    except KeyboardInterrupt:
        return 130
