"""Webhooks: event types and their payloads, signatures and the retry schedule."""
