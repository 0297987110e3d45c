"""Entry point of the command: Ctrl-C during the imports ends it without a traceback."""


def main() -> int:
    """Load the commands and run one; returns the exit code."""
    try:
        from passalong import private_files
        from passalong.cli import main as cli_main

        private_files.keep_private()
        return cli_main.main()
    except KeyboardInterrupt:
        return 130
