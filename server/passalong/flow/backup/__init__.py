"""Backup and restore of a whole instance: one file that is verified before anything is replaced."""
