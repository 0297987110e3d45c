"""The journey of the data, one step a file. Only here are transactions opened and committed."""
