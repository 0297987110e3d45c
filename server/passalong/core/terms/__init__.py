"""Terms: the versioned rule by which a site gives credit, and its validation."""
