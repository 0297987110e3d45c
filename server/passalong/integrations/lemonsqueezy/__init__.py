"""Lemon Squeezy: orders, payments of subscriptions, refunds."""
