"""Webhooks: append events to the stream, and deliver them to the owner's endpoints."""
