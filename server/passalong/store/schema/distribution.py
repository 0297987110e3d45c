"""Distribution over Citus: every table is spread by `site_id`, so that a site stays on one node.

The instance's own few tables are reference tables on every node. Every key begins with `site_id`, so this is a list of
calls and not a redesign. The append-only triggers need `citus.enable_unsafe_triggers`: they look at nothing but their
own row.
"""

from passalong.store.schema.columns import INSTANCE, metadata


def statements() -> list[str]:
    """Return the SQL, in an order that foreign keys allow; all tables are colocated with `sites`."""
    others = [table.name for table in metadata.sorted_tables if table.name not in ("sites", *INSTANCE)]
    calls = [f"SELECT create_distributed_table('{name}', 'site_id'{_beside(name)})" for name in ("sites", *others)]
    calls += [f"SELECT create_reference_table('{name}')" for name in sorted(INSTANCE)]
    return ["SET citus.enable_unsafe_triggers TO on", *calls]


def _beside(name: str) -> str:
    return "" if name == "sites" else ", colocate_with => 'sites'"
