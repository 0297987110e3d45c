"""A site's origins, and the parameters that its pages' addresses are stripped of."""
