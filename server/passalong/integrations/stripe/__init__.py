"""Stripe: Checkout, invoices of subscriptions, refunds and lost disputes."""
