"""Webhooks: endpoints, the event stream, deliveries and their attempts."""
