"""The fold: apply facts in order to the journal, receipts and rollups."""
