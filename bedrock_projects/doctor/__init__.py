"""Checks the prerequisites of a run of a stack."""
