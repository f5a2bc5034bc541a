"""The fault matrix: what is doubled, lost or wrongly archived when the service fails, and what a second run makes of it.

    python -m tools.fault_matrix        # writes docs/faults.md
"""
