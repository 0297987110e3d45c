"""Paddle Billing: transactions, subscriptions, refunds and chargebacks."""
