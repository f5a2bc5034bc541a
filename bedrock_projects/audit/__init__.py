"""Compares what the account has with the inventory."""
