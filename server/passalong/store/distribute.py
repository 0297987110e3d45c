"""What Citus is told, where one machine ends: every table is spread by `site_id`, so that a site stays in one place.

Every key begins with `site_id`, which is what makes this a list of calls and not a redesign. The append-only triggers
need `citus.enable_unsafe_triggers`: they look at nothing but their own row.
"""

from passalong.store.schema import metadata


def statements() -> list[str]:
    """The SQL, in an order that foreign keys allow; all tables are placed beside `sites`."""
    others = [table.name for table in metadata.sorted_tables if table.name != "sites"]
    calls = [f"SELECT create_distributed_table('{name}', 'site_id'{_beside(name)})" for name in ("sites", *others)]
    return ["SET citus.enable_unsafe_triggers TO on", *calls]


def _beside(name: str) -> str:
    return "" if name == "sites" else ", colocate_with => 'sites'"
