"""Mail: messages, sender, transports, preferences, digests."""
