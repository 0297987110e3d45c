"""The advocate's portal (`/me`), one file per page."""
