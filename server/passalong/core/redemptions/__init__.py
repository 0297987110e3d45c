"""Redemptions: facts about what was carried out."""
