"""Where the command begins: Ctrl-C while everything is still being loaded ends it without a word, as later on."""


def main() -> int:
    """Load the commands and run one; returns the exit code."""
    try:
        from passalong import cli

        return cli.main()
    except KeyboardInterrupt:
        return 130
