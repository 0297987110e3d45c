"""Pools, in which the shares of missing levels and what an owner sets aside wait for the end of a month."""
