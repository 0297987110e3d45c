"""The command `passalong`: one file per noun."""
