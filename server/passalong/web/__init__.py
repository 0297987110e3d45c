"""What the world sees, one audience a file: parse, make one call, answer."""
