"""HTTP: one page or resource per file. A view parses, makes one call and responds."""
