"""Cursors of pages: the place of the last row that was shown, as text in an address."""


class BadCursorError(ValueError):
    """The text is no cursor of this page, or its row is gone."""
