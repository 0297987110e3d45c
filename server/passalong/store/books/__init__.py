"""Books: the rows that the fold reads and writes, kept in memory for one slice."""
