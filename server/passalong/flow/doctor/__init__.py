"""The doctor: why an installation does not work yet, with the exact fix."""
