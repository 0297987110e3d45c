"""Connections to lent PostgreSQL databases, kept open from one test to the next.

A new connection reads the definitions of each table when it is first asked for it. An instance that opened two
connections for each test spent more on that than on the statements of the test. `close` gives a connection back here,
reset to how a new one is, and the next one to that database is taken from here.
"""

from collections import defaultdict
from typing import Any

import psycopg
from psycopg._preparing import PrepareManager
from psycopg.rows import tuple_row

Key = tuple[tuple[str, str], ...]
new_connection = psycopg.connect


class KeptConnections:
    """Replaces `psycopg.connect` by its own `connect`; keeps connections to the databases that were named to `keep`."""

    def __init__(self) -> None:
        self._free: dict[str, dict[Key, list[Kept]]] = {}

    def keep(self, name: str) -> None:
        """Keep the connections to this database."""
        self._free[name] = defaultdict(list)

    def close(self, name: str) -> None:
        """Close those that nobody uses, and keep none to this database any more."""
        for connections in self._free.pop(name, {}).values():
            for connection in connections:
                connection.end()

    def backends(self, name: str) -> list[int]:
        """Return the process ids of the server's ends of what is kept for a database."""
        kept = self._free.get(name, {}).values()
        return [connection.info.backend_pid for connections in kept for connection in connections]

    def connect(self, *given: Any, **named: Any) -> psycopg.Connection:
        """Return a kept connection that was made with the same arguments, or a new one."""
        database = named.get("dbname")
        if given or database not in self._free:
            return new_connection(*given, **named)
        key = tuple(sorted((name, str(value)) for name, value in named.items() if name != "context"))
        free = self._free[database][key]
        while free:
            connection = free.pop()
            if connection.is_good():
                return connection
        made = Kept.connect(**named)
        made.home, made.database, made.key = self, str(database), key
        return made

    def take_back(self, connection: "Kept") -> bool:
        """Keep a connection that was closed; False where its database is not kept any more."""
        if connection.database not in self._free:
            return False
        self._free[connection.database][connection.key].append(connection)
        return True


class Kept(psycopg.Connection):
    """A connection that goes back where it came from when it is closed."""

    home: "KeptConnections"
    database: str
    key: Key

    def close(self) -> None:
        """Reset it and give it back, or close it where that fails."""
        if self.closed or not self._reset() or not self.home.take_back(self):
            self.end()

    def end(self) -> None:
        """Close it."""
        super().close()

    def is_good(self) -> bool:
        """Return whether the server is still at the other end."""
        try:
            self.autocommit = True
            self.execute("SELECT 1")
            self.autocommit = False
        except psycopg.Error:
            self.end()
            return False
        return True

    def _reset(self) -> bool:
        try:
            self.rollback()
            self.autocommit = True
            self.execute("DISCARD ALL")
            self.isolation_level = self.read_only = self.deferrable = None
            self.autocommit = False
        except psycopg.Error:
            return False
        self._notice_handlers.clear()
        self._prepared, self.row_factory = PrepareManager(), tuple_row
        return True


KEPT = KeptConnections()
"""Those of this test process."""
