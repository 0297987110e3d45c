"""`make bench`: ratios of interleaved rounds, never times alone. docs/performance.md says what each row asks."""
