"""Thanks that travel back to the people who carried a link."""
