"""The fault matrix: what is doubled, lost or wrongly archived when the service fails, and after one more run.

`python -m tools.fault_matrix` writes docs/faults.md.
"""
