"""Owner actions: sites, terms, decisions, pool funding, reports."""
