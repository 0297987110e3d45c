"""Passalong: a share button that any page can carry, and an attribution backend that credits the people who share.

Read the package in the order in which data travels: `web` takes a note in, `flow` carries it one step at a time,
`store` keeps it, `core` has the rules. Imports point the same way and never back.
"""

from importlib.metadata import version

__version__ = version("passalong")
