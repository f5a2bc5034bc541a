"""Reads the costs of a month for a chargeback: from an export, or from Cost Explorer.

Both give the same rows to the last decimal. What differs by nature: Bedrock's tax (`parts`), which charges carry tags,
and the usage of a project that changed hands in the month, which only lines of an export split.
"""
