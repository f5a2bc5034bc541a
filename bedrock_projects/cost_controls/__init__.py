"""Budgets, anomaly alerts and what applications are handed: the inputs of ordinary AWS resources."""
