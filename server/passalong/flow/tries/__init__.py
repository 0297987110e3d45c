"""Try mode: see that the button works, without a trace in any sum."""
