"""Budgets, anomaly alerts, published ids and permissions: the inputs of ordinary AWS resources."""

NEEDED_BY = "`budgets`, `anomaly_alerts`, `publish` and `exports` with `create`"
"""The sections of an inventory for which a stack needs Pulumi's AWS provider (extra `aws`)."""
