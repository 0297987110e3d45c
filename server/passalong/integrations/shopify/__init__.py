"""Shopify: paid orders, refunds and cancellations."""
