"""Endpoints that the widget calls: notes, links, the script."""
