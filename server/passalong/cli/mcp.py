"""`passalong mcp`: tools for assistants, over standard input and output, as a client of a running instance."""

import asyncio
import os
from pathlib import Path

import click

from passalong.cli.common import FILE, CommandError
from passalong.cli.listen import VARIABLE

MISSING = 'Assistants need one more package: pip install "passalong[mcp]".'


@click.command("mcp")
@click.option("--url", default=lambda: os.environ.get("PASSALONG_URL", "http://127.0.0.1:8080"), help="The instance.")
@click.option("--key-file", type=FILE, help="A file with the API key, instead of the environment variable.")
def mcp(url: str, key_file: Path | None) -> None:
    """Offer a site's API to an assistant as MCP tools: reads are answered, changes are proposed to a person.

    The API key comes from the environment variable PASSALONG_KEY or from a file. Make it with --scope read --scope
    propose, so that it can change nothing by itself.
    """
    key = key_file.read_text(encoding="utf-8").strip() if key_file else os.environ.get(VARIABLE, "").strip()
    if not key:
        raise CommandError(
            f"Set {VARIABLE} to an API key: `passalong key new SITE --scope read --scope propose` makes one."
        )
    try:
        from passalong.agents import server
        from passalong.client import ProblemError, UnreachableError
    except ImportError:
        raise CommandError(MISSING) from None
    try:
        asyncio.run(server.serve_stdio(url, key))
    except (ProblemError, UnreachableError, server.OldKeyError) as error:
        raise CommandError(f"{url}: {error}") from None
    except KeyboardInterrupt:
        pass
