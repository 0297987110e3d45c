"""Translations: the string catalogue, formatting, and the rule in words."""
