"""Conversions and refunds as a shop reports them: by the API, or by an integration."""
