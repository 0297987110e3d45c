"""Shared by all pages and endpoints: services, auth, errors, headers, formatting."""
