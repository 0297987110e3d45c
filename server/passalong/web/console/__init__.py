"""The owner's console (`/console`), one file per page."""
