"""`passalong mcp`: tools for assistants, over standard input and output or HTTP, as a client of a running instance."""

import asyncio
import os
from pathlib import Path

import click

from passalong.cli.common import FILE, CommandError
from passalong.cli.listen import VARIABLE

MISSING = 'Assistants need one more package: pip install "passalong[mcp]".'
OWN_KEYS = "With --http every request brings its own key (`Authorization: Bearer ak_…`): leave --key-file out."


@click.command("mcp")
@click.option("--url", default=lambda: os.environ.get("PASSALONG_URL", "http://127.0.0.1:8080"), help="The instance.")
@click.option("--key-file", type=FILE, help="A file with the API key, instead of the environment variable.")
@click.option("--http", is_flag=True, help="Serve MCP over streamable HTTP; every request brings its own key.")
@click.option("--bind", default="127.0.0.1", show_default=True, help="With --http: the address to listen on.")
@click.option("--port", default=8085, show_default=True, type=click.IntRange(1, 65535), help="With --http: the port.")
@click.option("--name", "names", multiple=True, help="With --http: a host name of your proxy, such as mcp.example.org.")
def mcp(url: str, key_file: Path | None, http: bool, bind: str, port: int, names: tuple[str, ...]) -> None:
    """Offer a site's API to an assistant as MCP tools: reads are answered, changes are proposed to a person.

    The API key comes from the environment variable PASSALONG_KEY or from a file. Make it with --scope read --scope
    propose, so that it can change nothing by itself.
    """
    if http and key_file:
        raise CommandError(OWN_KEYS)
    key = "" if http else _read_key(key_file)
    try:
        from passalong.agents import http as agents_http
        from passalong.agents import server
        from passalong.agents.mounted import PATHS
        from passalong.client import ProblemError, UnreachableError
    except ImportError:
        raise CommandError(MISSING) from None
    if http:
        click.echo(f"MCP for {url}: http://{bind}:{port}{PATHS[0]}")
        agents_http.serve_http(url, agents_http.Place(bind, port, names))
        return
    try:
        asyncio.run(server.serve_stdio(url, key))
    except (ProblemError, UnreachableError, server.OldKeyError) as error:
        raise CommandError(f"{url}: {error}") from None
    except KeyboardInterrupt:
        pass


def _read_key(key_file: Path | None) -> str:
    key = key_file.read_text(encoding="utf-8").strip() if key_file else os.environ.get(VARIABLE, "").strip()
    if not key:
        raise CommandError(
            f"Set {VARIABLE} to an API key: `passalong key new SITE --scope read --scope propose` makes one."
        )
    return key
