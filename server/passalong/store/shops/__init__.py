"""Shop connections, the orders behind their references, and the log of their deliveries."""
