"""Budgets, anomaly alerts, published ids and permissions: the inputs of ordinary AWS resources."""
